import type { HeldLock } from "./payments/operations";
import type { Address, ChannelId, Hex, State } from "../protocol/types";
import type { SluiceError } from "../errors";
import type { Call } from "./calls";
import type { Change } from "./change";
import type { Message, RejectReason } from "./messages";

/** What an application is told. */
export type Notice =
  | { readonly type: "opened"; readonly channelId: ChannelId }
  | { readonly type: "funded"; readonly channelId: ChannelId }
  /** A state signed by all is the newest one now. */
  | { readonly type: "updated"; readonly channelId: ChannelId; readonly state: State; readonly change?: Change }
  /** Payments have come in. */
  | {
      readonly type: "paid";
      readonly channelId: ChannelId;
      readonly asset: Address;
      readonly payments: readonly { readonly amount: bigint; readonly note: Hex }[];
    }
  | { readonly type: "moved"; readonly channelId: ChannelId; readonly state: State; readonly by: number }
  /** Another participant wants what only the application can decide: answer it with the same change. */
  | { readonly type: "asked"; readonly channelId: ChannelId; readonly from: number; readonly change: Change }
  | { readonly type: "refused"; readonly channelId: ChannelId; readonly reason: RejectReason; readonly text: string }
  /** Something is wrong on the chain, or a peer does not answer; the node is dealing with it. */
  | { readonly type: "disputed"; readonly channelId: ChannelId; readonly registered: bigint; readonly mine: bigint }
  | { readonly type: "leaving"; readonly channelId: ChannelId; readonly why: string }
  /** A channel was settled by a state whose locks are not known here: what they pay cannot be claimed from here. */
  | { readonly type: "unprovable"; readonly channelId: ChannelId; readonly asset: Address }
  | { readonly type: "closed"; readonly channelId: ChannelId };

/** What whoever passes payments on has to know. It is part of the step: stored with it, or not at all. */
export type LaneEvent =
  /** A lock that I would be paid. */
  | {
      readonly type: "locked";
      readonly channelId: ChannelId;
      /** Position of the asset. */
      readonly lane: number;
      readonly asset: Address;
      readonly lock: HeldLock;
      readonly packet: Hex;
    }
  /** A lock of mine will be paid: here is its secret. */
  | { readonly type: "settled"; readonly origin: string; readonly secret: Hex }
  /** A lock of mine is gone, for good; there is no failure if it has expired. */
  | { readonly type: "failed"; readonly origin: string; readonly failure: Hex | undefined }
  /** A lock of mine never came into being. */
  | { readonly type: "refused"; readonly origin: string; readonly error: SluiceError };

/** What a step wants done, after its record is durable. */
export type Effect =
  | { readonly type: "send"; readonly to: number; readonly message: Message }
  | { readonly type: "submit"; readonly id: string; readonly call: Call; readonly deadline?: bigint }
  /** Does not want a call any more; it may have been sent already. */
  | { readonly type: "cancel"; readonly id: string }
  | { readonly type: "notify"; readonly notice: Notice }
  /** Ends the wait of whoever holds this ticket. */
  | { readonly type: "resolve"; readonly ticket: number; readonly state: State }
  | { readonly type: "fail"; readonly ticket: number; readonly error: SluiceError }
  /** Wants to know what a registry knows of a key. Saying it again does nothing. */
  | { readonly type: "follow"; readonly registry: Address; readonly key: Hex }
  | { readonly type: "unfollow"; readonly registry: Address; readonly key: Hex }
  /** Wants transfers into this channel signed as ERC-3009 authorisations. */
  | { readonly type: "authorize"; readonly items: readonly Deposit[] }
  /** Wants a change of another channel. */
  | { readonly type: "wish"; readonly channelId: ChannelId; readonly change: Change }
  /** Something has become of a lock. */
  | { readonly type: "lane"; readonly event: LaneEvent }
  /** Another channel may have to act on what changed here. */
  | { readonly type: "poke"; readonly channelId: ChannelId };

/** What a participant has to put into a channel, and what must be there before. */
export interface Deposit {
  readonly asset: Address;
  readonly amount: bigint;
  readonly expectedHeld: bigint;
}
