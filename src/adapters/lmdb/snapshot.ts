import { fstatSync, readSync } from "node:fs";
import {
  decodeFree,
  decodeLarge,
  decodeMeta,
  decodePage,
  decodeRun,
  ensure,
  META_SIZE,
  PAGE_HEADER,
  readNumber,
  type Meta,
  type Node,
  type Run,
  type Tree,
} from "./layout";

type Entry = readonly [key: Buffer, value: Buffer];
type Compare = (a: Buffer, b: Buffer) => number;

/** The keys that a page and all below it may hold: from the first to before the second, if given. */
interface Bounds {
  readonly from: Buffer | undefined;
  readonly to: Buffer | undefined;
}

/**
 * Reads what one of the newest two transactions left in a file, and checks the structure as it goes.
 *
 * LMDB trusts its file: it maps it into memory and follows every number in it, and a wrong one takes the process down or
 * makes entries invisible. So a file is walked with this reader before LMDB gets to see it.
 */
export class Snapshot {
  readonly #file: number;
  readonly #meta: Meta;
  /** For each page, whether a use of it was found. */
  readonly #used: Uint8Array;

  /** @param file descriptor of a data file that nobody writes to */
  constructor(file: number, meta: Meta) {
    ensure((meta.lastPage + 1) * meta.pageSize <= fstatSync(file).size, "it is cut off");
    this.#file = file;
    this.#meta = meta;
    this.#used = new Uint8Array(meta.lastPage + 1);
    this.#use({ first: 0, pages: 2 });
  }

  /** All entries, in the order of their keys. */
  entries(): Generator<Entry> {
    return this.#walk(this.#meta.main, (a, b) => a.compare(b));
  }

  /** Checks that no page counts as free that has a use. To be called when all entries were read. */
  checkFree(): void {
    for (const [, list] of this.#walk(this.#meta.free, (a, b) => readNumber(a, 0) - readNumber(b, 0)))
      for (const run of decodeFree(list)) this.#use(run);
  }

  *#walk(tree: Tree, compare: Compare): Generator<Entry> {
    const found = { branchPages: 0, leafPages: 0, overflowPages: 0, entries: 0 };
    for (const nodes of this.#leaves(tree, compare, found)) {
      found.leafPages++;
      for (const node of nodes) {
        found.entries++;
        if (node.large) found.overflowPages += decodeRun(node.data).pages;
        yield [node.key, node.large ? this.#large(node) : node.data];
      }
    }
    for (const what of ["branchPages", "leafPages", "overflowPages", "entries"] as const)
      ensure(found[what] === tree[what], "a tree is not as large as its header says");
  }

  *#leaves(tree: Tree, compare: Compare, found: { branchPages: number }): Generator<readonly Node[]> {
    const below = function* (
      snapshot: Snapshot,
      number: number,
      depth: number,
      bounds: Bounds,
    ): Generator<readonly Node[]> {
      const { kind, nodes } = snapshot.#page(number);
      ensure((kind === "leaf") === (depth === tree.depth), "a tree is not as deep as its header says");
      checkOrder(kind === "leaf" ? nodes : nodes.slice(1), compare, bounds); // a branch does not use its first key
      if (kind === "leaf") {
        yield nodes;
        return;
      }
      found.branchPages++;
      for (const [i, { key, child }] of nodes.entries()) {
        const from = i === 0 ? bounds.from : key;
        yield* below(snapshot, child, depth + 1, { from, to: nodes[i + 1]?.key ?? bounds.to });
      }
    };
    if (tree.root !== undefined) yield* below(this, tree.root, 1, { from: undefined, to: undefined });
  }

  #page(number: number): ReturnType<typeof decodePage> {
    this.#use({ first: number, pages: 1 });
    return decodePage(this.#read(number, this.#meta.pageSize), number);
  }

  #large({ data, length }: Node): Buffer {
    const run = decodeRun(data);
    this.#use(run);
    ensure(PAGE_HEADER + length <= run.pages * this.#meta.pageSize, "a large value does not fit its pages");
    return decodeLarge(this.#read(run.first, PAGE_HEADER + length), run);
  }

  #read(page: number, length: number): Buffer {
    return readAt(this.#file, page * this.#meta.pageSize, length);
  }

  #use({ first, pages }: Run): void {
    ensure(first + pages <= this.#used.length, "a page lies beyond the end");
    ensure(
      this.#used.subarray(first, first + pages).every((used) => used === 0),
      "a page has two uses",
    );
    this.#used.fill(1, first, first + pages);
  }
}

function checkOrder(nodes: readonly Node[], compare: Compare, { from, to }: Bounds): void {
  for (const [i, { key }] of nodes.entries()) {
    const previous = nodes[i - 1]?.key;
    ensure(previous === undefined || compare(previous, key) < 0, "keys are out of order");
    ensure(from === undefined || compare(from, key) <= 0, "a key lies in the wrong page");
    ensure(to === undefined || compare(key, to) < 0, "a key lies in the wrong page");
  }
}

/** The two headers, that of the newer transaction first. */
export function readMetas(file: number): readonly [Meta, Meta] {
  const even = decodeMeta(readAt(file, 0, META_SIZE));
  const odd = decodeMeta(readAt(file, even.pageSize, META_SIZE));
  ensure(even.transaction % 2 === 0 && odd.transaction % 2 === 1, "a header is out of place");
  ensure(Math.abs(even.transaction - odd.transaction) === 1, "the two headers do not follow on each other");
  return even.transaction > odd.transaction ? [even, odd] : [odd, even];
}

function readAt(file: number, offset: number, length: number): Buffer {
  ensure(offset + length <= fstatSync(file).size, "it is cut off"); // before memory is taken for an impossible length
  const bytes = Buffer.alloc(length);
  ensure(readSync(file, bytes, 0, length, offset) === length, "it is cut off");
  return bytes;
}
