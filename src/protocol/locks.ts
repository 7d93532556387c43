import { escrowDestination } from "./destination";
import { SluiceError } from "../errors";
import type { Address, Destination, Hex } from "./types";
import { addressDigits, digitsOf, keccakOf, wordOf } from "./words";

/**
 * A conditional payment: `amount` goes to the payee if `registry` knew `key` at or before `expiry`, else back to the payer.
 * Mirrors the packed lock of `LockLib` in `contracts/types/Locks.sol`.
 */
export interface Lock {
  /** A contract that says since when a fact is known (`IRegistry`). */
  readonly registry: Address;
  /** 32 bytes: the fact. */
  readonly key: Hex;
  /** In the smallest unit of the asset, below 2^128. */
  readonly amount: bigint;
  /** Unix time in seconds, below 2^48. */
  readonly expiry: bigint;
}

/** A lock and its name within its set: a number below 2^32. */
export interface PlacedLock extends Lock {
  readonly position: number;
}

/** Whose locks a set holds, and which set it is. Mirrors `LockTerms` in `contracts/types/Locks.sol`. */
export interface LockTerms {
  readonly payer: Destination;
  readonly payee: Destination;
  /** 32 bytes: the channel, or anything that tells apart sets that are equal otherwise. */
  readonly salt: Hex;
  readonly root: Hex;
}

/** What `LockSet.claim` takes to be shown that locks are in a set. */
export interface LockProof {
  /** Packed, ascending by position. */
  readonly locks: Hex;
  /** Steps that lead from the locks to the root; see `LockLib`. */
  readonly proof: Hex;
}

/** The root of a set without locks. */
export const NO_LOCKS: Hex = `0x${"00".repeat(32)}`;

/** Number of positions in a set. */
export const MAX_POSITIONS = 2 ** 32;

/**
 * Packs a lock as the contracts read it.
 * @throws SluiceError `LOCK_INVALID`, `ADDRESS_INVALID` or `HEX_INVALID` for what does not fit
 */
export function encodeLock({ position, expiry, registry, key, amount }: PlacedLock): Hex {
  const digits = numberDigits(BigInt(position), 4) + numberDigits(expiry, 6) + addressDigits(registry) + wordOf(key);
  return `0x${digits}${numberDigits(amount, 16)}`;
}

/** The leaf of a lock. @throws SluiceError as {@link encodeLock} */
export function lockLeaf(lock: PlacedLock): Hex {
  return keccakOf(digitsOf(encodeLock(lock)));
}

/** The escrow terms of a set. @throws SluiceError `HEX_INVALID` */
export function lockTermsHash({ payer, payee, salt, root }: LockTerms): Hex {
  return keccakOf(wordOf(payer) + wordOf(payee) + wordOf(salt) + wordOf(root));
}

/** Where the money of a set is. @throws SluiceError `HEX_INVALID` */
export function lockDestination(lockSet: Address, terms: LockTerms): Destination {
  return escrowDestination(lockSet, lockTermsHash(terms));
}

/** A node: a leaf has a lock, a branch has children. A parent with one child has the hash of that child. */
interface Node<L> {
  /** As digits. */
  readonly hash: string;
  /** Locks below. */
  readonly count: number;
  readonly lock?: L;
  readonly left?: Node<L> | undefined;
  readonly right?: Node<L> | undefined;
}

/**
 * The locks of one set, and their Merkle tree. A change takes one hash for each level, 14 for 10,000 locks. A copy costs
 * nothing: it shares all nodes, none of which ever changes.
 *
 * The tree is over positions. A parent is the hash of its two children, or its only child as it is, so the root does not
 * depend on how many empty positions there are.
 *
 * @typeParam L what is kept with a lock may be more than the lock
 */
export class LockTree<L extends PlacedLock = PlacedLock> {
  #root: Node<L> | undefined;
  /** Levels above the leaves: there is room for `2 ** depth` positions. */
  #depth = 0;
  #sum = 0n;

  /** @throws SluiceError `LOCK_INVALID` when two locks have one position, or as {@link encodeLock} */
  constructor(locks: Iterable<L> = []) {
    for (const lock of locks) this.place(lock);
  }

  /** What the locks commit to; {@link NO_LOCKS} if there are none. */
  get root(): Hex {
    return this.#root === undefined ? NO_LOCKS : `0x${this.#root.hash}`;
  }

  /** What the locks add up to. */
  get sum(): bigint {
    return this.#sum;
  }

  get size(): number {
    return this.#root?.count ?? 0;
  }

  /** A tree of its own with the same locks. */
  copy(): LockTree<L> {
    const copy = new LockTree<L>();
    copy.#root = this.#root;
    copy.#depth = this.#depth;
    copy.#sum = this.#sum;
    return copy;
  }

  /** Every lock, ascending by position. */
  locks(): Iterable<L> {
    return locksIn(this.#root);
  }

  /** What is different from an earlier copy: positions, with the lock that is there now. */
  changesSince(earlier: LockTree<L>): Iterable<readonly [position: number, lock: L | undefined]> {
    const depth = Math.max(this.#depth, earlier.#depth);
    return changesIn(deepen(earlier.#root, depth - earlier.#depth), deepen(this.#root, depth - this.#depth), 0, depth);
  }

  get(position: number): L | undefined {
    return position < 2 ** this.#depth ? this.#nodeAt(0, position)?.lock : undefined;
  }

  /** The lowest position without a lock. */
  get free(): number {
    let position = 0;
    let node = this.#root;
    if (node?.count === 2 ** this.#depth) return 2 ** this.#depth;
    for (let level = this.#depth - 1; level >= 0 && node !== undefined; level--) {
      const isLeftFull = node.left?.count === 2 ** level;
      position = position * 2 + (isLeftFull ? 1 : 0);
      node = isLeftFull ? node.right : node.left;
      if (node === undefined) return position * 2 ** level;
    }
    return position;
  }

  /** Adds a lock at the lowest free position, and tells which. @throws SluiceError as {@link encodeLock} */
  add(lock: Omit<L, "position">): L {
    const placed = { ...lock, position: this.free } as L;
    this.place(placed);
    return placed;
  }

  /** Adds a lock at its position. @throws SluiceError `LOCK_INVALID` when that is taken, or as {@link encodeLock} */
  place(lock: L): void {
    const { position } = lock;
    if (this.get(position) !== undefined) invalid(`Position ${position} is taken.`);
    const hash = digitsOf(lockLeaf(lock));
    while (position >= 2 ** this.#depth) {
      this.#root = deepen(this.#root, 1);
      this.#depth++;
    }
    this.#root = withLeaf(this.#root, this.#depth, position, { hash, count: 1, lock });
    this.#sum += lock.amount;
  }

  /** Puts other facts beside a lock that stays the same. @throws SluiceError `LOCK_INVALID` when there is none */
  annotate(position: number, facts: Partial<Omit<L, keyof PlacedLock>>): void {
    const lock = { ...this.#require(position), ...facts };
    const { hash } = this.#nodeAt(0, position)!;
    this.#root = withLeaf(this.#root, this.#depth, position, { hash, count: 1, lock });
  }

  /** Takes a lock away. @throws SluiceError `LOCK_INVALID` when there is none */
  remove(position: number): L {
    const lock = this.#require(position);
    this.#root = withLeaf(this.#root, this.#depth, position, undefined);
    this.#sum -= lock.amount;
    return lock;
  }

  /**
   * Shows that locks are in the set.
   * @throws SluiceError `LOCK_INVALID` when one is not, or none is asked for
   */
  prove(positions: Iterable<number>): LockProof {
    const ascending = [...new Set(positions)].sort((a, b) => a - b);
    if (ascending.length === 0) invalid("No lock was asked for.");
    const locks = ascending.map((position) => digitsOf(encodeLock(this.#require(position))));
    const steps: string[] = [];
    let pairs = 0;
    let nodes = ascending;
    for (let level = 0; level < this.#topLevel(); level++) {
      const parents = new Set(nodes.map((index) => index >>> 1));
      const here = new Set(nodes);
      for (const index of nodes) {
        if (index & 1 && here.has(neighbourOf(index))) continue; // goes with its neighbour
        if (here.has(neighbourOf(index))) pairs++;
        else {
          steps.push(pairSteps(pairs), stepOf(index, this.#nodeAt(level, neighbourOf(index))?.hash));
          pairs = 0;
        }
      }
      nodes = [...parents];
    }
    return { locks: `0x${locks.join("")}`, proof: `0x${steps.join("")}${pairSteps(pairs)}` };
  }

  /** The lowest level with one node: the root. Above it are only children. */
  #topLevel(): number {
    let level = this.#depth;
    let node = this.#root;
    for (; level > 0 && (node?.left === undefined || node.right === undefined); level--)
      node = node?.left ?? node?.right;
    return level;
  }

  #require(position: number): L {
    return this.get(position) ?? invalid(`There is no lock at position ${position}.`);
  }

  #nodeAt(level: number, index: number): Node<L> | undefined {
    let node = this.#root;
    for (let above = this.#depth - level - 1; above >= 0; above--) {
      node = (index >>> above) & 1 ? node?.right : node?.left;
    }
    return node;
  }
}

/** A node with another leaf below it, or with one less. */
function withLeaf<L>(
  node: Node<L> | undefined,
  level: number,
  position: number,
  leaf: Node<L> | undefined,
): Node<L> | undefined {
  if (level === 0) return leaf;
  const isRight = Math.floor(position / 2 ** (level - 1)) % 2 === 1;
  const left = isRight ? node?.left : withLeaf(node?.left, level - 1, position, leaf);
  const right = isRight ? withLeaf(node?.right, level - 1, position, leaf) : node?.right;
  return parentOf(left, right);
}

function parentOf<L>(left: Node<L> | undefined, right: Node<L> | undefined): Node<L> | undefined {
  if (left === undefined && right === undefined) return undefined;
  const count = (left?.count ?? 0) + (right?.count ?? 0);
  if (left === undefined || right === undefined) return { hash: (left ?? right)!.hash, count, left, right };
  return { hash: digitsOf(keccakOf(left.hash + right.hash)), count, left, right };
}

/** A tree with more levels on top. */
function deepen<L>(node: Node<L> | undefined, levels: number): Node<L> | undefined {
  return levels === 0 ? node : deepen(parentOf(node, undefined), levels - 1);
}

function* locksIn<L>(node: Node<L> | undefined): Generator<L> {
  if (node?.lock !== undefined) yield node.lock;
  if (node?.left !== undefined) yield* locksIn(node.left);
  if (node?.right !== undefined) yield* locksIn(node.right);
}

function* changesIn<L>(
  before: Node<L> | undefined,
  after: Node<L> | undefined,
  index: number,
  level: number,
): Generator<readonly [position: number, lock: L | undefined]> {
  if (before === after) return;
  if (level === 0) {
    yield [index, after?.lock];
    return;
  }
  yield* changesIn(before?.left, after?.left, 2 * index, level - 1);
  yield* changesIn(before?.right, after?.right, 2 * index + 1, level - 1);
}

/** The step of a proof (`LockLib`) that joins a node with its neighbour, if it has one. */
function stepOf(index: number, neighbour: string | undefined): string {
  if (neighbour === undefined) return "00";
  return (index & 1 ? "02" : "01") + neighbour;
}

/** The steps that join pairs of nodes: up to 253 of them with one byte. */
function pairSteps(pairs: number): string {
  const rest = pairs % 253;
  return "ff".repeat((pairs - rest) / 253) + (rest === 0 ? "" : (rest + 2).toString(16).padStart(2, "0"));
}

function neighbourOf(index: number): number {
  return (index ^ 1) >>> 0;
}

/** An unsigned number in so many bytes. */
function numberDigits(value: bigint, bytes: number): string {
  if (BigInt.asUintN(8 * bytes, value) !== value) invalid(`${value} does not fit into ${bytes} bytes.`);
  return value.toString(16).padStart(2 * bytes, "0");
}

function invalid(what: string): never {
  throw new SluiceError("LOCK_INVALID", what, "Do not sign for it: the chain could not read this lock.");
}
