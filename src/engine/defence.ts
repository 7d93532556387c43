/**
 * What a participant does on the chain: closes when all agree, answers old states, leaves when the others are silent. It
 * follows from what the chain knows and from what I hold, anew at every block: nothing is remembered that could be wrong
 * after a reorganisation. Nothing is over before it is confirmed.
 */
import { SluiceError } from "../errors";
import { challengeDigest, stateHashOf } from "../protocol/hashing";
import { payOut } from "../protocol/payout";
import { isNewer, isSettleable } from "../protocol/rules";
import {
  FINAL_VERSION,
  NO_DISPUTE,
  NO_SIGNATURE,
  type CompactSignature,
  type Dispute,
  type State,
} from "../protocol/types";
import type { RecordView } from "../ports/chain";
import { outcomeOf } from "./change";
import { isFinal, isSealer, UNKNOWN_VIEW } from "./channel";
import type { Draft } from "./draft";
import { mayCome, parentOf, payingOut, paymentsOf, whereabouts } from "./ledger";
import { abandon } from "./opening";
import { failAll } from "./progress";
import { contractsOf } from "./payments/agreement";
import { paymentEvidence } from "./payments/evidence";
import { isDecided, unfollowAll } from "./payments/settled";
import { newestEvidence, takeRegistered, type Evidence } from "./turns";

/** Does what is right now. */
export function defend(draft: Draft): void {
  const { record, session } = draft;
  if (record.closed || record.agreed === undefined || session.latest === UNKNOWN_VIEW) return;
  const view = session.latest.record;
  if (view.kind === "paid" || view.kind === "final") draft.cancel(CONCLUDE); // another one was quicker
  if (view.kind === "paid") {
    if (session.confirmed.record.kind === "paid") close(draft, finalState(draft));
  } else if (view.kind === "final") finish(draft, view);
  else if (view.kind === "dispute") answer(draft, view);
  else if (isFinal(record) || record.leaving) end(draft);
}

/** The final state that I know of; the chain does not tell. */
function finalState({ record: { agreed, promised } }: Draft): State | undefined {
  return [agreed?.state, promised?.state].find((state) => state?.version === FINAL_VERSION);
}

/** Decides to leave through the chain. An app channel takes its ledger along, which holds its money. */
export function leave(draft: Draft, why: string): void {
  const { record } = draft;
  if (record.leaving || record.closed) return;
  if (record.agreed === undefined) return abandon(draft, new SluiceError("TERMS_REFUSED", why, "No money has moved."));
  draft.keep({ leaving: true });
  draft.notify({ type: "leaving", channelId: record.id, why });
  if (record.funding.kind === "ledger") draft.effects.push({ type: "poke", channelId: record.funding.ledger });
}

/** Ends a channel that the chain knows nothing of, wherever its money is. */
function end(draft: Draft): void {
  const { record } = draft;
  switch (whereabouts(draft)) {
    case "nowhere":
      return close(draft, undefined);
    case "unclear":
      return;
    case "ledger":
      return isFinal(record) ? takeBack(draft) : challenge(draft);
    case "chain":
      return isFinal(record) ? conclude(draft) : challenge(draft);
  }
}

/** All have signed the end. The sealer sends it, because it has it first; the others only if it does not. */
function conclude(draft: Draft): void {
  const { record, session } = draft;
  const holds = Object.values(session.latest.held).some((amount) => amount > 0n);
  if (!holds || !isMyPart(draft)) return;
  draft.submit(CONCLUDE, { kind: "conclude", channel: record.terms, ...record.agreed! });
}

/** Wants the money of an ended app channel back in its ledger, again if need be. */
function takeBack(draft: Draft): void {
  const { record, session, context } = draft;
  if (record.funding.kind !== "ledger" || !isMyPart(draft)) return;
  if (context.now - session.removedAt < context.settings.resendAfter) return;
  draft.note({ removedAt: context.now });
  const change = { transfers: payingOut(record.id, record.agreed!.state), final: false };
  draft.effects.push({ type: "wish", channelId: record.funding.ledger, change });
}

const CONCLUDE = "conclude";

/** Whether it is up to me to do what any of us can do. */
function isMyPart({ record, session, context }: Draft): boolean {
  const since = session.waitingSince;
  return isSealer(record) || (since !== undefined && context.now - since >= context.settings.patience);
}

/** A state is registered: mine is newer, or the clock decides. */
function answer(draft: Draft, { dispute, state }: Extract<RecordView, { kind: "dispute" }>): void {
  takeRegistered(draft, state);
  const { record, context } = draft;
  const { id: channelId, terms: channel } = record;
  const round = `${dispute.version}:${dispute.finalizesAt}`;
  if (!record.leaving) {
    const mine = evidenceOf(draft, state).state.version;
    if (isNewer(dispute, mine)) draft.notify({ type: "disputed", channelId, registered: dispute.version, mine });
    leave(draft, "A state is registered on the chain.");
  }
  const evidence = evidenceOf(draft, state);
  if (isFinal(record) && isNewer(dispute, evidence.state.version)) {
    draft.submit(`end:${round}`, { kind: "checkpointAndSettle", channel, dispute, channelId, ...record.agreed! });
  } else if (isNewer(dispute, evidence.state.version)) {
    const deadline = dispute.finalizesAt === 0n ? undefined : dispute.finalizesAt;
    const { proven } = evidence;
    if (proven === undefined)
      draft.submit(`answer:${round}`, { kind: "checkpoint", channel, dispute, ...record.agreed! }, deadline);
    else draft.submit(`answer:${round}`, { kind: "checkpointWithProof", channel, dispute, proven }, deadline);
  } else if (isSettleable(dispute, context.chainTime)) {
    draft.submit(`settle:${round}`, { kind: "settle", channelId, state, dispute });
  } else if (dispute.finalizesAt === 0n) challengeRegistered(draft, dispute, state);
}

/** The newest state that I can prove. */
function evidenceOf(draft: Draft, registered?: State): Evidence {
  const contracts = contractsOf(draft);
  if (contracts !== undefined) return paymentEvidence(draft, contracts, registered);
  return newestEvidence(draft.record, registered);
}

/** Starts the clock on my newest state. */
function challenge(draft: Draft): void {
  const { terms: channel, agreed } = draft.record;
  const { state, proven } = evidenceOf(draft);
  const name = `challenge:${state.version}`;
  const challenger = signChallenge(draft, state);
  const common = { channel, dispute: NO_DISPUTE, challenger };
  if (proven === undefined) draft.submit(name, { kind: "challenge", ...common, ...agreed! });
  else draft.submit(name, { kind: "challengeWithProof", ...common, proven });
}

/** Starts the clock on the state on record, which needs no signatures. */
function challengeRegistered(draft: Draft, dispute: Dispute, state: State): void {
  const proven = { candidate: { state, signers: 0n }, proof: [], signatures: [] };
  const challenger = signChallenge(draft, state);
  const channel = draft.record.terms;
  draft.submit(`restart:${dispute.version}`, { kind: "challengeWithProof", channel, dispute, proven, challenger });
}

/** With a bond at stake, somebody has to stand behind the challenge. */
function signChallenge(draft: Draft, state: State): CompactSignature {
  const { context, record } = draft;
  if (record.terms.bond === 0n) return NO_SIGNATURE;
  return context.signer.sign(challengeDigest(context.deployment, stateHashOf(record.id, state)));
}

/** A final state is on record: it is paid, or what is there can be collected, or nothing more can come. */
function finish(draft: Draft, { state, owed }: Extract<RecordView, { kind: "final" }>): void {
  const { record, session } = draft;
  const { held } = session.latest;
  const { payments } = payOut(outcomeOf(state), (asset) => held[asset] ?? 0n, owed);
  if (owed.length > 0 && payments.some((payment) => payment > 0n)) {
    return draft.submit(`collect:${owed.join(",")}`, { kind: "collect", channelId: record.id, state, owed });
  }
  const confirmed = session.confirmed.record;
  if (confirmed.kind !== "final") return;
  const mine = record.destinations[record.self];
  const allocations = outcomeOf(confirmed.state).flatMap((group) => group.allocations);
  const isPaid = allocations.every(({ destination }, i) => destination !== mine || (confirmed.owed[i] ?? 0n) === 0n);
  if ((isPaid || !mayCome(draft)) && isDecided(draft)) close(draft, confirmed.state);
}

/** Nothing is left to do. Whoever still wanted something hears that it is too late. */
function close(draft: Draft, settled: State | undefined): void {
  const { id, funding } = draft.record;
  failAll(draft, new SluiceError("CHANNEL_NOT_OPEN", "The channel is closed.", "Everybody is paid by its last state."));
  draft.keep({ closed: true, promised: undefined, settled });
  unfollowAll(draft);
  draft.notify({ type: "closed", channelId: id });
  // Those that it pays find their money on the chain now.
  const paid = settled === undefined ? [] : paymentsOf(settled);
  const related = [parentOf({ funding }), ...paid.map(({ to }) => to as string)];
  for (const other of new Set(related)) {
    const record = other === undefined ? undefined : draft.context.recordOf(other as typeof id);
    if (record !== undefined) draft.effects.push({ type: "poke", channelId: record.id });
  }
}
