/**
 * What vouchers do, in bytes: one thing after the other, each begun by its kind. Numbers are big-endian.
 *
 *     0 pay      amount (16) | length of the note (1) | note
 *     1 lock     position (4) | expiry (6) | registry (20) | key (32) | amount (16) | length of the packet (2) | packet
 *     2 settle   position (4)
 *     3 drop     position (4)
 */
import { MAX_CLAIMS, MAX_FAILURES } from "../engine/payments/claims";
import type { Claim, GiveUp } from "../engine/messages";
import { MAX_OPERATIONS, type Operation } from "../engine/payments/operations";
import type { Hex } from "../protocol/types";
import { address, unpackHex } from "./fields";
import { MAX_MESSAGE_SIZE } from "./limits";
import { refuse, unsendable } from "./malformed";

const MAX_NOTE = 32;
const MAX_PACKET = 0xffff;
const MAX_FAILURE = 0xffff;

/** @throws SluiceError `MESSAGE_MALFORMED` for what does not fit */
export function packOperations(operations: readonly Operation[]): Buffer {
  return packEach(operations, MAX_OPERATIONS, writeOperation);
}

/** The inverse of {@link packOperations}. @throws SluiceError `MESSAGE_MALFORMED` */
export function unpackOperations(bytes: Buffer): Operation[] {
  return unpackEach(bytes, MAX_OPERATIONS, readOperation);
}

/** `position (4) | serial (6) | secret (32)` each. */
export function packClaims(claims: Claim["claims"]): Buffer {
  return packEach(claims, MAX_CLAIMS, (writer, { position, serial, secret }) => {
    writer.number(position, 4);
    writer.number(serial, 6);
    writer.fixed(secret, 32);
  });
}

export function unpackClaims(bytes: Buffer): Claim["claims"] {
  return unpackEach(bytes, MAX_CLAIMS, (reader) => ({
    position: reader.number(4),
    serial: reader.number(6),
    secret: reader.hex(32),
  }));
}

/** `position (4) | serial (6) | length (2) | failure` each. */
export function packFailures(locks: GiveUp["locks"]): Buffer {
  return packEach(locks, MAX_FAILURES, (writer, { position, serial, failure }) => {
    writer.number(position, 4);
    writer.number(serial, 6);
    writer.long(failure, 2, MAX_FAILURE);
  });
}

export function unpackFailures(bytes: Buffer): GiveUp["locks"] {
  return unpackEach(bytes, MAX_FAILURES, (reader) => ({
    position: reader.number(4),
    serial: reader.number(6),
    failure: reader.hex(reader.number(2)),
  }));
}

function writeOperation(writer: Writer, operation: Operation): void {
  switch (operation.kind) {
    case "pay":
      writer.number(0, 1);
      writer.amount(operation.amount);
      return writer.long(operation.note, 1, MAX_NOTE);
    case "lock": {
      const { position, expiry, registry, key, amount } = operation.lock;
      writer.number(1, 1);
      writer.number(position, 4);
      writer.number(Number(expiry), 6);
      writer.fixed(registry, 20);
      writer.fixed(key, 32);
      writer.amount(amount);
      return writer.long(operation.packet, 2, MAX_PACKET);
    }
    case "settle":
      writer.number(2, 1);
      return writer.number(operation.position, 4);
    case "drop":
      writer.number(3, 1);
      return writer.number(operation.position, 4);
  }
}

function readOperation(reader: Reader): Operation {
  switch (reader.number(1)) {
    case 0: {
      const amount = reader.amount();
      const length = reader.number(1);
      if (length > MAX_NOTE) refuse("A note is too long.");
      return { kind: "pay", amount, note: reader.hex(length) };
    }
    case 1: {
      const position = reader.number(4);
      const expiry = BigInt(reader.number(6));
      const registry = address.read(reader.hex(20).slice(2));
      const key = reader.hex(32);
      const amount = reader.amount();
      return { kind: "lock", lock: { position, expiry, registry, key, amount }, packet: reader.hex(reader.number(2)) };
    }
    case 2:
      return { kind: "settle", position: reader.number(4) };
    case 3:
      return { kind: "drop", position: reader.number(4) };
    default:
      return refuse("A voucher does something that is not known.");
  }
}

function packEach<T>(items: readonly T[], most: number, write: (writer: Writer, item: T) => void): Buffer {
  if (items.length > most) unsendable(`It has more than ${most} parts.`);
  const writer = new Writer();
  for (const item of items) write(writer, item);
  return writer.bytes();
}

/** Refuses what has too many parts before it has read them all: nobody may be kept busy by one message. */
function unpackEach<T>(bytes: Buffer, most: number, read: (reader: Reader) => T): T[] {
  const reader = new Reader(bytes);
  const items: T[] = [];
  while (!reader.isAtEnd) {
    if (items.length === most) refuse(`It has more than ${most} parts.`);
    items.push(read(reader));
  }
  return items;
}

/** Where messages are put together, one at a time. */
const scratch = Buffer.alloc(MAX_MESSAGE_SIZE);

class Writer {
  private position = 0;

  bytes(): Buffer {
    return Buffer.from(scratch.subarray(0, this.position));
  }

  number(value: number, size: number): void {
    if (!Number.isSafeInteger(value) || value < 0 || value >= 2 ** (8 * size)) unsendable(`${value} does not fit.`);
    scratch.writeUIntBE(value, this.advance(size), size);
  }

  amount(value: bigint): void {
    if (value < 0n || value >> 128n !== 0n) unsendable(`${value} is no amount of a voucher.`);
    const start = this.advance(16);
    scratch.writeBigUInt64BE(value >> 64n, start);
    scratch.writeBigUInt64BE(value & LOW, start + 8);
  }

  fixed(value: Hex, size: number): void {
    if (value.length !== 2 + 2 * size) unsendable(`A value is not ${size} bytes.`);
    const start = this.advance(size);
    if (scratch.write(value.slice(2), start, size, "hex") !== size) unsendable("A value is not hex.");
  }

  long(value: Hex, size: number, most: number): void {
    const length = (value.length - 2) / 2;
    if (length > most) unsendable(`A value has more than ${most} bytes.`);
    this.number(length, size);
    if (length > 0) this.fixed(value, length);
  }

  private advance(size: number): number {
    const start = this.position;
    this.position += size;
    if (this.position > scratch.length) unsendable(`It has more than ${scratch.length} bytes.`);
    return start;
  }
}

const LOW = 2n ** 64n - 1n;

class Reader {
  private position = 0;

  constructor(private readonly bytes: Buffer) {}

  get isAtEnd(): boolean {
    return this.position === this.bytes.length;
  }

  number(size: number): number {
    return this.bytes.readUIntBE(this.advance(size), size);
  }

  amount(): bigint {
    const start = this.advance(16);
    const high = this.bytes.readBigUInt64BE(start);
    const low = this.bytes.readBigUInt64BE(start + 8);
    return high === 0n ? low : (high << 64n) | low;
  }

  hex(size: number): Hex {
    if (size === 0) return "0x";
    const start = this.advance(size);
    return unpackHex(this.bytes.subarray(start, start + size));
  }

  private advance(size: number): number {
    const start = this.position;
    this.position += size;
    if (this.position > this.bytes.length) refuse("It is cut off.");
    return start;
  }
}
