/**
 * One step of a channel: what happened goes in, what the channel is now and what is to be done come out. Pure: no clock, no
 * disk, no network, no chance.
 *
 * Whoever runs it makes the record durable before it does what the effects say (but for {@link StepResult.regained}), and
 * gives every event to one step at a time.
 */
import { SluiceError } from "../errors";
import type { ChannelView } from "../ports/chain";
import type { Lock } from "../protocol/locks";
import type { Address, Hex, State } from "../protocol/types";
import type { Authorization } from "./calls";
import { sameChange, type Change } from "./change";
import { freshSession, isFinal, isSealer, others, type ChannelState, type Wish } from "./channel";
import type { Context } from "./context";
import { defend, leave } from "./defence";
import { Draft } from "./draft";
import { fund, onAuthorize, onAuthorized, onDone, sendAuthorizations } from "./funding";
import { isLeftByChild } from "./ledger";
import type { Message } from "./messages";
import { onOpenAgain, onOpeningRefused, onOpeningSigned, sendOpening, type StepResult } from "./opening";
import { wantedBy } from "./payments/agreement";
import { claimLock, giveUpLock, onClaim, onGiveUp, type LockName } from "./payments/claims";
import { isAwaited } from "./payments/lane";
import { isLeftUnpaid, unfollowEnded, watchLocks } from "./payments/onChain";
import { offerLock, payNext, wantPayment } from "./payments/pay";
import { onClaimed } from "./payments/settled";
import { onVoucher } from "./payments/take";
import { isEnding, isSynced } from "./progress";
import { isRegained } from "./regained";
import {
  deny,
  dropProposal,
  onProposalRefused,
  onRequest,
  onSign,
  proposeNext,
  refuseWishes,
  sendSealed,
} from "./sealer";
import { onCommit, onPropose, onRefusal, sendPromise, signNext } from "./signers";
import { acknowledged, heardFrom, onStanding, sendPayments, sendStanding, sendUnanswered } from "./standing";
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
  /** The application wants to pay by voucher. */
  | {
      readonly type: "pay";
      readonly asset: Address;
      readonly amount: bigint;
      readonly note: Hex;
      readonly ticket?: number;
    }
  /** Whoever passes payments on wants to lock money; `origin` is how it will know what became of that. */
  | {
      readonly type: "lock";
      readonly asset: Address;
      readonly lock: Lock;
      readonly packet: Hex;
      readonly origin: string;
    }
  /** Whoever passes payments on knows the secret of a lock that I would be paid. */
  | { readonly type: "claim"; readonly name: LockName; readonly secret: Hex }
  /** Whoever passes payments on does not want to be paid for a lock. */
  | { readonly type: "giveUp"; readonly name: LockName; readonly failure: Hex }
  | { readonly type: "move"; readonly state: State; readonly ticket: number | undefined }
  /** The application wants to leave through the chain. */
  | { readonly type: "leave" }
  | { readonly type: "authorized"; readonly authorizations: readonly Authorization[] }
  | { readonly type: "chain"; readonly latest: ChannelView; readonly confirmed: ChannelView }
  /** The fate of a submitted call is known, and the views say what it did; `error` is why it was reverted. */
  | { readonly type: "done"; readonly id: string; readonly error?: string }
  /** The chain says something new of keys that are followed. */
  | { readonly type: "facts" }
  /** A channel that pays this one, or is paid by it, has changed. */
  | { readonly type: "related" }
  /** Time has passed. */
  | { readonly type: "tick" };

/** Takes one step. Never throws for what peers or the chain may say. */
export function step(context: Context, state: ChannelState, event: ChannelEvent): StepResult {
  const draft = new Draft(context, state);
  take(draft, event);
  if (!draft.record.closed) {
    watchLocks(draft, NEWS_OF_CHAIN.has(event.type));
    proceed(draft);
  }
  unfollowEnded(draft, state.lanes);
  watchTheClock(draft, state);
  // Whether money that another channel has paid is there, only the chain can say.
  if (event.type !== "related" || draft.session.latest.record.kind === "none") defend(draft);
  const { record, lanes, session, effects } = draft;
  return { state: { record, lanes, session }, effects, regained: isRegained(state, draft) };
}

const NEWS_OF_CHAIN: ReadonlySet<ChannelEvent["type"]> = new Set<ChannelEvent["type"]>(["chain", "done", "facts"]);

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
      return wish(draft, event.change, event.ticket);
    case "withdrawn":
      return withdraw(draft, event.ticket);
    case "answer":
      return answer(draft, event.change, event.accept);
    case "pay":
      return wantPayment(draft, event);
    case "lock":
      return offerLock(draft, event.asset, event.lock, event.packet, event.origin);
    case "claim":
      return claimLock(draft, event.name, event.secret);
    case "giveUp":
      return giveUpLock(draft, event.name, event.failure);
    case "move":
      return tryMove(draft, event.state, event.ticket);
    case "leave":
      return leave(draft, "The application wants to.");
    case "authorized":
      return onAuthorized(draft, event.authorizations);
    case "chain":
      return draft.note({ latest: event.latest, confirmed: event.confirmed });
    case "done":
      onDone(draft, event.id);
      return onClaimed(draft, event.id, event.error);
    case "facts":
      return; // the context has them
    case "related":
      if (isLeftByChild(draft)) leave(draft, "An app channel in it has to.");
      return;
    case "tick":
      return repeat(draft);
  }
}

function hear(draft: Draft, from: number, message: Message): void {
  const sealer = isSealer(draft.record);
  const fromSealer = from === 0;
  if (draft.record.closed) return hearTooLate(draft, from, message);
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
      if (message.reason === "UNKNOWN_CHANNEL") return sendOpening(draft, [from]);
      if (draft.record.agreed === undefined) return onOpeningRefused(draft, message);
      return sealer ? onProposalRefused(draft, message) : onRefusal(draft, message);
    case "sync":
      return onStanding(draft, from, message);
    case "authorize":
      return onAuthorize(draft, from, message);
    case "voucher":
      if (onVoucher(draft, from, message)) sendStanding(draft, from, true);
      return;
    case "claim":
      return onClaim(draft, message);
    case "giveUp":
      return onGiveUp(draft, message);
  }
}

/** Tells somebody that a channel is over who may have missed it. */
function hearTooLate(draft: Draft, from: number, { type }: Message): void {
  if (type === "reject") return;
  if (draft.record.agreed === undefined) draft.reject(from, {}, "TERMS_REFUSED", "I have given this channel up.");
  else if (type === "sign" || type === "sync") sendSealed(draft, from);
}

/** Starts everything that can go on now. */
function proceed(draft: Draft): void {
  fund(draft);
  if (draft.record.agreed !== undefined && isSynced(draft)) {
    if (isSealer(draft.record)) {
      const proposal = proposeNext(draft);
      if (proposal !== undefined) draft.sendAll(proposal);
    } else signNext(draft);
    payNext(draft);
  }
}

/** Notes since when somebody else is waited for; whatever gets on starts the wait anew. */
function watchTheClock(draft: Draft, before: ChannelState): void {
  const { waitingSince } = draft.session;
  const { agreed, moves, promised } = draft.record;
  const since = isWaiting(draft) ? (waitingSince ?? draft.context.now) : undefined;
  const record = before.record;
  const gotOn =
    agreed !== record.agreed || moves !== record.moves || promised !== record.promised || draft.lanes !== before.lanes;
  const next = since !== undefined && gotOn ? draft.context.now : since;
  if (next !== waitingSince) draft.note({ waitingSince: next });
}

function isWaiting(draft: Draft): boolean {
  const { record, session } = draft;
  if (record.closed) return false;
  const asked = session.wishes.length > 0 || session.request !== undefined || session.proposal !== undefined;
  const signed = record.promised !== undefined || hasUnansweredMove(draft) || isFinal(record);
  const authorized = !record.funded && record.authorizations[record.self]!.length > 0;
  const paid = session.payments.length > 0 || draft.lanes.some(isAwaited);
  return asked || signed || authorized || paid || record.agreed === undefined;
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
  if (record.agreed !== undefined) giveUpWishes(draft);
  else if (waited >= settings.patience) giveUpOpening(draft);
  if (waited >= settings.leaveAfter && isOwedAnAnswer(draft)) leave(draft, "The others do not answer.");
  if (isLeftUnpaid(draft)) leave(draft, "The chain knows a secret, and its lock is not paid.");
}

function resend(draft: Draft): void {
  const { record } = draft;
  if (record.agreed === undefined) {
    if (draft.session.openingTicket !== undefined || isSealer(record)) sendOpening(draft);
    else sendPromise(draft);
    return;
  }
  for (const peer of others(record)) {
    // What acknowledges a payment may have got lost, and nobody sends that again who is not asked.
    if (!((draft.session.synced >> peer) & 1) || draft.lanes.some(isAwaited)) sendStanding(draft, peer, true);
  }
  sendUnanswered(draft);
  sendPayments(draft);
  sendAuthorizations(draft);
  if (hasUnansweredMove(draft)) for (const peer of others(record)) sendMoves(draft, peer, heardFrom(draft, peer));
}

/** What I have signed can be used, but not by me: the others must not keep me waiting for ever. */
function isOwedAnAnswer(draft: Draft): boolean {
  const { record } = draft;
  if (record.agreed === undefined) return false;
  if (isFinal(record)) return record.funding.kind === "ledger"; // its money must come back in the ledger
  return hasUnansweredMove(draft) || record.promised !== undefined || isEnding(draft);
}

function giveUpOpening(draft: Draft): void {
  draft.fail([draft.session.openingTicket], silence("No money has moved; what is signed stays signed."));
  draft.note({ openingTicket: undefined });
}

/** Tells those who have waited long enough that nobody answers. A close goes on: it can be enforced. */
function giveUpWishes(draft: Draft): void {
  const { session, context } = draft;
  const nothing = silence("Nobody has signed this; try again later, or leave through the chain.");
  const isGivenUp = ({ change, since }: Wish) => !change.final && context.now - since >= context.settings.patience;
  draft.note({ wishes: session.wishes.filter((one) => !isGivenUp(one)) });
  refuseWishes(draft, session.wishes.filter(isGivenUp), nothing);
  if (session.proposal?.change.final === false && session.proposal.wishes.every(isGivenUp)) {
    dropProposal(draft, nothing);
  }
  const { request, promisedWishes } = draft.session;
  if (request !== undefined && isGivenUp(request.wish)) {
    if (!promisedWishes.includes(request.wish)) draft.fail([request.wish.ticket], nothing);
    draft.note({ request: undefined });
  }
  draft.fail(
    promisedWishes.filter(isGivenUp).map(({ ticket }) => ticket),
    silence("It is signed on this side, so it may count yet: look at the newest state before you try again."),
  );
  draft.note({ promisedWishes: promisedWishes.filter((one) => !isGivenUp(one)) });
  giveUpPayments(draft, nothing);
}

function giveUpPayments(draft: Draft, nothing: SluiceError): void {
  const { payments, deliveries } = draft.session;
  const { now, settings } = draft.context;
  const isLate = ({ since }: { readonly since: number }) => now - since >= settings.patience;
  if (!payments.some(isLate) && !deliveries.some(isLate)) return;
  draft.fail(
    payments.filter(isLate).map(({ ticket }) => ticket),
    nothing,
  );
  draft.fail(
    deliveries.filter(isLate).map(({ ticket }) => ticket),
    silence("It is signed, so it counts as soon as the other side has it: do not pay again."),
  );
  draft.note({
    payments: payments.filter((one) => !isLate(one)),
    deliveries: deliveries.filter((one) => !isLate(one)),
  });
}

function silence(remedy: string): SluiceError {
  return new SluiceError("PEER_SILENT", "The other side does not answer.", remedy);
}

/** Notes what somebody on this machine wants. What the engine itself wants, it wants once. */
function wish(draft: Draft, change: Change, ticket: number | undefined): void {
  const { wishes, proposal, request } = draft.session;
  const known = [...wishes, ...(proposal?.wishes ?? []), ...(request === undefined ? [] : [request.wish])];
  if (ticket === undefined && known.some((one) => sameChange(one.change, change))) return;
  if (draft.record.closed)
    return draft.fail([ticket], new SluiceError("CHANNEL_NOT_OPEN", "It is closed.", "Nothing was signed."));
  const made = { from: draft.record.self, change, since: draft.context.now };
  draft.note({ wishes: [...wishes, { ...made, ...(ticket === undefined ? {} : { ticket }) }] });
}

function withdraw(draft: Draft, ticket: number): void {
  const { session } = draft;
  const isOther = (one: { readonly ticket?: number }) => one.ticket !== ticket;
  draft.note({ wishes: session.wishes.filter(isOther), payments: session.payments.filter(isOther) });
}

function tryMove(draft: Draft, state: State, ticket: number | undefined): void {
  const { record } = draft.session.latest;
  // On the chain it is clear what the newest state is, and who does not answer there loses.
  const isClear = isSynced(draft) || (record.kind === "dispute" && record.dispute.version === draft.base);
  try {
    if (!isClear) throw silence("Nothing was signed; try again when it is connected.");
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
  const { from, what } = question;
  if (!accept) {
    deny(draft, question);
    const { offer } = session;
    if (offer !== undefined && sameChange(wantedBy(draft, offer.change), change)) draft.note({ offer: undefined });
    return;
  }
  draft.note({ consents: [...session.consents, change].slice(-MAX_CONSENTS) });
  if (what.request !== undefined)
    draft.note({ wishes: [...session.wishes, { from, change, since: draft.context.now, request: what.request }] });
}

const MAX_CONSENTS = 8;

/** What is known after a restart. */
export function resume({ record, lanes }: Omit<ChannelState, "session">): ChannelState {
  return { record, lanes, session: freshSession() };
}
