/**
 * Changes that both sign in a payment channel. Each opens an epoch: its state accounts for the vouchers up to some number
 * of either side, and vouchers go on while it is being signed.
 */
import { SluiceError } from "../../errors";
import { encodeOutcome } from "../../protocol/outcome";
import {
  decodeTallies,
  encodeTallies,
  outcomeAfter,
  versionOfEpoch,
  type Tallies,
  type Tally,
} from "../../protocol/vouchers";
import type { Allocation, AssetOutcome, ChannelId, State } from "../../protocol/types";
import { applyChange, outcomeOf, type Change } from "../change";
import { isFinal, newestState } from "../channel";
import type { PaymentContracts } from "../context";
import type { Draft } from "../draft";
import { requireCovered } from "./balance";
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

/**
 * Checks that a change of somebody else accounts for vouchers that I know. What the end leaves out is lost; any other
 * agreement may leave out what is newer.
 * @throws SluiceError `VOUCHER_INVALID`
 */
export function requireAccounts(draft: Draft, { appData, final }: Change): void {
  const { record, lanes } = draft;
  if (contractsOf(draft) === undefined) return;
  const tallies = decodeTallies(appData ?? "0x", lanes.length);
  for (const [i, { mine, theirs }] of lanes.entries()) {
    const [first, second] = tallies[i]!;
    const [ofMine, ofTheirs] = record.self === 0 ? [first, second] : [second, first];
    const older = [mine.acknowledged?.voucher, ...mine.unacknowledged.map(({ signed }) => signed.voucher)];
    const isMine = sameTally(ofMine, mine.tally) || (!final && older.some((one) => one && sameTally(ofMine, one)));
    if (!isMine || !sameTally(ofTheirs, theirs.tally)) refuse("It accounts for other vouchers than I know.");
  }
}

/**
 * The state that a change of a payment channel builds on: the newest one that both signed, with the vouchers that the change
 * accounts for.
 * @throws SluiceError `VOUCHER_INVALID`
 */
export function accountedState(draft: Draft, { appData }: Change): State {
  const { record, lanes } = draft;
  const contracts = contractsOf(draft);
  const { state } = record.agreed!;
  if (contracts === undefined) return state;
  if (appData === undefined) refuse("It does not say which vouchers it accounts for.");
  const tallies = decodeTallies(appData, lanes.length);
  const outcome = outcomeAfter(record.id, contracts.lockSet, state, tallies);
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

/** The state that a change leads to. @throws SluiceError as {@link accountedState} and `applyChange` */
export function changedState(draft: Draft, version: bigint, change: Change): State {
  if (contractsOf(draft) === undefined) return applyChange(newestState(draft.record)!, version, change);
  const before = accountedState(draft, change);
  const after = applyChange(before, version, change);
  if (change.final || change.transfers.length === 0) return after;
  return { ...after, outcome: encodeOutcome(withShares(before, outcomeOf(after))) };
}

/** What there is to be shared out now. */
export function standingState(draft: Draft): State {
  const { record, lanes } = draft;
  const contracts = contractsOf(draft);
  return contracts === undefined ? newestState(record)! : currentState(record, contracts, record.agreed!.state, lanes);
}

/** Versions from one change that all sign to the next. */
export function stepOf(draft: Draft): bigint {
  return contractsOf(draft) === undefined ? 1n : EPOCH;
}

/** The outcome of a payment channel after transfers: the shares come first, and stay even where they are zero. */
export function withShares(before: State, outcome: readonly AssetOutcome[]): AssetOutcome[] {
  return outcomeOf(before).map(({ asset, allocations: [first, second] }) => {
    const after = outcome.find((group) => group.asset === asset)?.allocations ?? [];
    const shareOf = ({ destination }: Allocation): Allocation =>
      after.find((allocation) => allocation.destination === destination) ?? { destination, amount: 0n };
    const isShare = ({ destination }: Allocation) =>
      destination === first!.destination || destination === second!.destination;
    return { asset, allocations: [shareOf(first!), shareOf(second!), ...after.filter((one) => !isShare(one))] };
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
