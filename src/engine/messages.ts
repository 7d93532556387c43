import type { Address, Channel, ChannelId, CompactSignature, Destination, Hex, State } from "../protocol/types";
import type { Authorization } from "./calls";
import type { Change } from "./change";
import type { Operation } from "./payments/operations";

/** How the money comes into a channel. */
export type Funding =
  /** Each participant deposits what the opening state gives it, in the order of the participants. */
  | { readonly kind: "deposits" }
  /** Everybody signs ERC-3009 transfers; the first participant sends them in one transaction. */
  | { readonly kind: "authorizations" }
  /** A ledger channel of the same participants allocates it; nothing touches the chain. */
  | { readonly kind: "ledger"; readonly ledger: ChannelId }
  /** The final state of this channel pays part of it (a splice); what is missing is deposited. */
  | { readonly kind: "splice"; readonly predecessor: ChannelId; readonly carried: readonly Carried[] };

/** What each participant takes along from the predecessor, in their order. */
export interface Carried {
  readonly asset: Address;
  readonly amounts: readonly bigint[];
}

/** Proposes a channel. The sender has signed the opening state, unless it is the one who signs last. */
export interface Open {
  readonly type: "open";
  readonly channel: Channel;
  /** Where each participant is paid, in their order. */
  readonly destinations: readonly Destination[];
  readonly opening: State;
  readonly funding: Funding;
  readonly signature?: CompactSignature;
}

/** Asks the participant who signs last to propose a change. The same id stays the same request, however often it is sent. */
export interface Request {
  readonly type: "request";
  readonly channelId: ChannelId;
  readonly id: number;
  readonly change: Change;
}

/** Proposes the next version: the state `base` with a change. Comes from the participant who signs last; unsigned. */
export interface Propose {
  readonly type: "propose";
  readonly channelId: ChannelId;
  readonly base: bigint;
  readonly version: bigint;
  readonly change: Change;
}

/** A signature on the state `base` with a change, for the participant who signs last. */
export interface Sign {
  readonly type: "sign";
  readonly channelId: ChannelId;
  readonly base: bigint;
  readonly version: bigint;
  readonly change: Change;
  readonly signature: CompactSignature;
}

/** A state signed by all. */
export interface Commit {
  readonly type: "commit";
  readonly channelId: ChannelId;
  readonly state: State;
  /** In the order of the participants. */
  readonly signatures: readonly CompactSignature[];
  /** For each participant, the number of its newest request that this state or an earlier one has answered: it is used. */
  readonly answered: readonly number[];
  /** A proposal on top, to save a message. */
  readonly next?: Propose;
}

/** A move in a turn-taking app, signed by its mover alone. */
export interface Move {
  readonly type: "move";
  readonly channelId: ChannelId;
  readonly state: State;
  readonly signature: CompactSignature;
}

/** Refuses what was asked. `version` names a proposal or signature, `request` a request, neither the opening. */
export interface Reject {
  readonly type: "reject";
  readonly channelId: ChannelId;
  readonly version?: bigint;
  readonly request?: number;
  readonly reason: RejectReason;
  /** For people; at most 200 characters. */
  readonly text: string;
}

export type RejectReason =
  | "UNKNOWN_CHANNEL"
  | "TERMS_REFUSED"
  | "CHANGE_REFUSED"
  | "INSUFFICIENT"
  | "VERSION_USED"
  | "NOT_OPEN"
  | "NO_TURN"
  | "VOUCHER_REFUSED";

/** Where the sender stands in a channel. Sent on every new connection, and as the answer to a move. */
export interface Sync {
  readonly type: "sync";
  readonly channelId: ChannelId;
  /** Newest version signed by all that the sender holds; undefined before the opening is signed. */
  readonly agreed?: bigint;
  /** Newest version that counts, moves included. */
  readonly newest?: bigint;
  /** In a payment channel, the number of the newest voucher that the sender has taken, by lane. */
  readonly taken?: readonly bigint[];
  /** Whether the sender expects a `sync` in return. */
  readonly ask: boolean;
}

/** A payment, or several, in one voucher: signed by the sender, and worth something at once. */
export interface Voucher {
  readonly type: "voucher";
  readonly channelId: ChannelId;
  /** Position of the asset. */
  readonly lane: number;
  /** One more than that of the sender's last voucher in this lane. */
  readonly nonce: bigint;
  /** The number of the newest voucher of the receiver that the sender has taken; 0 for none. */
  readonly ack: bigint;
  readonly operations: readonly Operation[];
  readonly signature: CompactSignature;
}

/** Asks to be paid for locks. */
export interface Claim {
  readonly type: "claim";
  readonly channelId: ChannelId;
  readonly lane: number;
  readonly claims: readonly { readonly position: number; readonly serial: number; readonly secret: Hex }[];
}

/** Gives locks up: the payer may take them away. */
export interface GiveUp {
  readonly type: "giveUp";
  readonly channelId: ChannelId;
  readonly lane: number;
  readonly locks: readonly { readonly position: number; readonly serial: number; readonly failure: Hex }[];
}

/** A signed transfer for a channel that is funded in one transaction. */
export interface Authorize {
  readonly type: "authorize";
  readonly channelId: ChannelId;
  readonly authorizations: readonly Authorization[];
}

/** Everything that peers say to each other about channels. Every message may be lost, doubled, delayed or reordered. */
export type Message =
  Open | Request | Propose | Sign | Commit | Move | Reject | Sync | Authorize | Voucher | Claim | GiveUp;
