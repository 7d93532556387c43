import type { SigningKey } from "ethers";
import { SluiceError } from "../errors";
import { lockDestination, NO_LOCKS } from "./locks";
import { typedDigest, type Deployment } from "./hashing";
import { decodeOutcome, encodeOutcome } from "./outcome";
import { signDigest } from "./signing";
import {
  toHex,
  type Address,
  type Allocation,
  type AssetOutcome,
  type ChannelId,
  type CompactSignature,
  type Destination,
  type Hex,
  type State,
} from "./types";
import { addressWord, digitsOf, keccakOf, textHash, uintWord, wordOf } from "./words";

/**
 * What one participant has paid the other in one asset, and what it has locked: all in one, for the life of the channel.
 * Mirrors `Tally` in `contracts/types/Voucher.sol`.
 */
export interface Tally {
  /** Counts the vouchers of the payer in this asset; 0 before the first. */
  readonly nonce: bigint;
  /** All that was ever paid, below 2^128. */
  readonly transferred: bigint;
  /** What the locks in flight add up to, below 2^128. */
  readonly locked: bigint;
  /** Root of the locks in flight; `NO_LOCKS` if there are none. */
  readonly locksRoot: Hex;
}

/** A payment: the payer's newest tally, signed. Mirrors the EIP-712 `Voucher` of `PaymentApp`. */
export interface Voucher extends Tally {
  readonly channelId: ChannelId;
  readonly asset: Address;
  /** Hash of the newest voucher of the other one that the payer stands behind; {@link NO_VOUCHER} if there is none. */
  readonly ack: Hex;
}

/** A voucher and its payer's signature. */
export interface SignedVoucher {
  readonly voucher: Voucher;
  readonly signature: CompactSignature;
}

/** What an asset's two directions stand at: the tally of payer 0 and that of payer 1. */
export type Tallies = readonly [Tally, Tally];

/** The newest vouchers of an asset's two directions, where there are any. */
export type Vouchers = readonly [SignedVoucher | undefined, SignedVoucher | undefined];

/** A state, and what proves to `PaymentApp` that it counts. */
export interface Join {
  readonly state: State;
  /** The `appData` of the second state of the proof. */
  readonly endorsements: Hex;
}

/** Lower bits of a version that count vouchers; those above are the epoch. */
export const VOUCHER_BITS = 28n;

/** Most assets of a payment channel. */
export const MAX_PAYMENT_ASSETS = 16;

/** The `ack` of whoever has seen no voucher. */
export const NO_VOUCHER: Hex = `0x${"00".repeat(32)}`;

/** The tally before the first voucher. */
export const NO_TALLY: Tally = { nonce: 0n, transferred: 0n, locked: 0n, locksRoot: NO_LOCKS };

const VOUCHER_TYPE = textHash(
  "Voucher(bytes32 channelId,address asset,uint64 nonce,uint128 transferred,uint128 locked,bytes32 locksRoot,bytes32 ack)",
);
const TALLY_DIGITS = 4 * 64;

/** The first version of an epoch, in which no voucher is counted yet. */
export function versionOfEpoch(epoch: bigint): bigint {
  return epoch << VOUCHER_BITS;
}

/** The epoch a version belongs to. */
export function epochOf(version: bigint): bigint {
  return version >> VOUCHER_BITS;
}

/**
 * The EIP-712 struct hash of a voucher, by which the other one acknowledges it.
 * @throws SluiceError `VOUCHER_INVALID`, `ADDRESS_INVALID` or `HEX_INVALID` for what does not fit its type
 */
export function voucherHash(voucher: Voucher): Hex {
  const { channelId, asset, ack } = voucher;
  return keccakOf(VOUCHER_TYPE + wordOf(channelId) + addressWord(asset) + tallyDigits(voucher) + wordOf(ack));
}

/** The digest that the payer signs. @throws SluiceError as {@link voucherHash} */
export function voucherDigest(deployment: Deployment, voucher: Voucher): Hex {
  return typedDigest(deployment, voucherHash(voucher));
}

/** Pays. @throws SluiceError as {@link voucherHash} */
export function signVoucher(key: SigningKey, deployment: Deployment, voucher: Voucher): SignedVoucher {
  return { voucher, signature: signDigest(key, voucherDigest(deployment, voucher)) };
}

/** The tally that a voucher raises its direction to. */
export function tallyOf({ nonce, transferred, locked, locksRoot }: Voucher): Tally {
  return { nonce, transferred, locked, locksRoot };
}

/** The `appData` of a state: two tallies for each asset of its outcome, in that order. */
export function encodeTallies(tallies: readonly Tallies[]): Hex {
  return `0x${tallies.flat().map(tallyDigits).join("")}`;
}

/**
 * Reads the tallies of a state; an empty `appData` stands for zeros.
 * @throws SluiceError `VOUCHER_INVALID` when there are not two for each asset
 */
export function decodeTallies(appData: Hex, assets: number): Tallies[] {
  const digits = digitsOf(toHex(appData));
  if (digits === "") return Array.from({ length: assets }, () => [NO_TALLY, NO_TALLY]);
  if (digits.length !== 2 * assets * TALLY_DIGITS) invalid(`There are not two tallies for each of ${assets} assets.`);
  return Array.from({ length: assets }, (_, i) => [
    decodeTally(digits, 2 * i * TALLY_DIGITS),
    decodeTally(digits, (2 * i + 1) * TALLY_DIGITS),
  ]);
}

/**
 * A state with newer vouchers: what `PaymentApp` supports on top of it.
 * @param lockSet the escrow of the app
 * @param previous a state that both signed, or the registered one
 * @param vouchers for each asset of its outcome, in that order; those that are not newer only serve as acknowledgements
 * @throws SluiceError `VOUCHER_INVALID` when a voucher is of another channel or asset, takes something back, or pays more
 * than there is; `OUTCOME_MALFORMED` when there are too many allocations
 */
export function joinVouchers(
  channelId: ChannelId,
  lockSet: Address,
  previous: State,
  vouchers: readonly Vouchers[],
): Join {
  const groups = decodeOutcome(previous.outcome);
  const before = decodeTallies(previous.appData, groups.length);
  const after = groups.map(({ asset }, i) => {
    const [first, second] = vouchers[i] ?? [undefined, undefined];
    const [was0, was1] = before[i]!;
    return [advance(channelId, asset, was0, first), advance(channelId, asset, was1, second)] as const;
  });
  const outcome = groups.map((group, i) => payGroup(channelId, lockSet, group, before[i]!, after[i]!));
  const count = sum(after.flat().map(({ nonce }) => nonce)) - sum(before.flat().map(({ nonce }) => nonce));
  const version = previous.version + count;
  if (epochOf(version) !== epochOf(previous.version)) invalid(`The epoch has no room for ${count} more vouchers.`);
  return {
    state: { version, outcome: encodeOutcome(outcome), appData: encodeTallies(after) },
    endorsements: `0x${groups.map((_, i) => [0, 1].map((payer) => endorsementDigits(vouchers[i]?.[payer])).join("")).join("")}`,
  };
}

/**
 * What a state pays once these tallies are accounted for.
 * @param lockSet the escrow of the app
 * @param previous a state that both signed, or the registered one
 * @param after for each asset of its outcome, in that order
 * @throws SluiceError `VOUCHER_INVALID` when they pay more than there is, or are not two for each asset
 */
export function outcomeAfter(
  channelId: ChannelId,
  lockSet: Address,
  previous: State,
  after: readonly Tallies[],
): AssetOutcome[] {
  const groups = decodeOutcome(previous.outcome);
  if (after.length !== groups.length) invalid("There are not two tallies for each asset.");
  const before = decodeTallies(previous.appData, groups.length);
  return groups.map((group, i) => payGroup(channelId, lockSet, group, before[i]!, after[i]!));
}

/** The tally of a direction after its newest voucher. */
function advance(channelId: ChannelId, asset: Address, was: Tally, signed: SignedVoucher | undefined): Tally {
  if (signed === undefined) return was;
  const { voucher } = signed;
  if (voucher.channelId !== channelId || voucher.asset !== asset) invalid("It is of another channel or asset.");
  const tally = tallyOf(voucher);
  if (tally.nonce <= was.nonce) return was;
  if (tally.transferred < was.transferred)
    invalid(`It lowers what was paid by ${was.transferred - tally.transferred}.`);
  return tally;
}

/** An asset's allocations after vouchers: both shares, what else was agreed, and the locks. */
function payGroup(
  channelId: ChannelId,
  lockSet: Address,
  { asset, allocations }: AssetOutcome,
  before: Tallies,
  after: Tallies,
): AssetOutcome {
  const shares = allocations.slice(0, 2);
  const others = allocations.slice(2, allocations.length - before.filter(({ locked }) => locked > 0n).length);
  if (shares.length < 2) invalid("The outcome lacks a share.");
  const paid = [0, 1].map((payer): Allocation => {
    const payee = 1 - payer;
    const received = after[payee]!.transferred - before[payee]!.transferred;
    const available = shares[payer]!.amount + before[payer]!.locked + received;
    const required = after[payer]!.transferred - before[payer]!.transferred + after[payer]!.locked;
    if (required > available) invalid(`Payer ${payer} has ${available} of ${asset}, and not ${required}.`);
    return { destination: shares[payer]!.destination, amount: available - required };
  });
  const locks = [0, 1].flatMap((payer): Allocation[] => {
    const { locked, locksRoot } = after[payer]!;
    if (locked === 0n) return [];
    const [from, to] = [shares[payer]!.destination, shares[1 - payer]!.destination];
    return [{ destination: locksOf(channelId, lockSet, from, to, locksRoot), amount: locked }];
  });
  return { asset, allocations: [...paid, ...others, ...locks] };
}

function locksOf(channelId: ChannelId, lockSet: Address, payer: Destination, payee: Destination, root: Hex) {
  return lockDestination(lockSet, { payer, payee, salt: channelId, root });
}

function endorsementDigits(signed: SignedVoucher | undefined): string {
  if (signed === undefined) return "0".repeat(3 * 64);
  const { voucher, signature } = signed;
  return wordOf(voucher.ack) + wordOf(signature.r) + wordOf(signature.vs);
}

function tallyDigits({ nonce, transferred, locked, locksRoot }: Tally): string {
  if (nonce >> 64n || transferred >> 128n || locked >> 128n) invalid("A number of it is too large.");
  return uintWord(nonce) + uintWord(transferred) + uintWord(locked) + wordOf(locksRoot);
}

function decodeTally(digits: string, at: number): Tally {
  const words = [0, 1, 2, 3].map((i): Hex => `0x${digits.slice(at + 64 * i, at + 64 * (i + 1))}`);
  const [nonce, transferred, locked] = words.map(BigInt) as [bigint, bigint, bigint];
  return { nonce, transferred, locked, locksRoot: words[3]! };
}

function sum(values: readonly bigint[]): bigint {
  return values.reduce((total, value) => total + value, 0n);
}

function invalid(what: string): never {
  throw new SluiceError("VOUCHER_INVALID", `This voucher does not count. ${what}`, "Ask its payer for another one.");
}
