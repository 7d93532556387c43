/**
 * The part of the participant who signs last. What it has not signed counts for nothing, so the order in which it signs is
 * the order of the channel: it proposes changes without signing them, and signs what all the others have signed. Nobody
 * ever has to take a signature back.
 */
import { SluiceError } from "../errors";
import { FINAL_VERSION, type CompactSignature, type State } from "../protocol/types";
import { applyChange, combine, sameChange, type Change } from "./change";
import { newestState, others, type Proposal, type Wish } from "./channel";
import { judge } from "./consent";
import type { Draft } from "./draft";
import type { Propose, Reject, Request, Sign } from "./messages";
import { isSynced, mayChange, pokeRelated, requireNoGap, withoutConsent } from "./progress";

/** A participant that jumps further ahead than this wants to use up the versions. */
const MAX_JUMP = 1_000n;

/** Puts the first wish that can be fulfilled before the others. Returns the message; undefined if there is nothing to propose. */
export function proposeNext(draft: Draft): Propose | undefined {
  while (draft.session.proposal === undefined) {
    const wishes = nextWishes(draft);
    if (wishes.length === 0) return undefined;
    draft.note({ wishes: draft.session.wishes.slice(wishes.length) });
    try {
      return propose(draft, wishes);
    } catch (error) {
      if (!(error instanceof SluiceError)) throw error;
      refuseWishes(draft, wishes, error);
    }
  }
  return undefined;
}

/** The wish to fulfil next; my own payments that wait behind each other are one change. */
function nextWishes({ session, record }: Draft): Wish[] {
  const first = session.wishes[0];
  if (first === undefined) return [];
  const merges = ({ from, change }: Wish) => from === record.self && !change.final && change.appData === undefined;
  if (!merges(first)) return [first];
  const end = session.wishes.findIndex((wish) => !merges(wish));
  return session.wishes.slice(0, Math.min(end < 0 ? session.wishes.length : end, MAX_MERGED));
}

/** How many payments go into one change at most. */
export const MAX_MERGED = 64;

function propose(draft: Draft, wishes: readonly Wish[]): Propose {
  const { base, record } = draft;
  const { change, kept } = mergeAffordable(draft, wishes);
  mayChange(draft, change);
  const above = draft.session.burned > base ? draft.session.burned : base;
  const state = applyChange(newestState(record)!, above + 1n, change);
  requireNoGap(draft, state.version);
  const signatures = record.terms.participants.map(() => undefined);
  draft.note({ proposal: { base, version: state.version, change, wishes: kept, signatures } });
  return { type: "propose", channelId: record.id, base, version: state.version, change };
}

/** As many of these wishes as there is money for, in one change; the others fail. */
function mergeAffordable(draft: Draft, wishes: readonly Wish[]): { change: Change; kept: readonly Wish[] } {
  const state = newestState(draft.record)!;
  if (wishes.length === 1) return { change: wishes[0]!.change, kept: wishes };
  let change: Change | undefined;
  const kept: Wish[] = [];
  for (const wish of wishes) {
    const next = change === undefined ? wish.change : combine(change, wish.change);
    try {
      applyChange(state, 0n, next);
      change = next;
      kept.push(wish);
    } catch (error) {
      if (!(error instanceof SluiceError)) throw error;
      draft.fail([wish.ticket], error);
    }
  }
  if (change !== undefined) return { change, kept };
  throw new SluiceError("FUNDS_INSUFFICIENT", "None of these payments can be made.", "Nothing changed.");
}

/** Takes another participant's wish, unless it is known already or nobody can want it. */
export function onRequest(draft: Draft, from: number, { id, change }: Request): void {
  const { record, session } = draft;
  if (id <= record.answered[from]!) return sendSealed(draft, from);
  const known = [...session.wishes, ...(session.proposal?.wishes ?? [])];
  if (known.some((wish) => wish.from === from)) return; // one at a time: whoever asks, asks again
  if (!decide(draft, from, change, { request: id })) return;
  draft.note({ wishes: [...session.wishes, { from, change, request: id }] });
}

/** Collects a signature; seals the state when it was the last one missing. */
export function onSign(draft: Draft, from: number, message: Sign): void {
  if (message.version <= draft.base) return sendSealed(draft, from);
  if (message.base !== draft.base || !isSynced(draft)) return; // a signature from before a move, or for a state that I have lost
  const proposal = matching(draft, message) ?? spontaneous(draft, from, message);
  if (proposal === undefined) return;
  const state = stateOf(draft, proposal);
  if (state === undefined || !draft.isSigned(state, from, message.signature)) {
    return draft.reject(from, { version: message.version }, "CHANGE_REFUSED", "The signature is not for this change.");
  }
  const signatures = proposal.signatures.map((signature, i) => (i === from ? message.signature : signature));
  if (others(draft.record).every((i) => signatures[i] !== undefined)) seal(draft, { ...proposal, signatures }, state);
  else draft.note({ proposal: { ...proposal, signatures } });
}

/** The proposal that this signature is for. */
function matching({ session: { proposal } }: Draft, { base, version, change }: Sign): Proposal | undefined {
  if (proposal?.base !== base || proposal.version !== version) return undefined;
  return sameChange(proposal.change, change) ? proposal : undefined;
}

/** In a channel of two the other one may sign a change of its own without asking first, if it costs me nothing. */
function spontaneous(draft: Draft, from: number, { base, version, change }: Sign): Proposal | undefined {
  const refuse = (text: string) => {
    draft.reject(from, { version }, "CHANGE_REFUSED", text);
    return undefined;
  };
  if (draft.participants > 2) {
    refuse("Ask for the change first.");
    return;
  }
  if (version > base + MAX_JUMP && version !== FINAL_VERSION) {
    refuse("This skips too many versions.");
    return;
  }
  if (!decide(draft, from, change, { version })) return undefined;
  return { base, version, change, wishes: [], signatures: draft.record.terms.participants.map(() => undefined) };
}

/** Whether to go on with somebody else's change. If not, it was refused or the application was asked. */
function decide(
  draft: Draft,
  from: number,
  change: Change,
  what: { readonly version?: bigint; readonly request?: number },
): boolean {
  try {
    mayChange(draft, change);
    applyChange(newestState(draft.record)!, draft.base + 1n, change);
  } catch (error) {
    if (!(error instanceof SluiceError)) throw error;
    draft.reject(
      from,
      what,
      error.code === "FUNDS_INSUFFICIENT" ? "INSUFFICIENT" : "NOT_OPEN",
      error.message.slice(0, 200),
    );
    return false;
  }
  const verdict = judge(draft, change);
  if (verdict === "sign") return true;
  if (verdict === "ask") ask(draft, from, change, what.request);
  else draft.reject(from, what, "CHANGE_REFUSED", verdict.refuse);
  return false;
}

/** Asks the application, once. */
export function ask(draft: Draft, from: number, change: Change, request: number | undefined): void {
  const { questions } = draft.session;
  if (questions.some((question) => question.from === from && sameChange(question.change, change))) return;
  draft.note({ questions: [...questions.filter((question) => question.from !== from), { from, change, request }] });
  draft.notify({ type: "asked", channelId: draft.record.id, from, change });
}

function stateOf(draft: Draft, { version, change }: Proposal): State | undefined {
  const state = applyChange(newestState(draft.record)!, version, change);
  return state.version === version ? state : undefined;
}

/** Signs what all the others have signed: from here on it counts. */
function seal(draft: Draft, { change, wishes, signatures: collected }: Proposal, state: State): void {
  const { record, session } = draft;
  const signatures = collected.map((signature, i) =>
    i === record.self ? draft.sign(state) : signature,
  ) as CompactSignature[];
  const answered = [...record.answered];
  for (const { from, request } of wishes)
    if (request !== undefined) answered[from] = Math.max(answered[from]!, request);
  draft.keep({ agreed: { state, signatures }, moves: [], signed: state.version, answered });
  // A proposal of mine that came second is put again, on top.
  const displaced = session.proposal?.change === change ? [] : (session.proposal?.wishes ?? []);
  draft.note({
    proposal: undefined,
    wishes: [...displaced, ...draft.session.wishes],
    ...withoutConsent(draft, change),
  });
  draft.resolve(
    wishes.map(({ ticket }) => ticket),
    state,
  );
  draft.notify({ type: "updated", channelId: record.id, state, change });
  pokeRelated(draft, change);
  const next = proposeNext(draft);
  draft.sendAll({
    type: "commit",
    channelId: record.id,
    state,
    signatures,
    answered,
    ...(next === undefined ? {} : { next }),
  });
}

/** Repeats the newest state signed by all to somebody who does not have it. */
export function sendSealed(draft: Draft, to: number): void {
  const { agreed, id, answered } = draft.record;
  if (agreed !== undefined) draft.send(to, { type: "commit", channelId: id, ...agreed, answered });
}

/** Tells everybody whose wishes these are that they will not be fulfilled. */
export function refuseWishes(draft: Draft, wishes: readonly Wish[], error: SluiceError): void {
  draft.fail(
    wishes.map(({ ticket }) => ticket),
    error,
  );
  for (const { from, request } of wishes) {
    if (request === undefined) continue;
    const reason = error.code === "FUNDS_INSUFFICIENT" ? "INSUFFICIENT" : "CHANGE_REFUSED";
    draft.reject(from, { request }, reason, error.message.slice(0, 200));
  }
}

/** Somebody does not sign my proposal. Its version is only used up if somebody may have signed it. */
export function onProposalRefused(draft: Draft, { version, reason, text }: Reject): void {
  const { proposal, wishes, burned } = draft.session;
  if (proposal?.version !== version || proposal === undefined) return;
  const used = reason === "VERSION_USED" || draft.participants > 2;
  draft.note({ proposal: undefined, burned: used && proposal.version !== FINAL_VERSION ? proposal.version : burned });
  if (reason === "VERSION_USED") return draft.note({ wishes: [...proposal.wishes, ...wishes] });
  const error = new SluiceError("CHANGE_REFUSED", `The other side refuses: ${text}`, "The newest state still counts.");
  refuseWishes(draft, proposal.wishes, error);
  draft.notify({ type: "refused", channelId: draft.record.id, reason, text });
}

/** Sends my proposal, again if need be, to those who have not signed it. */
export function sendProposal(draft: Draft): void {
  const { proposal } = draft.session;
  if (proposal === undefined) return;
  const { base, version, change, signatures } = proposal;
  for (const to of others(draft.record)) {
    if (signatures[to] === undefined)
      draft.send(to, { type: "propose", channelId: draft.record.id, base, version, change });
  }
}
