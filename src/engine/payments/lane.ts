/**
 * The payments of one asset in one channel: two directions, each a chain of vouchers of which the newest counts. Nothing
 * here is ever lost: it is stored with the record of its channel.
 */
import { LockTree } from "../../protocol/locks";
import { NO_TALLY, NO_VOUCHER, voucherHash, type SignedVoucher } from "../../protocol/vouchers";
import type { Address, Hex } from "../../protocol/types";
import type { Direction, HeldLock, Operation } from "./operations";

/** A voucher of mine, and what it does: what the other one has to hear. */
export interface Sent {
  readonly signed: SignedVoucher;
  /** The number of the other one's voucher that it acknowledges; 0 for none. */
  readonly ack: bigint;
  readonly operations: readonly Operation[];
  /** The locks that it takes away, as they were; one that it settles, with its secret. */
  readonly ended: readonly HeldLock[];
}

/** Something that my next voucher is to do. */
export interface Queued {
  readonly operation: Operation;
  /** What a lock is added for; of one that is dropped, what it was added for. */
  readonly origin?: string;
  /** Why a lock is dropped; undefined if it has expired. */
  readonly failure?: Hex;
  /** What a lock is settled with. */
  readonly secret?: Hex;
}

/** A lock of mine that is gone unpaid, but may still count until the other one stands behind its end. */
export interface Dropped {
  readonly origin: string;
  readonly serial: number;
  /** The number of the voucher without it. */
  readonly nonce: bigint;
  /** Why, sealed by whoever gave it up; undefined if it has expired. */
  readonly failure: Hex | undefined;
}

/** What I pay. */
export interface Outgoing extends Direction {
  /** The newest voucher of mine that one of the other one's acknowledges. */
  readonly acknowledged: SignedVoucher | undefined;
  /** Those that are newer, oldest first. */
  readonly unacknowledged: readonly Sent[];
  /** What could not be put into a voucher yet. */
  readonly queue: readonly Queued[];
  readonly dropped: readonly Dropped[];
}

/** What I am paid. */
export interface Incoming extends Direction {
  /** The newest voucher that I have taken. */
  readonly taken: SignedVoucher | undefined;
  /** Whether it did something, and no voucher of mine acknowledges it yet. */
  readonly owed: boolean;
  /** Locks that I have claimed or given up, and that are still there. */
  readonly ending: number;
}

export interface Lane {
  readonly asset: Address;
  readonly mine: Outgoing;
  readonly theirs: Incoming;
}

/** A lane before the first payment. */
export function emptyLane(asset: Address): Lane {
  const direction: Direction = { tally: NO_TALLY, locks: new LockTree(), serial: 0 };
  return {
    asset,
    mine: { ...direction, acknowledged: undefined, unacknowledged: [], queue: [], dropped: [] },
    theirs: { ...direction, taken: undefined, owed: false, ending: 0 },
  };
}

/** The hash by which a voucher is acknowledged. */
export function ackOf(signed: SignedVoucher | undefined): Hex {
  if (signed === undefined) return NO_VOUCHER;
  const known = hashes.get(signed) ?? voucherHash(signed.voucher);
  hashes.set(signed, known);
  return known;
}

const hashes = new WeakMap<SignedVoucher, Hex>();

/** Whether the other one has to say something: that it has a voucher which did something, or how a lock ends. */
export function isAwaited({ mine, theirs }: Lane): boolean {
  if (mine.queue.length > 0 || mine.unacknowledged.some(({ operations }) => operations.length > 0)) return true;
  return theirs.ending > 0;
}

/** Whether something of these payments is not decided yet. */
export function isBusy({ mine, theirs }: Lane): boolean {
  return mine.locks.size + theirs.locks.size + mine.queue.length + mine.dropped.length > 0;
}
