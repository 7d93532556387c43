/**
 * The part of those who sign before the sealer. They sign one state a version, and have one signature open at a time: so
 * no two states of one version can ever be signed by all, whatever the sealer does.
 */
import { SluiceError } from "../errors";
import { FINAL_VERSION, type State } from "../protocol/types";
import { applyChange, combine, sameChange, type Change } from "./change";
import { newestState, others, SEALER, type Wish } from "./channel";
import { judge } from "./consent";
import type { Draft } from "./draft";
import type { Commit, Propose, Reject } from "./messages";
import { announceOpened } from "./opening";
import { mayChange, pokeRelated, requireNoGap, withoutConsent } from "./progress";
import { ask, MAX_MERGED } from "./sealer";

/**
 * Goes on with the sealer's proposal and with my own wishes, in turn, so that neither side can keep the other waiting by
 * being busy.
 */
export function signNext(draft: Draft): void {
  while (draft.record.promised === undefined) {
    const { offer, wishes, servedMyself, request } = draft.session;
    const mine = wishes.length > 0 && request === undefined;
    if (offer !== undefined && (servedMyself || !mine)) signOffer(draft, offer);
    else if (mine) putWish(draft);
    else return;
    if (draft.session.offer === offer && draft.session.wishes === wishes) return; // nothing could be done
  }
}

/** Notes the sealer's proposal. A newer one replaces an older one. */
export function onPropose(draft: Draft, offer: Propose): void {
  const { record, base } = draft;
  if (offer.base !== base || record.agreed === undefined) return; // about a state that one of us does not have; a sync will tell
  const { promised } = record;
  if (promised?.state.version === offer.version && sameChange(promised.change, offer.change)) return sendPromise(draft);
  draft.note({ offer });
}

/** Signs the sealer's proposal, if it is right for me. */
function signOffer(draft: Draft, offer: Propose): void {
  const { base, version, change } = offer;
  if (base !== draft.base) return draft.note({ offer: undefined });
  if (version <= draft.record.signed) {
    draft.note({ offer: undefined });
    return draft.reject(SEALER, { version }, "VERSION_USED", `I have signed version ${draft.record.signed} already.`);
  }
  try {
    mayChange(draft, change);
    const verdict = isMine(draft, change) ? "sign" : judge(draft, change);
    if (verdict === "ask") {
      ask(draft, SEALER, change, undefined);
      return; // the offer stays until the application has answered
    }
    if (verdict !== "sign") throw new SluiceError("CHANNEL_NOT_OPEN", verdict.refuse, "Nothing was signed.");
    promise(draft, change, version, []);
    draft.note({ servedMyself: false, ...withoutConsent(draft, change) });
  } catch (error) {
    if (!(error instanceof SluiceError)) throw error;
    draft.reject(SEALER, { version }, "CHANGE_REFUSED", error.message.slice(0, 200));
  }
  draft.note({ offer: undefined });
}

/** Whether a change is the one that I have asked for. */
function isMine({ session }: Draft, change: Change): boolean {
  return session.request !== undefined && sameChange(session.request.wish.change, change);
}

/** Puts my first wish forward: signed at once where the sealer is sure to agree, as a request where not. */
function putWish(draft: Draft): void {
  const wishes = directWishes(draft);
  if (wishes.length === 0) return request(draft);
  draft.note({ wishes: draft.session.wishes.slice(wishes.length) });
  let change: Change | undefined;
  const tickets: (number | undefined)[] = [];
  for (const wish of wishes) {
    const next = change === undefined ? wish.change : combine(change, wish.change);
    try {
      mayChange(draft, next);
      applyChange(newestState(draft.record)!, 0n, next);
      change = next;
      tickets.push(wish.ticket);
    } catch (error) {
      if (!(error instanceof SluiceError)) throw error;
      draft.fail([wish.ticket], error);
    }
  }
  if (change === undefined) return;
  try {
    promise(draft, change, nextVersion(draft), tickets);
    draft.note({ servedMyself: true });
  } catch (error) {
    if (!(error instanceof SluiceError)) throw error;
    draft.fail(tickets, error);
  }
}

/** My wishes that come next and take only what is mine, in a channel of two. */
function directWishes({ record, session, participants }: Draft): readonly Wish[] {
  const mine = record.destinations[record.self]!;
  const isDirect = ({ change: { final, appData, transfers } }: Wish) =>
    participants === 2 &&
    !final &&
    appData === undefined &&
    transfers.every(({ from, to }) => from === mine && record.destinations.includes(to));
  const end = session.wishes.findIndex((wish) => !isDirect(wish));
  return session.wishes.slice(0, Math.min(end < 0 ? session.wishes.length : end, MAX_MERGED));
}

function request(draft: Draft): void {
  const [wish, ...wishes] = draft.session.wishes;
  const id = draft.record.requested + 1;
  draft.keep({ requested: id }); // a number is used once, also after a crash
  draft.note({ wishes, request: { id, wish: wish! }, servedMyself: true });
  sendRequest(draft);
}

/** Sends my request to the sealer, again if need be. */
export function sendRequest(draft: Draft): void {
  const { request } = draft.session;
  if (request === undefined) return;
  draft.sendSealer({ type: "request", channelId: draft.record.id, id: request.id, change: request.wish.change });
}

/** The lowest version that I have never signed. */
function nextVersion({ record, base }: Draft): bigint {
  return (record.signed > base ? record.signed : base) + 1n;
}

/** Signs, for good: from now on this is the one state of its version that I stand behind. */
function promise(draft: Draft, change: Change, version: bigint, tickets: readonly (number | undefined)[]): void {
  const state = applyChange(newestState(draft.record)!, version, change);
  requireNoGap(draft, state.version);
  const promised = { base: draft.base, change, state, signature: draft.sign(state) };
  draft.keep({ promised, signed: state.version });
  draft.note({ promisedTickets: tickets.filter((ticket) => ticket !== undefined) });
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
  if (state.version === draft.record.agreed?.state.version) settleRequest(draft, answered, state);
  if (next !== undefined && record.self !== SEALER) onPropose(draft, next);
}

/** What I have signed myself, and remember, needs no check. */
function isSignedByAll(draft: Draft, state: State, signatures: Commit["signatures"]): boolean {
  const { record } = draft;
  if (signatures.length !== draft.participants) return false;
  const mine = record.promised;
  const known = mine !== undefined && sameState(mine.state, state) && signatures[record.self]!.r === mine.signature.r;
  const unsure =
    known && signatures[record.self]!.vs === mine.signature.vs ? others(record) : signatures.map((_, i) => i);
  return unsure.every((i) => draft.isSigned(state, i, signatures[i]!));
}

function adopt(draft: Draft, state: State, signatures: Commit["signatures"]): void {
  const { record, session } = draft;
  const { promised } = record;
  const sealed = promised !== undefined && sameState(promised.state, state);
  // What I have signed above this state can still be sealed; what I have signed below it cannot matter any more.
  const open = promised !== undefined && promised.state.version > state.version ? promised : undefined;
  const signed = state.version > record.signed ? state.version : record.signed;
  draft.keep({ agreed: { state, signatures }, moves: [], promised: open, signed });
  if (record.agreed === undefined) announceOpened(draft);
  if (open === undefined) {
    if (sealed) draft.resolve(session.promisedTickets, state);
    else draft.fail(session.promisedTickets, overtaken());
    draft.note({ promisedTickets: [] });
  }
  const change = sealed ? promised.change : undefined;
  draft.notify({ type: "updated", channelId: record.id, state, ...(change === undefined ? {} : { change }) });
  pokeRelated(draft, change ?? { transfers: [], final: state.version > record.signed });
}

/** Ends my request when the sealer says that it is answered. */
function settleRequest(draft: Draft, answered: readonly number[], state: State): void {
  const { record, session } = draft;
  if (answered.length !== draft.participants) return;
  const newer = record.answered.map((id, i) => Math.max(id, answered[i]!));
  if (newer.some((id, i) => id !== record.answered[i])) draft.keep({ answered: newer });
  if (session.request === undefined || newer[record.self]! < session.request.id) return;
  draft.resolve([session.request.wish.ticket], state);
  draft.note({ request: undefined });
}

/** The sealer refuses a request or a signature of mine. */
export function onRefusal(draft: Draft, { version, request, text, reason }: Reject): void {
  const { record, session } = draft;
  const error = new SluiceError("CHANGE_REFUSED", `The other side refuses: ${text}`, "The newest state still counts.");
  if (request !== undefined && session.request?.id === request) {
    draft.fail([session.request.wish.ticket], error);
    draft.note({ request: undefined });
    draft.notify({ type: "refused", channelId: record.id, reason, text });
  }
  if (version !== undefined && record.promised?.state.version === version) {
    draft.fail(session.promisedTickets, error);
    if (version === FINAL_VERSION) return; // nothing can be signed after it: it is waited for, or enforced
    draft.keep({ promised: undefined }); // `signed` stays: this version is used
    draft.note({ promisedTickets: [] });
    draft.notify({ type: "refused", channelId: record.id, reason, text });
  }
}

function overtaken(): SluiceError {
  return new SluiceError(
    "CHANGE_REFUSED",
    "A newer state was signed by all, without this change.",
    "The newest state counts; try again.",
  );
}

function sameState(a: State, b: State): boolean {
  return a.version === b.version && a.outcome === b.outcome && a.appData === b.appData;
}
