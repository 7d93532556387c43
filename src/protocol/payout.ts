import type { Address, AssetOutcome } from "./types";

/** What a payout moves, and what it leaves. One entry per allocation of the outcome, assets in order. */
export interface Payout {
  readonly payments: bigint[];
  readonly owed: bigint[];
}

/**
 * Divides what is held: allocations are paid in order until the money is used up (`Payout.sol`).
 * @param heldOf what the channel holds of an asset
 * @param owed what each allocation has yet to receive; all of it if omitted
 */
export function payOut(
  outcome: readonly AssetOutcome[],
  heldOf: (asset: Address) => bigint,
  owed: readonly bigint[] = outcome.flatMap(({ allocations }) => allocations.map(({ amount }) => amount)),
): Payout {
  const payments: bigint[] = [];
  for (const { asset, allocations } of outcome) {
    let left = heldOf(asset);
    for (let i = 0; i < allocations.length; i++) {
      const due = owed[payments.length]!;
      const payment = due < left ? due : left;
      left -= payment;
      payments.push(payment);
    }
  }
  return { payments, owed: owed.map((due, i) => due - payments[i]!) };
}
