/**
 * Changes that both sign in a payment channel. Each opens an epoch: its state accounts for the vouchers up to some number
 * of either side, and vouchers go on while it is being signed.
 */
import { SluiceError } from "../../errors";
import { encodeOutcome } from "../../protocol/outcome";
import {
  decodeTallies,
  encodeTallies,
  NO_TALLY,
  outcomeAfter,
  versionOfEpoch,
  type Tallies,
  type Tally,
} from "../../protocol/vouchers";
import type { Allocation, AssetOutcome, ChannelId, State } from "../../protocol/types";
import { applyChange, outcomeOf, type Change } from "../change";
import { isFinal, isSealer, newestState, type ChannelRecord } from "../channel";
import type { PaymentContracts } from "../context";
import type { Draft } from "../draft";
import { requireCovered, talliesOf } from "./balance";
import { isBusy, type Lane } from "./lane";

const EPOCH = versionOfEpoch(1n);

/** The contracts of a payment channel; undefined if this is none. */
export function contractsOf({ context, record }: Draft): PaymentContracts | undefined {
  return context.paymentsOf(record.terms.app);
}

/** The next version that all can sign. */
export function versionAfter(draft: Draft, version: bigint): bigint {
  const step = stepOf(draft);
  return (version / step + 1n) * step;
}

/** A change that accounts for all vouchers that I know. */
export function accounting(draft: Draft, change: Change): Change {
  if (contractsOf(draft) === undefined) return change;
  return { ...change, appData: encodeTallies(draft.lanes.map((lane) => talliesIn(lane, draft.record.self))) };
}

/** What somebody wanted who wanted this change: without the vouchers that it accounts for. */
export function wantedBy(draft: Draft, change: Change): Change {
  if (contractsOf(draft) === undefined) return change;
  const { transfers, final } = change;
  return { transfers, final };
}

/** The states on which payments may have to stand: the newest that both signed, and what may be sealed on top. */
export function footingsOf({ record }: { readonly record: ChannelRecord }): State[] {
  const { agreed, promised, unsealed } = record;
  const signed = promised?.change.final === false ? [promised.state] : [];
  return [agreed!.state, ...signed, ...unsealed];
}

/**
 * Remembers a state that somebody else may sign, or has signed, while I wait for it no more.
 * @throws SluiceError `CHANNEL_NOT_OPEN` when there are too many
 */
export function keepUnsealed(draft: Draft, state: State): void {
  if (contractsOf(draft) === undefined) return;
  requireFewUnsealed(draft);
  draft.keep({ unsealed: [...draft.record.unsealed, state] });
}

/** @throws SluiceError `CHANNEL_NOT_OPEN` */
export function requireFewUnsealed({ record }: Draft): void {
  if (record.unsealed.length < MAX_UNSEALED) return;
  throw new SluiceError(
    "CHANNEL_NOT_OPEN",
    "Too many changes of this channel were proposed, and came to nothing.",
    "Payments go on; this channel can only be closed.",
  );
}

const MAX_UNSEALED = 64;

/**
 * Checks that a change of somebody else accounts for vouchers that I know. The end may leave out what I, who sign last,
 * have paid; any other agreement may leave out what is newer.
 * @returns false if it has to wait: a voucher is under way that one of us does not know yet
 * @throws SluiceError `VOUCHER_INVALID`
 */
export function isAccounted(draft: Draft, { appData, final }: Change): boolean {
  const { record, lanes } = draft;
  if (contractsOf(draft) === undefined) return true;
  const tallies = decodeTallies(appData ?? "0x", lanes.length);
  let isKnown = true;
  for (const [i, { mine, theirs }] of lanes.entries()) {
    const [first, second] = tallies[i]!;
    const [ofMine, ofTheirs] = record.self === 0 ? [first, second] : [second, first];
    const vouchers = [
      mine.acknowledged?.voucher ?? NO_TALLY,
      ...mine.unacknowledged.map(({ signed }) => signed.voucher),
    ];
    const isNewest = sameTally(ofMine, mine.tally);
    if (!isNewest && !vouchers.some((one) => sameTally(ofMine, one)))
      refuse("It accounts for vouchers of mine that I do not know.");
    const isLater = ofTheirs.nonce > theirs.tally.nonce;
    if (!isLater && !sameTally(ofTheirs, theirs.tally)) refuse("It accounts for older vouchers than I know.");
    if (isLater || (final && !isNewest && !isSealer(record))) isKnown = false;
  }
  return isKnown;
}

/**
 * The state that a change of a payment channel builds on: the newest one that both signed, with the vouchers that the change
 * accounts for.
 * @throws SluiceError `VOUCHER_INVALID`
 */
function accountedState({ record, lanes }: Draft, { lockSet }: PaymentContracts, { appData }: Change): State {
  const { state } = record.agreed!;
  if (appData === undefined) refuse("It does not say which vouchers it accounts for.");
  const tallies = decodeTallies(appData, lanes.length);
  const outcome = outcomeAfter(record.id, lockSet, state, tallies);
  return { version: state.version, outcome: encodeOutcome(outcome), appData };
}

/**
 * After a splice, what was added stands beside the shares, in the order in which the money comes in, and no voucher reaches
 * it. Wants it put together, now that all of it is there.
 */
export function joinShares(draft: Draft): void {
  const { record, session } = draft;
  if (contractsOf(draft) === undefined || !record.funded || record.leaving || isFinal(record)) return;
  if (session.wishes.length > 0 || session.proposal !== undefined) return;
  const transfers = outcomeOf(record.agreed!.state).flatMap(({ asset, allocations: [first, second, ...rest] }) =>
    [first!, second!].flatMap(({ destination: owner }) =>
      rest.some(({ destination }) => destination === owner) ? [{ asset, from: owner, to: owner, amount: 1n }] : [],
    ),
  );
  if (transfers.length === 0) return;
  const change = { transfers, final: false };
  draft.note({ wishes: [{ from: record.self, change, since: draft.context.now }] });
}

/** The state that would be paid now: the newest agreement with all vouchers that count. */
export function currentState(
  { id, self }: { readonly id: ChannelId; readonly self: number },
  contracts: PaymentContracts,
  agreed: State,
  lanes: readonly Lane[],
): State {
  const tallies = lanes.map((lane) => talliesIn(lane, self));
  const outcome = outcomeAfter(id, contracts.lockSet, agreed, tallies);
  return { version: agreed.version, outcome: encodeOutcome(outcome), appData: encodeTallies(tallies) };
}

/**
 * Checks a state that both are to sign: it has the form that vouchers build on, and covers all of them.
 * @throws SluiceError `FUNDS_INSUFFICIENT` or `CHANNEL_NOT_OPEN`
 */
export function requireFooting(draft: Draft, state: State, final: boolean): void {
  const { record, lanes } = draft;
  if (contractsOf(draft) === undefined) return;
  if (!final) return requireCovered(state, lanes, record.self);
  if (lanes.some(isBusy)) {
    throw new SluiceError("CHANNEL_NOT_OPEN", "Payments are under way.", "Nothing was signed; wait for them.");
  }
}

/** The state that a change leads to. @throws SluiceError `VOUCHER_INVALID`, or as `applyChange` */
export function changedState(draft: Draft, version: bigint, change: Change): State {
  const contracts = contractsOf(draft);
  if (contracts === undefined) return applyChange(newestState(draft.record)!, version, change);
  const before = accountedState(draft, contracts, change);
  if (change.final || change.transfers.length === 0) return applyChange(before, version, change);
  const { rest, locks } = withoutLocks(before);
  const after = applyChange({ ...before, outcome: encodeOutcome(rest) }, version, change);
  return { ...after, outcome: encodeOutcome(inOrder(rest, outcomeOf(after), locks)) };
}

/** The outcome of a payment channel without its locks, which come last, and the locks of each asset. */
function withoutLocks(state: State): { rest: AssetOutcome[]; locks: Allocation[][] } {
  const tallies = talliesOf(state);
  const groups = outcomeOf(state).map(({ asset, allocations }, i) => {
    const end = allocations.length - tallies[i]!.filter(({ locked }) => locked > 0n).length;
    return { rest: { asset, allocations: allocations.slice(0, end) }, locks: allocations.slice(end) };
  });
  return { rest: groups.map(({ rest }) => rest), locks: groups.map(({ locks }) => locks) };
}

/** What there is to be shared out now: not what is locked. */
export function standingState(draft: Draft): State {
  const { record, lanes } = draft;
  const contracts = contractsOf(draft);
  if (contracts === undefined) return newestState(record)!;
  const state = currentState(record, contracts, record.agreed!.state, lanes);
  return { ...state, outcome: encodeOutcome(withoutLocks(state).rest) };
}

/** Versions from one change that all sign to the next. */
export function stepOf(draft: Draft): bigint {
  return contractsOf(draft) === undefined ? 1n : EPOCH;
}

/** The outcome of a payment channel after transfers: the shares come first, even where they are zero, and the locks last. */
function inOrder(
  before: readonly AssetOutcome[],
  outcome: readonly AssetOutcome[],
  locks: readonly (readonly Allocation[])[],
): AssetOutcome[] {
  return before.map(({ asset, allocations: [first, second] }, i) => {
    const after = outcome.find((group) => group.asset === asset)?.allocations ?? [];
    const shareOf = ({ destination }: Allocation): Allocation =>
      after.find((allocation) => allocation.destination === destination) ?? { destination, amount: 0n };
    const isShare = ({ destination }: Allocation) =>
      destination === first!.destination || destination === second!.destination;
    const others = after.filter((one) => !isShare(one));
    return { asset, allocations: [shareOf(first!), shareOf(second!), ...others, ...locks[i]!] };
  });
}

/** The tallies of a lane in the order of the participants. */
export function talliesIn({ mine, theirs }: Lane, self: number): Tallies {
  return self === 0 ? [mine.tally, theirs.tally] : [theirs.tally, mine.tally];
}

function sameTally(a: Tally, b: Tally): boolean {
  return a.nonce === b.nonce && a.transferred === b.transferred && a.locked === b.locked && a.locksRoot === b.locksRoot;
}

function refuse(what: string): never {
  throw new SluiceError("VOUCHER_INVALID", `This change cannot be signed. ${what}`, "The newest state still counts.");
}
