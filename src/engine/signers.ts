/**
 * The part of those who sign before the sealer. They sign one state a version, and have one signature open at a time: so
 * no two states of one version can ever be signed by all, whatever the sealer does.
 */
import { SluiceError } from "../errors";
import { FINAL_VERSION } from "../protocol/types";
import { sameChange, type Change } from "./change";
import { newestState, others, SEALER, type Wish } from "./channel";
import { judge } from "./consent";
import type { Draft } from "./draft";
import type { Commit, Propose, Reject } from "./messages";
import { announceOpened } from "./opening";
import { contractsOf, isAccounted, requireFewUnsealed, wantedBy } from "./payments/agreement";
import { resolveAccounted } from "./payments/pay";
import {
  isEnding,
  isReady,
  mayChange,
  pokeRelated,
  stateAfter,
  versionFor,
  withoutConsent,
  withoutLapsed,
} from "./progress";
import { ask, isDirect, MAX_MERGED, mergeAffordable, refuseWishes } from "./sealer";
import { sameState } from "./turns";

/**
 * Goes on with the sealer's proposal and with my own wishes, in turn, so that neither side can keep the other waiting by
 * being busy.
 */
export function signNext(draft: Draft): void {
  while (draft.record.promised === undefined) {
    const [first, second] = draft.session.servedMyself ? [takeOffer, putWish] : [putWish, takeOffer];
    if (!first(draft) && !second(draft)) return;
  }
}

/** Notes the sealer's proposal. A newer one replaces an older one. */
export function onPropose(draft: Draft, offer: Propose): void {
  const { record, base } = draft;
  if (offer.base !== base || record.agreed === undefined) return; // about a state that one of us does not have; a sync will tell
  const { promised } = record;
  if (promised?.state.version === offer.version && sameChange(promised.change, offer.change)) return sendPromise(draft);
  const known = draft.session.offer;
  if (known?.base !== base || known.version <= offer.version || known.change.final) draft.note({ offer });
}

/** Signs the sealer's proposal, or says why not. Returns whether that is done with. */
function takeOffer(draft: Draft): boolean {
  const { offer } = draft.session;
  if (offer === undefined) return false;
  const { base, version, change } = offer;
  if (base === draft.base) {
    if (!isReady(draft, change)) return false;
    if (version <= draft.record.signed) {
      draft.reject(SEALER, { version }, "VERSION_USED", `I have signed version ${draft.record.signed} already.`);
    } else if (!signOffer(draft, offer)) return false;
  }
  draft.note({ offer: undefined });
  return true;
}

/** Returns false while the application has to decide, or a payment is under way. */
function signOffer(draft: Draft, { version, change }: Propose): boolean {
  const { request } = draft.session;
  const wanted = wantedBy(draft, change);
  const isMine = request !== undefined && sameChange(request.wish.change, wanted);
  try {
    if (isEnding(draft) && !change.final) throw endingSoon();
    mayChange(draft, change);
    if (!isAccounted(draft, change)) return false;
    requireFewUnsealed(draft);
    stateAfter(draft, version, change);
    if (!isMine && judge(draft, wanted) === "ask") return !ask(draft, SEALER, wanted, { version });
    promise(draft, change, version, isMine ? [request.wish] : []);
    draft.note({ servedMyself: false, ...withoutConsent(draft, change) });
  } catch (error) {
    if (!(error instanceof SluiceError)) throw error;
    const reason = error.code === "VOUCHER_INVALID" ? "VERSION_USED" : "CHANGE_REFUSED";
    draft.reject(SEALER, { version }, reason, error.message.slice(0, 200));
  }
  return true;
}

/** Puts my first wish forward: signed at once where the sealer is sure to agree, as a request where not. */
function putWish(draft: Draft): boolean {
  const { wishes, request } = draft.session;
  if (wishes.length === 0 || request !== undefined) return false;
  const direct = directWishes(draft);
  if (direct.length === 0) askFor(draft, wishes[0]!);
  else payDirectly(draft, direct);
  return true;
}

/** My wishes that come next and take only what is mine, in a channel of two. */
function directWishes(draft: Draft): readonly Wish[] {
  const { record, session, participants } = draft;
  if (participants > 2 || contractsOf(draft) !== undefined) return [];
  const end = session.wishes.findIndex(({ change }) => !isDirect(change, record.destinations, record.self));
  return session.wishes.slice(0, Math.min(end < 0 ? session.wishes.length : end, MAX_MERGED));
}

function payDirectly(draft: Draft, wishes: readonly Wish[]): void {
  draft.note({ wishes: draft.session.wishes.slice(wishes.length), servedMyself: true });
  const merged = mergeAffordable(draft, wishes);
  if (merged === undefined) return;
  const { record, base } = draft;
  try {
    promise(draft, merged.change, (record.signed > base ? record.signed : base) + 1n, merged.kept);
  } catch (error) {
    if (!(error instanceof SluiceError)) throw error;
    refuseWishes(draft, merged.kept, error);
  }
}

function askFor(draft: Draft, wish: Wish): void {
  draft.note({ wishes: draft.session.wishes.slice(1), servedMyself: true });
  try {
    mayChange(draft, wish.change);
  } catch (error) {
    if (!(error instanceof SluiceError)) throw error;
    return refuseWishes(draft, [wish], error);
  }
  const id = draft.record.requested + 1;
  draft.keep({ requested: id }); // a number is used once, also after a crash
  draft.note({ request: { id, wish } });
  sendRequest(draft);
}

/** Sends my request to the sealer, again if need be. */
export function sendRequest(draft: Draft): void {
  const { request, promisedWishes } = draft.session;
  if (request === undefined || promisedWishes.includes(request.wish)) return;
  draft.sendSealer({ type: "request", channelId: draft.record.id, id: request.id, change: request.wish.change });
}

/** Signs, for good: from now on this is the one state of its version that I stand behind. */
function promise(draft: Draft, change: Change, next: bigint, wishes: readonly Wish[]): void {
  const state = stateAfter(draft, versionFor(change, next), change);
  draft.keep({ promised: { base: draft.base, change, state, signature: draft.sign(state) }, signed: state.version });
  draft.note({ promisedWishes: wishes });
  sendPromise(draft);
}

/** Sends my open signature to the sealer, again if need be. */
export function sendPromise(draft: Draft): void {
  const { promised, id } = draft.record;
  if (promised === undefined) return;
  const { base, change, signature, state } = promised;
  draft.sendSealer({ type: "sign", channelId: id, base, version: state.version, change, signature });
}

/** Takes over a state signed by all, whoever brings it. */
export function onCommit(draft: Draft, { state, signatures, answered, next }: Commit): void {
  const { record } = draft;
  if (state.version > draft.base) {
    if (!isSignedByAll(draft, state, signatures)) return;
    adopt(draft, state, signatures);
  }
  countOn(draft, answered[record.self] ?? 0);
  if (next !== undefined && record.self !== SEALER) onPropose(draft, next);
}

/** What I have signed myself, and remember, needs no check. */
function isSignedByAll(draft: Draft, state: Commit["state"], signatures: Commit["signatures"]): boolean {
  const { record } = draft;
  if (signatures.length !== draft.participants) return false;
  const { promised } = record;
  const mine = signatures[record.self]!;
  const known =
    promised !== undefined &&
    sameState(promised.state, state) &&
    mine.r === promised.signature.r &&
    mine.vs === promised.signature.vs;
  if (known) return others(record).every((i) => draft.isSigned(promised.state, i, signatures[i]));
  return signatures.every((signature, i) => draft.isSigned(state, i, signature));
}

function adopt(draft: Draft, state: Commit["state"], signatures: Commit["signatures"]): void {
  const { record, session } = draft;
  const before = newestState(record);
  const { promised } = record;
  const sealed = promised !== undefined && sameState(promised.state, state);
  // What I have signed above this state can still be sealed; what I have signed below it cannot matter any more.
  const isOpen = promised !== undefined && promised.state.version > state.version;
  const signed = state.version > record.signed ? state.version : record.signed;
  draft.keep({ agreed: { state, signatures }, moves: [], promised: isOpen ? promised : undefined, signed });
  if (record.unsealed.length > 0)
    draft.keep({ unsealed: record.unsealed.filter(({ version }) => version > state.version) });
  resolveAccounted(draft);
  draft.note({ ahead: [], ...withoutLapsed(session) });
  if (!isOpen) endPromise(draft, sealed ? undefined : overtaken());
  if (before === undefined) return announceOpened(draft);
  const { id } = record;
  draft.notify({ type: "updated", channelId: id, state, ...(sealed ? { change: promised.change } : {}) });
  pokeRelated(draft, before, state);
}

/** Tells those whose wishes I have signed how it ended: well, if there is no error. */
function endPromise(draft: Draft, error: SluiceError | undefined): void {
  const { promisedWishes, request } = draft.session;
  const tickets = promisedWishes.map(({ ticket }) => ticket);
  if (error !== undefined) draft.fail(tickets, error);
  else draft.resolve(tickets, newestState(draft.record)!);
  const isDone = request !== undefined && promisedWishes.includes(request.wish);
  draft.note({ promisedWishes: [], request: isDone ? undefined : request });
}

/** Asks anew if the number of my request was used before: I was set back to an old backup, and count again. */
function countOn(draft: Draft, used: number): void {
  const { request, promisedWishes } = draft.session;
  if (request === undefined || used < request.id || promisedWishes.includes(request.wish)) return;
  if (used > request.id + MAX_SKIPPED) return; // numbers end somewhere
  draft.keep({ requested: used + 1 });
  draft.note({ request: { ...request, id: used + 1 } });
  sendRequest(draft);
}

const MAX_SKIPPED = 1_000_000;

/** The sealer refuses a request or a signature of mine. */
export function onRefusal(draft: Draft, { version, request, text, reason }: Reject): void {
  const { record, session } = draft;
  const error = new SluiceError("CHANGE_REFUSED", `The other side refuses: ${text}`, "The newest state still counts.");
  if (request !== undefined && session.request?.id === request) {
    const { wish } = session.request;
    draft.fail([wish.ticket], error);
    draft.note({ request: undefined, promisedWishes: session.promisedWishes.filter((other) => other !== wish) });
    draft.notify({ type: "refused", channelId: record.id, reason, text });
  }
  if (version === undefined || record.promised?.state.version !== version) return;
  // Nothing can be signed after a final state: it is waited for, or enforced.
  if (version !== FINAL_VERSION) dropPromise(draft);
  if (reason === "VERSION_USED" && version !== FINAL_VERSION) return putAgain(draft);
  endPromise(draft, error);
  draft.notify({ type: "refused", channelId: record.id, reason, text });
}

/** Waits no longer for the sealer, who may seal it all the same. `signed` stays: this version is used. */
function dropPromise(draft: Draft): void {
  const { promised, unsealed } = draft.record;
  draft.keep({ promised: undefined });
  if (contractsOf(draft) !== undefined) draft.keep({ unsealed: [...unsealed, promised!.state] });
}

/** What the sealer has only forgotten is wanted again. */
function putAgain(draft: Draft): void {
  const { promisedWishes, wishes, request } = draft.session;
  const isDone = request !== undefined && promisedWishes.includes(request.wish);
  draft.note({
    promisedWishes: [],
    wishes: [...promisedWishes, ...wishes],
    request: isDone ? undefined : request,
  });
}

function endingSoon(): SluiceError {
  return new SluiceError("CHANNEL_NOT_OPEN", "This channel is being closed.", "Nothing was signed.");
}

function overtaken(): SluiceError {
  return new SluiceError(
    "CHANGE_REFUSED",
    "A newer state was signed by all, without this change.",
    "The newest state counts; try again.",
  );
}
