/** Why a hop did not pass a payment on: one byte, sealed for the payer alone. */
import type { Hex } from "../protocol/types";
import { relayFailure, wrapFailure, FAILURE_SIZE } from "../payments/onion/failure";
import { bytesOf, hexOf } from "../payments/bytes";

/** The place of a reason stands for it on its way. */
export const REASONS = [
  /** The next channel cannot carry the payment now: no money, no connection, closed, or its limits are reached. */
  "CHANNEL_BUSY",
  /** The node does not have the next channel. */
  "CHANNEL_UNKNOWN",
  /** What the node would keep is less than it charges. */
  "FEE_TOO_LOW",
  /** The amount is below or above what the node passes on. */
  "AMOUNT_UNSUITABLE",
  /** Too little time is left to collect safely. */
  "EXPIRY_TOO_SOON",
  /** The money would be locked for longer than the node accepts. */
  "EXPIRY_TOO_FAR",
  /** Too many payments of the same neighbour are under way. */
  "TOO_MANY",
  /** The lock ran out before the next hop answered. */
  "EXPIRED",
  /** The payee knows no such invoice, or these are not its terms. Whoever guesses learns nothing. */
  "PAYMENT_UNKNOWN",
  /** Not all parts of the payment arrived in time. */
  "PARTS_MISSING",
] as const;

export type Reason = (typeof REASONS)[number];

/** What this hop sends back. */
export function failWith(sharedSecret: Hex, reason: Reason): Hex {
  return hexOf(wrapFailure(bytesOf(sharedSecret), Uint8Array.of(REASONS.indexOf(reason))));
}

/** What this hop sends back when the next one failed: its failure, or that there was none. */
export function passFailure(sharedSecret: Hex, failure: Hex | undefined): Hex {
  if (failure === undefined) return failWith(sharedSecret, "EXPIRED");
  const bytes = bytesOf(failure);
  if (bytes.length !== FAILURE_SIZE) return failWith(sharedSecret, "CHANNEL_BUSY");
  return hexOf(relayFailure(bytesOf(sharedSecret), bytes));
}

/** The reason in a failure that was read; undefined for what is none. */
export function reasonIn(failure: Uint8Array | undefined): Reason | undefined {
  return failure?.length === 1 ? REASONS[failure[0]!] : undefined;
}
