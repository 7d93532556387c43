import type { Address, Destination, Hex } from "../protocol/types";

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
