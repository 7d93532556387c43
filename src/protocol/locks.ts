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

/**
 * The locks of one set, and their Merkle tree. A change takes one hash for each level, 14 for 10,000 locks.
 *
 * The tree is over positions. A parent is the hash of its two children, or its only child as it is, so the root does not
 * depend on how many empty positions there are.
 */
export class LockTree {
  /** Nodes by level and index, leaves first, as digits. The last level has no node but the root. */
  readonly #levels: Map<number, string>[] = [new Map<number, string>()];
  readonly #locks = new Map<number, PlacedLock>();
  readonly #gaps: number[] = [];
  #end = 0;
  #sum = 0n;

  /** @throws SluiceError `LOCK_INVALID` when two locks have one position, or as {@link encodeLock} */
  constructor(locks: Iterable<PlacedLock> = []) {
    for (const lock of locks) this.place(lock);
  }

  /** What the locks commit to; {@link NO_LOCKS} if there are none. */
  get root(): Hex {
    const top = this.#levels[this.#levels.length - 1]!.get(0);
    return top === undefined ? NO_LOCKS : `0x${top}`;
  }

  /** What the locks add up to. */
  get sum(): bigint {
    return this.#sum;
  }

  get size(): number {
    return this.#locks.size;
  }

  /** Every lock, in no particular order. */
  locks(): Iterable<PlacedLock> {
    return this.#locks.values();
  }

  get(position: number): PlacedLock | undefined {
    return this.#locks.get(position);
  }

  /** Adds a lock at a free position, and tells which. @throws SluiceError as {@link encodeLock} */
  add(lock: Lock): PlacedLock {
    const placed = { ...lock, position: this.#freePosition() };
    this.place(placed);
    return placed;
  }

  /** Adds a lock at its position. @throws SluiceError `LOCK_INVALID` when that is taken, or as {@link encodeLock} */
  place(lock: PlacedLock): void {
    const { position } = lock;
    if (this.#locks.has(position)) invalid(`Position ${position} is taken.`);
    const leaf = digitsOf(lockLeaf(lock));
    this.#locks.set(position, lock);
    this.#end = Math.max(this.#end, position + 1);
    this.#sum += lock.amount;
    this.#update(position, leaf);
  }

  /** Takes a lock away. @throws SluiceError `LOCK_INVALID` when there is none */
  remove(position: number): PlacedLock {
    const lock = this.#require(position);
    this.#locks.delete(position);
    this.#gaps.push(position);
    this.#sum -= lock.amount;
    this.#update(position, undefined);
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
    for (const level of this.#levels) {
      if (nodes.length === 1 && level.size === 1) break; // the root: above it are only children
      const parents = new Set(nodes.map((index) => index >>> 1));
      const here = new Set(nodes);
      for (const index of nodes) {
        if (index & 1 && here.has(neighbourOf(index))) continue; // goes with its neighbour
        if (here.has(neighbourOf(index))) pairs++;
        else {
          steps.push(pairSteps(pairs), stepOf(index, level.get(neighbourOf(index))));
          pairs = 0;
        }
      }
      nodes = [...parents];
    }
    return { locks: `0x${locks.join("")}`, proof: `0x${steps.join("")}${pairSteps(pairs)}` };
  }

  #require(position: number): PlacedLock {
    return this.#locks.get(position) ?? invalid(`There is no lock at position ${position}.`);
  }

  #freePosition(): number {
    for (;;) {
      const gap = this.#gaps.pop() ?? this.#end;
      if (!this.#locks.has(gap)) return gap;
    }
  }

  /** Sets a leaf, and every node above it. */
  #update(position: number, leaf: string | undefined): void {
    while (position >= 2 ** (this.#levels.length - 1))
      this.#levels.push(new Map(this.#levels[this.#levels.length - 1]));
    let index = position;
    let node = leaf;
    for (const level of this.#levels) {
      if (node === undefined) level.delete(index);
      else level.set(index, node);
      const neighbour = level.get(neighbourOf(index));
      if (node === undefined || neighbour === undefined) node ??= neighbour;
      else node = digitsOf(keccakOf(index & 1 ? neighbour + node : node + neighbour));
      index >>>= 1;
    }
  }
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
