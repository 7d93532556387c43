import { computeAddress, Interface, type SigningKey } from "ethers";
import { Adjudicator__factory } from "../../bindings";
import type { Authorization } from "../../engine/calls";
import type { Deposit } from "../../engine/effects";
import { SluiceError } from "../../errors";
import type { Block, Chain, ChainAlarm, ChainHandler, ChannelView, Fate, Submission } from "../../ports/chain";
import type { Clock } from "../../ports/clock";
import type { Store } from "../../ports/store";
import { accountDestination, channelDestination } from "../../protocol/destination";
import { NATIVE, toAddress, type Address, type ChannelId, type Destination, type Hex } from "../../protocol/types";
import { Account } from "./account";
import { signAuthorizations } from "./authorizations";
import { Endpoints } from "./endpoints";
import { Entries } from "./entries";
import { Facts } from "./facts";
import { Follower, type Report } from "./follower";
import { Outbox } from "./outbox";
import { isOutage, Reader } from "./reader";
import { Repeater } from "./repeater";
import { Sender } from "./sender";
import { parseBytes, parseQuantity, type Header } from "./shapes";
import { Watchman } from "./watchman";

export interface EthersChainOptions {
  /** JSON-RPC over HTTP, the preferred one first. They may hold access keys: no message ever names one. */
  readonly urls: readonly string[];
  readonly chainId: bigint;
  readonly adjudicator: Address;
  /** Key of the account that pays for transactions. No other process may send with it while this one runs. */
  readonly key: SigningKey;
  /** Accounts of which is told what waits for `withdraw`; that of `key` by default. */
  readonly accounts?: readonly Address[];
  /** Uses the prefixes `chain/` and `outbox/`. */
  readonly store: Store;
  readonly clock: Clock;
  /** First block that can hold logs of the adjudicator: that of its deployment. 0 by default. */
  readonly fromBlock?: number;
  /** Blocks on top of another that make it trustworthy. 12 by default; 0 trusts the head. */
  readonly confirmations?: number;
  /** Blocks that a reorganisation replaces without everything being read again. 64 by default. */
  readonly depth?: number;
  /** Milliseconds between two looks at the head. 4,000 by default. */
  readonly pollInterval?: number;
  /** Wei per gas, tip included, that a transaction offers at most. 200 gwei by default. */
  readonly feeCap?: bigint;
  /** Wei per gas of the least tip. 0.01 gwei by default. */
  readonly leastTip?: bigint;
  /** Blocks after which a transaction that is not mined offers more. 3 by default. */
  readonly patience?: number;
  /** Transactions that wait to be mined at the same time. 16 by default. */
  readonly maxInFlight?: number;
  /** Disputes at once that the account should be able to pay for. 50 by default. */
  readonly maxDisputes?: number;
  /** Submissions mined long ago whose names are remembered. 10,000 by default. */
  readonly remembered?: number;
  /** Milliseconds for a request. 10,000 by default. */
  readonly timeout?: number;
  /** Milliseconds for which an endpoint that failed is passed over, and between two comparisons of all. 30,000. */
  readonly rest?: number;
  /** Blocks that an endpoint may be behind the others. 10 by default. */
  readonly maxLag?: number;
  /** Bytes of one answer. 64 MiB by default. */
  readonly maxAnswer?: number;
}

const GWEI = 10n ** 9n;

const DEFAULTS = {
  fromBlock: 0,
  confirmations: 12,
  depth: 64,
  pollInterval: 4_000,
  feeCap: 200n * GWEI,
  leastTip: GWEI / 100n,
  patience: 3,
  maxInFlight: 16,
  maxDisputes: 50,
  remembered: 10_000,
  timeout: 10_000,
  rest: 30_000,
  maxLag: 10,
  maxAnswer: 64 * 2 ** 20,
};

const adjudicator = Adjudicator__factory.createInterface();
const token = new Interface(["function balanceOf(address account) view returns (uint256)"]);

/** A chain behind JSON-RPC endpoints. Follows the logs of one adjudicator, and sends for one account. */
export class EthersChain implements Chain {
  private readonly options: EthersChainOptions & typeof DEFAULTS;
  private readonly endpoints: Endpoints;
  private readonly reader: Reader;
  private readonly follower: Follower;
  private readonly facts: Facts;
  private readonly outbox: Outbox;
  private readonly rounds = new Repeater(() => this.round());
  private readonly accounts: ReadonlyMap<Destination, Address>;
  private readonly channels = new Set<ChannelId>();
  private handler: ChainHandler | undefined;
  private reportedHead: Hex | undefined;
  private nextSurvey = 0;
  private readonly waiting = new Map<Address, ChannelView["held"]>();
  private outage = false;
  private started = false;
  private closed = false;
  private cancelPoll: () => void = () => undefined;

  constructor(options: EthersChainOptions) {
    this.options = { ...DEFAULTS, ...options };
    const { store, chainId, key, confirmations, depth } = this.options;
    const alarm = (alarm: ChainAlarm) => this.handler?.alarm(alarm);
    this.endpoints = new Endpoints({ ...this.options, alarm });
    this.reader = new Reader(this.endpoints, options.adjudicator);
    this.follower = new Follower({ ...this.options, reader: this.reader, depth: Math.max(depth, confirmations) });
    this.facts = new Facts(this.endpoints, this.reader);
    const account = new Account(this.endpoints, key, chainId);
    const entries = new Entries(store, this.options.remembered);
    const watchman = new Watchman({ ...this.options, account, openChannels: () => this.channels.size, alarm });
    const sender = new Sender({ ...this.options, account, entries, watchman });
    const done = (id: string, fate: Fate) => this.handler?.done(id, fate);
    this.outbox = new Outbox({ ...this.options, account, entries, sender, watchman, done });
    const accounts = options.accounts ?? [account.address];
    this.accounts = new Map(accounts.map((address) => [accountDestination(address), address]));
    for (const destination of this.accounts.keys()) this.follower.watch(destination);
  }

  /**
   * @throws SluiceError `CHAIN_WRONG` when the endpoints belong to another chain, or there is no contract at the
   * adjudicator's address; `RPC_UNREACHABLE` when none answers. It can be called again then.
   */
  async start(handler: ChainHandler): Promise<void> {
    this.handler = handler;
    const code = await this.endpoints.request("eth_getCode", [this.options.adjudicator, "latest"], parseBytes);
    if (code === "0x") {
      throw new SluiceError(
        "CHAIN_WRONG",
        `There is no contract at ${this.options.adjudicator}.`,
        "Nothing was sent; correct the address of the adjudicator, or the chain.",
      );
    }
    await this.follower.open();
    await this.follower.advance();
    this.started = true;
    await this.rounds.run();
    this.poll();
  }

  watch(id: ChannelId, isNew = false): void {
    this.channels.add(id);
    this.follower.watch(channelDestination(id), isNew);
    if (this.started) void this.rounds.run();
  }

  unwatch(id: ChannelId): void {
    this.channels.delete(id);
    this.follower.unwatch(channelDestination(id));
  }

  follow(registry: Address, key: Hex): void {
    this.facts.follow(registry, key);
    if (this.started) void this.rounds.run();
  }

  unfollow(registry: Address, key: Hex): void {
    this.facts.unfollow(registry, key);
  }

  submit(submission: Submission): Promise<void> {
    return this.outbox.submit(submission);
  }

  cancel(id: string): void {
    this.outbox.cancel(id);
  }

  balanceOf(account: Address, asset: Address): Promise<bigint> {
    if (asset === NATIVE) return this.endpoints.request("eth_getBalance", [account, "latest"], parseQuantity);
    return this.read(asset, token.encodeFunctionData("balanceOf", [account]));
  }

  authorize(id: ChannelId, deposits: readonly Deposit[]): Promise<Authorization[]> {
    const { key, chainId, adjudicator } = this.options;
    const read = (to: Address, data: Hex) => this.endpoints.request("eth_call", [{ to, data }, "latest"], parseBytes);
    const payer = { key, address: toAddress(computeAddress(key)), chainId, adjudicator };
    return signAuthorizations(read, payer, id, deposits);
  }

  held(destination: Destination, asset: Address): Promise<bigint> {
    return this.read(this.options.adjudicator, adjudicator.encodeFunctionData("held", [destination, asset]));
  }

  async head(): Promise<Block> {
    return blockOf(await this.reader.head());
  }

  async close(): Promise<void> {
    this.closed = true;
    this.cancelPoll();
    this.endpoints.close();
    await Promise.all([this.rounds.idle(), this.outbox.close()]);
  }

  private poll(): void {
    if (this.closed) return;
    this.cancelPoll = this.options.clock.after(this.options.pollInterval, () => {
      void this.rounds.run().then(() => this.poll());
    });
  }

  /** Reads what is new, tells it, and lets the outbox go on. What endpoints fail to answer is read the next time. */
  private async round(): Promise<void> {
    const failure = await this.readOn();
    if (this.closed) return;
    this.tellOutage(failure);
    if (failure === undefined || this.follower.isCurrent) this.tell();
  }

  /** Returns why something could not be read, if so. */
  private async readOn(): Promise<Error | undefined> {
    try {
      await this.survey();
      await this.follower.advance();
      await this.follower.readHistories();
      await this.facts.read(this.follower.head!, this.follower.confirmed);
      return undefined;
    } catch (error) {
      if (isOutage(error)) return error;
      throw error;
    }
  }

  private async survey(): Promise<void> {
    const now = this.options.clock.now();
    if (now < this.nextSurvey) return;
    this.nextSurvey = now + this.options.rest;
    await this.endpoints.survey();
  }

  private tellOutage(failure: Error | undefined): void {
    const known = this.outage;
    this.outage = failure !== undefined;
    if (failure === undefined || known) return;
    const message = failure instanceof SluiceError ? failure.message : "The endpoints of the chain refuse to answer.";
    this.handler!.alarm({ code: "RPC_UNREACHABLE", message });
  }

  private tell(): void {
    const head = this.follower.head!;
    for (const report of this.follower.report()) this.tellReport(report);
    const facts = this.facts.report();
    if (facts.length > 0) this.handler!.facts(facts);
    if (head.hash !== this.reportedHead) this.handler!.block(blockOf(head), this.facts.confirmedTime);
    this.reportedHead = head.hash;
    this.outbox.onHead(head);
  }

  private tellReport({ destination, latest, confirmed }: Report): void {
    const account = this.accounts.get(destination);
    if (account === undefined) return this.handler!.channel(destination as Hex as ChannelId, latest, confirmed);
    const told = this.waiting.get(account) ?? {};
    for (const asset of new Set([...Object.keys(told), ...Object.keys(confirmed.held)]) as Set<Address>) {
      const amount = confirmed.held[asset] ?? 0n;
      if (amount !== (told[asset] ?? 0n)) this.handler!.waiting(account, asset, amount);
    }
    this.waiting.set(account, confirmed.held);
  }

  private async read(to: Address, data: string): Promise<bigint> {
    return BigInt(await this.endpoints.request("eth_call", [{ to, data }, "latest"], parseBytes));
  }
}

function blockOf({ number, hash, timestamp }: Header): Block {
  return { number: BigInt(number), hash, timestamp };
}
