import { ensure } from "./layout";
import { checksumOf, seal, unseal, type Sealed } from "./sealed";

/** The version of how the store lays out its entries. */
export const STORE_VERSION = 1;

/** Comes before all keys of entries, so that it is found without a search. */
export const SUMMARY_KEY = Buffer.from([0]);

/**
 * Describes all entries. Every transaction writes it anew, so that entries that were lost, came back, or fell back to an
 * older value together with their checksum are noticed.
 */
export interface Summary {
  readonly version: number;
  /** Counts the transactions. */
  readonly transaction: number;
  /** How many entries there are. */
  readonly count: number;
  /** The sum of their checksums, modulo 2^32. */
  readonly sum: number;
}

/** The summary of an empty store that was just created. */
export const EMPTY: Summary = { version: STORE_VERSION, transaction: 0, count: 0, sum: 0 };

/** The summary with an entry more. */
export function plus(summary: Summary, entry: Sealed): Summary {
  return { ...summary, count: summary.count + 1, sum: (summary.sum + checksumOf(entry)) >>> 0 };
}

/** The summary with an entry less. */
export function minus(summary: Summary, entry: Sealed): Summary {
  return { ...summary, count: summary.count - 1, sum: (summary.sum - checksumOf(entry)) >>> 0 };
}

export function encodeSummary({ version, transaction, count, sum }: Summary): Sealed {
  const bytes = Buffer.alloc(24);
  bytes.writeUInt32BE(version, 0);
  bytes.writeUInt32BE(sum, 4);
  bytes.writeBigUInt64BE(BigInt(transaction), 8);
  bytes.writeBigUInt64BE(BigInt(count), 16);
  return seal(SUMMARY_KEY, bytes);
}

/** Of another version, only the version is known. */
export function decodeSummary(sealed: Sealed): Summary {
  const bytes = Buffer.from(unseal(SUMMARY_KEY, sealed));
  ensure(bytes.length >= 4, "its summary is cut off");
  const version = bytes.readUInt32BE(0);
  if (version !== STORE_VERSION) return { ...EMPTY, version };
  ensure(bytes.length === 24, "its summary is cut off");
  const [transaction, count] = [Number(bytes.readBigUInt64BE(8)), Number(bytes.readBigUInt64BE(16))];
  return { version, transaction, count, sum: bytes.readUInt32BE(4) };
}
