/** The layout of LMDB's data file (format 2, 64 bits, little-endian), as far as a check of a file needs it. */

/** What is wrong with a file. */
export class LayoutError extends Error {}

/** @throws LayoutError unless the condition holds */
export function ensure(condition: boolean, otherwise: string): asserts condition {
  if (!condition) throw new LayoutError(otherwise);
}

/** What LMDB notes of a tree. */
export interface Tree {
  readonly depth: number;
  readonly branchPages: number;
  readonly leafPages: number;
  readonly overflowPages: number;
  readonly entries: number;
  /** The page at the top; undefined if the tree is empty. */
  readonly root: number | undefined;
}

/** One of the two headers of a file. Transactions write them in turn, so they name the newest two snapshots. */
export interface Meta {
  /** In bytes. */
  readonly pageSize: number;
  /** The lists of free pages, under the transactions that freed them. */
  readonly free: Tree;
  readonly main: Tree;
  readonly lastPage: number;
  readonly transaction: number;
}

/** What a page of a tree says under one key. */
export interface Node {
  readonly key: Buffer;
  /** In a leaf: the value, or where it lies if it is `large`. In a branch: empty. */
  readonly data: Buffer;
  /** In a branch: the page below. */
  readonly child: number;
  /** Whether the value has pages of its own. */
  readonly large: boolean;
  /** Bytes of the value. */
  readonly length: number;
}

export interface Page {
  readonly kind: "branch" | "leaf";
  readonly nodes: readonly Node[];
}

/** Bytes of a header, from the start of its page. */
export const META_SIZE = 160;
/** Bytes at the start of a page that tell what it is. */
export const PAGE_HEADER = 24;

const MAGIC = 0xbeefc0de;
const FORMAT = 2;
/** Of the files that this library creates. */
const PAGE_SIZE = 4096;
const NODE_HEADER = 8;
const LARGE_REFERENCE = 24;
const NO_ROOT = 2n ** 64n - 1n;
const FLAG = { branch: 1, leaf: 2, overflow: 4, meta: 8 };
/** What the flags of the trees are for a file that this library created: the free pages have integer keys. */
const TREE_FLAGS = { free: 0x4008, main: 0 };

/** @param bytes the first META_SIZE bytes of page 0 or 1 */
export function decodeMeta(bytes: Buffer): Meta {
  const meta = bytes.subarray(PAGE_HEADER);
  ensure(bytes.readUInt16LE(18) === FLAG.meta, "a header is not one");
  ensure(meta.readUInt32LE(0) === MAGIC && meta.readUInt32LE(4) === FORMAT, "a header lacks the stamp of its format");
  const pageSize = meta.readUInt32LE(24);
  ensure(pageSize === PAGE_SIZE, "its pages have an unknown size");
  return {
    pageSize,
    free: decodeTree(meta.subarray(24, 72), TREE_FLAGS.free),
    main: decodeTree(meta.subarray(72, 120), TREE_FLAGS.main),
    lastPage: readNumber(meta, 120),
    transaction: readNumber(meta, 128),
  };
}

/** A file of two pages with nothing in them: a header at the start of each. */
export function encodeEmpty(): Buffer {
  const file = Buffer.alloc(2 * PAGE_SIZE);
  for (const transaction of [0, 1]) {
    const page = file.subarray(transaction * PAGE_SIZE);
    page.writeBigUInt64LE(BigInt(transaction), 0);
    page.writeUInt16LE(FLAG.meta, 18);
    const meta = page.subarray(PAGE_HEADER);
    meta.writeUInt32LE(MAGIC, 0);
    meta.writeUInt32LE(FORMAT, 4);
    meta.writeUInt32LE(PAGE_SIZE, 24);
    meta.writeUInt16LE(TREE_FLAGS.free, 28);
    meta.writeBigUInt64LE(NO_ROOT, 64);
    meta.writeUInt16LE(TREE_FLAGS.main, 76);
    meta.writeBigUInt64LE(NO_ROOT, 112);
    meta.writeBigUInt64LE(1n, 120);
    meta.writeBigUInt64LE(BigInt(transaction), 128);
  }
  return file;
}

function decodeTree(bytes: Buffer, flags: number): Tree {
  ensure(bytes.readUInt16LE(4) === flags, "a header has unknown flags");
  return {
    depth: bytes.readUInt16LE(6),
    branchPages: readNumber(bytes, 8),
    leafPages: readNumber(bytes, 16),
    overflowPages: readNumber(bytes, 24),
    entries: readNumber(bytes, 32),
    root: bytes.readBigUInt64LE(40) === NO_ROOT ? undefined : readNumber(bytes, 40),
  };
}

/** @param bytes all of the page with this number */
export function decodePage(bytes: Buffer, number: number): Page {
  ensure(readNumber(bytes, 0) === number, "a page is out of place");
  const flags = bytes.readUInt16LE(18);
  ensure(flags === FLAG.branch || flags === FLAG.leaf, "a page of a tree has an unknown kind");
  const kind = flags === FLAG.leaf ? "leaf" : "branch";
  const [lower, upper] = [bytes.readUInt16LE(20), bytes.readUInt16LE(22)];
  const body = bytes.subarray(PAGE_HEADER);
  ensure(lower > 0 && lower % 2 === 0 && lower <= upper && upper <= body.length, "the bounds of a page are impossible");
  const nodes = Array.from({ length: lower / 2 }, (_, i) => decodeNode(kind, body, upper, body.readUInt16LE(2 * i)));
  const filled = nodes.reduce((sum, { key, data }) => sum + even(NODE_HEADER + key.length + data.length), 0);
  ensure(filled === body.length - upper, "the parts of a page do not fit together");
  return { kind, nodes };
}

function decodeNode(kind: Page["kind"], body: Buffer, upper: number, at: number): Node {
  ensure(at >= upper && at + NODE_HEADER <= body.length, "an entry lies outside its page");
  const flags = body.readUInt16LE(at + 4);
  ensure(kind === "branch" || flags <= 1, "an entry has unknown flags");
  const large = kind === "leaf" && flags === 1;
  const length = body.readUInt32LE(at);
  const keyEnd = at + NODE_HEADER + body.readUInt16LE(at + 6);
  const end = keyEnd + (kind === "branch" ? 0 : large ? LARGE_REFERENCE : length);
  ensure(end <= body.length, "an entry lies outside its page");
  const key = body.subarray(at + NODE_HEADER, keyEnd);
  return { key, data: body.subarray(keyEnd, end), child: body.readUIntLE(at, 6), large, length };
}

function even(size: number): number {
  return size + (size % 2);
}

/** Consecutive pages. */
export interface Run {
  readonly first: number;
  readonly pages: number;
}

/** Where a large value lies. The pages can be more than it needs: a smaller value may take the place of a larger one. */
export function decodeRun(reference: Buffer): Run {
  return { first: readNumber(reference, 0), pages: readNumber(reference, 16) };
}

/** @param bytes of the pages of a large value, as far as the value reaches */
export function decodeLarge(bytes: Buffer, { first, pages }: Run): Buffer {
  const whole = bytes.readUInt16LE(18) === FLAG.overflow && bytes.readUInt32LE(20) === pages;
  ensure(whole && readNumber(bytes, 0) === first, "a page is out of place");
  return bytes.subarray(PAGE_HEADER);
}

/** Runs of pages from a list of free ones: page numbers, each perhaps after the negative length of the run it starts. */
export function decodeFree(list: Buffer): readonly Run[] {
  ensure(list.length >= 8 && list.length >= 8 * (readNumber(list, 0) + 1), "a list of free pages is cut off");
  const runs: Run[] = [];
  let pages = 1;
  for (let i = 1; i <= readNumber(list, 0); i++) {
    const value = Number(list.readBigInt64LE(8 * i));
    if (value > 0) runs.push({ first: value, pages });
    pages = value < 0 ? -value : 1;
  }
  return runs;
}

/** @throws LayoutError if the number at this offset is beyond any that a file can hold */
export function readNumber(bytes: Buffer, offset: number): number {
  const value = bytes.readBigUInt64LE(offset);
  ensure(value <= Number.MAX_SAFE_INTEGER, "a number is impossibly large");
  return Number(value);
}
