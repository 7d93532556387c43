/**
 * The part of the participant who signs last. What it has not signed counts for nothing, so the order in which it signs is
 * the order of the channel: it proposes changes without signing them, and signs what all the others have signed. Nobody
 * ever has to take a signature back.
 */
import { SluiceError } from "../errors";
import { FINAL_VERSION, type CompactSignature, type State } from "../protocol/types";
import { applyChange, combine, sameChange, type Change } from "./change";
import { newestState, others, type Named, type Proposal, type Question, type Wish } from "./channel";
import { judge } from "./consent";
import type { Draft } from "./draft";
import type { Propose, Reject, RejectReason, Request, Sign } from "./messages";
import { accounting, isAccounted, keepUnsealed, standingState, versionAfter, wantedBy } from "./payments/agreement";
import { isBusy } from "./payments/lane";
import { resolveAccounted } from "./payments/pay";
import {
  isEnding,
  isReady,
  isSynced,
  mayChange,
  pokeRelated,
  stateAfter,
  versionFor,
  withoutConsent,
  withoutLapsed,
} from "./progress";
import { sendMoves } from "./turns";

/** How many payments go into one change at most. */
export const MAX_MERGED = 64;

/** Puts the first wish that can be fulfilled before the others. Returns the message; undefined if there is nothing to propose. */
export function proposeNext(draft: Draft): Propose | undefined {
  while (draft.session.proposal === undefined) {
    const wishes = nextWishes(draft);
    if (wishes.length === 0) return undefined;
    draft.note({ wishes: draft.session.wishes.slice(wishes.length) });
    const message = propose(draft, wishes);
    if (message !== undefined) return message;
  }
  return undefined;
}

/** The wish to fulfil next; my own payments that wait behind each other are one change. The end waits for locks. */
function nextWishes({ session, record, lanes }: Draft): readonly Wish[] {
  const first = session.wishes[0];
  if (first === undefined || (first.change.final && lanes.some(isBusy))) return [];
  const merges = ({ from, change }: Wish) => from === record.self && !change.final && change.appData === undefined;
  if (!merges(first)) return [first];
  const end = session.wishes.findIndex((wish) => !merges(wish));
  return session.wishes.slice(0, Math.min(end < 0 ? session.wishes.length : end, MAX_MERGED));
}

function propose(draft: Draft, wishes: readonly Wish[]): Propose | undefined {
  const { record, base } = draft;
  const merged = mergeAffordable(draft, wishes);
  if (merged === undefined) return undefined;
  const { kept } = merged;
  const change = accounting(draft, merged.change);
  const above = draft.session.burned > base ? draft.session.burned : base;
  const version = versionFor(change, versionAfter(draft, above));
  try {
    const state = stateAfter(draft, version, change);
    if (!change.final) keepUnsealed(draft, state);
  } catch (error) {
    if (!(error instanceof SluiceError)) throw error;
    refuseWishes(draft, kept, error);
    return undefined;
  }
  const signatures = record.terms.participants.map(() => undefined);
  draft.note({ proposal: { base, version, change, wishes: kept, signatures } });
  return { type: "propose", channelId: record.id, base, version, change };
}

/** As many wishes as can be fulfilled at once, in one change; the others are refused. */
export function mergeAffordable(
  draft: Draft,
  wishes: readonly Wish[],
): { readonly change: Change; readonly kept: readonly Wish[] } | undefined {
  const state = standingState(draft);
  let change: Change | undefined;
  const kept: Wish[] = [];
  for (const wish of wishes) {
    const next = change === undefined ? wish.change : combine(change, wish.change);
    try {
      mayChange(draft, next);
      if (wishes.length > 1) applyChange(state, 0n, next);
      change = next;
      kept.push(wish);
    } catch (error) {
      if (!(error instanceof SluiceError)) throw error;
      refuseWishes(draft, [wish], error);
    }
  }
  return change === undefined ? undefined : { change, kept };
}

/** Takes another participant's wish, unless it is known already or nobody can want it. */
export function onRequest(draft: Draft, from: number, { id, change: requested }: Request): void {
  const { record, session } = draft;
  const change = wantedBy(draft, requested);
  if (id <= record.answered[from]!) return sendSealed(draft, from);
  if (session.proposal?.wishes.some((wish) => wish.from === from) === true) return; // one at a time: it asks again
  const isOld = (wish: Wish) => wish.from === from && wish.request! < id;
  const wishes = session.wishes.filter((wish) => !isOld(wish));
  if (wishes.some((wish) => wish.from === from)) return;
  if (!decide(draft, from, change, { request: id })) return;
  draft.note({ wishes: [...wishes, { from, change, since: draft.context.now, request: id }] });
}

/** Collects a signature; seals the state when it was the last one missing. */
export function onSign(draft: Draft, from: number, message: Sign): void {
  const { base, version, change, signature } = message;
  if (version <= draft.base) return sendSealed(draft, from);
  if (!isSynced(draft) || base > draft.base) return; // I may have lost what this builds on
  if (base < draft.base) return catchUp(draft, from, message);
  const matched = matching(draft, message);
  const proposal = matched ?? spontaneous(draft, from, message);
  if (proposal === undefined) return;
  try {
    if (matched !== undefined) mayChange(draft, change);
    const state = stateAfter(draft, version, change);
    if (!draft.isSigned(state, from, signature)) return;
    const signatures = proposal.signatures.map((known, i) => (i === from ? signature : known));
    if (others(draft.record).every((i) => signatures[i] !== undefined)) seal(draft, { ...proposal, signatures }, state);
    else {
      draft.note({ proposal: { ...proposal, signatures } });
      if (matched === undefined) sendProposal(draft);
    }
  } catch (error) {
    if (!(error instanceof SluiceError)) throw error;
    if (matched !== undefined) dropProposal(draft, error);
    refuseNamed(draft, from, { version }, error);
  }
}

/** The proposal that this signature is for. */
function matching({ session: { proposal } }: Draft, { base, version, change }: Sign): Proposal | undefined {
  if (proposal?.base !== base || proposal.version !== version) return undefined;
  return sameChange(proposal.change, change) ? proposal : undefined;
}

/**
 * In a channel of two the other one may sign a gift without asking first, and whoever has signed the end cannot take it
 * back. Anything else that is signed is a proposal of mine that I have given up or forgotten: who wanted it asks again.
 */
function spontaneous(draft: Draft, from: number, { base, version, change }: Sign): Proposal | undefined {
  const { record, session, participants } = draft;
  const isGift = participants === 2 && isDirect(change, record.destinations, from);
  if (version <= session.burned || (!isGift && !change.final)) {
    draft.reject(from, { version }, "VERSION_USED", "I have not proposed this.");
    return undefined;
  }
  if (isGift && isEnding(draft)) {
    refuseNamed(draft, from, { version }, new SluiceError("CHANNEL_NOT_OPEN", "This channel is being closed.", ""));
    return undefined;
  }
  if (participants > 2 && session.proposal !== undefined) return undefined; // one at a time: it is sent again
  if (!isAccountedFor(draft, from, change, { version })) return undefined;
  if (!decide(draft, from, wantedBy(draft, change), { version })) return undefined;
  return { base, version, change, wishes: [], signatures: record.terms.participants.map(() => undefined) };
}

/** Whether a change accounts for the vouchers that I know. If not, it was refused, or it is too early. */
function isAccountedFor(draft: Draft, from: number, change: Change, what: Named): boolean {
  try {
    return isAccounted(draft, change);
  } catch (error) {
    if (!(error instanceof SluiceError)) throw error;
    refuseNamed(draft, from, what, error);
    return false;
  }
}

/** Answers a signature that builds on an old state with what is newer. */
function catchUp(draft: Draft, to: number, { base, version }: Sign): void {
  if (draft.record.agreed!.state.version > base) sendSealed(draft, to);
  sendMoves(draft, to, base);
  draft.reject(to, { version }, "VERSION_USED", "It builds on an old state.");
}

/** Whether a change only gives to participants what is `giver`'s. */
export function isDirect(
  { final, appData, transfers }: Change,
  destinations: readonly string[],
  giver: number,
): boolean {
  const isGift = ({ from, to }: Change["transfers"][number]) =>
    from === destinations[giver] && destinations.includes(to);
  return !final && appData === undefined && transfers.length > 0 && transfers.every(isGift);
}

/** Whether to go on with somebody else's change. If not, it was refused, the application was asked, or it is too early. */
function decide(draft: Draft, from: number, change: Change, what: Named): boolean {
  if (!isReady(draft, change)) return false;
  try {
    mayChange(draft, change);
    if (judge(draft, change) === "sign") return true;
    applyChange(standingState(draft), 0n, change); // nobody is asked about what cannot be
    ask(draft, from, change, what);
  } catch (error) {
    if (!(error instanceof SluiceError)) throw error;
    refuseNamed(draft, from, what, error);
  }
  return false;
}

/** Asks the application, once. Returns false if it has said no already, which is said again. */
export function ask(draft: Draft, from: number, change: Change, what: Named): boolean {
  const { questions, denied } = draft.session;
  const isSame = (question: Question) => question.from === from && sameChange(question.change, change);
  if (denied !== undefined && isSame(denied) && sameNamed(denied.what, what)) {
    deny(draft, denied);
    return false;
  }
  draft.note({ questions: [...questions.filter((question) => question.from !== from), { from, change, what }] });
  if (!questions.some(isSame)) draft.notify({ type: "asked", channelId: draft.record.id, from, change });
  return true;
}

/** Refuses what the application does not want. */
export function deny(draft: Draft, question: Question): void {
  draft.note({ denied: question });
  draft.reject(question.from, question.what, "CHANGE_REFUSED", "No.");
}

function sameNamed(a: Named, b: Named): boolean {
  return a.version === b.version && a.request === b.request;
}

/** Signs what all the others have signed: from here on it counts. */
function seal(draft: Draft, { change, wishes, signatures: collected }: Proposal, state: State): void {
  const { record, session } = draft;
  const before = newestState(record)!;
  const mine = draft.sign(state);
  const signatures = collected.map((signature, i) => (i === record.self ? mine : signature)) as CompactSignature[];
  const answered = [...record.answered];
  for (const { from, request } of wishes)
    if (request !== undefined) answered[from] = Math.max(answered[from]!, request);
  draft.keep({ agreed: { state, signatures }, moves: [], signed: state.version, answered });
  if (record.unsealed.length > 0) draft.keep({ unsealed: [] });
  resolveAccounted(draft);
  // A proposal of mine that came second is put again, on top.
  const displaced = session.proposal?.change === change ? [] : (session.proposal?.wishes ?? []);
  draft.note({ proposal: undefined, wishes: [...displaced, ...session.wishes], ...withoutConsent(draft, change) });
  draft.note(withoutLapsed(draft.session));
  draft.resolve(
    wishes.map(({ ticket }) => ticket),
    state,
  );
  draft.notify({ type: "updated", channelId: record.id, state, change });
  pokeRelated(draft, before, state);
  const next = proposeNext(draft);
  for (const to of others(record)) sendSealed(draft, to, next);
}

/** Sends the newest state signed by all to somebody who may not have it. */
export function sendSealed(draft: Draft, to: number, next?: Propose): void {
  const { agreed, id, answered } = draft.record;
  if (agreed === undefined) return;
  draft.send(to, { type: "commit", channelId: id, ...agreed, answered, ...(next === undefined ? {} : { next }) });
}

/** Tells everybody whose wishes these are that they will not be fulfilled. */
export function refuseWishes(draft: Draft, wishes: readonly Wish[], error: SluiceError): void {
  for (const { from, request, ticket, change } of wishes) {
    draft.fail([ticket], error);
    draft.note(withoutConsent(draft, change));
    if (request !== undefined) refuseNamed(draft, from, { request }, error);
  }
}

function refuseNamed(draft: Draft, to: number, what: Named, { code, message }: SluiceError): void {
  if (what.version !== undefined) burn(draft, what.version);
  draft.reject(to, what, reasonOf(code), message.slice(0, 200));
}

/** How a refusal is put to the other side. What accounts for old vouchers is to be proposed again. */
export function reasonOf(code: SluiceError["code"]): RejectReason {
  switch (code) {
    case "FUNDS_INSUFFICIENT":
      return "INSUFFICIENT";
    case "CHANNEL_NOT_OPEN":
      return "NOT_OPEN";
    case "VOUCHER_INVALID":
      return "VERSION_USED";
    default:
      return "CHANGE_REFUSED";
  }
}

/** Somebody does not sign my proposal. */
export function onProposalRefused(draft: Draft, { version, reason, text }: Reject): void {
  const { proposal, wishes } = draft.session;
  if (proposal === undefined || proposal.version !== version) return;
  if (reason === "VERSION_USED" && version === FINAL_VERSION) return; // it is said again, when there is time
  if (reason === "VERSION_USED") {
    burn(draft, version);
    return draft.note({ proposal: undefined, wishes: [...proposal.wishes, ...wishes] });
  }
  dropProposal(
    draft,
    new SluiceError("CHANGE_REFUSED", `The other side refuses: ${text}`, "The newest state still counts."),
  );
  draft.notify({ type: "refused", channelId: draft.record.id, reason, text });
}

/** Gives up what I have proposed. Whoever has signed it hears so when it sends its signature again. */
export function dropProposal(draft: Draft, error: SluiceError): void {
  const { proposal } = draft.session;
  if (proposal === undefined) return;
  draft.note({ proposal: undefined });
  if (draft.participants > 2) burn(draft, proposal.version); // one may have signed what another one refuses
  refuseWishes(draft, proposal.wishes, error);
}

/** What was refused once is refused for ever: whoever signed it counts on that. */
function burn(draft: Draft, version: bigint): void {
  if (version > draft.session.burned && version !== FINAL_VERSION) draft.note({ burned: version });
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
