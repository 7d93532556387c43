import type { ChannelId, CompactSignature, Hex } from "../../protocol/types";

/** Passes an announcement on. */
export interface Announce {
  readonly type: "announce";
  /** As `encodeAnnouncement` writes it. */
  readonly announcement: Hex;
}

/** Asks the other participant of a channel to announce it with me. */
export interface Countersign {
  readonly type: "countersign";
  readonly channelId: ChannelId;
  /** Of the announcement; the rest of it both know. */
  readonly timestamp: bigint;
  readonly signature: CompactSignature;
}

/** What nodes say to each other about the network. */
export type GossipMessage = Announce | Countersign;
