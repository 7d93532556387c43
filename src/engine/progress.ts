/** What both sides of an agreement have in common: when a channel may change, and who has to hear of it. */
import { SluiceError } from "../errors";
import { FINAL_VERSION, type ChannelId, type Hex } from "../protocol/types";
import { sameChange, type Change } from "./change";
import { isFinal, newestState, others, type Session } from "./channel";
import type { Draft } from "./draft";

/**
 * Whether the channel is in a state in which this change can be agreed on at all.
 * @throws SluiceError `CHANNEL_NOT_OPEN`
 */
export function mayChange(draft: Draft, change: Change): void {
  const { record, session } = draft;
  const refuse = (what: string) => {
    throw new SluiceError("CHANNEL_NOT_OPEN", what, "Nothing was signed; the newest state still counts.");
  };
  if (newestState(record) === undefined) refuse("The opening of this channel is not signed by all.");
  if (record.closed || isFinal(record)) refuse("This channel is closed.");
  if (session.latest.record.kind === "final" || session.latest.record.kind === "paid")
    refuse("This channel is settled.");
  if (change.final) return;
  if (!record.funded) refuse("Not all of the money of this channel is there yet.");
  if (record.leaving || session.latest.record.kind === "dispute") refuse("This channel is in dispute.");
  if (record.moves.length > 0) refuse("A game is being played in this channel.");
}

/**
 * With a bond at stake nobody may hold signatures on two states above the newest that counts: the older of them would
 * make an honest challenge look like fraud (`DisputeRules.isFraud`). A final state never does.
 * @throws SluiceError `CHANNEL_NOT_OPEN`
 */
export function requireNoGap(draft: Draft, version: bigint): void {
  if (draft.record.terms.bond === 0n || version === FINAL_VERSION || version === draft.base + 1n) return;
  throw new SluiceError(
    "CHANNEL_NOT_OPEN",
    "A change that was signed was refused, and a bond is at stake: this channel can only be closed.",
    "Nothing was signed; close it, or splice it into a new one.",
  );
}

/** Whether all the others have said where they stand since they were connected. Before, nothing new is signed. */
export function isSynced({ record, session }: Draft): boolean {
  return others(record).every((i) => (session.synced >> i) & 1);
}

/** Lets the channels know that this change pays, or is paid by; they may have to act. */
export function pokeRelated(draft: Draft, change: Change): void {
  const { record, context } = draft;
  const ids = new Set(change.transfers.flatMap(({ from, to }) => [from, to]) as Hex[] as ChannelId[]);
  const { funding } = record;
  if (change.final && funding.kind === "ledger") ids.add(funding.ledger);
  for (const id of ids) if (context.recordOf(id) !== undefined) draft.effects.push({ type: "poke", channelId: id });
}

/** The consents that are left when this change has been signed. */
export function withoutConsent({ session }: Draft, change: Change): Pick<Session, "consents" | "questions"> {
  const isOther = (candidate: Change) => !sameChange(candidate, change);
  return {
    consents: session.consents.filter(isOther),
    questions: session.questions.filter((question) => isOther(question.change)),
  };
}
