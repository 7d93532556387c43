/** What both sides of an agreement have in common: when a channel may change, to what, and who has to hear of it. */
import { SluiceError } from "../errors";
import { FINAL_VERSION, type ChannelId, type Destination, type Hex, type State } from "../protocol/types";
import { outcomeOf, sameChange, type Change } from "./change";
import { isFinal, newestState, others, type Session } from "./channel";
import type { Draft } from "./draft";
import { childIn, requireExact } from "./ledger";
import { changedState, requireFooting, stepOf, wantedBy } from "./payments/agreement";

/** A participant that jumps further ahead than this wants to use up the versions. */
const MAX_JUMP = 1_000n;

/**
 * Whether the channel is in a state in which this change can be agreed on at all.
 * @throws SluiceError `CHANNEL_NOT_OPEN`
 */
export function mayChange(draft: Draft, change: Change): void {
  const { record, session } = draft;
  const onChain = session.latest.record.kind;
  if (newestState(record) === undefined) refuse("The opening of this channel is not signed by all.");
  if (record.closed || isFinal(record)) refuse("This channel is closed.");
  if (onChain === "final" || onChain === "paid") refuse("This channel is settled.");
  requireExact(draft, change);
  if (change.final) return;
  if (!record.funded) refuse("Not all of the money of this channel is there yet.");
  if (record.leaving || onChain === "dispute") refuse("This channel is in dispute.");
  if (record.moves.length > 0) refuse("A game is being played in this channel.");
}

/**
 * Whether everything is known that a change of somebody else depends on. If not, it is left unanswered: whoever wants it
 * asks again.
 */
export function isReady(draft: Draft, { final, transfers }: Change): boolean {
  const { record } = draft;
  if (!final && !record.funded && !record.leaving) return false;
  return transfers.every(({ from, to }) => {
    const source = childIn(draft, from);
    const target = childIn(draft, to);
    const isOpened = target === undefined || target.agreed !== undefined || target.closed;
    return isOpened && (source === undefined || isFinal(source));
  });
}

/**
 * The state that a change leads to, if nothing forbids to sign it.
 * @throws SluiceError those of {@link changedState}; `VERSION_OUT_OF_RANGE`; `CHANNEL_NOT_OPEN` where a bond is at stake: there
 * nobody may hold signatures on two states above the newest that counts, because the older of them would make an honest
 * challenge look like fraud (`DisputeRules.isFraud`). A final state never does.
 */
export function stateAfter(draft: Draft, version: bigint, change: Change): State {
  const { record, base } = draft;
  const step = stepOf(draft);
  const state = changedState(draft, version, change);
  const follows = version > base && version <= base + MAX_JUMP * step && version % step === 0n;
  const inRange = change.final ? version === FINAL_VERSION : follows;
  if (!inRange || (version === FINAL_VERSION) !== change.final) {
    throw new SluiceError("VERSION_OUT_OF_RANGE", `Version ${version} does not follow.`, "Nothing was signed.");
  }
  if (record.terms.bond > 0n && !change.final && version !== base + step) {
    refuse("A change that was signed was refused, and a bond is at stake: this channel can only be closed.");
  }
  requireFooting(draft, state, change.final);
  return state;
}

/** The version of a change that takes the next free one. */
export function versionFor({ final }: Change, next: bigint): bigint {
  return final ? FINAL_VERSION : next;
}

/** Whether all the others have said where they stand since they were connected. Before, nothing new is signed. */
export function isSynced({ record, session }: Draft): boolean {
  return others(record).every((i) => (session.synced >> i) & 1);
}

/** Whether the end of the channel is wanted here, or signed: then nothing else is begun. */
export function isEnding({ record, session }: Draft): boolean {
  if (isFinal(record) || record.promised?.change.final === true) return true;
  const wishes = [...session.wishes, ...(session.proposal?.wishes ?? [])];
  return wishes.some(({ change }) => change.final) || session.request?.wish.change.final === true;
}

/** Tells everybody on this machine who waits for something that it will not come. */
export function failAll(draft: Draft, error: SluiceError): void {
  const { wishes, proposal, request, promisedWishes, openingTicket, payments, deliveries } = draft.session;
  const waiting = new Set([...wishes, ...(proposal?.wishes ?? []), ...promisedWishes]);
  if (request !== undefined) waiting.add(request.wish);
  draft.fail([openingTicket, ...[...waiting, ...payments, ...deliveries].map(({ ticket }) => ticket)], error);
  const nothing = { wishes: [], promisedWishes: [], questions: [], consents: [], payments: [], deliveries: [] };
  draft.note({ ...nothing, openingTicket: undefined, proposal: undefined, request: undefined, offer: undefined });
}

/** Lets the channels know that are paid differently now; they may have to act. */
export function pokeRelated(draft: Draft, before: State, after: State): void {
  const { record, context } = draft;
  const paid = new Set<Destination>();
  if (before.outcome !== after.outcome) {
    for (const state of [before, after]) {
      for (const { allocations } of outcomeOf(state)) {
        for (const { destination } of allocations)
          if (!record.destinations.includes(destination)) paid.add(destination);
      }
    }
  }
  const ids = [...paid] as Hex[] as ChannelId[];
  const { funding } = record;
  if (after.version === FINAL_VERSION && funding.kind === "ledger") ids.push(funding.ledger);
  for (const id of ids) if (context.recordOf(id) !== undefined) draft.effects.push({ type: "poke", channelId: id });
}

/** The consents that are left when this change has been signed. */
export function withoutConsent(draft: Draft, change: Change): Pick<Session, "consents" | "questions"> {
  const { session } = draft;
  const wanted = wantedBy(draft, change);
  const isOther = (candidate: Change) => !sameChange(candidate, wanted);
  return {
    consents: session.consents.filter(isOther),
    questions: session.questions.filter((question) => isOther(question.change)),
  };
}

/** What the application has been asked, and has agreed to, that still means the same on top of a newer state. */
export function withoutLapsed({ consents, questions }: Session): Pick<Session, "consents" | "questions"> {
  const holds = ({ final, appData }: Change) => !final && appData === undefined;
  return { consents: consents.filter(holds), questions: questions.filter(({ change }) => holds(change)) };
}

function refuse(what: string): never {
  throw new SluiceError("CHANNEL_NOT_OPEN", what, "Nothing was signed; the newest state still counts.");
}
