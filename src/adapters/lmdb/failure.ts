import { SluiceError } from "../../errors";
import { codeOf, isFull } from "../disk";
import { LayoutError } from "./layout";

/** LMDB's own codes for a file that it cannot make sense of: page not found, corrupted, invalid. */
const LMDB_CORRUPT: readonly unknown[] = [-30797, -30796, -30793];

/** What an error that came up in the store means for its user. */
export function failureOf(path: string, error: unknown): SluiceError {
  if (error instanceof SluiceError) return error;
  const what = error instanceof Error ? error.message : String(error);
  if (error instanceof LayoutError || LMDB_CORRUPT.includes(codeOf(error))) {
    return new SluiceError(
      "STORE_CORRUPT",
      `The store ${path} is damaged: ${what}.`,
      "Nothing was overwritten, and the money is safe on the chain. Keep the file, and restore a backup into a new " +
        "folder: the node then asks its peers for what is newer.",
    );
  }
  if (isFull(error)) {
    return new SluiceError(
      "DISK_FULL",
      `There is no room on the disk for the store ${path}.`,
      "All that was written before is safe, and nothing is written any more. Make room, then start the node again.",
    );
  }
  return new SluiceError(
    "STORE_FAILED",
    `The store ${path} failed: ${what}.`,
    "All that was written before is safe, and nothing is written any more. Check the disk, then start the node again.",
  );
}
