import { constants } from "node:fs";
import { access, open as openFile } from "node:fs/promises";
import { open, type RootDatabase } from "lmdb";
import { writeNewFile } from "../disk";
import { encodeEmpty } from "./layout";
import { readMetas } from "./snapshot";

/** A file of LMDB that is open. */
export type Environment = RootDatabase<Uint8Array, Uint8Array>;

const OPTIONS = {
  noSubdir: true,
  encoding: "binary",
  keyEncoding: "binary",
  // So that a commit is durable when its promise resolves, and the newest two transactions in the file are whole.
  overlappingSync: false,
  // The store gathers batches itself.
  eventTurnBatching: false,
} as const;

/** Room for 250 readers. */
const READERS_SIZE = 16 * 1024;

/** Where LMDB keeps the table of readers of a file. */
export function readersOf(path: string): string {
  return `${path}-lock`;
}

/** Creates a file with nothing in it, unless there is one. */
export async function createEmpty(path: string): Promise<void> {
  await writeNewFile(path, (file) => file.writeFile(encodeEmpty()));
}

/**
 * Opens an existing file. It may take the process down to let LMDB find out that it cannot: so what could be in its way
 * is tried before, and what it would have to create is created.
 */
export async function openEnvironment(path: string): Promise<Environment> {
  const file = await openFile(path, "r+");
  try {
    readMetas(file.fd);
  } finally {
    await file.close();
  }
  await writeNewFile(readersOf(path), (readers) => readers.writeFile(Buffer.alloc(READERS_SIZE)));
  // Only asked for, not opened: to close it would give up the locks that this process has on it.
  await access(readersOf(path), constants.R_OK | constants.W_OK);
  return open(path, OPTIONS);
}
