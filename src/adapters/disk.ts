import { randomBytes } from "node:crypto";
import { constants } from "node:os";
import { link, mkdir, open, readdir, rename, rm, rmdir, type FileHandle } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { SluiceError } from "../errors";

const FULL: readonly unknown[] = ["ENOSPC", "EDQUOT", "EFBIG"].flatMap((name) => [
  name,
  constants.errno[name as "ENOSPC" | "EDQUOT" | "EFBIG"],
]);

/** The error code that Node (a name) or LMDB (a number) gave to an error, if any. */
export function codeOf(error: unknown): unknown {
  return error instanceof Error && "code" in error ? error.code : undefined;
}

/** Whether an error says that there is no room left: on the disk, in the quota, or under the limit on a file. */
export function isFull(error: unknown): boolean {
  return FULL.includes(codeOf(error));
}

/**
 * Writes a file that appears under its name only when it is complete and durable. Readable and writable by its owner
 * alone.
 * @returns false, and touches nothing, if there is one with this name already
 * @throws SluiceError `DISK_FULL`: nothing was left behind
 */
export async function writeNewFile(path: string, write: (file: FileHandle) => Promise<void>): Promise<boolean> {
  const draft = draftOf(path);
  try {
    const file = await open(draft, "wx", 0o600);
    try {
      await write(file);
      await file.sync();
    } finally {
      await file.close();
    }
    await link(draft, path); // unlike a rename, this never replaces a file
  } catch (error) {
    if (codeOf(error) === "EEXIST") return false;
    throw full(error, path);
  } finally {
    await rm(draft, { force: true });
  }
  await syncFolder(dirname(path));
  return true;
}

/**
 * Makes a folder, readable by its owner alone, that appears under its name only when it is complete and durable.
 * @throws SluiceError `FOLDER_NOT_EMPTY` if there is anything in the folder already
 */
export async function makeFolder(path: string, fill: (draft: string) => Promise<void>): Promise<void> {
  await refuseUnlessEmpty(path);
  await mkdir(dirname(resolve(path)), { recursive: true });
  const draft = draftOf(path);
  try {
    await mkdir(draft, { mode: 0o700 });
    await fill(draft);
    await syncFolder(draft);
    await rmdir(path).catch((error: unknown) => {
      if (codeOf(error) !== "ENOENT") throw notEmpty(path);
    });
    await rename(draft, path);
  } catch (error) {
    throw full(error, path);
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
  await syncFolder(dirname(resolve(path)));
}

async function refuseUnlessEmpty(path: string): Promise<void> {
  const names = await readdir(path).catch((error: unknown) => {
    if (codeOf(error) === "ENOENT") return [];
    if (codeOf(error) === "ENOTDIR") return [basename(path)];
    throw error;
  });
  if (names.length > 0) throw notEmpty(path);
}

function notEmpty(path: string): SluiceError {
  return new SluiceError(
    "FOLDER_NOT_EMPTY",
    `There is something in ${path} already.`,
    "It was not touched; name another folder.",
  );
}

function full(error: unknown, path: string): unknown {
  if (!isFull(error)) return error;
  return new SluiceError(
    "DISK_FULL",
    `There is no room on the disk for ${path}.`,
    "Nothing was left behind; make room and try again.",
  );
}

/** A name next to the path, that nobody else uses. */
function draftOf(path: string): string {
  return join(dirname(resolve(path)), `.${basename(path)}.${randomBytes(6).toString("hex")}`);
}

/** Makes durable which files a folder has. Windows cannot, and need not: its file systems write that down first. */
export async function syncFolder(path: string): Promise<void> {
  if (process.platform === "win32") return;
  const folder = await open(path, "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
