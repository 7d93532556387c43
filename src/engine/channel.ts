/**
 * What a participant knows of one channel. `ChannelRecord` is what survives a crash; `Session` is what is forgotten, at
 * no risk, and asked for again.
 */
import {
  FINAL_VERSION,
  type Address,
  type Channel,
  type ChannelId,
  type CompactSignature,
  type Destination,
  type Hex,
  type State,
} from "../protocol/types";
import type { ChannelView } from "../ports/chain";
import type { Authorization } from "./calls";
import type { Change } from "./change";
import type { Lane } from "./payments/lane";
import type { Funding, Propose } from "./messages";

/** The participant who signs last, by its position. What it has not signed never counts, so it puts things in order. */
export const SEALER = 0;

/** A state signed by all. */
export interface Agreed {
  readonly state: State;
  /** In the order of the participants. */
  readonly signatures: readonly CompactSignature[];
}

/** A state signed by the participant whose turn it was. */
export interface Moved {
  /** Position of the mover. */
  readonly by: number;
  readonly state: State;
  /** Undefined where the chain alone has shown the move: there it needs none. */
  readonly signature: CompactSignature | undefined;
}

/** My signature on a state that the sealer has not sealed yet. There is one at most. */
export interface Promised {
  readonly base: bigint;
  readonly change: Change;
  readonly state: State;
  readonly signature: CompactSignature;
}

/** Everything about a channel that must never be lost. */
export interface ChannelRecord {
  readonly id: ChannelId;
  readonly terms: Channel;
  /** My position among the participants. */
  readonly self: number;
  /** Where each participant is paid. */
  readonly destinations: readonly Destination[];
  readonly funding: Funding;
  readonly opening: State;
  /** The newest state signed by all; undefined until the opening is. */
  readonly agreed: Agreed | undefined;
  /** The last moves played on top of it, oldest first: two rounds at most, of which a proof needs one. */
  readonly moves: readonly Moved[];
  /** The highest version of a state, other than a move, that I have ever signed; -1 for none. */
  readonly signed: bigint;
  readonly promised: Promised | undefined;
  /** For each participant, the newest of its requests that is answered for good. The sealer alone counts them. */
  readonly answered: readonly number[];
  /** The id of my newest request. */
  readonly requested: number;
  /** Signed transfers that were collected for a funding in one transaction, by participant. */
  readonly authorizations: readonly (readonly Authorization[])[];
  /** Assets of which a deposit of mine is under way, as far as I know. */
  readonly depositing: readonly Address[];
  /** Whether everything that the opening state shares out is there. Once true it stays true. */
  readonly funded: boolean;
  /** Whether I want to leave through the chain, because I was told to or because the others do not answer. */
  readonly leaving: boolean;
  /** Whether nothing is left to do. */
  readonly closed: boolean;
  /** The state that the chain has paid by, if it has, and as far as I know. */
  readonly settled: State | undefined;
}

/** A change that somebody wants. */
export interface Wish {
  readonly from: number;
  readonly change: Change;
  /** When it was made, or came here. Milliseconds. */
  readonly since: number;
  /** Whom to tell, if it is a wish of the application on this machine. */
  readonly ticket?: number;
  /** The id of the request, if it is a wish of another participant. */
  readonly request?: number;
}

/** What the sealer has proposed and the others have yet to sign. */
export interface Proposal {
  readonly base: bigint;
  readonly version: bigint;
  readonly change: Change;
  readonly wishes: readonly Wish[];
  /** One place per participant. */
  readonly signatures: readonly (CompactSignature | undefined)[];
}

/** A change that only the application can decide about. */
export interface Question {
  readonly from: number;
  readonly change: Change;
  /** The id, if it came as a request; the version, if it came as a proposal or a signature. */
  readonly what: Named;
}

/** What a refusal refers to. */
export interface Named {
  readonly version?: bigint;
  readonly request?: number;
}

/** What is known only while the process runs. */
export interface Session {
  /** Participants that have said where they stand since they were last connected: one bit each. Before, nothing is signed. */
  readonly synced: number;
  readonly connected: number;
  readonly wishes: readonly Wish[];
  /** My wishes that are in `record.promised`. */
  readonly promisedWishes: readonly Wish[];
  /** Who waits until the opening is signed by all. */
  readonly openingTicket: number | undefined;
  /** My request that is under way. */
  readonly request: { readonly id: number; readonly wish: Wish } | undefined;
  readonly proposal: Proposal | undefined;
  /** The sealer's next proposal, not answered yet. */
  readonly offer: Propose | undefined;
  /** Versions up to this one were proposed and refused; the sealer goes on above. */
  readonly burned: bigint;
  readonly questions: readonly Question[];
  /** The last question that the application has answered with no. */
  readonly denied: Question | undefined;
  readonly consents: readonly Change[];
  readonly payments: readonly Payment[];
  readonly deliveries: readonly Delivery[];
  /** Whether the last thing I signed was a change of my own: then it is the others' turn. */
  readonly servedMyself: boolean;
  /** Newest version that each participant said it holds. */
  readonly heard: readonly bigint[];
  /** Moves beyond the next one: they count once there is a round of them. */
  readonly ahead: readonly Moved[];
  /** Since when nothing that I wait for has come; undefined while I do not wait. Milliseconds. */
  readonly waitingSince: number | undefined;
  readonly sentAt: number;
  readonly latest: ChannelView;
  readonly confirmed: ChannelView;
  /** Time of the chain's head when locks were last looked at. */
  readonly lookedAt: bigint;
  /**
   * Set while locks are not paid that the chain says have to be: since when I know, in milliseconds, and since when the chain
   * has known the first of them, in seconds.
   */
  readonly unpaid: { readonly since: number; readonly known: bigint } | undefined;
  /** Claims of locks that found everything claimed: since when, by the time of the chain's head. */
  readonly emptied: readonly { readonly id: string; readonly since: bigint }[];
  /** When the money of this app channel was last asked back from its ledger. Milliseconds. */
  readonly removedAt: number;
  /** Whether my transfers into this channel are being signed. */
  readonly authorizing: boolean;
  /** Calls whose fate is not known yet. */
  readonly submitted: readonly string[];
}

/** A payment that is not in a voucher yet. */
export interface Payment {
  /** Position of the asset's lane. */
  readonly lane: number;
  readonly amount: bigint;
  /** For the payee: 32 bytes at most. */
  readonly note: Hex;
  readonly since: number;
  readonly ticket?: number;
}

/** A payment that is in a voucher, of which its payee has not said that it has it. */
export interface Delivery extends Pick<Payment, "lane" | "since" | "ticket"> {
  readonly nonce: bigint;
}

export interface ChannelState {
  readonly record: ChannelRecord;
  /** In a payment channel, one for each asset of the outcome, in that order; as durable as the record. */
  readonly lanes: readonly Lane[];
  readonly session: Session;
}

/** What is known before the chain has said anything: nothing at all, so that nothing may follow from it. */
export const UNKNOWN_VIEW: ChannelView = { held: {}, record: { kind: "none" } };

/** What is known of a channel right after a start. */
export function freshSession(): Session {
  return {
    synced: 0,
    connected: 0,
    wishes: [],
    promisedWishes: [],
    openingTicket: undefined,
    request: undefined,
    proposal: undefined,
    offer: undefined,
    waitingSince: undefined,
    burned: -1n,
    questions: [],
    denied: undefined,
    consents: [],
    payments: [],
    deliveries: [],
    servedMyself: false,
    heard: [],
    ahead: [],
    sentAt: 0,
    latest: UNKNOWN_VIEW,
    confirmed: UNKNOWN_VIEW,
    lookedAt: 0n,
    unpaid: undefined,
    emptied: [],
    removedAt: 0,
    authorizing: false,
    submitted: [],
  };
}

/** The newest state that counts: the last move, or what all have signed. */
export function newestState({ agreed, moves }: ChannelRecord): State | undefined {
  return moves.at(-1)?.state ?? agreed?.state;
}

/** The version of the newest state; -1 while there is none. */
export function newestVersion(record: ChannelRecord): bigint {
  return newestState(record)?.version ?? -1n;
}

export function isFinal({ agreed }: ChannelRecord): boolean {
  return agreed?.state.version === FINAL_VERSION;
}

export function isSealer({ self }: ChannelRecord): boolean {
  return self === SEALER;
}

/** The positions of the other participants. */
export function others({ terms, self }: ChannelRecord): number[] {
  return terms.participants.map((_, i) => i).filter((i) => i !== self);
}
