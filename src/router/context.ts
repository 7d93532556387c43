import type { ChannelEvent } from "../engine/step";
import type { PaymentContracts } from "../engine/context";
import type { OnionCurve } from "../payments/onion/curve";
import type { PeeledOnion } from "../payments/onion/onion";
import type { Edge } from "../payments/routing/edges";
import type { OwnChannel } from "../payments/routing/paths";
import type { Liquidity } from "../payments/routing/reliability";
import type { Policy } from "../payments/routing/announcements";
import type { Deployment } from "../protocol/hashing";
import type { Address, ChannelId, CompactSignature, Hex } from "../protocol/types";
import type { Payment, Receivable } from "./state";

/** A payment channel of mine, as payments over several hops see it. */
export interface RoutedChannel {
  readonly id: ChannelId;
  readonly peer: Address;
  readonly contracts: PaymentContracts;
  /** What it can pay of an asset now; 0 while its other side is away, or it is about to end. */
  spendable(asset: Address): bigint;
}

/** So much of one asset for so much of another, each in its smallest unit. */
export interface Rate {
  readonly give: bigint;
  readonly get: bigint;
}

/** Names two assets: what is given to a node, and what it gives for it. */
export function pairOf(give: Address, get: Address): string {
  return `${give}/${get}`;
}

/** What protects a node that passes payments on. */
export interface RouterSettings {
  /** What it charges and accepts, where nothing else is said for an asset. */
  readonly policy: Policy;
  readonly policies: ReadonlyMap<Address, Policy>;
  /** What this node exchanges, and at what rate: by {@link pairOf} what is given and what is got. Nothing if empty. */
  readonly rates: ReadonlyMap<string, Rate>;
  /** Milliseconds for which a rate that was quoted holds. */
  readonly quoteFor: number;
  /** Payments of one neighbour that are under way at most, and of what value in each asset. */
  readonly maxLocksPerPeer: number;
  readonly maxValuePerPeer: ReadonlyMap<Address, bigint>;
  /** Seconds: what an incoming lock must have left at least, and at most. */
  readonly minLockTime: bigint;
  readonly maxLockTime: bigint;
  /** Seconds that a payer adds to what the payee wants, so that hops in between have time. */
  readonly lockTime: bigint;
  /** Milliseconds: how long the parts of one payment may be apart, and how long a payer tries. */
  readonly partsTimeout: number;
  readonly payTimeout: number;
  /** How often a payer tries. */
  readonly maxAttempts: number;
}

/** Everything that passing payments on depends on beside what happened. */
export interface RouterContext {
  readonly deployment: Deployment;
  readonly self: Address;
  /** 33 bytes, compressed. */
  readonly publicKey: Hex;
  readonly settings: RouterSettings;
  readonly curve: OnionCurve;
  readonly liquidity: Liquidity;
  readonly network: { edges(asset: Address): Iterable<Edge>; publicKeyOf(node: Address): Hex | undefined };
  sign(digest: Hex): CompactSignature;
  /** Takes off the layer that is for me. @throws SluiceError `ONION_INVALID` */
  peel(packet: Uint8Array, associatedData: Uint8Array): PeeledOnion;
  channel(id: ChannelId): RoutedChannel | undefined;
  /** Channels that can pay now. */
  own(asset: Address): readonly OwnChannel[];
  /** 32 bytes that nobody can guess and that never come twice. */
  random(): Uint8Array;
  /** Wall clock, in milliseconds. */
  readonly now: number;
  /** Time of the chain's head, in seconds. */
  readonly chainTime: bigint;
}

/** What an application is told. */
export type RouterNotice =
  /** An invoice of mine is paid. */
  | { readonly type: "received"; readonly invoice: Receivable }
  /** A payment of mine has come to its end. */
  | { readonly type: "payment"; readonly payment: Payment }
  /** A payment went through this node, which has earned the fee. */
  | { readonly type: "passed"; readonly asset: Address; readonly amount: bigint; readonly fee: bigint };

/** What is to be done. */
export type RouterEffect =
  /** Lets something happen to a channel, in the same batch. */
  | { readonly type: "channel"; readonly channelId: ChannelId; readonly event: ChannelEvent }
  | { readonly type: "notify"; readonly notice: RouterNotice };

/** Reasonable for a node that passes payments on. */
export const DEFAULT_ROUTING: RouterSettings = {
  policy: { feeBase: 0n, feeMillionths: 1_000n, minimum: 1n, maximum: 2n ** 120n, expiryDelta: 2n * 60n * 60n },
  policies: new Map(),
  rates: new Map(),
  quoteFor: 60_000,
  maxLocksPerPeer: 500,
  maxValuePerPeer: new Map(),
  minLockTime: 2n * 60n * 60n,
  maxLockTime: 7n * 24n * 60n * 60n,
  lockTime: 12n * 60n * 60n,
  partsTimeout: 60_000,
  payTimeout: 120_000,
  maxAttempts: 10,
};
