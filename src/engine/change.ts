import { SluiceError } from "../errors";
import { decodeOutcome, encodeOutcome } from "../protocol/outcome";
import {
  FINAL_VERSION,
  type Address,
  type Allocation,
  type AssetOutcome,
  type Destination,
  type Hex,
  type State,
} from "../protocol/types";

/** Moves part of one destination's share to another. */
export interface Transfer {
  readonly asset: Address;
  readonly from: Destination;
  readonly to: Destination;
  readonly amount: bigint;
}

/** What is to become different in a state. Says nothing of what stays, so that it can be applied to a newer state too. */
export interface Change {
  readonly transfers: readonly Transfer[];
  /** New data for the app; undefined leaves it. */
  readonly appData?: Hex;
  /** Whether this ends the channel. */
  readonly final: boolean;
}

/** The change that only ends a channel. */
export const ENDING: Change = { transfers: [], final: true };

/**
 * The state that follows from a change. A final change takes the last version, whatever `version` says.
 * @throws SluiceError `AMOUNT_OUT_OF_RANGE` for an amount that is not positive, `FUNDS_INSUFFICIENT` when somebody has
 * less than it gives, `OUTCOME_MALFORMED` when there would be too many allocations
 */
export function applyChange(base: State, version: bigint, { transfers, appData, final }: Change): State {
  const next = { version: final ? FINAL_VERSION : version, outcome: base.outcome, appData: appData ?? base.appData };
  if (transfers.length === 0) return next;
  const shares = new Map(outcomeOf(base).map(({ asset, allocations }) => [asset, joined(allocations)]));
  for (const transfer of transfers) move(shares, transfer);
  const outcome = [...shares]
    .map(([asset, allocations]) => ({ asset, allocations: allocations.filter(({ amount }) => amount > 0n) }))
    .filter(({ allocations }) => allocations.length > 0)
    .sort((a, b) => (BigInt(a.asset) < BigInt(b.asset) ? -1 : 1));
  const state = { ...next, outcome: encodeOutcome(outcome) };
  outcomes.set(state, outcome);
  return state;
}

const outcomes = new WeakMap<State, readonly AssetOutcome[]>();

/**
 * How a state divides each asset. Read once for each state.
 * @throws SluiceError as `decodeOutcome`
 */
export function outcomeOf(state: State): readonly AssetOutcome[] {
  const known = outcomes.get(state) ?? decodeOutcome(state.outcome);
  outcomes.set(state, known);
  return known;
}

/** What a destination would be paid of an asset. */
export function shareOf(state: State, asset: Address, destination: Destination): bigint {
  let share = 0n;
  for (const group of outcomeOf(state)) {
    if (group.asset !== asset) continue;
    for (const allocation of group.allocations) if (allocation.destination === destination) share += allocation.amount;
  }
  return share;
}

/** Two changes in one. Neither may be final. */
export function combine(first: Change, second: Change): Change {
  const appData = second.appData ?? first.appData;
  const transfers = [...first.transfers];
  for (const transfer of second.transfers) {
    const i = transfers.findIndex(
      (t) => t.asset === transfer.asset && t.from === transfer.from && t.to === transfer.to,
    );
    if (i < 0) transfers.push(transfer);
    else transfers[i] = { ...transfer, amount: transfers[i]!.amount + transfer.amount };
  }
  return { transfers, final: false, ...(appData === undefined ? {} : { appData }) };
}

/** Whether two changes are the same to the letter. */
export function sameChange(a: Change, b: Change): boolean {
  return (
    a.final === b.final &&
    a.appData === b.appData &&
    a.transfers.length === b.transfers.length &&
    a.transfers.every((transfer, i) => sameTransfer(transfer, b.transfers[i]!))
  );
}

function sameTransfer(a: Transfer, b: Transfer): boolean {
  return a.asset === b.asset && a.from === b.from && a.to === b.to && a.amount === b.amount;
}

function move(shares: Map<Address, Allocation[]>, { asset, from, to, amount }: Transfer): void {
  if (amount <= 0n) {
    throw new SluiceError("AMOUNT_OUT_OF_RANGE", `${amount} cannot be paid.`, "Nothing changed; pay more than zero.");
  }
  const allocations = shares.get(asset) ?? [];
  const giver = allocations.findIndex(({ destination }) => destination === from);
  const available = giver < 0 ? 0n : allocations[giver]!.amount;
  if (available < amount) {
    throw new SluiceError(
      "FUNDS_INSUFFICIENT",
      `The channel gives ${from} only ${available} of ${asset}, not ${amount}.`,
      "Nothing changed; pay less, or let the other side pay first.",
    );
  }
  allocations[giver] = { destination: from, amount: available - amount };
  const taker = allocations.findIndex(({ destination }) => destination === to);
  if (taker < 0) allocations.push({ destination: to, amount });
  else allocations[taker] = { destination: to, amount: allocations[taker]!.amount + amount };
}

/** One allocation for each destination. Their order counts only while money is missing, and then nothing changes. */
function joined(allocations: readonly Allocation[]): Allocation[] {
  const amounts = new Map<Destination, bigint>();
  for (const { destination, amount } of allocations)
    amounts.set(destination, (amounts.get(destination) ?? 0n) + amount);
  return [...amounts].map(([destination, amount]) => ({ destination, amount }));
}
