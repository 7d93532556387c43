import { getAddress } from "ethers";
import type { Authorization } from "../engine/calls";
import type { Transfer } from "../engine/change";
import type { Address, CompactSignature, Hex } from "../protocol/types";
import { unsendable } from "./malformed";

/** Something of a fixed size. Goes through hex digits, since most of it is hex to begin with. */
export interface Field<T> {
  /** In bytes. */
  readonly size: number;
  write(value: T): string;
  read(digits: string): T;
}

/** 32 bytes: a hash, an id, a destination, half a signature. */
export const word = <T extends Hex>(): Field<T> => ({
  size: 32,
  write: (value) => digitsOf(value.slice(2), 32),
  read: (digits) => `0x${digits}` as T,
});

/** An address; checksummed again when it is read. */
export const address: Field<Address> = {
  size: 20,
  write: (value) => digitsOf(value.slice(2), 20),
  read: checksummed,
};

/** An amount that stands in a list, in full width. */
export const uint: Field<bigint> = {
  size: 32,
  write: (value) => digitsOf(value.toString(16).padStart(64, "0"), 32),
  read: (digits) => BigInt(`0x${digits}`),
};

const byte: Field<number> = {
  size: 1,
  write: (value) => digitsOf(value.toString(16).padStart(2, "0"), 1),
  read: (digits) => Number.parseInt(digits, 16),
};

/** A signature as the contracts take it: `r | vs`. */
export const signature = record<CompactSignature>({ r: word(), vs: word() });

/** `asset | from | to | amount`. */
export const transfer = record<Transfer>({ asset: address, from: word(), to: word(), amount: uint });

/** An ERC-3009 transfer, with its fields in the order of the contract. */
export const authorization = record<Authorization>({
  token: address,
  from: address,
  amount: uint,
  expectedHeld: uint,
  salt: uint,
  validAfter: uint,
  validBefore: uint,
  v: byte,
  r: word(),
  s: word(),
});

/** Fields one after the other. */
function record<T extends object>(fields: { readonly [K in keyof T]: Field<T[K]> }): Field<T> {
  const names = Object.keys(fields) as (keyof T)[];
  return {
    size: names.reduce((sum, name) => sum + fields[name].size, 0),
    write: (value) => names.reduce((digits, name) => digits + fields[name].write(value[name]), ""),
    read(digits) {
      const value: Partial<T> = {};
      let position = 0;
      for (const name of names) {
        const end = position + 2 * fields[name].size;
        value[name] = fields[name].read(digits.slice(position, end));
        position = end;
      }
      return value as T;
    },
  };
}

/**
 * The bytes of a value.
 * @throws SluiceError `MESSAGE_MALFORMED` if it is not of its size, or no hex
 */
export function pack<T>(field: Field<T>, value: T): Buffer {
  return packHex(`0x${field.write(value)}`);
}

/** The value in bytes that are known to be of the size of the field. */
export function unpack<T>(field: Field<T>, bytes: Buffer): T {
  return field.read(bytes.toString("hex"));
}

/** The bytes of several values, back to back. */
export function packAll<T>(field: Field<T>, values: readonly T[]): Buffer {
  return packHex(`0x${values.map((value) => field.write(value)).join("")}`);
}

/** The values in bytes whose length is known to be a multiple of the size of the field. */
export function unpackAll<T>(field: Field<T>, bytes: Buffer): T[] {
  const digits = bytes.toString("hex");
  const width = 2 * field.size;
  return Array.from({ length: digits.length / width }, (_, i) => field.read(digits.slice(i * width, (i + 1) * width)));
}

/**
 * The bytes of hex of any length.
 * @throws SluiceError `MESSAGE_MALFORMED`
 */
export function packHex(value: Hex): Buffer {
  const bytes = Buffer.from(value.slice(2), "hex");
  if (2 + 2 * bytes.length !== value.length) unsendable("A value is not hex.");
  return bytes;
}

/** Bytes of any length as hex. */
export function unpackHex(bytes: Buffer): Hex {
  return `0x${bytes.toString("hex")}`;
}

/** An amount without leading zeros; zero is no byte at all. */
export function packAmount(value: bigint): Buffer {
  const digits = value === 0n ? "" : value.toString(16);
  return packHex(`0x${digits.length % 2 === 0 ? "" : "0"}${digits}`);
}

/** The inverse of {@link packAmount}. */
export function unpackAmount(bytes: Buffer): bigint {
  return BigInt(`0x0${bytes.toString("hex")}`);
}

function digitsOf(digits: string, size: number): string {
  return digits.length === 2 * size ? digits : unsendable(`A value is not ${size} bytes.`);
}

// A checksum is a keccak hash, dearer than all the rest of a message, and a node meets the same few addresses all day.
const MAX_KNOWN = 4096;
const known = new Map<string, Address>();

function checksummed(digits: string): Address {
  const found = known.get(digits);
  if (found !== undefined) return found;
  if (known.size === MAX_KNOWN) known.clear();
  const result = getAddress(`0x${digits}`) as Address;
  known.set(digits, result);
  return result;
}
