import { mkdirSync, realpathSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { SluiceError } from "../../errors";
import { createEmpty, openEnvironment } from "./environment";

/** A lock that is held until it is released, or this process ends in whatever way. */
export interface Lock {
  release(): Promise<void>;
}

/** The locks of this process. Also keeps them, and so what LMDB holds for them, from being collected as garbage. */
const held = new Map<string, Lock | undefined>();

/**
 * Takes the lock that this file stands for, or names the process that has it.
 *
 * Node has no locks between processes; LMDB does. It keeps a table of those who read a file, in memory that all processes
 * share, and whose entries hang on locks of the kernel: they vanish with their process, so that neither a file left
 * behind nor a process id used again can be mistaken for a holder. Whoever is alone in the table of this (always empty)
 * database has the lock. Of two who come at the same moment both may be refused, but never both be let in.
 * @throws SluiceError `LOCK_FAILED` if the file cannot be used
 */
export async function takeLock(path: string): Promise<Lock | { readonly holder: number }> {
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    const file = join(realpathSync(dirname(path)), basename(path));
    if (held.has(file)) return { holder: process.pid };
    held.set(file, undefined);
    return await enter(file).catch((error: unknown) => {
      held.delete(file);
      throw error;
    });
  } catch (error) {
    throw new SluiceError(
      "LOCK_FAILED",
      `The lock file ${path} cannot be used: ${error instanceof Error ? error.message : String(error)}.`,
      "Nothing was changed. Check that there is room on the disk and that this user may write there; if no node runs, the " +
        "file can be deleted.",
    );
  }
}

async function enter(file: string): Promise<Lock | { readonly holder: number }> {
  await createEmpty(file);
  const environment = await openEnvironment(file);
  const reader = environment.useReadTransaction(); // an entry in the table
  const lock = {
    release: async () => {
      reader.done();
      await environment.close();
      held.delete(file);
    },
  };
  held.set(file, lock);
  const holder = othersIn(environment.readerList())[0];
  if (holder === undefined) return lock;
  await lock.release();
  return { holder };
}

/** The processes in a table of readers, without one that has the id of this process. */
function othersIn(table: string): number[] {
  const readers = [...table.matchAll(/^ *(\d+) +[0-9a-f]+ /gm)].map(([, pid]) => Number(pid));
  const self = readers.indexOf(process.pid);
  if (self < 0) throw new Error("this process does not appear in it");
  return readers.filter((_, i) => i !== self); // in a container, another process can have the same id
}
