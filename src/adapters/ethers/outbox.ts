import { SluiceError } from "../../errors";
import type { Fate, Submission } from "../../ports/chain";
import type { Clock } from "../../ports/clock";
import type { Address, Hex } from "../../protocol/types";
import type { Account } from "./account";
import { inFlight, type Entries, type Entry, type Step } from "./entries";
import { Repeater } from "./repeater";
import { revertName, UNKNOWN_REVERT } from "./reverts";
import { RpcError } from "./rpc";
import type { Sender, Situation } from "./sender";
import type { Receipt } from "./shapes";
import type { Watchman } from "./watchman";

export interface OutboxOptions {
  readonly account: Account;
  readonly entries: Entries;
  readonly sender: Sender;
  readonly watchman: Watchman;
  readonly clock: Clock;
  /** Blocks on top of a transaction before it is reported. */
  readonly confirmations: number;
  /** Blocks after which a finished transaction is no longer looked after. */
  readonly depth: number;
  /** Wei per gas: the least tip. */
  readonly leastTip: bigint;
  /** Submissions that wait to be mined at the same time. */
  readonly maxInFlight: number;
  readonly done: (id: string, fate: Fate) => void;
}

/** The head for which the outbox works. */
export interface Tick {
  readonly number: number;
  readonly hash: Hex;
  /** Unix time in seconds. */
  readonly timestamp: bigint;
}

/** Later than every deadline. */
const NEVER = 2n ** 64n;

/**
 * Takes transactions to the chain. What it has signed is durable before it is sent, and everything that it signs for one
 * step of a submission has the same nonce: whatever crashes, and however often it is sent, it is mined once.
 */
export class Outbox {
  private readonly rounds = new Repeater(() => this.attemptRound());
  /** Submissions that are being written. */
  private readonly writing = new Map<string, Promise<void>>();
  /** Submissions that are not wanted any more. */
  private readonly cancelled = new Set<string>();
  /** Submissions whose end is to be told again. */
  private readonly askedAgain = new Set<string>();
  private tick: Tick | undefined;
  /** Whether the last round came to its end. */
  private settled = false;
  private closed = false;

  constructor(private readonly options: OutboxOptions) {}

  /** Resolves once the submission is durable. @throws SluiceError as the store */
  async submit({ id, call, deadline }: Submission): Promise<void> {
    const { entries, clock } = this.options;
    this.cancelled.delete(id);
    const known = entries.get(id) !== undefined;
    if (known || entries.wasDone(id)) {
      this.askedAgain.add(id);
      await this.writing.get(id);
    } else {
      const since = this.tick?.timestamp ?? BigInt(Math.floor(clock.now() / 1000));
      const written = entries.put(entries.create(id, call, since, deadline));
      this.writing.set(id, written);
      await written.finally(() => this.writing.delete(id));
    }
    void this.rounds.run();
  }

  /** Takes a submission back at the next round, unless something of it was sent. */
  cancel(id: string): void {
    this.cancelled.add(id);
  }

  /** Looks after everything, if this head is new or something is left from the last time. Returns at once. */
  onHead(tick: Tick): void {
    if (this.tick?.hash === tick.hash && this.settled) return;
    this.tick = tick;
    void this.rounds.run();
  }

  /** Stops; what is under way goes on with the next outbox on the same store. */
  async close(): Promise<void> {
    this.closed = true;
    await this.rounds.idle();
  }

  /** Of endpoints and stores that fail, others tell; nothing was sent that is not durable, and it is tried again. */
  private async attemptRound(): Promise<void> {
    if (this.tick === undefined || this.closed) return;
    this.settled = false;
    try {
      await this.round(this.tick);
      this.settled = true;
    } catch (error) {
      if (!(error instanceof RpcError || error instanceof SluiceError)) throw error;
    }
  }

  private async round(tick: Tick): Promise<void> {
    const { account, entries, leastTip, sender, watchman } = this.options;
    this.tellAgain();
    await this.dropCancelled();
    const [used, market] = await Promise.all([account.nonceAt("latest"), account.market(leastTip)]);
    const now: Situation = { ...tick, used, market };
    for (const entry of entries.all()) if (entry.steps.length > 0) await this.lookAfter(entry, now);
    await this.startQueued(now);
    await sender.fillGap(now);
    await watchman.look(entries.all(), now);
  }

  private async dropCancelled(): Promise<void> {
    const { entries } = this.options;
    const ids = [...this.cancelled];
    this.cancelled.clear();
    for (const id of ids) if (entries.get(id)?.steps.length === 0) await entries.remove(id);
  }

  /** Whoever submits again what was mined has not heard of it. */
  private tellAgain(): void {
    for (const id of this.askedAgain) {
      const end = this.options.entries.get(id)?.end;
      if (end !== undefined) this.options.done(id, end.fate);
    }
    this.askedAgain.clear();
  }

  /** Sends what was not sent yet, the most urgent first. Deposits of one token share an allowance: one at a time. */
  private async startQueued(now: Situation): Promise<void> {
    const { entries, maxInFlight } = this.options;
    const all = entries.all();
    const queue = all.filter(({ steps }) => steps.length === 0);
    queue.sort((a, b) => Number((a.deadline ?? NEVER) - (b.deadline ?? NEVER)) || a.order - b.order);
    const flying = all.filter(inFlight);
    const tokens = new Set(flying.map(depositedToken));
    let room = maxInFlight - flying.length;
    for (const entry of queue) {
      const token = depositedToken(entry);
      if (room <= 0) return;
      if (token !== undefined && tokens.has(token)) continue;
      await this.start(entry, now);
      if ((entries.get(entry.id)?.steps.length ?? 0) === 0) continue; // it would revert, or there is no coin for it
      tokens.add(token);
      room--;
    }
  }

  private async start(entry: Entry, now: Situation): Promise<void> {
    const error = await this.options.sender.start(entry, now);
    if (error !== undefined) await this.giveUp(entry, error);
  }

  private async lookAfter(entry: Entry, now: Situation): Promise<void> {
    if (entry.end !== undefined) return this.lookBack(entry, entry.end.block, now);
    for (const step of entry.steps) if (step.nonce >= now.used) await this.options.sender.repeat(entry, step, now);
    const step = entry.steps.at(-1)!;
    if (step.nonce >= now.used) return;
    const receipt = await this.receiptOf(step);
    if (receipt === undefined) return this.checkNonce(entry, step, now);
    const mined = receipt.status === 1;
    if (mined && step.kind === "approve") return this.start(entry, now);
    if (receipt.blockNumber > now.number - this.options.confirmations) return;
    if (mined) await this.finish(entry, receipt);
    else await this.giveUp(entry, await this.reasonOf(step, receipt));
  }

  /** Sends a finished transaction again if a reorganisation took it away; lets it go when that cannot happen any more. */
  private async lookBack(entry: Entry, block: number, now: Situation): Promise<void> {
    const { entries, depth } = this.options;
    const step = entry.steps.at(-1)!;
    const isMined = step.nonce < now.used;
    if (isMined && now.number - block < depth) return;
    if (isMined && (await this.receiptOf(step))?.status === 1) return entries.retire(entry);
    const again = { ...entry, end: undefined };
    await entries.put(again);
    await this.lookAfter(again, now);
  }

  /** Notices that somebody else has used the nonce; another one is taken then. */
  private async checkNonce(entry: Entry, step: Step, now: Situation): Promise<void> {
    const { account, confirmations, entries } = this.options;
    const hashes = step.attempts.map(({ hash }) => hash);
    const block = Math.max(0, now.number - confirmations);
    if (!(await account.lostNonce(step.nonce, hashes, block))) return;
    if (entry.call === undefined) return entries.remove(entry.id); // the gap is filled
    await entries.put({ ...entry, steps: entry.steps.slice(0, -1) });
  }

  private async receiptOf(step: Step): Promise<Receipt | undefined> {
    for (const { hash } of [...step.attempts].reverse()) {
      const receipt = await this.options.account.receipt(hash);
      if (receipt !== null) return receipt;
    }
    return undefined;
  }

  private async finish(entry: Entry, { transactionHash, blockNumber, gasUsed }: Receipt): Promise<void> {
    const { entries, watchman, done } = this.options;
    watchman.forget(entry);
    if (entry.call === undefined) return entries.remove(entry.id);
    const fate: Fate = { kind: "mined", hash: transactionHash, gasUsed };
    done(entry.id, fate); // before it is written: a crash in between makes it heard twice, not never
    await entries.put({ ...entry, end: { fate, block: blockNumber } });
  }

  private async giveUp(entry: Entry, error: string): Promise<void> {
    const { entries, watchman, done } = this.options;
    watchman.forget(entry);
    if (entry.call !== undefined) done(entry.id, { kind: "reverted", error });
    await entries.remove(entry.id);
  }

  /** Why a mined transaction failed, as far as a repetition shows it. */
  private async reasonOf(step: Step, { blockNumber }: Receipt): Promise<string> {
    try {
      await this.options.account.call(step.action, blockNumber);
      return UNKNOWN_REVERT;
    } catch (error) {
      if (error instanceof RpcError) return revertName(error);
      throw error;
    }
  }
}

function depositedToken({ call }: Entry): Address | undefined {
  return call?.kind === "deposit" ? call.token : undefined;
}
