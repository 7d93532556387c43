/**
 * The bytes of an invoice that its payee signs. Numbers are LEB128, keys of people compressed points.
 *
 * ```
 * version (1) | flags (1) | chain id | adjudicator (20) | asset (20, unless native) | amount (0 for any)
 * | key (32) | payee (33) | created | lifetime | margin | secret (32) | length, description | count, hints
 * hint: channel (32) | from (33) | to (33, or one 0 for the payee) | fee base | fee proportional
 * ```
 */
import { toUtf8Bytes, toUtf8String } from "ethers";
import { concatBytes, hexToBytes } from "@noble/curves/utils";
import { NATIVE, toAddress, toHex, type Address, type ChannelId, type Hex } from "../protocol/types";
import type { Deployment } from "../protocol/hashing";
import { fits, hexOf, varint, type ByteReader } from "./bytes";
import { isCompressedPoint, isPointKey } from "./points";

/** What a lock must be on to pay an invoice. */
export interface PaymentKey {
  /** `hash`: keccak256 of 32 bytes. `point`: the x coordinate of a public key; its lock takes a tweak. */
  readonly kind: "hash" | "point";
  /** 32 bytes. */
  readonly key: Hex;
}

/** A channel that the payer may not know of, on the way to the payee. */
export interface RouteHint {
  readonly channelId: ChannelId;
  /** Who forwards on this channel: 33 bytes. */
  readonly from: Hex;
  /** Whom it forwards to: 33 bytes; the payee or the `from` of another hint. */
  readonly to: Hex;
  /** What forwarding takes, in the smallest unit of the asset, below 2^128. */
  readonly feeBase: bigint;
  /** And what it takes of the amount, in millionths, below 2^32. */
  readonly feeMillionths: bigint;
}

/** What a payee asks for. */
export interface Invoice {
  /** The one place where it can be paid. */
  readonly deployment: Deployment;
  readonly asset: Address;
  /** In the smallest unit of the asset, 1 to 2^128 - 1; undefined for what the payer likes. */
  readonly amount: bigint | undefined;
  readonly paymentKey: PaymentKey;
  /** Public key of the payee: 33 bytes. */
  readonly payee: Hex;
  /** Unix time in seconds, below 2^48. */
  readonly created: bigint;
  /** The last second in which it may be paid, after it was created: Unix time, below 2^48. */
  readonly expiry: bigint;
  /** Seconds that the payee's lock must have left when it comes, below 2^32. */
  readonly margin: bigint;
  /** 32 random bytes for the payee's layer of the onion, so that nobody without the invoice can ask who is the payee. */
  readonly secret: Hex;
  /** For people: at most {@link MAX_DESCRIPTION_SIZE} bytes of UTF-8 without control characters; empty for nothing. */
  readonly description: string;
  /** At most {@link MAX_HINTS}. */
  readonly hints: readonly RouteHint[];
}

/** The most bytes of a description. */
export const MAX_DESCRIPTION_SIZE = 200;
/** The most channels that an invoice can hint at. */
export const MAX_HINTS = 8;

const VERSION = 1;
/** Bits of the second byte. */
const POINT = 1;
const TOKEN = 2;

type Refuse = (what: string) => never;

/** @throws whatever `refuse` throws for what does not fit; SluiceError `ADDRESS_INVALID` or `HEX_INVALID` */
export function encodeContent(invoice: Invoice, refuse: Refuse): Uint8Array {
  const { deployment, amount, paymentKey, created, expiry, description, hints } = invoice;
  const number = numberWith(refuse);
  const point = pointWith(refuse);
  const asset = addressBytes(invoice.asset);
  const text = textBytes(description, refuse);
  if (amount === 0n) refuse("An amount is more than nothing.");
  if (deployment.chainId === 0n) refuse("There is no chain 0.");
  if (paymentKey.kind === "point" && !isPointKey(paymentKey.key)) refuse("Its key is no point.");
  if (expiry <= created || !fits(expiry, 48)) refuse("Its expiry is out of range.");
  if (hints.length > MAX_HINTS) refuse(`It hints at more than ${MAX_HINTS} channels.`);
  const isToken = toAddress(invoice.asset) !== NATIVE;
  return concatBytes(
    Uint8Array.of(VERSION, (paymentKey.kind === "point" ? POINT : 0) | (isToken ? TOKEN : 0)),
    number(deployment.chainId, 64),
    addressBytes(deployment.adjudicator),
    ...(isToken ? [asset] : []),
    number(amount ?? 0n, 128),
    word(paymentKey.key),
    point(invoice.payee),
    number(created, 48),
    number(expiry - created, 48),
    number(invoice.margin, 32),
    word(invoice.secret),
    varint(BigInt(text.length)),
    text,
    varint(BigInt(hints.length)),
    ...hints.flatMap(({ channelId, from, to, feeBase, feeMillionths }) => [
      word(channelId),
      point(from),
      to.toLowerCase() === invoice.payee.toLowerCase() ? TO_PAYEE : point(to),
      number(feeBase, 128),
      number(feeMillionths, 32),
    ]),
  );
}

/**
 * Reads content. Takes for granted that the caller encodes the result again, and compares: that finds everything that does
 * not fit, follows behind, or was written in another way.
 * @throws whatever the reader's `refuse` throws
 */
export function readContent(reader: ByteReader): Invoice {
  if (reader.byte() !== VERSION) reader.refuse("Its version is unknown.");
  const flags = reader.byte();
  const deployment = { chainId: reader.varint(), adjudicator: address(reader) };
  const asset = flags & TOKEN ? address(reader) : NATIVE;
  const amount = reader.varint();
  const paymentKey: PaymentKey = { kind: flags & POINT ? "point" : "hash", key: reader.hex(32) };
  const payee = reader.hex(33);
  const created = reader.varint();
  return {
    deployment,
    asset,
    amount: amount === 0n ? undefined : amount,
    paymentKey,
    payee,
    created,
    expiry: created + reader.varint(),
    margin: reader.varint(),
    secret: reader.hex(32),
    description: text(reader),
    hints: Array.from({ length: reader.count(MAX_HINTS) }, () => readHint(reader, payee)),
  };
}

const TO_PAYEE = Uint8Array.of(0);

function readHint(reader: ByteReader, payee: Hex): RouteHint {
  return {
    channelId: reader.hex(32) as ChannelId,
    from: reader.hex(33),
    to: readTo(reader, payee),
    feeBase: reader.varint(),
    feeMillionths: reader.varint(),
  };
}

function readTo(reader: ByteReader, payee: Hex): Hex {
  const first = reader.take(1);
  return first[0] === 0 ? payee : hexOf(concatBytes(first, reader.take(32)));
}

function address(reader: ByteReader): Address {
  return toAddress(reader.hex(20));
}

function text(reader: ByteReader): string {
  const bytes = reader.take(reader.count(MAX_DESCRIPTION_SIZE));
  try {
    return toUtf8String(bytes);
  } catch {
    return reader.refuse("Its description is no text.");
  }
}

function textBytes(description: string, refuse: Refuse): Uint8Array {
  if (/[\p{Cc}\p{Cs}]/u.test(description)) refuse("Its description has characters that are none.");
  const bytes = toUtf8Bytes(description);
  if (bytes.length > MAX_DESCRIPTION_SIZE) refuse(`Its description has more than ${MAX_DESCRIPTION_SIZE} bytes.`);
  return bytes;
}

function numberWith(refuse: Refuse): (value: bigint, bits: number) => Uint8Array {
  return (value, bits) => (fits(value, bits) ? varint(value) : refuse(`${value} is no number below 2^${bits}.`));
}

function pointWith(refuse: Refuse): (key: Hex) => Uint8Array {
  return (key) => (isCompressedPoint(key) ? hexToBytes(key.slice(2)) : refuse(`${key} is no public key.`));
}

function addressBytes(value: Address): Uint8Array {
  return hexToBytes(toAddress(value).slice(2));
}

function word(value: Hex): Uint8Array {
  return hexToBytes(toHex(value, 32).slice(2));
}
