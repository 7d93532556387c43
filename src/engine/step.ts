/**
 * One step of a channel: what happened goes in, what the channel is now and what is to be done come out. Pure: no clock, no
 * disk, no network, no chance.
 *
 * Whoever runs it makes the record durable before it does what the effects say, and gives every event to one step at a time.
 */
import { SluiceError } from "../errors";
import type { ChannelView } from "../ports/chain";
import type { State } from "../protocol/types";
import type { Authorization } from "./calls";
import { sameChange, type Change } from "./change";
import { freshSession, isFinal, isSealer, others, type ChannelState } from "./channel";
import type { Context } from "./context";
import { defend, isLeftByChild, leave } from "./defence";
import { Draft } from "./draft";
import { fund, onAuthorize, onAuthorized, sendAuthorizations } from "./funding";
import type { Message } from "./messages";
import {
  onOpenAgain,
  onOpeningRefused,
  onOpeningSigned,
  sendOpening,
  sendOpeningSignature,
  type StepResult,
} from "./opening";
import { isSynced } from "./progress";
import { onProposalRefused, onRequest, onSign, proposeNext, sendProposal, sendSealed } from "./sealer";
import { onCommit, onPropose, onRefusal, sendPromise, sendRequest, signNext } from "./signers";
import { acknowledged, onStanding, sendStanding } from "./standing";
import { onMove, playMove, sendMoves } from "./turns";

/** What can happen to a channel. */
export type ChannelEvent =
  /** A message of participant `from`, who has proved who it is. */
  | { readonly type: "message"; readonly from: number; readonly message: Message }
  | { readonly type: "connected"; readonly peer: number }
  | { readonly type: "disconnected"; readonly peer: number }
  /** The application wants a change. */
  | { readonly type: "wish"; readonly change: Change; readonly ticket?: number }
  /** The application does not wait for this any more; what is signed stays signed. */
  | { readonly type: "withdrawn"; readonly ticket: number }
  /** The application answers what it was asked. */
  | { readonly type: "answer"; readonly change: Change; readonly accept: boolean }
  | { readonly type: "move"; readonly state: State; readonly ticket: number | undefined }
  /** The application wants to leave through the chain. */
  | { readonly type: "leave" }
  | { readonly type: "authorized"; readonly authorizations: readonly Authorization[] }
  | { readonly type: "chain"; readonly latest: ChannelView; readonly confirmed: ChannelView }
  /** The fate of a submitted call is known, and the views say what it did. */
  | { readonly type: "done"; readonly id: string; readonly mined: boolean }
  /** A channel that pays this one, or is paid by it, has changed. */
  | { readonly type: "related" }
  /** Time has passed. */
  | { readonly type: "tick" };

/** Takes one step. Never throws for what peers or the chain may say. */
export function step(context: Context, state: ChannelState, event: ChannelEvent): StepResult {
  const draft = new Draft(context, state);
  take(draft, event);
  proceed(draft);
  return { state: { record: draft.record, session: draft.session }, effects: draft.effects };
}

function take(draft: Draft, event: ChannelEvent): void {
  switch (event.type) {
    case "message":
      return hear(draft, event.from, event.message);
    case "connected":
      draft.note({
        connected: draft.session.connected | (1 << event.peer),
        synced: draft.session.synced & ~(1 << event.peer),
      });
      return sendStanding(draft, event.peer, true);
    case "disconnected":
      return draft.note({
        connected: draft.session.connected & ~(1 << event.peer),
        synced: draft.session.synced & ~(1 << event.peer),
      });
    case "wish":
      return draft.note({
        wishes: [...draft.session.wishes, { from: draft.record.self, change: event.change, ...ticketOf(event) }],
      });
    case "withdrawn":
      return withdraw(draft, event.ticket);
    case "answer":
      return answer(draft, event.change, event.accept);
    case "move":
      return tryMove(draft, event.state, event.ticket);
    case "leave":
      return leave(draft, "The application wants to.");
    case "authorized":
      return onAuthorized(draft, event.authorizations);
    case "chain":
      return draft.note({ latest: event.latest, confirmed: event.confirmed });
    case "done":
      return draft.note({ submitted: draft.session.submitted.filter((id) => id !== event.id) });
    case "related":
      if (draft.record.agreed !== undefined && isLeftByChild(draft)) leave(draft, "An app channel in it has to.");
      return;
    case "tick":
      return repeat(draft);
  }
}

function hear(draft: Draft, from: number, message: Message): void {
  const sealer = isSealer(draft.record);
  const fromSealer = from === 0;
  if (draft.record.closed) {
    if (message.type === "sign" || message.type === "sync") sendSealed(draft, from); // it may have missed the end
    return;
  }
  switch (message.type) {
    case "open":
      return onOpenAgain(draft, from, message);
    case "request":
      return sealer ? onRequest(draft, from, message) : undefined;
    case "propose":
      return fromSealer ? onPropose(draft, message) : undefined;
    case "sign":
      if (!sealer) return;
      return message.version === 0n ? onOpeningSigned(draft, from, message) : onSign(draft, from, message);
    case "commit":
      return onCommit(draft, message);
    case "move":
      if (onMove(draft, from, message)) sendStanding(draft, from, false);
      return;
    case "reject":
      if (draft.record.agreed === undefined) return onOpeningRefused(draft, message);
      return sealer ? onProposalRefused(draft, message) : onRefusal(draft, message);
    case "sync":
      return onStanding(draft, from, message);
    case "authorize":
      return onAuthorize(draft, from, message);
  }
}

/** Starts everything that can go on now. */
function proceed(draft: Draft): void {
  if (draft.record.closed) return;
  fund(draft);
  if (draft.record.agreed !== undefined && isSynced(draft)) {
    if (isSealer(draft.record)) {
      const proposal = proposeNext(draft);
      if (proposal !== undefined) draft.sendAll(proposal);
    } else signNext(draft);
  }
  defend(draft);
  watchTheClock(draft);
}

/** Notes since when somebody else is waited for. */
function watchTheClock(draft: Draft): void {
  const waiting = isWaiting(draft);
  const { waitingSince } = draft.session;
  if (waiting && waitingSince === undefined) draft.note({ waitingSince: draft.context.now });
  if (!waiting && waitingSince !== undefined) draft.note({ waitingSince: undefined });
}

function isWaiting(draft: Draft): boolean {
  const { record, session } = draft;
  if (record.closed) return false;
  const asked = session.wishes.length > 0 || session.request !== undefined || session.proposal !== undefined;
  return (
    asked || record.agreed === undefined || record.promised !== undefined || hasUnansweredMove(draft) || isFinal(record)
  );
}

/** Whether I made the newest move, and another player has not even said that it heard of it. */
function hasUnansweredMove(draft: Draft): boolean {
  const last = draft.record.moves.at(-1);
  return last?.by === draft.record.self && acknowledged(draft) < last.state.version;
}

/** Says again what was not answered; gives up waiting for what takes too long. */
function repeat(draft: Draft): void {
  const { record, session, context } = draft;
  const { now, settings } = context;
  if (record.closed) return;
  if (session.waitingSince !== undefined && session.connected !== 0 && now - session.sentAt >= settings.resendAfter)
    resend(draft);
  const waited = session.waitingSince === undefined ? 0 : now - session.waitingSince;
  if (waited >= settings.patience) giveUpWishes(draft);
  if (waited >= settings.leaveAfter && isOwedAnAnswer(draft)) leave(draft, "The others do not answer.");
}

function resend(draft: Draft): void {
  const { record } = draft;
  if (record.agreed === undefined) {
    if (draft.session.openingTicket !== undefined || isSealer(record)) sendOpening(draft);
    else sendOpeningSignature(draft);
    return;
  }
  for (const peer of others(record)) {
    if (!((draft.session.synced >> peer) & 1)) sendStanding(draft, peer, true);
  }
  sendPromise(draft);
  sendRequest(draft);
  sendProposal(draft);
  sendAuthorizations(draft);
  if (hasUnansweredMove(draft)) sendMoves(draft, acknowledged(draft));
}

/** What I have signed can be used, but not by me: the others must not keep me waiting for ever. */
function isOwedAnAnswer(draft: Draft): boolean {
  const { record } = draft;
  if (record.agreed === undefined || isFinal(record)) return false;
  return record.promised !== undefined || hasUnansweredMove(draft) || wantsToClose(draft);
}

function wantsToClose({ session }: Draft): boolean {
  const wishes = [...session.wishes, ...(session.proposal?.wishes ?? [])];
  return wishes.some(({ change }) => change.final) || session.request?.wish.change.final === true;
}

/** Tells those who wait that nobody answers; what they want is not signed by anybody. A close goes on: it can be enforced. */
function giveUpWishes(draft: Draft): void {
  const { session, record } = draft;
  const error = new SluiceError(
    "PEER_SILENT",
    "The other side does not answer.",
    "The newest state still counts; try again later, or leave through the chain.",
  );
  if (record.agreed === undefined) {
    draft.fail([session.openingTicket], error);
    return draft.note({ openingTicket: undefined });
  }
  const givenUp = session.wishes.filter(({ change }) => !change.final);
  draft.fail(
    givenUp.map(({ ticket }) => ticket),
    error,
  );
  draft.fail(session.promisedTickets, error);
  draft.note({ wishes: session.wishes.filter(({ change }) => change.final), promisedTickets: [] });
  const { request, proposal } = draft.session;
  if (request !== undefined && !request.wish.change.final) {
    draft.fail([request.wish.ticket], error);
    draft.note({ request: undefined });
  }
  if (proposal !== undefined && !proposal.change.final) {
    draft.fail(
      proposal.wishes.map(({ ticket }) => ticket),
      error,
    );
    draft.note({ proposal: undefined, burned: draft.participants > 2 ? proposal.version : draft.session.burned });
  }
}

function withdraw(draft: Draft, ticket: number): void {
  const { session } = draft;
  draft.note({ wishes: session.wishes.filter((wish) => wish.ticket !== ticket) });
}

function tryMove(draft: Draft, state: State, ticket: number | undefined): void {
  try {
    if (!isSynced(draft)) {
      throw new SluiceError("PEER_SILENT", "The other player is not connected.", "Nothing was signed; try again.");
    }
    playMove(draft, state, ticket);
  } catch (error) {
    if (!(error instanceof SluiceError)) throw error;
    draft.fail([ticket], error);
  }
}

/** Acts on what the application decided about a change that another participant wants. */
function answer(draft: Draft, change: Change, accept: boolean): void {
  const { session } = draft;
  const question = session.questions.find((candidate) => sameChange(candidate.change, change));
  if (question === undefined) return;
  draft.note({ questions: session.questions.filter((candidate) => candidate !== question) });
  const { from, request } = question;
  if (accept) {
    draft.note({ consents: [...session.consents, change].slice(-MAX_CONSENTS) });
    if (request !== undefined) draft.note({ wishes: [...draft.session.wishes, { from, change, request }] });
  } else {
    const version = session.offer?.version;
    draft.reject(
      from,
      request === undefined ? { ...(version === undefined ? {} : { version }) } : { request },
      "CHANGE_REFUSED",
      "No.",
    );
    draft.note({ offer: undefined });
  }
}

const MAX_CONSENTS = 8;

function ticketOf({ ticket }: { readonly ticket?: number }): { readonly ticket?: number } {
  return ticket === undefined ? {} : { ticket };
}

/** What is known after a restart. */
export function resume(record: ChannelState["record"]): ChannelState {
  return { record, session: freshSession() };
}
