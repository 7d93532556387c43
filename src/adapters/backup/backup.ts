import { open, type FileHandle } from "node:fs/promises";
import { SluiceError } from "../../errors";
import { RESTORED, type Store, type Write } from "../../ports/store";
import { filesOf } from "../dataFolder";
import { makeFolder, writeNewFile } from "../disk";
import { LmdbStore } from "../lmdb/lmdbStore";
import { decodeRecords, encodeRecord } from "./records";
import { decrypt, encrypt, malformed } from "./sealedFile";

export interface BackupOptions {
  /** The node's keystore as it lies in its file, to be backed up too. */
  readonly keystore?: string;
  /** log2 of the cost of scrypt; lower ones are for tests. */
  readonly scryptCost?: number;
}

/** Under which key the keystore lies in a backup; no entry of a store has it. */
const KEYSTORE = "";
/** How many bytes of entries are restored in one batch. */
const BATCH = 1 << 20;

/**
 * Writes all entries into a new file, as they are at one moment while the node goes on, encrypted with the password.
 * @throws SluiceError `BACKUP_EXISTS`: the file was not touched; `DISK_FULL`; or what the store throws
 */
export async function writeBackup(
  store: Store,
  file: string,
  password: string,
  { keystore, scryptCost }: BackupOptions = {},
): Promise<void> {
  const write = async (handle: FileHandle) => {
    for await (const piece of encrypt(recordsOf(store, keystore), password, scryptCost)) await handle.appendFile(piece);
    await store.write([]); // entries that were not durable yet are now
  };
  if (await writeNewFile(file, write)) return;
  throw new SluiceError("BACKUP_EXISTS", `There is a file ${file} already.`, "It was not touched; name another one.");
}

function* recordsOf(store: Store, keystore: string | undefined): Generator<Buffer> {
  if (keystore !== undefined) yield encodeRecord({ key: KEYSTORE, value: Buffer.from(keystore) });
  for (const [key, value] of store.entries("")) yield encodeRecord({ key, value });
}

/**
 * Makes a data folder from a backup, all or nothing, and marks it as restored.
 * @throws SluiceError `BACKUP_MALFORMED`, `FOLDER_NOT_EMPTY`, `PASSWORD_WRONG`, `DISK_FULL` or `STORE_FAILED`
 */
export async function restoreBackup(file: string, password: string, folder: string): Promise<void> {
  const handle = await open(file, "r").catch((error: unknown) => {
    throw malformed(error instanceof Error ? error.message : String(error));
  });
  try {
    await makeFolder(folder, (draft) => restoreInto(draft, handle, password));
  } finally {
    await handle.close();
  }
}

async function restoreInto(draft: string, file: FileHandle, password: string): Promise<void> {
  const files = filesOf(draft);
  await LmdbStore.create(files.store);
  const store = await LmdbStore.open(files.store);
  try {
    let batch: Write[] = [];
    let bytes = 0;
    for await (const { key, value } of decodeRecords(decrypt(file, password))) {
      if (key === KEYSTORE) {
        await writeNewFile(files.key, (handle) => handle.writeFile(value));
        continue;
      }
      batch.push({ key, value });
      bytes += value.length;
      if (bytes < BATCH) continue;
      await store.write(batch);
      [batch, bytes] = [[], 0];
    }
    await store.write([...batch, { key: RESTORED, value: Buffer.from("1") }]);
  } finally {
    await store.close();
  }
}
