/** What a voucher does. Its tally follows from the one before and from these, so that nobody has to send it. */
import { SluiceError } from "../../errors";
import { type LockTree, type PlacedLock } from "../../protocol/locks";
import type { Tally } from "../../protocol/vouchers";
import type { Hex } from "../../protocol/types";

/** What one voucher does at most. */
export const MAX_OPERATIONS = 256;

/** One thing that a voucher does. Positions are those of locks of the same direction. */
export type Operation =
  /** Pays at once. `note` is for the payee: 32 bytes at most. */
  | { readonly kind: "pay"; readonly amount: bigint; readonly note: Hex }
  /** Promises to pay against a secret. */
  | { readonly kind: "lock"; readonly lock: PlacedLock; readonly packet: Hex }
  /** Pays a lock. */
  | { readonly kind: "settle"; readonly position: number }
  /** Takes a lock away without paying it: the payee has given it up, or it has expired. */
  | { readonly kind: "drop"; readonly position: number };

/** A lock in flight, and what is kept beside it. */
export interface HeldLock extends PlacedLock {
  /** Counts the locks of its direction: together with the channel, the asset and the direction, its name for ever. */
  readonly serial: number;
  /** Of a lock that I pay: what it was added for. Only its maker understands it. */
  readonly origin?: string;
  /** Of a lock that I am paid, once I know it; of a lock that I pay, once it was handed on. */
  readonly secret?: Hex;
  /** Of a lock that I am paid and have given up: why, sealed for whoever made the payment. */
  readonly failure?: Hex;
  /** Who is paid, of a lock that was in flight when its channel was settled. */
  readonly decided?: Side;
  /** Whether what I am paid for such a lock has come. */
  readonly claimed?: true;
}

/** Whom a lock pays in the end. */
export type Side = "payer" | "payee";

/** What one participant has paid, and has promised to pay, in one asset. */
export interface Direction {
  readonly tally: Tally;
  /** Never changed in place: it is copied before. */
  readonly locks: LockTree<HeldLock>;
  /** How many locks there ever were. */
  readonly serial: number;
}

/** A direction after a voucher, and what became of its locks. */
export interface Applied extends Direction {
  readonly added: readonly HeldLock[];
  readonly settled: readonly HeldLock[];
  readonly dropped: readonly HeldLock[];
}

/**
 * What a direction is after a voucher with these operations.
 * @param originOf what a lock of mine was added for
 * @throws SluiceError `VOUCHER_INVALID` or `LOCK_INVALID`
 */
export function applyOperations(
  direction: Direction,
  operations: readonly Operation[],
  originOf: (index: number) => string | undefined = () => undefined,
): Applied {
  const locks = operations.some(({ kind }) => kind !== "pay") ? direction.locks.copy() : direction.locks;
  let { transferred } = direction.tally;
  let { serial } = direction;
  const added: HeldLock[] = [];
  const settled: HeldLock[] = [];
  const dropped: HeldLock[] = [];
  for (const [index, operation] of operations.entries()) {
    switch (operation.kind) {
      case "pay":
        if (operation.amount <= 0n) refuseVoucher(`${operation.amount} cannot be paid.`);
        transferred += operation.amount;
        break;
      case "lock": {
        if (operation.lock.amount <= 0n) refuseVoucher(`${operation.lock.amount} cannot be locked.`);
        const origin = originOf(index);
        const lock = { ...operation.lock, serial: ++serial, ...(origin !== undefined && { origin }) };
        locks.place(lock);
        added.push(lock);
        break;
      }
      case "settle": {
        const lock = locks.remove(operation.position);
        transferred += lock.amount;
        settled.push(lock);
        break;
      }
      case "drop":
        dropped.push(locks.remove(operation.position));
    }
  }
  const tally = { nonce: direction.tally.nonce + 1n, transferred, locked: locks.sum, locksRoot: locks.root };
  return { tally, locks, serial, added, settled, dropped };
}

/** @throws SluiceError `VOUCHER_INVALID` */
export function refuseVoucher(what: string): never {
  throw new SluiceError("VOUCHER_INVALID", `This voucher does not count. ${what}`, "Ask its payer for another one.");
}
