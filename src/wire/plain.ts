import { refuse } from "./malformed";

/** The terms of a splice are the deepest: the message, its funding, the amounts taken along, one entry. */
const MAX_DEPTH = 4;
/** One entry per participant makes the longest array. */
const MAX_ITEMS = 32;

/**
 * Checks that bytes are exactly one MessagePack value made of nil, booleans, safe integers, byte strings and
 * short arrays, each in its shortest form.
 *
 * This runs before the MessagePack library, which would otherwise reserve memory for whatever length is claimed, build
 * maps, dates, errors and regular expressions, and compile code for records. What passes needs no more memory than a
 * small multiple of its size, and has no second encoding.
 * @throws SluiceError `MESSAGE_MALFORMED`
 */
export function requirePlain(bytes: Buffer): void {
  if (skip(bytes, 0, MAX_DEPTH) !== bytes.length) refuse("Bytes follow its end.");
}

/** The position behind the value at `position`. */
function skip(bytes: Buffer, position: number, depth: number): number {
  const token = byteAt(bytes, position);
  if (token < 0x80) return position + 1;
  if (token >= 0x90 && token <= 0x9f) return skipItems(bytes, position + 1, token & 0x0f, depth);
  switch (token) {
    case 0xc0: // nil
    case 0xc2: // false
    case 0xc3: // true
      return position + 1;
    case 0xc4:
      return skipBytes(bytes, position, 1, 0);
    case 0xc5:
      return skipBytes(bytes, position, 2, 0x100);
    case 0xc6:
      return skipBytes(bytes, position, 4, 0x1_0000);
    case 0xcb:
      return skipFloat(bytes, position);
    case 0xcc:
      return skipUint(bytes, position, 1, 0x80);
    case 0xcd:
      return skipUint(bytes, position, 2, 0x100);
    case 0xce:
      return skipUint(bytes, position, 4, 0x1_0000);
    case 0xdc:
      return skipItems(bytes, position + 3, uintAt(bytes, position + 1, 2, 0x10), depth);
    default:
      return refuse(`Byte ${position} starts nothing that belongs in one.`);
  }
}

function skipItems(bytes: Buffer, position: number, count: number, depth: number): number {
  if (depth === 0) refuse("It is nested too deeply.");
  if (count > MAX_ITEMS) refuse(`A list of ${count} is too long.`);
  for (let i = 0; i < count; i++) position = skip(bytes, position, depth - 1);
  return position;
}

function skipBytes(bytes: Buffer, position: number, width: number, least: number): number {
  const end = position + 1 + width + uintAt(bytes, position + 1, width, least);
  if (end > bytes.length) refuse("It is cut off.");
  return end;
}

function skipUint(bytes: Buffer, position: number, width: number, least: number): number {
  uintAt(bytes, position + 1, width, least);
  return position + 1 + width;
}

/** Integers beyond 32 bits travel as doubles: that is how the library writes numbers. */
function skipFloat(bytes: Buffer, position: number): number {
  const end = position + 9;
  if (end > bytes.length) refuse("It is cut off.");
  const value = bytes.readDoubleBE(position + 1);
  if (!Number.isSafeInteger(value) || value < 0x1_0000_0000)
    refuse("A number is no integer, or not in its shortest form.");
  return end;
}

function uintAt(bytes: Buffer, position: number, width: number, least: number): number {
  if (position + width > bytes.length) refuse("It is cut off.");
  const value = bytes.readUIntBE(position, width);
  if (value < least) refuse("A length or number is not in its shortest form.");
  return value;
}

function byteAt(bytes: Buffer, position: number): number {
  return bytes[position] ?? refuse("It is cut off.");
}
