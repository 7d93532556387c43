import { malformed } from "./sealedFile";

/** An entry of the store; or, under the empty key, which no entry has, the keystore. */
export interface BackupRecord {
  readonly key: string;
  readonly value: Uint8Array;
}

const LENGTHS = 8;

/** The lengths of key and value (4 bytes each), then key and value. */
export function encodeRecord({ key, value }: BackupRecord): Buffer {
  const start = Buffer.alloc(LENGTHS);
  start.writeUInt32BE(Buffer.byteLength(key), 0);
  start.writeUInt32BE(value.length, 4);
  return Buffer.concat([start, Buffer.from(key), value]);
}

/**
 * Reads records from a stream in pieces of any size.
 * @throws SluiceError `BACKUP_MALFORMED` if it ends in the middle of one
 */
export async function* decodeRecords(pieces: AsyncIterable<Buffer>): AsyncGenerator<BackupRecord> {
  let pending: Buffer[] = [];
  let length = 0;
  let needed = LENGTHS;
  for await (const piece of pieces) {
    pending.push(piece);
    length += piece.length;
    if (length < needed) continue;
    let rest = Buffer.concat(pending);
    while (rest.length >= (needed = sizeOf(rest))) {
      const keyEnd = LENGTHS + rest.readUInt32BE(0);
      yield { key: rest.toString("utf8", LENGTHS, keyEnd), value: rest.subarray(keyEnd, needed) };
      rest = rest.subarray(needed);
    }
    pending = [rest];
    length = rest.length;
  }
  if (length > 0) throw malformed("it ends too early");
}

/** How long the record at the start of these bytes is, as far as they tell. */
function sizeOf(bytes: Buffer): number {
  return bytes.length < LENGTHS ? LENGTHS : LENGTHS + bytes.readUInt32BE(0) + bytes.readUInt32BE(4);
}
