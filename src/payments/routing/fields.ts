import { toUtf8Bytes, toUtf8String } from "ethers";
import { isHex, toAddress, type Address, type Hex } from "../../protocol/types";
import { bytesOf, digitsOf } from "../../protocol/words";
import { refuse } from "./errors";

/*
 * The binary form of announcements, in digits: hexadecimal, lower case, without `0x`. Every value has one form, and both
 * ways check the limits, so what can be written can be read and what was read is written the same.
 */

/** How one kind of value is written. Both ways throw `ANNOUNCEMENT_INVALID`. */
export interface Field<T> {
  write(value: T): string;
  read(from: Cursor): T;
}

/** Reads digits from the left to the right. */
export class Cursor {
  #position = 0;

  constructor(private readonly digits: string) {}

  /** The digits of the next bytes. */
  take(bytes: number): string {
    const end = this.#position + 2 * bytes;
    if (end > this.digits.length) refuse("The announcement is cut off.");
    const taken = this.digits.slice(this.#position, end);
    this.#position = end;
    return taken;
  }

  /** Whether everything was read. */
  get done(): boolean {
    return this.#position === this.digits.length;
  }
}

/** Bytes of a fixed size. */
export const bytes = <T extends Hex>(size: number): Field<T> => ({
  write: (value) => (isHex(value, size) ? digitsOf(value).toLowerCase() : refuse(`A value is not ${size} bytes.`)),
  read: (from) => `0x${from.take(size)}` as T,
});

/** 20 bytes; comes out checksummed. */
export const address: Field<Address> = {
  write: (value) => bytes(20).write(value),
  read: (from) => toAddress(`0x${from.take(20)}`),
};

/** A number in a fixed width, the most significant byte first. */
export const uint = (size: number, most = 256n ** BigInt(size) - 1n): Field<bigint> => {
  const check = (value: bigint): bigint =>
    value >= 0n && value <= most ? value : refuse(`${value} is not a number from 0 to ${most}.`);
  return {
    write: (value) =>
      check(value)
        .toString(16)
        .padStart(2 * size, "0"),
    read: (from) => check(BigInt(`0x${from.take(size)}`)),
  };
};

/** An amount: how many bytes (1 byte), and those bytes, without leading zeros. */
export const amount = (size: number): Field<bigint> => ({
  write(value) {
    if (value < 0n || value >= 256n ** BigInt(size)) refuse(`${value} is not an amount of at most ${size} bytes.`);
    const digits = value === 0n ? "" : value.toString(16);
    const whole = digits.length % 2 === 0 ? digits : `0${digits}`;
    return count(size).write(whole.length / 2) + whole;
  },
  read(from) {
    const digits = from.take(count(size).read(from));
    if (digits.startsWith("00")) refuse("An amount has leading zeros.");
    return BigInt(`0x0${digits}`);
  },
});

/** Text in UTF-8 of at most 255 bytes, without control characters or others that cannot be seen; its length before it. */
export const text = (most: number): Field<string> => {
  const check = (value: string): string =>
    /\p{C}/u.test(value) ? refuse("A text has characters that cannot be seen.") : value;
  return {
    write(value) {
      const digits = Array.from(toUtf8Bytes(check(value)), (byte) => byte.toString(16).padStart(2, "0")).join("");
      return count(most).write(digits.length / 2) + digits;
    },
    read(from) {
      const raw = bytesOf(from.take(count(most).read(from)));
      return check(decoded(raw));
    },
  };
};

/** Values one after the other, and how many there are (1 byte) before them. */
export const list = <T>(field: Field<T>, most: number): Field<readonly T[]> => ({
  write: (values) => count(most).write(values.length) + values.map((value) => field.write(value)).join(""),
  read: (from) => Array.from({ length: count(most).read(from) }, () => field.read(from)),
});

/** So many values one after the other. */
export const row = <T>(field: Field<T>, length: number): Field<T[]> => ({
  write: (values) =>
    values.length === length
      ? values.map((value) => field.write(value)).join("")
      : refuse(`There are ${values.length} values where ${length} belong.`),
  read: (from) => Array.from({ length }, () => field.read(from)),
});

/** One of a few values, written as its place among them (1 byte). */
export const oneOf = <T>(...values: readonly T[]): Field<T> => ({
  write: (value) => count(values.length - 1).write(values.indexOf(value)),
  read: (from) => values[count(values.length - 1).read(from)]!,
});

/** Named values one after the other, in the order of the names here. */
export function record<T extends object>(fields: { readonly [K in keyof T]: Field<T[K]> }): Field<T> {
  const names = Object.keys(fields) as (keyof T)[];
  return {
    write: (value) => names.map((name) => fields[name].write(value[name])).join(""),
    read(from) {
      const value: Partial<T> = {};
      for (const name of names) value[name] = fields[name].read(from);
      return value as T;
    },
  };
}

/** How many: one byte. */
const count = (most: number): Field<number> => ({
  write: (value) => uint(1, BigInt(most)).write(BigInt(value)),
  read: (from) => Number(uint(1, BigInt(most)).read(from)),
});

function decoded(raw: Uint8Array): string {
  try {
    return toUtf8String(raw);
  } catch {
    return refuse("A text is not UTF-8.");
  }
}
