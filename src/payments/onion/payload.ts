/**
 * What a hop is told to do. Numbers have fixed sizes, the most significant byte first; the tweak is there for locks on
 * points only.
 *
 * forward: `kind (1) | channel (32) | amount (16) | expiry (6) | tweak (32)`, and for an exchange `asset (20)`
 * final: `kind (1) | amount (16) | expiry (6) | total (16) | secret (32) | tweak (32)`
 */
import { concatBytes, hexToBytes, numberToBytesBE } from "@noble/curves/utils";
import { toAddress, toHex, type Address, type ChannelId, type Hex } from "../../protocol/types";
import { ByteReader, fits } from "../bytes";
import { isScalar } from "../points";
import { refuse, unroutable } from "./invalid";

/** For a hop between payer and payee. */
export interface ForwardPayload {
  readonly kind: "forward";
  /** The channel to lock money in for the next hop. */
  readonly channelId: ChannelId;
  /** What to lock, in the smallest unit of the asset, below 2^128. */
  readonly amount: bigint;
  /** Of the lock to make: Unix time in seconds, below 2^48. */
  readonly expiry: bigint;
  /** For locks on points: the key of the lock to make is `outgoingKey` of the incoming one's. */
  readonly tweak?: bigint;
  /** What to lock, where that is another asset than comes in: the hop exchanges. */
  readonly asset?: Address;
}

/** For the payee. */
export interface FinalPayload {
  readonly kind: "final";
  /** What the lock must bring at least, in the smallest unit of the asset, below 2^128. */
  readonly amount: bigint;
  /** What the expiry of the lock must be at least: Unix time in seconds, below 2^48. */
  readonly expiry: bigint;
  /** What all parts of the payment add up to. */
  readonly total: bigint;
  /** 32 bytes from the invoice: who does not know them is no payer, and learns nothing. */
  readonly secret: Hex;
  /** For locks on points: `outgoingKey` of the incoming one's is the point of the invoice. */
  readonly tweak?: bigint;
}

export type HopPayload = ForwardPayload | FinalPayload;

/** The most bytes of a {@link ForwardPayload}; an exchange takes 20 more. */
export const MAX_FORWARD_SIZE = 1 + 32 + 16 + 6 + 32;
/** The most bytes of a {@link FinalPayload}. */
export const MAX_FINAL_SIZE = 1 + 16 + 6 + 16 + 32 + 32;

/** The bits of the first byte. */
const FINAL = 1;
const POINT = 2;
const EXCHANGE = 4;

/**
 * The bytes of a payload; there is one encoding of each.
 * @throws SluiceError `ROUTE_INVALID` for a number that does not fit; `HEX_INVALID`
 */
export function encodePayload(payload: HopPayload): Uint8Array {
  const { kind, amount, expiry, tweak } = payload;
  const asset = kind === "forward" ? payload.asset : undefined;
  const flags =
    (kind === "final" ? FINAL : 0) | (tweak === undefined ? 0 : POINT) | (asset === undefined ? 0 : EXCHANGE);
  const common = [amountBytes(amount), uint(expiry, 6)];
  return concatBytes(
    Uint8Array.of(flags),
    ...(kind === "forward"
      ? [word(payload.channelId), ...common]
      : [...common, amountBytes(payload.total), word(payload.secret)]),
    ...(tweak === undefined ? [] : [scalar(tweak)]),
    ...(asset === undefined ? [] : [hexToBytes(toAddress(asset).slice(2))]),
  );
}

/**
 * The payload in bytes from an onion. Checks form alone: whether channel, amount and expiry make sense is for the hop to
 * judge.
 * @throws SluiceError `ONION_INVALID`, and nothing else, whatever the bytes
 */
export function decodePayload(bytes: Uint8Array): HopPayload {
  const reader = new ByteReader(bytes, refuse);
  const flags = reader.byte();
  if (flags > (POINT | EXCHANGE | FINAL) || (flags & FINAL && flags & EXCHANGE)) {
    refuse("Its payload is of an unknown kind.");
  }
  const payload = flags & FINAL ? readFinal(reader) : readForward(reader);
  const tweak = flags & POINT ? reader.uint(32) : undefined;
  const asset = flags & EXCHANGE ? toAddress(reader.hex(20)) : undefined;
  reader.end();
  if (tweak !== undefined && !isScalar(tweak)) refuse("Its tweak is no scalar.");
  return { ...payload, ...(tweak !== undefined && { tweak }), ...(asset !== undefined && { asset }) };
}

function readForward(reader: ByteReader): ForwardPayload {
  return {
    kind: "forward",
    channelId: reader.hex(32) as ChannelId,
    amount: reader.uint(16),
    expiry: reader.uint(6),
  };
}

function readFinal(reader: ByteReader): FinalPayload {
  return {
    kind: "final",
    amount: reader.uint(16),
    expiry: reader.uint(6),
    total: reader.uint(16),
    secret: reader.hex(32),
  };
}

function amountBytes(amount: bigint): Uint8Array {
  return uint(amount, 16);
}

function uint(value: bigint, size: number): Uint8Array {
  return fits(value, 8 * size) ? numberToBytesBE(value, size) : unroutable(`${value} does not fit into ${size} bytes.`);
}

function scalar(tweak: bigint): Uint8Array {
  return isScalar(tweak) ? numberToBytesBE(tweak, 32) : unroutable("A tweak is no scalar.");
}

function word(value: Hex): Uint8Array {
  return hexToBytes(toHex(value, 32).slice(2));
}
