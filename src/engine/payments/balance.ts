/** What can be paid. A voucher must be covered by what its payee can prove, whatever of it the payer denies. */
import { SluiceError } from "../../errors";
import { decodeTallies, type Tallies, type Tally } from "../../protocol/vouchers";
import type { Address, Destination, State } from "../../protocol/types";
import { outcomeOf } from "../change";
import type { ChannelRecord, ChannelState } from "../channel";
import type { Lane } from "./lane";

/** What a state, signed by both, says of one participant and asset: what it has, if it pays and gets nothing more. */
interface Footing {
  readonly share: bigint;
  /** What it had paid and locked, and been paid, as of that state. */
  readonly paid: bigint;
  readonly locked: bigint;
  readonly received: bigint;
}

/** What a participant can spend in all, if it was paid `received` in all: what its newest tally adds up to at most. */
export function limitOf(state: State, asset: Address, payer: number, received: bigint): bigint {
  const footing = footingOf(state, asset, payer);
  return footing.share + footing.locked + footing.paid + (received - footing.received);
}

/** What I can still promise: of what is mine, what no voucher has given away. */
export function spendable({ record }: Pick<ChannelState, "record">, { asset, mine, theirs }: Lane): bigint {
  const queued = mine.queue.reduce(
    (sum, { operation }) => sum + (operation.kind === "lock" ? operation.lock.amount : 0n),
    0n,
  );
  const spent = mine.tally.transferred + mine.tally.locked + queued;
  return left(record, asset, record.self, theirs.tally.transferred, spent);
}

/** What the other one can still promise me, given what of mine it has acknowledged. */
export function receivable({ record }: Pick<ChannelState, "record">, { asset, mine, theirs }: Lane): bigint {
  const spent = theirs.tally.transferred + theirs.tally.locked;
  return left(record, asset, 1 - record.self, mine.acknowledged?.voucher.transferred ?? 0n, spent);
}

function left(record: ChannelRecord, asset: Address, payer: number, received: bigint, spent: bigint): bigint {
  const limits = footings({ record }).map((state) => limitOf(state, asset, payer, received));
  const least = limits.reduce((a, b) => (a < b ? a : b));
  return least > spent ? least - spent : 0n;
}

/**
 * Checks that what has been paid and promised is there on the footing of a state.
 * @throws SluiceError `FUNDS_INSUFFICIENT`
 */
export function requireCovered(state: State, lanes: readonly Lane[], self: number): void {
  for (const { asset, mine, theirs } of lanes) {
    requireLimit(state, asset, self, mine.tally, theirs.tally.transferred);
    const acknowledged = mine.acknowledged?.voucher.transferred ?? 0n;
    requireLimit(state, asset, 1 - self, theirs.tally, acknowledged);
  }
}

/** @throws SluiceError `FUNDS_INSUFFICIENT` */
export function requireLimit(state: State, asset: Address, payer: number, tally: Tally, received: bigint): void {
  const limit = limitOf(state, asset, payer, received);
  const spent = tally.transferred + tally.locked;
  if (spent <= limit) return;
  throw new SluiceError(
    "FUNDS_INSUFFICIENT",
    `This channel lacks ${spent - limit} of ${asset}.`,
    "Nothing changed; pay less, or let the other side pay first.",
  );
}

/** The states on which payments may have to stand: the newest that both signed, and the one that I have signed on top. */
export function footings({ record }: Pick<ChannelState, "record">): State[] {
  const promised = record.promised?.change.final === false ? [record.promised.state] : [];
  return [record.agreed!.state, ...promised];
}

/** What a destination holds of an asset beside its share counts for nothing before the next agreement. */
function footingOf(state: State, asset: Address, payer: number): Footing {
  const groups = outcomeOf(state);
  const index = groups.findIndex((group) => group.asset === asset);
  if (index < 0) return { share: 0n, paid: 0n, locked: 0n, received: 0n };
  const tallies = talliesOf(state)[index]!;
  const mine = tallies[payer]!;
  return {
    share: groups[index]!.allocations[payer]!.amount,
    paid: mine.transferred,
    locked: mine.locked,
    received: tallies[1 - payer]!.transferred,
  };
}

/** The tallies that a state accounts for. Read once for each state. @throws SluiceError as `decodeTallies` */
export function talliesOf(state: State): readonly Tallies[] {
  const known = read.get(state) ?? decodeTallies(state.appData, outcomeOf(state).length);
  read.set(state, known);
  return known;
}

const read = new WeakMap<State, readonly Tallies[]>();

/** The two shares that open every group of a payment channel's outcome. */
export function hasShares({ outcome, appData, version }: State, destinations: readonly Destination[]): boolean {
  return outcomeOf({ outcome, appData, version }).every(({ allocations }) =>
    destinations.every((destination, i) => allocations[i]?.destination === destination),
  );
}
