/** What can be paid. A voucher must be covered by what its payee can prove, whatever of it the payer denies. */
import { SluiceError } from "../../errors";
import { decodeTallies, type Tallies, type Tally } from "../../protocol/vouchers";
import type { Address, Destination, State } from "../../protocol/types";
import { outcomeOf } from "../change";
import type { Lane, Outgoing } from "./lane";

/** What a state, signed by both, says of one participant and asset: what it has, if it pays and gets nothing more. */
interface Footing {
  readonly share: bigint;
  /** What it had paid and locked, and been paid, as of that state. */
  readonly paid: bigint;
  readonly locked: bigint;
  readonly received: bigint;
}

/**
 * What a participant can spend in all, if it can prove that it was paid `received` in all: what its newest tally adds up to
 * at most. What the state itself says that it was paid needs no other proof.
 */
function limitOf(state: State, asset: Address, payer: number, received: bigint): bigint {
  const footing = footingOf(state, asset, payer);
  const since = received > footing.received ? received - footing.received : 0n;
  return footing.share + footing.locked + footing.paid + since;
}

/** What I can still promise: of what is mine, what no voucher has given away. */
export function spendable({ asset, mine, theirs }: Lane, self: number, footings: readonly State[]): bigint {
  const spent = mine.tally.transferred + mine.tally.locked + queuedIn(mine);
  return left(asset, self, theirs.tally.transferred, spent, footings);
}

/** What the other one can still promise me, given what of mine it has acknowledged. */
export function receivable({ asset, mine, theirs }: Lane, self: number, footings: readonly State[]): bigint {
  const spent = theirs.tally.transferred + theirs.tally.locked;
  return left(asset, 1 - self, mine.acknowledged?.voucher.transferred ?? 0n, spent, footings);
}

function left(asset: Address, payer: number, received: bigint, spent: bigint, footings: readonly State[]): bigint {
  const limits = footings.map((state) => limitOf(state, asset, payer, received));
  const least = limits.reduce((a, b) => (a < b ? a : b), MAX_SPENT);
  return least > spent ? least - spent : 0n;
}

/** What a voucher can say. */
const MAX_SPENT = 2n ** 128n - 1n;

/** What I am about to promise. */
function queuedIn({ queue }: Outgoing): bigint {
  return queue.reduce((sum, { operation }) => sum + (operation.kind === "lock" ? operation.lock.amount : 0n), 0n);
}

/**
 * Checks that what has been paid and promised, and is about to be promised, is there on the footing of a state. Vouchers of
 * mine that are under way acknowledge older ones of the other side than I know now.
 * @throws SluiceError `FUNDS_INSUFFICIENT`
 */
export function requireCovered(state: State, lanes: readonly Lane[], self: number): void {
  for (const { asset, mine, theirs } of lanes) {
    const { transferred, locked } = mine.tally;
    const planned = { transferred, locked: locked + queuedIn(mine) };
    requireLimit(state, asset, self, planned, theirs.tally.transferred);
    for (const { signed } of mine.unacknowledged) requireLimit(state, asset, self, signed.voucher, 0n);
    const acknowledged = mine.acknowledged?.voucher.transferred ?? 0n;
    requireLimit(state, asset, 1 - self, theirs.tally, acknowledged);
  }
}

/** @throws SluiceError `FUNDS_INSUFFICIENT` */
export function requireLimit(
  state: State,
  asset: Address,
  payer: number,
  tally: Pick<Tally, "transferred" | "locked">,
  received: bigint,
): void {
  const limit = limitOf(state, asset, payer, received);
  const spent = tally.transferred + tally.locked;
  if (spent <= limit) return;
  throw new SluiceError(
    "FUNDS_INSUFFICIENT",
    `This channel lacks ${spent - limit} of ${asset}.`,
    "Nothing changed; pay less, or let the other side pay first.",
  );
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
