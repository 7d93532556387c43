import { AbiCoder, getAddress, keccak256, zeroPadValue } from "ethers";
import { SluiceError } from "../errors";
import { isHex, type Address, type ChannelId, type Destination, type Hex } from "./types";

/**
 * Checks a destination.
 * @throws SluiceError `DESTINATION_INVALID` unless it is 32 bytes and not zero, where nobody could collect
 */
export function toDestination(value: string): Destination {
  if (!isHex(value, 32) || BigInt(value) === 0n) {
    throw new SluiceError(
      "DESTINATION_INVALID",
      `"${value}" is not a destination.`,
      "Nothing was signed or sent; a destination is 32 bytes, and not zero.",
    );
  }
  return value.toLowerCase() as Destination;
}

/** The destination of an account; only that address can withdraw from it. */
export function accountDestination(account: Address): Destination {
  return zeroPadValue(account, 32).toLowerCase() as Destination;
}

/** The destination of a channel: its id. */
export function channelDestination(channelId: ChannelId): Destination {
  return channelId as Hex as Destination;
}

/** The destination that contract `escrow` controls under `terms` (32 bytes). */
export function escrowDestination(escrow: Address, terms: Hex): Destination {
  return keccak256(AbiCoder.defaultAbiCoder().encode(["address", "bytes32"], [escrow, terms])) as Destination;
}

/** The account behind a destination, or undefined for a channel or escrow. */
export function destinationAccount(destination: Destination): Address | undefined {
  if (BigInt(destination) >> 160n !== 0n) return undefined;
  return getAddress(`0x${destination.slice(26)}`) as Address;
}
