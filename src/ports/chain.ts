import type { Authorization, Call } from "../engine/calls";
import type { Deposit } from "../engine/effects";
import type { Address, ChannelId, Destination, Dispute, Hex, State } from "../protocol/types";

/** What the chain knows of a channel's agreement. */
export type RecordView =
  /** Nothing: no dispute, and no final state on record. */
  | { readonly kind: "none" }
  /** A registered state; `dispute.finalizesAt` is 0 while no clock runs. */
  | { readonly kind: "dispute"; readonly dispute: Dispute; readonly state: State }
  /** A final state, with what each of its allocations has yet to receive (empty: all is paid). */
  | { readonly kind: "final"; readonly state: State; readonly owed: readonly bigint[] }
  /** Closed by agreement and paid in full, which leaves no record. */
  | { readonly kind: "paid" };

/** What the chain knows of a channel. Built from logs alone. */
export interface ChannelView {
  /** What the channel's destination holds, by asset. Assets of which it holds nothing are left out. */
  readonly held: Readonly<Record<Address, bigint>>;
  readonly record: RecordView;
}

/** What the chain says of a key in a registry. Times are Unix times in seconds, 0 for what is not known. */
export interface Fact {
  /** Since when it is known as of the head: learn secrets by this one. */
  readonly latest: bigint;
  /** Since when it is known as of the block that is trusted: decide who is paid by this one. */
  readonly confirmed: bigint;
  /** What has made it known, 32 bytes, once that was found. It still fits when a reorganisation has taken it away. */
  readonly secret: Hex | undefined;
}

/** A fact, and whose it is. */
export interface FactReport extends Fact {
  readonly registry: Address;
  readonly key: Hex;
}

/** The head of the chain. */
export interface Block {
  readonly number: bigint;
  readonly hash: Hex;
  /** Unix time in seconds: what the contract compares deadlines with. */
  readonly timestamp: bigint;
}

/** What became of a transaction. */
export type Fate =
  | { readonly kind: "mined"; readonly hash: Hex; readonly gasUsed: bigint }
  /** It would revert, or did: `error` is the name of the custom error. It is not tried again unless it is submitted again. */
  | { readonly kind: "reverted"; readonly error: string };

/** What a chain adapter tells its user. Calls never overlap. */
export interface ChainHandler {
  /**
   * A new head. Comes after the `channel` and `facts` calls that belong to it.
   * @param confirmedTime time of the newest block that is trusted, or of an older one; Unix time in seconds
   */
  block(block: Block, confirmedTime: bigint): void;
  /**
   * The view of a watched channel changed, or the confirmed one did. After a reorganisation the views are simply those of
   * the chain that counts now.
   * @param latest as of the head: react to challenges by this one
   * @param confirmed as of the block that has the configured number of confirmations: trust deposits by this one
   */
  channel(id: ChannelId, latest: ChannelView, confirmed: ChannelView): void;
  /** What followed keys are, first and whenever that changes. Whatever is not reported again is so as of every later block. */
  facts(reports: readonly FactReport[]): void;
  /** What waits for `withdraw` under one of the watched accounts, confirmed. */
  waiting(account: Address, asset: Address, amount: bigint): void;
  /** The end of a submitted transaction, once it is confirmed or given up. */
  done(id: string, fate: Fate): void;
  /** Something a person should know: no endpoint answers, the account cannot pay for gas, a deadline is near. */
  alarm(alarm: ChainAlarm): void;
}

export interface ChainAlarm {
  readonly code: "RPC_UNREACHABLE" | "CHAIN_WRONG" | "GAS_LOW" | "DEADLINE_NEAR" | "TRANSACTION_STUCK";
  readonly message: string;
}

/** A transaction that must reach the chain. */
export interface Submission {
  /** Names the transaction for ever: while one with this name is under way or mined, submitting it again does nothing. */
  readonly id: string;
  readonly call: Call;
  /** Unix time in seconds by which it must be mined; prices climb towards it. */
  readonly deadline?: bigint;
}

/** One chain, seen through one or more JSON-RPC endpoints, and an account that pays for transactions. */
export interface Chain {
  /** Checks the chain id, reads logs from the last seen block on, and starts to report. */
  start(handler: ChainHandler): Promise<void>;
  /**
   * From now on reports the views of this channel. The first report comes at once, from the logs since `fromBlock`.
   * @param isNew whether nobody can have heard of this channel before now: then no old log is read
   */
  watch(id: ChannelId, isNew?: boolean): void;
  unwatch(id: ChannelId): void;
  /**
   * From now on reports what a registry knows of a key, also if it has known it for long. The first report comes at once. A
   * secret is found whoever shows it, and however.
   */
  follow(registry: Address, key: Hex): void;
  unfollow(registry: Address, key: Hex): void;
  /** Takes over a transaction. Resolves once it is durable in the outbox: from then on it survives a crash. */
  submit(submission: Submission): Promise<void>;
  /** Takes a transaction back that was not sent yet. Whoever asks hears nothing more of it, and may submit it again. */
  cancel(id: string): void;
  /**
   * Signs transfers of the node's own tokens that only this channel can receive (ERC-3009).
   * @throws SluiceError `TOKEN_UNSUITABLE` when a token does not know them
   */
  authorize(id: ChannelId, deposits: readonly Deposit[]): Promise<Authorization[]>;
  /** What an address owns outside of channels, at the head. */
  balanceOf(account: Address, asset: Address): Promise<bigint>;
  /** What a destination holds, at the head. */
  held(destination: Destination, asset: Address): Promise<bigint>;
  /** The head. */
  head(): Promise<Block>;
  close(): Promise<void>;
}
