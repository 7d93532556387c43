/** How a channel comes into being: the opening state is signed by all before any money moves. */
import { SluiceError } from "../errors";
import { channelIdOf } from "../protocol/hashing";
import { decodeOutcome } from "../protocol/outcome";
import { requireValidChannel, type CompactSignature } from "../protocol/types";
import { freshSession, isSealer, others, SEALER, type ChannelRecord, type ChannelState } from "./channel";
import type { Context } from "./context";
import { Draft } from "./draft";
import type { Effect } from "./effects";
import type { Open, Reject, Sign } from "./messages";

/** What is fixed before anybody signs. */
export type Terms = Pick<Open, "channel" | "destinations" | "opening" | "funding">;

export interface StepResult {
  readonly state: ChannelState;
  readonly effects: readonly Effect[];
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
  return { state: draft, effects: draft.effects };
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
    sendOpeningSignature(draft);
  }
  return { state: draft, effects: draft.effects };
}

/**
 * Checks terms as the contracts and the protocol need them.
 * @throws SluiceError `CHANNEL_INVALID` or `TERMS_REFUSED`, with what is wrong
 */
export function requireValidTerms(context: Context, { channel, destinations, opening, funding }: Terms): void {
  requireValidChannel(channel);
  const refuse = (what: string) => {
    throw new SluiceError("TERMS_REFUSED", what, "Nothing was signed; agree on other terms.");
  };
  if (!channel.participants.includes(context.signer.address)) refuse("I am no participant of this channel.");
  if (destinations.length !== channel.participants.length) refuse("There is not one destination for each participant.");
  if (new Set(destinations).size !== destinations.length) refuse("Two participants have one destination.");
  if (opening.version !== 0n) refuse("An opening state has version 0.");
  const outcome = decodeOutcome(opening.outcome);
  if (outcome.some(({ allocations }) => allocations.some(({ destination }) => !destinations.includes(destination)))) {
    refuse("The opening state pays somebody who is no participant.");
  }
  const all = outcome.flatMap(({ asset, allocations }) =>
    allocations.map(({ destination }) => `${asset}${destination}`),
  );
  if (new Set(all).size !== all.length) refuse("The opening state pays somebody twice.");
  const parent =
    funding.kind === "ledger" ? funding.ledger : funding.kind === "splice" ? funding.predecessor : undefined;
  if (parent === undefined) return;
  const related = context.recordOf(parent);
  const same = related?.terms.participants.every((participant, i) => participant === channel.participants[i]);
  if (related === undefined || same !== true || related.terms.participants.length !== channel.participants.length) {
    refuse("It is to be funded by a channel that does not have the same participants.");
  }
  if (related!.destinations.some((destination, i) => destination !== destinations[i])) {
    refuse("It does not pay where the channel pays that is to fund it.");
  }
}

/** Sends the terms again to whoever has not answered. */
export function sendOpening(draft: Draft): void {
  const { terms: channel, destinations, opening, funding, promised } = draft.record;
  const signature = promised?.signature;
  draft.sendAll({
    type: "open",
    channel,
    destinations,
    opening,
    funding,
    ...(signature === undefined ? {} : { signature }),
  });
}

export function sendOpeningSignature(draft: Draft): void {
  const { promised, id } = draft.record;
  if (promised === undefined) return;
  const change = { transfers: [], final: false };
  draft.sendSealer({ type: "sign", channelId: id, base: 0n, version: 0n, change, signature: promised.signature });
}

/** The terms again, from somebody who did not hear my answer. */
export function onOpenAgain(draft: Draft, from: number, { signature }: Open): void {
  const { record } = draft;
  if (record.agreed !== undefined) {
    if (isSealer(record))
      draft.send(from, { type: "commit", channelId: record.id, ...record.agreed, answered: record.answered });
  } else if (!isSealer(record)) sendOpeningSignature(draft);
  else if (signature !== undefined) collect(draft, from, signature);
}

/** A signature on the opening, for me who signs last. */
export function onOpeningSigned(draft: Draft, from: number, { signature }: Sign): void {
  if (draft.record.agreed === undefined) collect(draft, from, signature);
}

/** The opening is refused: the channel is over before it began. What I have signed binds nobody who has put nothing in. */
export function onOpeningRefused(draft: Draft, { text, reason }: Reject): void {
  const error = new SluiceError(
    "TERMS_REFUSED",
    `The other side refuses: ${text}`,
    "No money has moved; offer other terms.",
  );
  draft.fail([draft.session.openingTicket], error);
  draft.note({ openingTicket: undefined });
  draft.keep({ closed: true });
  draft.notify({ type: "refused", channelId: draft.record.id, reason, text });
}

/** Tells whoever waits that the opening is signed by all. */
export function announceOpened(draft: Draft): void {
  const { id, opening } = draft.record;
  draft.resolve([draft.session.openingTicket], opening);
  draft.note({ openingTicket: undefined });
  draft.notify({ type: "opened", channelId: id });
}

function collect(draft: Draft, from: number, signature: CompactSignature): void {
  const { record, session } = draft;
  if (!draft.isSigned(record.opening, from, signature)) return;
  const previous = session.proposal?.signatures ?? record.terms.participants.map(() => undefined);
  const collected = previous.map((known, i) => (i === from ? signature : known));
  if (others(record).some((i) => collected[i] === undefined)) {
    const change = { transfers: [], final: false };
    return draft.note({ proposal: { base: -1n, version: 0n, change, wishes: [], signatures: collected } });
  }
  const signatures = collected.map((known, i) => (i === SEALER ? draft.sign(record.opening) : known!));
  draft.keep({ agreed: { state: record.opening, signatures }, signed: 0n });
  draft.note({ proposal: undefined });
  draft.sendAll({ type: "commit", channelId: record.id, state: record.opening, signatures, answered: record.answered });
  announceOpened(draft);
}

function promiseOpening(draft: Draft): void {
  const { opening } = draft.record;
  const change = { transfers: [], final: false };
  const promised = { base: -1n, change, state: opening, signature: draft.sign(opening) };
  draft.keep({ promised, signed: 0n });
}

function newDraft(context: Context, terms: Terms): Draft {
  requireValidTerms(context, terms);
  return new Draft(context, { record: newRecord(context, terms), session: freshSession() });
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
    answered: channel.participants.map(() => 0),
    requested: 0,
    authorizations: channel.participants.map(() => []),
    funded: false,
    leaving: false,
    closed: false,
  };
}
