/** How a channel comes into being: the opening state is signed by all before any money moves. */
import { SluiceError } from "../errors";
import { channelIdOf } from "../protocol/hashing";
import type { CompactSignature } from "../protocol/types";
import { outcomeOf, type Change } from "./change";
import { freshSession, isSealer, others, SEALER, type ChannelRecord, type ChannelState } from "./channel";
import type { Context } from "./context";
import { Draft } from "./draft";
import type { Effect } from "./effects";
import { parentOf } from "./ledger";
import type { Open, Reject, Sign } from "./messages";
import { emptyLane } from "./payments/lane";
import { failAll } from "./progress";
import { sendSealed } from "./sealer";
import { sendPromise } from "./signers";
import { requireValidTerms, type Terms } from "./terms";

export { requireValidTerms, type Terms } from "./terms";

export interface StepResult {
  readonly state: ChannelState;
  readonly effects: readonly Effect[];
  /** Whether the effects may be done before the record is durable, once the one before it is; see `isRegained`. */
  readonly regained?: boolean;
}

/**
 * Starts a channel of my own making: sends its terms to the others, signed by me unless I sign last.
 * @throws SluiceError `CHANNEL_INVALID` or `TERMS_REFUSED`
 */
export function openChannel(context: Context, terms: Terms, ticket: number | undefined): StepResult {
  const draft = newDraft(context, terms);
  draft.note({ openingTicket: ticket });
  if (!isSealer(draft.record)) promiseOpening(draft);
  sendOpening(draft);
  return resultOf(draft);
}

/**
 * Joins a channel that somebody else proposes, after the application or its policy has agreed to the terms.
 * @param from position of the proposer
 * @throws SluiceError `CHANNEL_INVALID` or `TERMS_REFUSED`
 */
export function joinChannel(context: Context, message: Open, from: number): StepResult {
  const draft = newDraft(context, message);
  if (isSealer(draft.record)) {
    if (message.signature !== undefined) collect(draft, from, message.signature);
    if (draft.participants > 2) sendOpening(draft); // who proposed may not be connected with everybody
  } else {
    promiseOpening(draft);
    sendPromise(draft);
  }
  return resultOf(draft);
}

function resultOf({ record, lanes, session, effects }: Draft): StepResult {
  return { state: { record, lanes, session }, effects };
}

/** Sends the terms to all the others, or to those who have not heard of them, or have forgotten them. */
export function sendOpening(draft: Draft, to: readonly number[] = others(draft.record)): void {
  const { terms: channel, destinations, opening, funding, promised, agreed } = draft.record;
  const signed = promised === undefined || agreed !== undefined ? {} : { signature: promised.signature };
  for (const one of to) draft.send(one, { type: "open", channel, destinations, opening, funding, ...signed });
}

/** The terms again, from somebody who did not hear my answer. */
export function onOpenAgain(draft: Draft, from: number, { signature }: Open): void {
  const { record } = draft;
  if (record.agreed !== undefined) return isSealer(record) ? sendSealed(draft, from) : undefined;
  if (!isSealer(record)) sendPromise(draft);
  else if (signature !== undefined) collect(draft, from, signature);
}

/** A signature on the opening, for me who signs last. */
export function onOpeningSigned(draft: Draft, from: number, { signature }: Sign): void {
  if (draft.record.agreed === undefined) collect(draft, from, signature);
  else sendSealed(draft, from);
}

/** The opening is refused: the channel is over before it began. What I have signed binds nobody who has put nothing in. */
export function onOpeningRefused(draft: Draft, { text, reason, version, request }: Reject): void {
  if (version !== undefined || request !== undefined) return;
  draft.notify({ type: "refused", channelId: draft.record.id, reason, text });
  abandon(
    draft,
    new SluiceError("TERMS_REFUSED", `The other side refuses: ${text}`, "No money has moved; offer other terms."),
  );
}

/** Gives up a channel whose opening is not signed by all. */
export function abandon(draft: Draft, error: SluiceError): void {
  failAll(draft, error);
  draft.keep({ closed: true });
  draft.notify({ type: "closed", channelId: draft.record.id });
}

/** Tells whoever waits that the opening is signed by all. */
export function announceOpened(draft: Draft): void {
  const { id, opening, funding } = draft.record;
  draft.resolve([draft.session.openingTicket], opening);
  draft.note({ openingTicket: undefined });
  draft.notify({ type: "opened", channelId: id });
  const parent = parentOf({ funding });
  if (parent !== undefined) draft.effects.push({ type: "poke", channelId: parent });
}

const NOTHING: Change = { transfers: [], final: false };

function collect(draft: Draft, from: number, signature: CompactSignature): void {
  const { record, session } = draft;
  if (!draft.isSigned(record.opening, from, signature)) return;
  const previous = session.proposal?.signatures ?? record.terms.participants.map(() => undefined);
  const collected = previous.map((known, i) => (i === from ? signature : known));
  if (others(record).some((i) => collected[i] === undefined)) {
    return draft.note({
      proposal: { base: -1n, version: 0n, change: NOTHING, wishes: [], signatures: collected },
    });
  }
  const signatures = collected.map((known, i) => (i === SEALER ? draft.sign(record.opening) : known!));
  draft.keep({ agreed: { state: record.opening, signatures }, signed: 0n });
  draft.note({ proposal: undefined });
  for (const to of others(record)) sendSealed(draft, to);
  announceOpened(draft);
}

function promiseOpening(draft: Draft): void {
  const { opening } = draft.record;
  draft.keep({ promised: { base: 0n, change: NOTHING, state: opening, signature: draft.sign(opening) }, signed: 0n });
}

function newDraft(context: Context, terms: Terms): Draft {
  requireValidTerms(context, terms);
  const isPayments = context.paymentsOf(terms.channel.app) !== undefined;
  const lanes = isPayments ? outcomeOf(terms.opening).map(({ asset }) => emptyLane(asset)) : [];
  return new Draft(context, { record: newRecord(context, terms), lanes, session: freshSession() });
}

function newRecord(context: Context, { channel, destinations, opening, funding }: Terms): ChannelRecord {
  return {
    id: channelIdOf(context.deployment, channel),
    terms: channel,
    self: channel.participants.indexOf(context.signer.address),
    destinations,
    funding,
    opening,
    agreed: undefined,
    moves: [],
    signed: -1n,
    promised: undefined,
    unsealed: [],
    answered: channel.participants.map(() => 0),
    requested: 0,
    authorizations: channel.participants.map(() => []),
    depositing: [],
    funded: false,
    leaving: false,
    closed: false,
    settled: undefined,
  };
}
