/** What a node remembers of payments that go over several hops. All of it is stored with the channels, in one batch. */
import type { LockName } from "../engine/payments/claims";
import type { Address, ChannelId, Hex } from "../protocol/types";
import type { EdgeKey } from "../payments/routing/edges";
import type { Reason } from "./failures";

/** A lock in a channel of mine, for as long as it is there. */
export interface LockPlace {
  readonly channelId: ChannelId;
  readonly name: LockName;
}

/** A payment that I pass on. Stored under the origin of the lock that I pay. */
export interface Passage {
  readonly origin: string;
  /** The lock that I am paid. */
  readonly incoming: LockPlace;
  /** Who locked it. */
  readonly from: Address;
  readonly asset: Address;
  readonly amount: bigint;
  /** What of it is mine if it is paid. */
  readonly fee: bigint;
  readonly key: Hex;
  readonly sharedSecret: Hex;
  /** Of a lock on a point. */
  readonly tweak?: bigint;
  readonly outgoing: ChannelId;
}

/** An invoice of mine. Stored under its key. */
export interface Receivable {
  readonly text: string;
  readonly key: Hex;
  /** The preimage, or the scalar: whoever pays learns it. */
  readonly secret: Hex;
  readonly status: "open" | "paid";
  /** What has come in, and when it was taken; Unix milliseconds. */
  readonly received: bigint;
  readonly paidAt?: number;
}

/** A lock for an invoice of mine, while its other parts are missing. */
export interface HeldPart {
  readonly place: LockPlace;
  /** Key of the invoice. */
  readonly invoice: Hex;
  /** Of the lock. */
  readonly key: Hex;
  readonly amount: bigint;
  /** What all parts add up to. */
  readonly total: bigint;
  readonly expiry: bigint;
  readonly sharedSecret: Hex;
  readonly tweak?: bigint;
  readonly since: number;
}

/** One way that a payment takes. */
export interface Part {
  /** Origin of my lock. */
  readonly origin: string;
  readonly status: "pending" | "settled" | "failed";
  readonly delivered: bigint;
  readonly fee: bigint;
  readonly hops: readonly PartHop[];
  readonly sharedSecrets: readonly Hex[];
  /** Of locks on points, one for each hop. */
  readonly tweaks?: readonly bigint[];
}

export interface PartHop {
  readonly channelId: ChannelId;
  readonly edge: EdgeKey;
  readonly from: Address;
  readonly to: Address;
  /** Of the whole channel, as far as is known. */
  readonly capacity: bigint;
  readonly amount: bigint;
  /** Of what, where it is not that of the payment. */
  readonly asset?: Address;
}

/** A payment of mine. */
export interface Payment {
  /** 16 random bytes. */
  readonly id: Hex;
  readonly invoice: string;
  readonly key: Hex;
  readonly asset: Address;
  /** What the payee is to get, and what everybody in between may keep. */
  readonly amount: bigint;
  readonly maxFee: bigint;
  /** Paid: the payee has shown the secret, and nothing is under way any more. */
  readonly status: "pending" | "paid" | "failed";
  /** Unix milliseconds. */
  readonly createdAt: number;
  readonly endedAt?: number;
  /** Fees paid; known when it is paid. */
  readonly fee?: bigint;
  /** The secret of the invoice: proof that the payee was paid. */
  readonly proof?: Hex;
  /** Why it failed, for people. */
  readonly failure?: string;
  readonly parts: readonly Part[];
  /** Channels not to go over any more. */
  readonly excluded: readonly ChannelId[];
  readonly attempts: number;
  /** What comes back, if this is an exchange: then there is no other way for it. */
  readonly exchange?: { readonly asset: Address; readonly amount: bigint };
}

/** What a payer hears of a part that failed. */
export interface PartFailure {
  /** The hop that failed, from 0; undefined if nobody can tell. */
  readonly hop: number | undefined;
  readonly reason: Reason | undefined;
}
