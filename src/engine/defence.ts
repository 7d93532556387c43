/**
 * What a participant does on the chain: closes when all agree, answers old states, leaves when the others are silent. It
 * follows from what the chain knows and from what I hold, anew at every block: nothing is remembered that could be wrong
 * after a reorganisation.
 */
import { SluiceError } from "../errors";
import { channelDestination } from "../protocol/destination";
import { challengeDigest, stateHashOf } from "../protocol/hashing";
import { decodeOutcome } from "../protocol/outcome";
import { isNewer, isSettleable } from "../protocol/rules";
import {
  NO_DISPUTE,
  NO_SIGNATURE,
  type ChannelId,
  type CompactSignature,
  type Dispute,
  type Hex,
  type State,
} from "../protocol/types";
import type { RecordView } from "../ports/chain";
import { shareOf } from "./change";
import { isFinal, isSealer, newestState, newestVersion } from "./channel";
import type { Draft } from "./draft";
import { provenNewest } from "./turns";

/** Does what is right now. */
export function defend(draft: Draft): void {
  const { record, session } = draft;
  if (record.closed || record.agreed === undefined) return;
  const view = session.latest.record;
  if (view.kind === "paid") return close(draft);
  if (view.kind === "final") return finish(draft, view);
  if (view.kind === "dispute") return answer(draft, view);
  if (isFinal(record)) return conclude(draft);
  if (record.leaving) challenge(draft);
}

/** Decides to leave through the chain. An app channel takes its ledger along, which holds its money. */
export function leave(draft: Draft, why: string): void {
  if (draft.record.leaving || draft.record.closed) return;
  draft.keep({ leaving: true });
  draft.notify({ type: "leaving", channelId: draft.record.id, why });
  const { funding } = draft.record;
  if (funding.kind === "ledger") draft.effects.push({ type: "poke", channelId: funding.ledger });
  defend(draft);
}

/** Whether an app channel that this ledger pays wants to leave: then the ledger has to. */
export function isLeftByChild({ record, context }: Draft): boolean {
  const paid = payments(newestState(record)!).filter(({ to }) => !record.destinations.includes(to));
  return paid.some(({ to }) => {
    const child = context.recordOf(to as Hex as ChannelId);
    return child?.leaving === true && !child.closed && child.funding.kind === "ledger";
  });
}

/** All have signed the end. */
function conclude(draft: Draft): void {
  const { record, session, context } = draft;
  if (record.funding.kind === "ledger" && removeFromLedger(draft)) return;
  const holds = Object.values(session.latest.held).some((amount) => amount > 0n);
  if (!holds) {
    if (!record.funded && session.submitted.length === 0) close(draft);
    return;
  }
  // The sealer sends it, because it has it first; the others only if it does not.
  const since = session.waitingSince;
  const overdue = since !== undefined && context.now - since >= context.settings.patience;
  if (!isSealer(record) && !overdue) return;
  draft.submit("conclude", { kind: "conclude", channel: record.terms, ...record.agreed! });
}

/** Takes the money of an ended app channel back in the ledger. False when the ledger cannot do it any more. */
function removeFromLedger(draft: Draft): boolean {
  const { record, session, context } = draft;
  if (record.funding.kind !== "ledger") return false;
  if (Object.values(session.latest.held).some((amount) => amount > 0n)) return false;
  const ledger = context.recordOf(record.funding.ledger);
  const state = ledger === undefined ? undefined : newestState(ledger);
  if (state === undefined) return false;
  const from = channelDestination(record.id);
  const transfers = payments(record.agreed!.state).map((payment) => ({ ...payment, from }));
  if (transfers.every(({ asset }) => shareOf(state, asset, from) === 0n)) {
    if (ledger?.closed !== true) close(draft);
    return true;
  }
  if (isSealer(record) && !session.removing) {
    draft.note({ removing: true });
    draft.effects.push({ type: "wish", channelId: record.funding.ledger, change: { transfers, final: false } });
  }
  return true;
}

/** A state is registered: mine is newer, or the clock decides. */
function answer(draft: Draft, view: Extract<RecordView, { kind: "dispute" }>): void {
  const { record, context } = draft;
  const { dispute, state } = view;
  const { id: channelId, terms: channel } = record;
  const round = `${dispute.version}:${dispute.finalizesAt}`;
  if (isFinal(record) && isNewer(dispute, record.agreed!.state.version)) {
    return draft.submit(`end:${round}`, {
      kind: "checkpointAndSettle",
      channel,
      dispute,
      channelId,
      ...record.agreed!,
    });
  }
  if (isNewer(dispute, newestVersion(record))) {
    if (!record.leaving) {
      draft.notify({ type: "disputed", channelId, registered: dispute.version, mine: newestVersion(record) });
      draft.keep({ leaving: true });
    }
    return checkpoint(draft, dispute, round);
  }
  if (!record.leaving) {
    draft.notify({ type: "leaving", channelId, why: "Another participant leaves through the chain." });
    draft.keep({ leaving: true });
  }
  if (isSettleable(dispute, context.chainTime))
    draft.submit(`settle:${round}`, { kind: "settle", channelId, state, dispute });
  else if (dispute.finalizesAt === 0n) challengeRegistered(draft, dispute, state);
}

/** Answers with my newest state. */
function checkpoint(draft: Draft, dispute: Dispute, round: string): void {
  const { terms: channel, moves } = draft.record;
  const deadline = dispute.finalizesAt === 0n ? undefined : dispute.finalizesAt;
  if (moves.length === 0) {
    return draft.submit(`answer:${round}`, { kind: "checkpoint", channel, dispute, ...draft.record.agreed! }, deadline);
  }
  const proven = provenNewest(draft.record);
  draft.submit(`answer:${round}`, { kind: "checkpointWithProof", channel, dispute, proven }, deadline);
}

/** Starts the clock on my newest state. */
function challenge(draft: Draft): void {
  const { terms: channel, moves, agreed } = draft.record;
  const state = newestState(draft.record)!;
  const name = `challenge:${state.version}`;
  const challenger = signChallenge(draft, state);
  if (moves.length === 0) {
    return draft.submit(name, { kind: "challenge", channel, dispute: NO_DISPUTE, ...agreed!, challenger });
  }
  const proven = provenNewest(draft.record);
  draft.submit(name, { kind: "challengeWithProof", channel, dispute: NO_DISPUTE, proven, challenger });
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

/** A final state is on record: it is paid, or waits for money that comes later. */
function finish(draft: Draft, { state, owed }: Extract<RecordView, { kind: "final" }>): void {
  const { record, session } = draft;
  if (owed.length === 0) return close(draft);
  const holds = Object.values(session.latest.held).some((amount) => amount > 0n);
  if (!holds) return;
  const name = `collect:${owed.join(",")}`;
  draft.submit(name, { kind: "collect", channelId: record.id, state, owed });
}

/** Nothing is left to do. Whoever still wanted something hears that it is too late. */
function close(draft: Draft): void {
  const { wishes, proposal, request, promisedTickets } = draft.session;
  const waiting = [...wishes, ...(proposal?.wishes ?? []), ...(request === undefined ? [] : [request.wish])];
  const error = new SluiceError("CHANNEL_NOT_OPEN", "The channel is closed.", "Everybody is paid by its last state.");
  draft.fail([...waiting.map(({ ticket }) => ticket), ...promisedTickets], error);
  draft.note({ wishes: [], proposal: undefined, request: undefined, promisedTickets: [], offer: undefined });
  draft.keep({ closed: true, promised: undefined });
  draft.notify({ type: "closed", channelId: draft.record.id });
  const { funding } = draft.record;
  if (funding.kind === "ledger") draft.effects.push({ type: "poke", channelId: funding.ledger });
}

/** What a state pays, one entry per payment. */
function payments(state: State) {
  const all = decodeOutcome(state.outcome).flatMap(({ asset, allocations }) =>
    allocations.map(({ destination, amount }) => ({ asset, to: destination, amount })),
  );
  return all.filter(({ amount }) => amount > 0n);
}
