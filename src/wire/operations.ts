/**
 * What vouchers do, in bytes: one thing after the other, each begun by its kind. Numbers are big-endian.
 *
 *     0 pay      amount (16) | length of the note (1) | note
 *     1 lock     position (4) | expiry (6) | registry (20) | key (32) | amount (16) | length of the packet (2) | packet
 *     2 settle   position (4)
 *     3 drop     position (4)
 */
import type { Claim, GiveUp } from "../engine/messages";
import type { Operation } from "../engine/payments/operations";
import type { Hex } from "../protocol/types";
import { address, packHex, unpackHex } from "./fields";
import { refuse, unsendable } from "./malformed";

const MAX_NOTE = 32;
const MAX_PACKET = 0xffff;
const MAX_FAILURE = 0xffff;

/** @throws SluiceError `MESSAGE_MALFORMED` for what does not fit */
export function packOperations(operations: readonly Operation[]): Buffer {
  return Buffer.concat(operations.map(packOperation));
}

/** The inverse of {@link packOperations}. @throws SluiceError `MESSAGE_MALFORMED` */
export function unpackOperations(bytes: Buffer): Operation[] {
  const reader = new Reader(bytes);
  const operations: Operation[] = [];
  while (!reader.isAtEnd) operations.push(unpackOperation(reader));
  return operations;
}

/** `position (4) | serial (6) | secret (32)` each. */
export function packClaims(claims: Claim["claims"]): Buffer {
  return Buffer.concat(
    claims.map(({ position, serial, secret }) =>
      Buffer.concat([number(position, 4), number(serial, 6), sized(packHex(secret), 32)]),
    ),
  );
}

export function unpackClaims(bytes: Buffer): Claim["claims"] {
  const reader = new Reader(bytes);
  const claims: Claim["claims"][number][] = [];
  while (!reader.isAtEnd) claims.push({ position: reader.number(4), serial: reader.number(6), secret: reader.hex(32) });
  return claims;
}

/** `position (4) | serial (6) | length (2) | failure` each. */
export function packFailures(locks: GiveUp["locks"]): Buffer {
  return Buffer.concat(
    locks.map(({ position, serial, failure }) =>
      Buffer.concat([number(position, 4), number(serial, 6), withLength(failure, 2, MAX_FAILURE)]),
    ),
  );
}

export function unpackFailures(bytes: Buffer): GiveUp["locks"] {
  const reader = new Reader(bytes);
  const locks: GiveUp["locks"][number][] = [];
  while (!reader.isAtEnd) {
    locks.push({ position: reader.number(4), serial: reader.number(6), failure: reader.hex(reader.number(2)) });
  }
  return locks;
}

function packOperation(operation: Operation): Buffer {
  switch (operation.kind) {
    case "pay":
      return Buffer.concat([Buffer.of(0), amount(operation.amount), withLength(operation.note, 1, MAX_NOTE)]);
    case "lock": {
      const { position, expiry, registry, key, amount: value } = operation.lock;
      return Buffer.concat([
        Buffer.of(1),
        number(position, 4),
        number(Number(expiry), 6),
        packHex(`0x${address.write(registry)}`),
        sized(packHex(key), 32),
        amount(value),
        withLength(operation.packet, 2, MAX_PACKET),
      ]);
    }
    case "settle":
      return Buffer.concat([Buffer.of(2), number(operation.position, 4)]);
    case "drop":
      return Buffer.concat([Buffer.of(3), number(operation.position, 4)]);
  }
}

function unpackOperation(reader: Reader): Operation {
  switch (reader.number(1)) {
    case 0: {
      const value = reader.amount();
      const length = reader.number(1);
      if (length > MAX_NOTE) refuse("A note is too long.");
      return { kind: "pay", amount: value, note: reader.hex(length) };
    }
    case 1: {
      const position = reader.number(4);
      const expiry = BigInt(reader.number(6));
      const registry = address.read(reader.hex(20).slice(2));
      const key = reader.hex(32);
      const value = reader.amount();
      return {
        kind: "lock",
        lock: { position, expiry, registry, key, amount: value },
        packet: reader.hex(reader.number(2)),
      };
    }
    case 2:
      return { kind: "settle", position: reader.number(4) };
    case 3:
      return { kind: "drop", position: reader.number(4) };
    default:
      return refuse("A voucher does something that is not known.");
  }
}

class Reader {
  private position = 0;

  constructor(private readonly bytes: Buffer) {}

  get isAtEnd(): boolean {
    return this.position === this.bytes.length;
  }

  number(size: number): number {
    return this.take(size).readUIntBE(0, size);
  }

  amount(): bigint {
    return BigInt(this.hex(16));
  }

  hex(size: number): Hex {
    return unpackHex(this.take(size));
  }

  private take(size: number): Buffer {
    const end = this.position + size;
    if (end > this.bytes.length) refuse("It is cut off.");
    const taken = this.bytes.subarray(this.position, end);
    this.position = end;
    return taken;
  }
}

function amount(value: bigint): Buffer {
  if (BigInt.asUintN(128, value) !== value) unsendable(`${value} is no amount of a voucher.`);
  return Buffer.from(value.toString(16).padStart(32, "0"), "hex");
}

function number(value: number, size: number): Buffer {
  if (!Number.isSafeInteger(value) || value < 0 || value >= 2 ** (8 * size)) unsendable(`${value} does not fit.`);
  const bytes = Buffer.alloc(size);
  bytes.writeUIntBE(value, 0, size);
  return bytes;
}

function sized(bytes: Buffer, size: number): Buffer {
  return bytes.length === size ? bytes : unsendable(`A value is not ${size} bytes.`);
}

function withLength(value: Hex, size: number, most: number): Buffer {
  const bytes = packHex(value);
  if (bytes.length > most) unsendable(`A value has more than ${most} bytes.`);
  return Buffer.concat([number(bytes.length, size), bytes]);
}
