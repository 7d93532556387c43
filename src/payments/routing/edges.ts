import { type Address, type ChannelId } from "../../protocol/types";
import { type Direction, type Policy } from "./announcements";

declare const brand: unique symbol;
/** Names one direction of one channel for one asset. */
export type EdgeKey = string & { readonly [brand]: "EdgeKey" };

/** One direction of a channel for one asset: what a payment can go over. */
export interface Edge {
  readonly key: EdgeKey;
  readonly channelId: ChannelId;
  readonly from: Address;
  readonly to: Address;
  /** The most that can go over it: what the channel holds, or for a channel of the payer what is really there. */
  readonly capacity: bigint;
  /** Whether `capacity` is known to be there, as the payer knows it of its own channels. */
  readonly certain: boolean;
  /** Of the node that pays out, which is `from`. */
  readonly policy: Policy;
}

/** The name of an edge. */
export function edgeKey(channelId: ChannelId, direction: Direction, asset: Address): EdgeKey {
  return `${channelId}/${direction}/${asset}` as EdgeKey;
}

/** Which way money goes from one participant to the other: participants of a channel ascend by address. */
export function directionOf(from: Address, to: Address): Direction {
  return BigInt(from) < BigInt(to) ? 0 : 1;
}
