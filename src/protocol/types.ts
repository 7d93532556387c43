import { getAddress, isAddress, ZeroAddress } from "ethers";
import { SluiceError } from "../errors";
import { Recent } from "./recent";

declare const brand: unique symbol;
type Branded<Base, Name extends string> = Base & { readonly [brand]: Name };

/** Bytes as `0x…`. */
export type Hex = `0x${string}`;
/** A checksummed address. */
export type Address = Branded<Hex, "Address">;
/** 32 bytes that identify a channel: the EIP-712 digest of its terms. */
export type ChannelId = Branded<Hex, "ChannelId">;
/** 32 bytes that own a balance: an account, a channel or an escrow. */
export type Destination = Branded<Hex, "Destination">;
/** 32 bytes: the EIP-712 struct hash of a state. */
export type StateHash = Branded<Hex, "StateHash">;

/** The address that stands for the chain's native coin. */
export const NATIVE = ZeroAddress as Address;

/** The version of a final state: 2^48 - 1. Nothing is newer. */
export const FINAL_VERSION = 2n ** 48n - 1n;

/** Limits of the contracts (`ChannelLib`, `OutcomeLib`). */
export const MAX_PARTICIPANTS = 32;
export const MAX_CHALLENGE_PERIOD = 365n * 24n * 60n * 60n;
export const MAX_ALLOCATIONS = 64;

/** Everything that is fixed for the life of a channel. Mirrors `Channel` in `contracts/types/Channel.sol`. */
export interface Channel {
  /** Signing keys, strictly ascending; see {@link sortParticipants}. */
  readonly participants: Address[];
  /** 32 bytes; never use one twice. */
  readonly nonce: Hex;
  /** Contract asked when signatures are missing; the zero address for none. */
  readonly app: Address;
  /** Seconds to answer a challenge. */
  readonly challengePeriod: bigint;
  /** Wei that a challenger posts. */
  readonly bond: bigint;
}

/** One payment, in the smallest unit of its asset. */
export interface Allocation {
  readonly destination: Destination;
  readonly amount: bigint;
}

/** How one asset is divided. Earlier allocations are paid first. */
export interface AssetOutcome {
  readonly asset: Address;
  readonly allocations: readonly Allocation[];
}

/** What participants agree on. Mirrors `State` in `contracts/types/State.sol`. */
export interface State {
  readonly version: bigint;
  /** Packed; see `encodeOutcome`. */
  readonly outcome: Hex;
  readonly appData: Hex;
}

/** A state and a set of signers: bit `i` stands for participant `i`. */
export interface SignedState {
  readonly state: State;
  readonly signers: bigint;
}

/** An ECDSA signature in the compact form of ERC-2098. */
export interface CompactSignature {
  readonly r: Hex;
  readonly vs: Hex;
}

/** What the chain knows of a channel in dispute. Mirrors `Dispute` in `contracts/types/Record.sol`. */
export interface Dispute {
  readonly version: bigint;
  /** Unix time in seconds; 0 while no clock runs. */
  readonly finalizesAt: bigint;
  readonly stateHash: StateHash;
  readonly challenger: Address;
  readonly payer: Address;
  readonly bond: bigint;
}

/** What to pass for `dispute` while nothing is registered. */
export const NO_DISPUTE: Dispute = {
  version: 0n,
  finalizesAt: 0n,
  stateHash: `0x${"00".repeat(32)}` as StateHash,
  challenger: NATIVE,
  payer: NATIVE,
  bond: 0n,
};

/** What to pass for the challenger's signature when the channel has no bond. */
export const NO_SIGNATURE: CompactSignature = { r: `0x${"00".repeat(32)}`, vs: `0x${"00".repeat(32)}` };

/**
 * Checks an address.
 * @throws SluiceError `ADDRESS_INVALID`
 */
export function toAddress(value: string): Address {
  const known = checksummed.get(value);
  if (known !== undefined) return known;
  if (!isAddress(value)) {
    throw new SluiceError("ADDRESS_INVALID", `"${value}" is not an address.`, "Nothing was signed or sent; check it.");
  }
  const address = getAddress(value) as Address;
  checksummed.set(value, address);
  return address;
}

/** Addresses by how they were written: a checksum is a hash, and few addresses come again and again. */
const checksummed = new Recent<string, Address>(1_024);

/** Whether something is `0x` and hexadecimal bytes, of a certain length if one is given. */
export function isHex(value: unknown, length?: number): value is Hex {
  if (typeof value !== "string" || !/^0x[0-9a-fA-F]*$/.test(value)) return false;
  return length === undefined ? value.length % 2 === 0 : value.length === 2 + 2 * length;
}

/**
 * Checks hexadecimal bytes, of a certain length if one is given.
 * @throws SluiceError `HEX_INVALID`
 */
export function toHex(value: string, length?: number): Hex {
  if (!isHex(value, length)) {
    const wanted = length === undefined ? "whole bytes" : `${length} bytes`;
    throw new SluiceError(
      "HEX_INVALID",
      `"${value}" is not ${wanted} of hex.`,
      "Nothing was signed or sent; check it.",
    );
  }
  return value.toLowerCase() as Hex;
}

/** Orders participants as a channel needs them: ascending by address. */
export function sortParticipants(participants: readonly Address[]): Address[] {
  return [...participants].sort((a, b) => (BigInt(a) < BigInt(b) ? -1 : 1));
}

/**
 * Checks a channel's terms as the contracts do.
 * @throws SluiceError `CHANNEL_INVALID`, with what is wrong
 */
export function requireValidChannel(channel: Channel): void {
  const fail = (what: string): never => {
    throw new SluiceError("CHANNEL_INVALID", what, "The chain would refuse this channel; do not fund it.");
  };
  const { participants, challengePeriod } = channel;
  if (participants.length < 2 || participants.length > MAX_PARTICIPANTS) {
    fail(`A channel has 2 to ${MAX_PARTICIPANTS} participants, not ${participants.length}.`);
  }
  participants.forEach((participant, i) => {
    const previous = i === 0 ? 0n : BigInt(participants[i - 1]!);
    if (BigInt(participant) <= previous) fail(`Participant ${i} is zero, repeated or not in ascending order.`);
  });
  if (challengePeriod < 1n || challengePeriod > MAX_CHALLENGE_PERIOD) {
    fail(`A challenge period is 1 to ${MAX_CHALLENGE_PERIOD} seconds, not ${challengePeriod}.`);
  }
}
