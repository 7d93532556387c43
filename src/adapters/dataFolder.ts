import { homedir } from "node:os";
import { join } from "node:path";
import { SluiceError } from "../errors";
import type { Address } from "../protocol/types";
import type { Store } from "../ports/store";
import { makeFolder } from "./disk";
import { expectStore } from "./lmdb/check";
import { takeLock, type Lock } from "./lmdb/lock";
import { LmdbStore } from "./lmdb/lmdbStore";

/** Where the locks of keys are kept: outside of every data folder, so that an empty one stays empty. */
const LOCKS = join(process.env["XDG_STATE_HOME"] ?? join(homedir(), ".local", "state"), "sluice", "locks");

/** Where things lie in a data folder. */
export function filesOf(folder: string): { readonly key: string; readonly store: string; readonly lock: string } {
  return { key: join(folder, "key.json"), store: join(folder, "store.mdb"), lock: join(folder, "lock") };
}

/** A folder that this process has to itself. */
export interface DataFolder {
  readonly path: string;
  readonly store: Store;
  /** Closes the store, then lets others have the folder. */
  close(): Promise<void>;
}

/**
 * Creates a folder with an empty store, all or nothing.
 * @throws SluiceError `FOLDER_NOT_EMPTY` if there is something in it, `DISK_FULL`, `STORE_FAILED`
 */
export async function createDataFolder(path: string): Promise<void> {
  await makeFolder(path, (draft) => LmdbStore.create(filesOf(draft).store));
}

/**
 * Opens the store of a folder. Never creates one: a node that lost its store must not take itself for a new one.
 * @throws SluiceError `FOLDER_LOCKED` if it is open already, here or in another process; `LOCK_FAILED`; `STORE_CORRUPT`,
 * `STORE_FAILED`, `STORE_MISSING` or `STORE_VERSION`
 */
export async function openDataFolder(path: string): Promise<DataFolder> {
  const files = filesOf(path);
  expectStore(files.store); // before a lock file is created in the wrong place
  const lock = await takeLock(files.lock);
  if ("holder" in lock) throw folderLocked(path, lock.holder);
  try {
    const store = await LmdbStore.open(files.store);
    return { path, store, close: () => store.close().finally(() => lock.release()) };
  } catch (error) {
    await lock.release();
    throw error;
  }
}

function folderLocked(path: string, holder: number): SluiceError {
  return new SluiceError(
    "FOLDER_LOCKED",
    `The data folder ${path} is in use by process ${holder}.`,
    "Nothing was changed. Use that node, or stop it first.",
  );
}

/**
 * Makes sure that no other node of this user on this machine runs with the same key: two nodes that do not know of each
 * other's states can sign what punishes them both.
 * @param folder where such locks are kept
 * @throws SluiceError `KEY_IN_USE`, `LOCK_FAILED`
 */
export async function lockKey(address: Address, folder: string = LOCKS): Promise<Lock> {
  const lock = await takeLock(join(folder, address.toLowerCase()));
  if (!("holder" in lock)) return lock;
  throw new SluiceError(
    "KEY_IN_USE",
    `The key of ${address} is in use by process ${lock.holder}.`,
    "Nothing was changed. Two nodes with one key would sign against each other: stop that one first, or use another key.",
  );
}
