import { createCipheriv, createDecipheriv, randomBytes, scrypt, type ScryptOptions } from "node:crypto";
import type { FileHandle } from "node:fs/promises";
import { promisify } from "node:util";
import { SluiceError } from "../../errors";

/*
 * An encrypted file: a header, then a stream in chunks (the STREAM construction, as age uses it).
 *
 *   header   "SLUICE", version (1 byte), log2 of the cost of scrypt (1 byte), salt (16 bytes), tag of the header (16)
 *   chunk    up to 64 KiB encrypted with AES-256-GCM, then its tag (16)
 *
 * The key is scrypt(password, salt), so that each file has a key of its own. The nonce of a chunk is its number and whether
 * it is the last one: a file in which chunks are missing, added or exchanged does not open.
 */
const MAGIC = Buffer.from("SLUICE");
const VERSION = 1;
const SALT = 16;
const TAG = 16;
const HEADER = MAGIC.length + 2 + SALT;
const CHUNK = 64 * 1024;
const CIPHER = "aes-256-gcm";
/** Takes 128 MiB of memory. */
const USUAL_COST = 17;
/** A file may not make its reader take more memory than this: 1 GiB. */
const HIGHEST_COST = 20;

type Chunks = Iterable<Uint8Array> | AsyncIterable<Uint8Array>;

const derive = promisify<string, Buffer, number, ScryptOptions, Buffer>(scrypt);

/**
 * Encrypts a stream.
 * @param pieces of any size
 * @param cost log2 of that of scrypt; lower ones are for tests
 */
export async function* encrypt(pieces: Chunks, password: string, cost = USUAL_COST): AsyncGenerator<Buffer> {
  const salt = randomBytes(SALT);
  const header = Buffer.concat([MAGIC, Buffer.from([VERSION, cost]), salt]);
  const key = await keyFor(password, salt, cost);
  yield Buffer.concat([header, encryptChunk(key, header, 0, false, Buffer.alloc(0))]);
  let number = 1;
  let previous: Buffer | undefined;
  for await (const chunk of chunked(pieces)) {
    if (previous !== undefined) yield encryptChunk(key, header, number++, false, previous);
    previous = chunk;
  }
  yield encryptChunk(key, header, number, true, previous ?? Buffer.alloc(0));
}

/** The same bytes in chunks, of which only the last may be shorter than the others. */
async function* chunked(pieces: Chunks): AsyncGenerator<Buffer> {
  let pending: Uint8Array[] = [];
  let length = 0;
  for await (const piece of pieces) {
    pending.push(piece);
    length += piece.length;
    if (length < CHUNK) continue;
    const bytes = Buffer.concat(pending);
    const whole = length - (length % CHUNK);
    for (let at = 0; at < whole; at += CHUNK) yield bytes.subarray(at, at + CHUNK);
    pending = [bytes.subarray(whole)];
    length -= whole;
  }
  if (length > 0) yield Buffer.concat(pending);
}

/**
 * Decrypts what `encrypt` made. What it yields before it throws is authentic, but may not be all.
 * @throws SluiceError `PASSWORD_WRONG` or `BACKUP_MALFORMED`
 */
export async function* decrypt(file: FileHandle, password: string): AsyncGenerator<Buffer> {
  const { size } = await file.stat();
  const start = await read(file, 0, Math.min(size, HEADER + TAG));
  const header = start.subarray(0, HEADER);
  const [version, cost] = [header[MAGIC.length], header[MAGIC.length + 1]];
  if (start.length < HEADER + TAG || !header.subarray(0, MAGIC.length).equals(MAGIC))
    throw malformed("it is no backup");
  if (version !== VERSION) throw malformed(`its format ${version} is not known`);
  if (cost === undefined || cost > HIGHEST_COST || cost < 1) throw malformed("its header is damaged");
  const key = await keyFor(password, header.subarray(-SALT), cost);
  if (decryptChunk(key, header, 0, false, start.subarray(HEADER)) === undefined) throw wrongPassword();
  for (let number = 1, at = HEADER + TAG; ; number++, at += CHUNK + TAG) {
    const sealed = await read(file, at, Math.min(size - at, CHUNK + TAG));
    const last = at + sealed.length >= size;
    const chunk = decryptChunk(key, header, number, last, sealed);
    if (chunk === undefined) throw malformed("it is damaged or cut off");
    yield chunk;
    if (last) return;
  }
}

function encryptChunk(key: Buffer, header: Buffer, number: number, last: boolean, chunk: Uint8Array): Buffer {
  const cipher = createCipheriv(CIPHER, key, nonceOf(number, last)).setAAD(header);
  return Buffer.concat([cipher.update(chunk), cipher.final(), cipher.getAuthTag()]);
}

/** Undefined if it is not the chunk that was encrypted under this number. */
function decryptChunk(key: Buffer, header: Buffer, number: number, last: boolean, sealed: Buffer): Buffer | undefined {
  if (sealed.length < TAG) return undefined;
  const decipher = createDecipheriv(CIPHER, key, nonceOf(number, last)).setAAD(header);
  decipher.setAuthTag(sealed.subarray(-TAG));
  const chunk = decipher.update(sealed.subarray(0, -TAG));
  try {
    decipher.final();
    return chunk;
  } catch {
    return undefined;
  }
}

function nonceOf(number: number, last: boolean): Buffer {
  const nonce = Buffer.alloc(12);
  nonce.writeUIntBE(number, 5, 6);
  nonce[11] = last ? 1 : 0;
  return nonce;
}

function keyFor(password: string, salt: Buffer, cost: number): Promise<Buffer> {
  const N = 2 ** cost;
  return derive(password.normalize("NFKC"), salt, 32, { N, r: 8, p: 1, maxmem: 2 * 128 * 8 * N + 2 ** 20 });
}

async function read(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(length), position });
  return buffer.subarray(0, bytesRead);
}

function wrongPassword(): SluiceError {
  return new SluiceError(
    "PASSWORD_WRONG",
    "This password does not open the backup, or the start of the file is damaged.",
    "Nothing was restored; try another password or another copy.",
  );
}

/** The error for a file that is not a whole backup. */
export function malformed(what: string): SluiceError {
  return new SluiceError(
    "BACKUP_MALFORMED",
    `This backup cannot be used: ${what}.`,
    "Nothing was restored; use another copy or an older backup.",
  );
}
