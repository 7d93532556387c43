import { bytesToHex, hexToBytes } from "@noble/curves/utils";
import type { Hex } from "../protocol/types";

/** Reads bytes from outside from front to back. What is missing or left over goes to `refuse`. */
export class ByteReader {
  #at = 0;

  constructor(
    readonly bytes: Uint8Array,
    readonly refuse: (what: string) => never,
  ) {}

  /** The next bytes; a view, not a copy. */
  take(length: number): Uint8Array {
    const end = this.#at + length;
    if (end > this.bytes.length) this.refuse("It is cut off.");
    const taken = this.bytes.subarray(this.#at, end);
    this.#at = end;
    return taken;
  }

  hex(length: number): Hex {
    return hexOf(this.take(length));
  }

  byte(): number {
    return this.take(1)[0]!;
  }

  /** An unsigned number in so many bytes, the most significant one first. */
  uint(length: number): bigint {
    return BigInt(this.hex(length));
  }

  /** A number of at most 133 bits as {@link varint} writes it; longer forms of the same number are read as well. */
  varint(): bigint {
    let value = 0n;
    for (let i = 0; i < MAX_VARINT_SIZE; i++) {
      const byte = this.byte();
      value |= BigInt(byte & 0x7f) << BigInt(7 * i);
      if (byte < 0x80) return value;
    }
    return this.refuse("A number is too long.");
  }

  /** A length or a count as {@link varint} writes it, which may be no more than `most`. */
  count(most: number): number {
    const value = this.varint();
    if (value > BigInt(most)) this.refuse(`A length or count is ${value}, which is more than ${most}.`);
    return Number(value);
  }

  end(): void {
    if (this.#at !== this.bytes.length) this.refuse("Something follows after its end.");
  }
}

const MAX_VARINT_SIZE = 19;

/** A number in groups of 7 bits, the least significant one first (LEB128). Takes for granted that it is not negative. */
export function varint(value: bigint): Uint8Array {
  const groups: number[] = [];
  let rest = value;
  for (; rest > 0x7fn; rest >>= 7n) groups.push(Number(rest & 0x7fn) | 0x80);
  return Uint8Array.of(...groups, Number(rest));
}

/** Whether a number is unsigned and fits. */
export function fits(value: bigint, bits: number): boolean {
  return BigInt.asUintN(bits, value) === value;
}

/** The bytes of hex digits behind `0x`. */
export function bytesOf(hex: Hex): Uint8Array {
  return hexToBytes(hex.slice(2));
}

/** A scalar as 32 bytes. */
export function scalarHex(scalar: bigint): Hex {
  return `0x${scalar.toString(16).padStart(64, "0")}`;
}

export function hexOf(bytes: Uint8Array): Hex {
  return `0x${bytesToHex(bytes)}`;
}
