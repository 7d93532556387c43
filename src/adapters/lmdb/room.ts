import { fstatSync } from "node:fs";
import { open, type FileHandle } from "node:fs/promises";
import { readMetas } from "./snapshot";

const STEP = 1 << 20;
/** What LMDB adds to an entry, in bytes. */
const OVERHEAD = 16;
const ZEROS = Buffer.alloc(STEP);

/**
 * Keeps a data file longer than LMDB needs it, so that a full disk is met here, where nothing has happened yet, and not in
 * the middle of a transaction, from which LMDB does not always recover.
 */
export class Room {
  readonly #file: FileHandle;

  private constructor(file: FileHandle) {
    this.#file = file;
  }

  static async open(path: string): Promise<Room> {
    return new Room(await open(path, "r+"));
  }

  /**
   * Makes room for a transaction, while none is under way.
   * @param changes how many entries it writes or deletes
   * @param bytes how long their keys and values are together
   */
  async reserve(changes: number, bytes: number): Promise<void> {
    const [{ lastPage, pageSize, main }] = readMetas(this.#file.fd);
    // A page that is split leaves two half full; each change may copy a leaf and branches, but each page is copied once;
    // and free pages are listed.
    const added = (3 * (bytes + OVERHEAD * changes)) / pageSize;
    const copied = Math.min(3 * changes, main.branchPages + main.leafPages);
    const pages = Math.ceil(1.1 * (added + copied)) + 64;
    const needed = (lastPage + 1 + pages) * pageSize;
    let size = fstatSync(this.#file.fd).size;
    if (size >= needed) return;
    for (const goal = Math.ceil(needed / STEP) * STEP; size < goal;) {
      const { bytesWritten } = await this.#file.write(ZEROS, 0, Math.min(STEP, goal - size), size);
      size += bytesWritten;
    }
  }

  close(): Promise<void> {
    return this.#file.close();
  }
}
