import { SluiceError } from "../../errors";
import {
  requireValidChannel,
  type Address,
  type Channel,
  type ChannelId,
  type CompactSignature,
  type Hex,
} from "../../protocol/types";
import { refuse } from "./errors";

/** Which way money goes through a channel: the index of the participant that pays out. */
export type Direction = 0 | 1;

/** What a node says of itself. Signed by its key. */
export interface NodeTerms {
  readonly kind: "node";
  /** 33 bytes, compressed; the address of the key is the id of the node. */
  readonly publicKey: Hex;
  /** For people: at most 32 bytes of UTF-8. Proves nothing. */
  readonly alias: string;
  /** Where it listens: at most 4 of `ws://…` or `wss://…`, of at most 200 bytes. */
  readonly urls: readonly string[];
  /** Unix time in seconds. */
  readonly timestamp: bigint;
}

/** What both participants say of their channel. Signed by both; its id is the hash of its terms and is not sent. */
export interface ChannelTerms {
  readonly kind: "channel";
  readonly channel: Channel;
  /** At most 16, ascending by asset: what the channel holds of each, in its smallest unit. */
  readonly assets: readonly AssetCapacity[];
  readonly timestamp: bigint;
}

/** What a channel holds of one asset, whoever of the two it belongs to. */
export interface AssetCapacity {
  readonly asset: Address;
  readonly capacity: bigint;
}

/** On which conditions a node passes a payment on. Amounts are in the smallest unit of the asset. */
export interface Policy {
  readonly feeBase: bigint;
  /** Of the amount that is passed on. */
  readonly feeMillionths: bigint;
  /** The least and the most of one payment that it passes on. */
  readonly minimum: bigint;
  readonly maximum: bigint;
  /** Seconds by which the lock it is paid with must outlive the lock it pays with, where expiries fall. */
  readonly expiryDelta: bigint;
}

/** The policy for one direction and asset of a channel. Signed by the participant that pays out. */
export interface PolicyTerms extends Policy {
  readonly kind: "policy";
  readonly channelId: ChannelId;
  readonly direction: Direction;
  readonly asset: Address;
  readonly enabled: boolean;
  readonly timestamp: bigint;
}

/** Everything that can be announced. */
export type Terms = NodeTerms | ChannelTerms | PolicyTerms;

/** Terms with their signatures: of the node, of both participants in their order, or of the one that pays out. */
export type Announcement<T extends Terms = Terms> = T & { readonly signatures: readonly CompactSignature[] };

export type NodeAnnouncement = Announcement<NodeTerms>;
export type ChannelAnnouncement = Announcement<ChannelTerms>;
export type PolicyAnnouncement = Announcement<PolicyTerms>;

/**
 * Checks what the form of a single field does not show.
 * @throws SluiceError `ANNOUNCEMENT_INVALID`
 */
export function requireSound(terms: Terms): void {
  switch (terms.kind) {
    case "node":
      if (!/^0x0[23]/.test(terms.publicKey)) refuse("A public key is not compressed.");
      if (!terms.urls.every((url) => /^wss?:\/\/[\x21-\x7e]+$/.test(url))) refuse("An address is not ws:// or wss://.");
      return;
    case "channel":
      return requireSoundChannel(terms);
    case "policy":
      if (terms.minimum > terms.maximum) refuse("The minimum of a policy is above its maximum.");
  }
}

function requireSoundChannel({ channel, assets }: ChannelTerms): void {
  if (channel.participants.length !== 2) refuse("Payments go through channels of two.");
  try {
    requireValidChannel(channel);
  } catch (error) {
    if (!(error instanceof SluiceError)) throw error;
    refuse(error.summary);
  }
  if (assets.length === 0) refuse("A channel without an asset carries no payment.");
  assets.forEach(({ asset, capacity }, i) => {
    if (i > 0 && BigInt(asset) <= BigInt(assets[i - 1]!.asset)) refuse("The assets of a channel do not ascend.");
    if (capacity === 0n) refuse("A channel holds nothing of an asset.");
  });
}
