import { Packr } from "msgpackr";
import { SluiceError } from "../errors";
import type { ChannelRecord } from "../engine/channel";
import type { ChannelId } from "../protocol/types";

/** What a stored record starts with; another number is another format. */
const FORMAT = 1;

const PREFIX = "channel/";
const packr = new Packr({ useRecords: false, useBigIntExtension: true, moreTypes: false });

/** Where the record of a channel is stored. */
export function recordKey(id: ChannelId): string {
  return PREFIX + id;
}

/** Where all records are stored. */
export const RECORDS = PREFIX;

/** Encodes a record for the store. */
export function encodeRecord(record: ChannelRecord): Uint8Array {
  return packr.pack([FORMAT, record]);
}

/**
 * Reads a record from the store; the inverse of {@link encodeRecord}.
 * @throws SluiceError `STORE_VERSION` when a newer program has written it
 */
export function decodeRecord(bytes: Uint8Array): ChannelRecord {
  const [format, record] = packr.unpack(bytes) as [number, ChannelRecord];
  if (format === FORMAT) return record;
  throw new SluiceError(
    "STORE_VERSION",
    `The data were written in format ${format}; this program knows ${FORMAT}.`,
    "Nothing was changed; use the program that wrote them, or a newer one.",
  );
}
