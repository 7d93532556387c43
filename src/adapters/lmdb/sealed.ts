import { crc32 } from "node:zlib";
import { ensure } from "./layout";

/*
 * What lies in the file under a key: a checksum over key and value, then the value. LMDB has no checksums of its own, and
 * a disk that flips a bit must be noticed before the value is used.
 */
const CHECKSUM = 4;

/** A value as it is stored. */
export type Sealed = Uint8Array;

export function seal(key: Uint8Array, value: Uint8Array): Sealed {
  const sealed = Buffer.allocUnsafe(CHECKSUM + value.length);
  sealed.writeUInt32BE(checksum(key, value));
  sealed.set(value, CHECKSUM);
  return sealed;
}

/**
 * The value, in memory of its own.
 * @throws LayoutError if key and value are not those that were sealed
 */
export function unseal(key: Uint8Array, sealed: Sealed): Uint8Array {
  const value = new Uint8Array(sealed.subarray(CHECKSUM));
  ensure(sealed.length >= CHECKSUM && checksumOf(sealed) === checksum(key, value), "a checksum is wrong");
  return value;
}

export function checksumOf(sealed: Sealed): number {
  return new DataView(sealed.buffer, sealed.byteOffset).getUint32(0);
}

function checksum(key: Uint8Array, value: Uint8Array): number {
  return value.length === 0 ? crc32(key) : crc32(value, crc32(key)); // of no bytes, zlib may forget what came before
}
