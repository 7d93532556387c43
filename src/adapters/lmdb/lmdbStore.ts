import { existsSync } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import type { Transaction } from "lmdb";
import { SluiceError } from "../../errors";
import type { Store, Write } from "../../ports/store";
import { syncFolder } from "../disk";
import { checkStore } from "./check";
import { createEmpty, openEnvironment, readersOf, type Environment } from "./environment";
import { failureOf } from "./failure";
import { Group } from "./group";
import { merge, type Changes } from "./merge";
import { Room } from "./room";
import { seal, unseal, type Sealed } from "./sealed";
import { EMPTY, encodeSummary, minus, plus, SUMMARY_KEY, type Summary } from "./summary";

const KEY = /^[\x21-\x7e]{1,500}$/;
/** Sorts after the summary and before all keys. */
const FIRST = "\x01";
/** Sorts after every character of a key. */
const LAST = "\x7f";
/** How many entries are read from LMDB at once. */
const PIECE = 256;

interface Reader {
  readonly transaction: Transaction;
}

/**
 * A store in one file of LMDB. While a transaction is being flushed, all batches that come in gather for the next one.
 *
 * A file must not be open twice: whoever opens it holds a lock. Next to it comes to lie a file with `-lock` after its
 * name, which LMDB needs while it is open.
 */
export class LmdbStore implements Store {
  readonly #path: string;
  readonly #environment: Environment;
  readonly #room: Room;
  /** One for each listing under way: two of them may share a transaction of LMDB, which counts them. */
  readonly #readers = new Set<Reader>();
  #summary: Summary;
  #waiting: Group | undefined;
  #flushing: Group | undefined;
  #running: Promise<void> = Promise.resolve();
  /** Why nothing is written any more. */
  #failure: SluiceError | undefined;
  #closing: Promise<void> | undefined;

  private constructor(path: string, environment: Environment, room: Room, summary: Summary) {
    this.#path = path;
    this.#environment = environment;
    this.#room = room;
    this.#summary = summary;
  }

  /**
   * Creates an empty store, all or nothing. Leaves an existing one as it is.
   * @throws SluiceError `DISK_FULL` or `STORE_FAILED`
   */
  static async create(path: string): Promise<void> {
    if (existsSync(path)) return;
    const draft = `${path}-draft`;
    try {
      await remove(draft); // what a crash left
      await fillDraft(draft);
      await rename(draft, path);
      await syncFolder(dirname(path));
    } catch (error) {
      throw failureOf(path, error);
    } finally {
      await remove(draft);
    }
  }

  /**
   * Opens a store, after a check of all that is in it.
   * @throws SluiceError `STORE_CORRUPT`, `STORE_FAILED`, `STORE_MISSING` or `STORE_VERSION`
   */
  static async open(path: string): Promise<LmdbStore> {
    try {
      const summary = checkStore(path);
      const room = await Room.open(path);
      try {
        return new LmdbStore(path, await openEnvironment(path), room, summary);
      } catch (error) {
        await room.close();
        throw error;
      }
    } catch (error) {
      throw failureOf(path, error);
    }
  }

  /** @throws SluiceError `STORE_CORRUPT` if the value is damaged, `STORE_CLOSED` */
  get(key: string): Uint8Array | undefined {
    this.#refuseIfClosed();
    const group = [this.#waiting, this.#flushing].find((one) => one?.changes.has(key));
    const sealed = group === undefined ? this.#environment.get(Buffer.from(key)) : group.changes.get(key);
    return sealed && this.#unseal(key, sealed);
  }

  /**
   * All entries whose key starts with `prefix`, as they are when the first one is taken.
   * @throws SluiceError `STORE_CORRUPT` if a value is damaged, `STORE_CLOSED`
   */
  *entries(prefix: string): Generator<readonly [key: string, value: Uint8Array]> {
    this.#refuseIfClosed();
    const reader = { transaction: this.#environment.useReadTransaction() };
    this.#readers.add(reader);
    try {
      const changes = [this.#flushing, this.#waiting].map((group) => group?.changes ?? new Map<string, undefined>());
      for (const [key, sealed] of merge(this.#stored(prefix, reader), prefix, ...changes)) {
        yield [key, this.#unseal(key, sealed)];
      }
    } finally {
      this.#release(reader);
    }
  }

  /** In pieces: a cursor of LMDB must not be left open when the store is closed. */
  *#stored(prefix: string, reader: Reader): Generator<readonly [key: string, sealed: Sealed]> {
    const end = Buffer.from(prefix + LAST);
    for (let start = Buffer.from(prefix === "" ? FIRST : prefix); ;) {
      if (!this.#readers.has(reader)) throw this.#closed();
      const piece = [...this.#environment.getRange({ start, end, limit: PIECE, transaction: reader.transaction })];
      for (const { key, value } of piece) yield [Buffer.from(key).toString(), value];
      if (piece.length < PIECE) return;
      start = Buffer.concat([piece.at(-1)!.key, Buffer.alloc(1)]); // the next key there could be
    }
  }

  #release(reader: Reader): void {
    if (this.#readers.delete(reader)) reader.transaction.done();
  }

  /** @throws RangeError if a key is not 1 to 500 visible ASCII characters */
  async write(batch: readonly Write[]): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure;
    const sealed = batch.map(({ key, value }) => {
      const bytes = bytesOf(key);
      return [key, value && seal(bytes, value)] as const;
    });
    if (this.#waiting === undefined) {
      this.#waiting = new Group();
      if (this.#flushing === undefined) this.#running = this.#run();
    }
    for (const [key, value] of sealed) this.#waiting.changes.set(key, value);
    return this.#waiting.durable;
  }

  async #run(): Promise<void> {
    await Promise.resolve(); // for the other batches of this turn
    for (let group = this.#next(); group !== undefined; group = this.#next()) {
      try {
        await this.#commit(group.changes);
        group.resolve();
      } catch (error) {
        this.#fail(failureOf(this.#path, error));
      }
    }
  }

  #next(): Group | undefined {
    this.#flushing = this.#waiting;
    this.#waiting = undefined;
    return this.#flushing;
  }

  /** After a failure nothing can be known of the file but what was durable before. */
  #fail(reason: SluiceError): void {
    this.#failure = reason;
    this.#flushing?.reject(reason);
    this.#waiting?.reject(reason);
    this.#waiting = undefined;
    this.#flushing = undefined;
  }

  async #commit(changes: Changes): Promise<void> {
    let summary: Summary = { ...this.#summary, transaction: this.#summary.transaction + 1 };
    let bytes = 0;
    for (const [key, sealed] of changes) {
      const before = this.#environment.get(Buffer.from(key));
      if (before !== undefined) {
        this.#unseal(key, before); // its checksum goes into the summary
        summary = minus(summary, before);
      }
      if (sealed !== undefined) summary = plus(summary, sealed);
      bytes += key.length + (sealed?.length ?? 0);
    }
    await this.#room.reserve(changes.size, bytes);
    await transact(this.#environment, changes, summary);
    this.#summary = summary;
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#failure ??= this.#closed();
    await this.#running;
    for (const reader of this.#readers) this.#release(reader);
    await this.#environment.close();
    await this.#room.close();
  }

  #unseal(key: string, sealed: Sealed): Uint8Array {
    try {
      return unseal(Buffer.from(key), sealed);
    } catch (error) {
      throw failureOf(this.#path, error);
    }
  }

  #refuseIfClosed(): void {
    if (this.#closing !== undefined) throw this.#closed();
  }

  #closed(): SluiceError {
    return new SluiceError(
      "STORE_CLOSED",
      `The store ${this.#path} was closed.`,
      "All that was written is safe; open it again.",
    );
  }
}

function bytesOf(key: string): Buffer {
  if (!KEY.test(key))
    throw new RangeError(`${JSON.stringify(key)} cannot be a key: it is 1 to 500 visible ASCII characters.`);
  return Buffer.from(key);
}

/** Writes all or nothing. Resolves when it is durable. */
async function transact(environment: Environment, changes: Changes, summary: Summary): Promise<void> {
  try {
    await environment.batch(() => {
      for (const [key, sealed] of changes) {
        if (sealed === undefined) void environment.remove(Buffer.from(key));
        else void environment.put(Buffer.from(key), sealed);
      }
      void environment.put(SUMMARY_KEY, encodeSummary(summary));
    });
  } catch (error) {
    // What really happened comes as the rejection of a promise that the error holds.
    if (error instanceof Error && "commitError" in error) await error.commitError;
    throw error;
  }
}

/** A whole store, the newest two transactions of which are summed up. */
async function fillDraft(path: string): Promise<void> {
  await createEmpty(path);
  const room = await Room.open(path);
  await room.reserve(2, 0).finally(() => room.close());
  const environment = await openEnvironment(path);
  try {
    for (const transaction of [1, 2]) await transact(environment, new Map(), { ...EMPTY, transaction });
  } finally {
    await environment.close();
  }
}

async function remove(path: string): Promise<void> {
  for (const file of [path, readersOf(path)]) await rm(file, { force: true });
}
