import type { Change } from "../engine/change";
import type { Notice } from "../engine/effects";
import type { Funding } from "../engine/messages";
import type { RecordView } from "../ports/chain";
import type { Rate } from "../router/context";
import type { InvoiceRequest } from "../router/receive";
import type { PayInvoiceRequest } from "../router/send";
import type { SwapRequest } from "../router/swap";
import type { Address, AssetOutcome, ChannelId, Channel, Destination, Hex, State } from "../protocol/types";

/** Where a channel is in its life. */
export type Phase =
  /** The opening state is not signed by all yet; no money may move. */
  | "opening"
  /** Signed; money is missing. */
  | "funding"
  | "open"
  /** A final state is signed by all, and on its way to the chain. */
  | "closing"
  /** Leaving through the chain, or in dispute on it. */
  | "disputed"
  | "closed";

/** A channel in one line. */
export interface ChannelSummary {
  readonly id: ChannelId;
  readonly phase: Phase;
  /** The other participants. */
  readonly peers: readonly Address[];
  /** Whether all of them are connected. */
  readonly online: boolean;
  /** Newest version that counts; undefined before the opening is signed. */
  readonly version?: bigint;
  /** What each destination would be paid now. */
  readonly outcome: readonly AssetOutcome[];
  /** My own part of it, by asset. */
  readonly mine: readonly Contribution[];
  /** Whether it is a payment channel: each payment takes one signature, and both may pay at once. */
  readonly payments: boolean;
  /** What I can pay right now, by asset; nothing unless the channel is open. */
  readonly canPay: readonly Contribution[];
  /** What I can be paid right now, likewise. */
  readonly canReceive: readonly Contribution[];
}

/** Everything about a channel. */
export interface ChannelDetails extends ChannelSummary {
  /** This node's position among the participants. */
  readonly self: number;
  readonly terms: Channel;
  readonly destinations: readonly Destination[];
  readonly funding: Funding;
  readonly state: State;
  /** What the channel holds on the chain, by asset. */
  readonly held: readonly { readonly asset: Address; readonly amount: bigint }[];
  readonly onChain: RecordView;
  /** Changes that others want and only this side's user can decide about. */
  readonly questions: readonly { readonly from: number; readonly change: Change }[];
}

/** What a participant puts into a new channel. */
export interface Contribution {
  readonly asset: Address;
  readonly amount: bigint;
}

/** A channel to open. */
export interface OpenRequest {
  /** The other participants, and where to reach those that are not connected. */
  readonly peers: readonly {
    readonly address: Address;
    readonly url?: string;
    /** Where it is paid, if not to the account of its key. It refuses an account that it does not know. */
    readonly payout?: Address;
  }[];
  /** What I put in. */
  readonly mine: readonly Contribution[];
  /** What each peer puts in, in the order of `peers`; nothing if omitted. */
  readonly theirs?: readonly (readonly Contribution[])[];
  /** Seconds to answer a challenge; the node's default if omitted. */
  readonly challengePeriod?: bigint;
  /** Wei that a challenger posts; none if omitted. */
  readonly bond?: bigint;
  /** Contract with the rules of an app; none if omitted. */
  readonly app?: Address;
  /**
   * Whether it is to be a payment channel. If omitted, it is one where there can be one: with one peer, without an app, a bond
   * and a ledger, if the node knows the contracts.
   */
  readonly payments?: boolean;
  /** `deposits` if omitted; `authorizations` needs tokens with ERC-3009; a ledger channel for an app channel in it. */
  readonly funding?: "deposits" | "authorizations" | { readonly ledger: ChannelId };
}

/** A channel that a peer proposes. */
export interface ChannelProposal {
  readonly id: ChannelId;
  readonly from: Address;
  readonly terms: Channel;
  readonly outcome: readonly AssetOutcome[];
  readonly funding: Funding;
  /** What I would have to put in. */
  readonly mine: readonly Contribution[];
}

/** A splice: the channel goes on under another id, with money added or taken out. */
export interface SpliceRequest {
  readonly channelId: ChannelId;
  /** What each participant adds, in the order of the channel's participants. */
  readonly add?: readonly (readonly Contribution[])[];
  /** What each participant takes out. */
  readonly take?: readonly (readonly Contribution[])[];
}

export interface PayRequest {
  readonly channelId: ChannelId;
  readonly asset: Address;
  readonly amount: bigint;
  /** Position of the participant that is paid; may be omitted where there is only one other. */
  readonly to?: number;
  /** For the payee, 32 bytes at most; only in payment channels. */
  readonly note?: Hex;
}

/** One hop of a route: what is locked in a channel for the next node. */
export interface HopSummary {
  readonly channelId: ChannelId;
  readonly to: Address;
  readonly amount: bigint;
}

/** A way for a payment, or for a part of it. */
export interface RouteSummary {
  readonly delivered: bigint;
  readonly fee: bigint;
  readonly hops: readonly HopSummary[];
}

/** What a node is asked for before a swap. */
export interface QuoteRequest {
  readonly hub: Address;
  readonly give: Address;
  readonly get: Address;
}

/** An invoice of this node. */
export interface InvoiceSummary {
  readonly text: string;
  /** Of the lock that pays it. */
  readonly key: Hex;
  readonly status: "open" | "paid";
  readonly received: bigint;
  /** Unix milliseconds. */
  readonly paidAt?: number;
}

/** A payment of an invoice by this node. */
export interface PaymentSummary {
  readonly id: Hex;
  readonly invoice: string;
  readonly asset: Address;
  readonly amount: bigint;
  readonly maxFee: bigint;
  readonly status: "pending" | "paid" | "failed";
  /** Unix milliseconds. */
  readonly createdAt: number;
  readonly endedAt?: number;
  readonly fee?: bigint;
  /** The secret of the invoice: proof that its payee was paid. */
  readonly proof?: Hex;
  /** Why it failed, for people. */
  readonly failure?: string;
  /** What comes back, if this is an exchange. */
  readonly exchange?: { readonly asset: Address; readonly amount: bigint };
  readonly parts: readonly (RouteSummary & { readonly status: "pending" | "settled" | "failed" })[];
}

/** What the node and the chain say about their health; for `doctor`. */
export interface Health {
  readonly ok: boolean;
  readonly checks: readonly {
    readonly name: string;
    readonly ok: boolean;
    readonly detail: string;
    readonly remedy?: string;
  }[];
}

export interface NodeInfo {
  /** The address of the node's key: its identity as participant, and the account that pays for gas. */
  readonly address: Address;
  readonly chainId: bigint;
  readonly adjudicator: Address;
  /** Head of the chain; undefined while no endpoint answers. */
  readonly block?: bigint;
  /** Where peers can connect; undefined if the node only dials. */
  readonly listening?: string;
  readonly peers: readonly { readonly address: Address; readonly connected: boolean }[];
  readonly channels: number;
}

/** What a notice looks like from outside: numbered, so that whoever reconnects knows what it missed. */
export type NodeEvent = { readonly sequence: number } & (
  | Notice
  /** An invoice of this node is paid. */
  | { readonly type: "received"; readonly invoice: InvoiceSummary }
  /** A payment of an invoice has come to its end. */
  | { readonly type: "payment"; readonly payment: PaymentSummary }
  /** A payment went through this node, which has earned the fee. */
  | { readonly type: "passed"; readonly asset: Address; readonly amount: bigint; readonly fee: bigint }
  /** A peer proposes a channel that the policy leaves to the user. */
  | { readonly type: "proposed"; readonly channelId: ChannelId; readonly from: Address }
  | { readonly type: "connected" | "disconnected"; readonly peer: Address }
  /** A person should look: the code says at what. */
  | { readonly type: "alarm"; readonly code: string; readonly message: string }
);

/**
 * Everything a running node can be asked for: in the same process by its methods, from other processes and languages
 * by JSON-RPC, from a shell by the command line. Amounts are in the smallest unit of their asset; the zero address stands
 * for the chain's native coin. Every promise rejects with a `SluiceError`, and with an `AbortError` when `signal` is aborted;
 * what was signed before stays valid all the same.
 */
export interface NodeApi {
  info(): NodeInfo;
  health(): Promise<Health>;
  /** Keeps a connection to a peer up. */
  connect(peer: Address, url: string): void;
  /** Resolves when the opening state is signed by all; the money follows. Wait for `funded` before you pay. */
  open(request: OpenRequest, signal?: AbortSignal): Promise<ChannelSummary>;
  /** Channels that peers propose and that the policy leaves to the user. */
  proposals(): ChannelProposal[];
  /**
   * Joins a channel that a peer proposes, or tells it no.
   * @throws SluiceError `CHANNEL_UNKNOWN` when nobody proposes it any more
   */
  decide(channelId: ChannelId, join: boolean): Promise<void>;
  /** Resolves when everything a channel shares out is there. */
  funded(channelId: ChannelId, signal?: AbortSignal): Promise<ChannelSummary>;
  /**
   * Resolves when the payment counts: in a payment channel, when the payee has acknowledged it; in others, when all have
   * signed the state that contains it.
   */
  pay(request: PayRequest, signal?: AbortSignal): Promise<State>;
  /** Asks to be paid, by anybody that payments reach. @throws SluiceError `INVOICE_INVALID` */
  createInvoice(request: InvoiceRequest): Promise<InvoiceSummary>;
  /**
   * Pays an invoice over as many hops as it takes. Resolves when the payee has it.
   * @throws SluiceError `PAYMENT_FAILED` when nobody could pass it on; before anything is sent `INVOICE_…`,
   * `PAYMENT_EXISTS` or `ROUTE_NOT_FOUND`
   */
  payInvoice(request: PayInvoiceRequest, signal?: AbortSignal): Promise<PaymentSummary>;
  /** The routes that a payment would take now, and what they cost. @throws as `payInvoice`, before anything is sent */
  routes(request: PayInvoiceRequest): RouteSummary[];
  /** At what rate a node exchanges now; it holds for a minute or so. @throws SluiceError `RATE_UNKNOWN`, `PEER_UNREACHABLE` */
  quote(request: QuoteRequest, signal?: AbortSignal): Promise<Rate>;
  /**
   * Exchanges one asset for another over a node that has both: all of it, or nothing. Resolves when it is done.
   * @throws SluiceError `PAYMENT_FAILED`, or `ROUTE_NOT_FOUND` before anything is sent
   */
  swap(request: SwapRequest, signal?: AbortSignal): Promise<PaymentSummary>;
  /** Payments of invoices by this node, the newest first. */
  payments(): PaymentSummary[];
  /** Invoices of this node. */
  invoices(): InvoiceSummary[];
  /** Proposes any other change. Resolves when all have signed. */
  update(channelId: ChannelId, change: Change, signal?: AbortSignal): Promise<State>;
  /** Answers what another participant asked for (see `ChannelDetails.questions`). */
  answer(channelId: ChannelId, change: Change, accept: boolean): Promise<void>;
  /** Plays a move of a turn-taking app: the next state. Resolves when it is on its way. */
  move(channelId: ChannelId, state: State, signal?: AbortSignal): Promise<State>;
  /** Closes by agreement. Resolves when everybody is paid on the chain (for an app channel in a ledger: in the ledger). */
  close(channelId: ChannelId, signal?: AbortSignal): Promise<ChannelSummary>;
  /** Goes on in a successor channel with money added or taken out. Resolves with the successor, once it is funded. */
  splice(request: SpliceRequest, signal?: AbortSignal): Promise<ChannelSummary>;
  /** Leaves through the chain with the newest state. Resolves when everybody is paid. */
  challenge(channelId: ChannelId, signal?: AbortSignal): Promise<ChannelSummary>;
  /** What waits under the node's own account because it could not be paid directly, by asset. */
  waiting(): readonly { readonly asset: Address; readonly amount: bigint }[];
  /** Takes what waits out of the adjudicator. Resolves with the hash of the transaction. */
  withdraw(asset: Address, to?: Address, signal?: AbortSignal): Promise<Hex>;
  channels(): ChannelSummary[];
  /** @throws SluiceError `CHANNEL_UNKNOWN` */
  channel(channelId: ChannelId): ChannelDetails;
  /** Calls back for every event from now on. Returns a function that ends it. */
  on(listener: (event: NodeEvent) => void): () => void;
  /** Metrics in the text format of Prometheus. */
  metrics(): Promise<string>;
  /** Writes an encrypted backup of everything. */
  backup(file: string, password: string): Promise<void>;
  /** Finishes what is under way and closes every file and connection. */
  stop(): Promise<void>;
}
