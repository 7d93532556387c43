import type { Call } from "../../../../src/engine/calls";
import { lockDestination } from "../../../../src/protocol/locks";
import { toAddress, type Address, type Destination, type Hex } from "../../../../src/protocol/types";
import { digitsOf, keccakOf } from "../../../../src/protocol/words";
import type { Registries } from "./registries";
import { Revert } from "./revert";

type Claim = Extract<Call, { kind: "claimLocks" }>;

/** Money that leaves an escrow. */
export interface Release {
  readonly from: Destination;
  readonly to: Destination;
  readonly amount: bigint;
}

const LOCK_DIGITS = 2 * 78;

/** A model of the contract that pays locks: which of them were claimed. */
export class LockSet {
  private readonly marks: Set<string>;

  constructor(before?: LockSet) {
    this.marks = new Set(before?.marks);
  }

  /** What a claim pays. @throws Revert */
  claim({ lockSet, terms, asset, locks, proof }: Claim, registries: Registries, time: bigint): Release[] {
    const from = lockDestination(lockSet, terms);
    const packed = digitsOf(locks).match(new RegExp(`.{${LOCK_DIGITS}}`, "g")) ?? [];
    if (rootOf(packed, digitsOf(proof)) !== digitsOf(terms.root)) throw new Revert("ProofWrong");
    const releases: Release[] = [];
    for (const { position, expiry, registry, key, amount } of packed.map(unpack)) {
      const mark = [from, asset, position].join();
      if (this.marks.has(mark)) continue;
      const since = registries.get(registry, key)?.since;
      const isPaid = since !== undefined && since <= expiry;
      if (!isPaid && time <= expiry) throw new Revert("LockUndecided");
      this.marks.add(mark);
      releases.push({ from, to: isPaid ? terms.payee : terms.payer, amount });
    }
    if (releases.length === 0) throw new Revert("NothingToClaim");
    return releases;
  }
}

function unpack(digits: string): { position: bigint; expiry: bigint; registry: Address; key: Hex; amount: bigint } {
  const number = (from: number, to: number) => BigInt(`0x${digits.slice(from, to)}`);
  const registry = toAddress(`0x${digits.slice(20, 60)}`);
  return {
    position: number(0, 8),
    expiry: number(8, 20),
    registry,
    key: `0x${digits.slice(60, 124)}`,
    amount: number(124, 156),
  };
}

/** What a proof makes of locks; see `LockLib`. */
function rootOf(locks: readonly string[], proof: string): string | undefined {
  const queue = locks.map(hash);
  for (let at = 0; at < proof.length;) {
    const kind = parseInt(proof.slice(at, at + 2), 16);
    at += 2;
    if (kind > 2) for (let i = 2; i < kind; i++) queue.push(hash(queue.shift()! + queue.shift()!));
    else {
      const [node, other] = [queue.shift()!, proof.slice(at, at + 64)];
      if (kind > 0) at += 64;
      queue.push(kind === 0 ? node : hash(kind === 1 ? node + other : other + node));
    }
  }
  return queue.length === 1 ? queue[0] : undefined;
}

function hash(digits: string): string {
  return digitsOf(keccakOf(digits));
}
