import { Packr } from "msgpackr";

const packr = new Packr({ useRecords: false, useBigIntExtension: true });

/** Bytes for the store. Keeps bigints of any size and `undefined`. */
export function encode(value: unknown): Uint8Array {
  return packr.pack(value);
}

/** The inverse of {@link encode}, for values this adapter wrote itself. */
export function decode(bytes: Uint8Array): unknown {
  return packr.unpack(bytes) as unknown;
}
