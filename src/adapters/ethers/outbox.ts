import { SluiceError } from "../../errors";
import type { Fate, Submission } from "../../ports/chain";
import type { Clock } from "../../ports/clock";
import type { Address, Hex } from "../../protocol/types";
import { approval, type Account } from "./account";
import { actionOf, type Action } from "./calls";
import type { Entries, Entry, Step } from "./entries";
import { priceAt, replacementPrice, urgencyOf, type Market, type Price } from "./fees";
import { Repeater } from "./repeater";
import { revertName } from "./reverts";
import { RpcError } from "./rpc";

import type { Receipt } from "./shapes";
import type { Watchman } from "./watchman";

export interface OutboxOptions {
  readonly account: Account;
  readonly adjudicator: Address;
  readonly entries: Entries;
  /** Blocks on top of a transaction before it is reported. */
  readonly confirmations: number;
  /** Blocks after which a finished transaction is no longer looked after. */
  readonly depth: number;
  /** Wei per gas: what is offered at most, the tip included. */
  readonly feeCap: bigint;
  /** Wei per gas: the least tip. */
  readonly leastTip: bigint;
  /** Blocks after which a transaction that was not mined is replaced by one that pays more. */
  readonly patience: number;
  /** Transactions that wait to be mined at the same time. */
  readonly maxInFlight: number;
  readonly watchman: Watchman;
  readonly clock: Clock;
  readonly done: (id: string, fate: Fate) => void;
}

/** An allowance is reset to zero and set. A token that still shows too little is not asked again. */
const MOST_APPROVALS = 2;
/** Gas limit of a transaction that only uses up a nonce. */
const FILLER_GAS = 50_000n;
/** Later than every deadline. */
const NEVER = 2n ** 64n;

/** The head for which the outbox works. */
export interface Tick {
  readonly number: number;
  readonly hash: Hex;
  /** Unix time in seconds. */
  readonly timestamp: bigint;
}

/** What the chain says of the account, at one head. */
interface Situation extends Tick {
  readonly market: Market;
  readonly used: number;
}

/**
 * Takes transactions to the chain. What it has signed is durable before it is sent, and everything that it signs for one
 * step of a submission has the same nonce: whatever crashes, and however often it is sent, it is mined once.
 */
export class Outbox {
  private readonly rounds = new Repeater(() => this.attemptRound());
  private readonly durable = new Map<string, Promise<void>>();
  private tick: Tick | undefined;
  /** Whether the last round came to its end. */
  private settled = false;
  private closed = false;
  private missing: { readonly nonce: number; readonly since: number } | undefined;

  constructor(private readonly options: OutboxOptions) {}

  /** Resolves once the submission is durable. @throws SluiceError as the store */
  async submit({ id, call, deadline }: Submission): Promise<void> {
    const { entries } = this.options;
    const known = entries.get(id);
    if (known?.end !== undefined) this.options.done(id, known.end.fate); // whoever asks again has not heard
    if (known !== undefined || entries.wasDone(id)) return this.durable.get(id);
    const since = this.tick?.timestamp ?? BigInt(Math.floor(this.options.clock.now() / 1000));
    const written = entries.put({ id, call, deadline, since, order: entries.takeOrder(), steps: [], end: undefined });
    this.durable.set(id, written);
    try {
      await written;
    } finally {
      this.durable.delete(id);
    }
    void this.rounds.run();
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

  /** Of endpoints and stores that fail, others tell; nothing was sent that is not durable, and the next head tries again. */
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
    const { account, entries, leastTip } = this.options;
    const [used, market] = await Promise.all([account.nonceAt("latest"), account.market(leastTip)]);
    const now: Situation = { ...tick, used, market };
    for (const entry of entries.all()) if (entry.steps.length > 0) await this.lookAfter(entry, now);
    for (const entry of this.queue()) {
      if (this.inFlight().length >= this.options.maxInFlight) break;
      if (!this.mustWait(entry)) await this.startStep(entry, now);
    }
    await this.fillGap(now);
    await this.options.watchman.look(entries.all(), now);
  }

  /* UNDER WAY */

  private async lookAfter(entry: Entry, now: Situation): Promise<void> {
    if (entry.end !== undefined) return this.lookBack(entry, now);
    for (const step of entry.steps) if (step.nonce >= now.used) await this.keepAlive(entry, step, now);
    const step = entry.steps.at(-1)!;
    if (step.nonce >= now.used) return;
    const receipt = await this.receiptOf(step);
    if (receipt === undefined) return this.checkNonce(entry, step, now);
    const mined = receipt.status === 1;
    if (mined && step.kind === "approve") return this.startStep(entry, now);
    if (receipt.blockNumber > now.number - this.options.confirmations) return;
    if (mined) await this.finish(entry, step, receipt);
    else await this.giveUp(entry, await this.reasonOf(step, receipt));
  }

  /** Sends again what was not mined; for a better price if it has waited. */
  private async keepAlive(entry: Entry, step: Step, now: Situation): Promise<void> {
    const last = step.attempts.at(-1)!;
    if (now.number - last.block < this.options.patience) return this.send(last.raw);
    const { feeCap } = this.options;
    const price = replacementPrice(last.price, this.priceOf(entry, step.nonce, now), feeCap);
    if (price !== undefined) return this.sign(entry, step, price, now);
    this.options.watchman.isStuck(entry);
    return this.send(last.raw);
  }

  /** Notices that somebody else has used the nonce, and takes another one then. */
  private async checkNonce(entry: Entry, step: Step, now: Situation): Promise<void> {
    const hashes = step.attempts.map(({ hash }) => hash);
    const block = Math.max(0, now.number - this.options.confirmations);
    if (!(await this.options.account.lostNonce(step.nonce, hashes, block))) return;
    if (entry.call === undefined) return this.options.entries.remove(entry.id); // the gap is filled
    await this.options.entries.put({ ...entry, steps: entry.steps.slice(0, -1) });
  }

  /** Sends a finished transaction again if a reorganisation took it away; lets it go when that is no longer possible. */
  private async lookBack(entry: Entry, now: Situation): Promise<void> {
    const { entries, depth } = this.options;
    const step = entry.steps.at(-1)!;
    if (step.nonce < now.used && now.number - entry.end!.block < depth) return;
    const receipt = step.nonce < now.used ? await this.receiptOf(step) : undefined;
    if (receipt?.status === 1) return entries.retire(entry);
    const again = { ...entry, end: undefined };
    await entries.put(again);
    await this.lookAfter(again, now);
  }

  private async receiptOf(step: Step): Promise<Receipt | undefined> {
    for (const { hash } of [...step.attempts].reverse()) {
      const receipt = await this.options.account.receipt(hash);
      if (receipt !== null) return receipt;
    }
    return undefined;
  }

  private async finish(entry: Entry, step: Step, { transactionHash, blockNumber, gasUsed }: Receipt): Promise<void> {
    const { entries, done } = this.options;
    if (entry.call === undefined) return entries.remove(entry.id);
    const fate: Fate = { kind: "mined", hash: transactionHash, gasUsed };
    this.options.watchman.forget(entry);
    done(entry.id, fate); // before it is written: a crash in between makes it heard twice, not never
    await entries.put({ ...entry, end: { fate, block: blockNumber } });
  }

  private async giveUp(entry: Entry, error: string): Promise<void> {
    this.options.watchman.forget(entry);
    if (entry.call !== undefined) this.options.done(entry.id, { kind: "reverted", error });
    await this.options.entries.remove(entry.id);
  }

  /** Why a mined transaction failed, as far as a repetition shows it. */
  private async reasonOf(step: Step, { blockNumber }: Receipt): Promise<string> {
    try {
      await this.options.account.call(step.action, blockNumber);
      return "Reverted";
    } catch (error) {
      if (error instanceof RpcError) return revertName(error);
      throw error;
    }
  }

  /* TO BE SENT */

  /** Not yet sent, the most urgent first. */
  private queue(): Entry[] {
    const queued = this.options.entries.all().filter(({ steps }) => steps.length === 0);
    return queued.sort((a, b) => Number((a.deadline ?? NEVER) - (b.deadline ?? NEVER)) || a.order - b.order);
  }

  private inFlight(): Entry[] {
    return this.options.entries.all().filter(({ steps, end }) => steps.length > 0 && end === undefined);
  }

  /** Deposits of one token share an allowance: one after the other. */
  private mustWait({ call }: Entry): boolean {
    if (call?.kind !== "deposit") return false;
    return this.inFlight().some((other) => other.call?.kind === "deposit" && other.call.token === call.token);
  }

  private async startStep(entry: Entry, now: Situation): Promise<void> {
    const { account } = this.options;
    try {
      const { kind, action } = await this.nextAction(entry);
      const gasLimit = ((await account.estimate(action)) * 5n) / 4n;
      const nonce = await this.nextNonce();
      const step: Step = { kind, action, nonce, gasLimit, attempts: [] };
      await this.sign(entry, step, this.priceOf(entry, nonce, now), now);
    } catch (error) {
      if (!(error instanceof RpcError)) throw error;
      if (error.isRevert) await this.giveUp(entry, revertName(error));
      else this.hearRefusal(error);
    }
  }

  /** What comes next for an entry: the call, or the approval that it needs first. */
  private async nextAction({ call, steps }: Entry): Promise<{ kind: Step["kind"]; action: Action }> {
    const { account, adjudicator } = this.options;
    if (call === undefined) throw new Error("What fills a gap is signed when the gap is found.");
    const action = actionOf(adjudicator, call);
    if (call.kind !== "deposit" || steps.length >= MOST_APPROVALS) return { kind: "call", action };
    const allowance = await account.allowance(call.token, adjudicator);
    if (allowance >= call.amount) return { kind: "call", action };
    const approve = approval(call.token, adjudicator, call.amount);
    if (allowance === 0n || (await this.succeeds(approve))) return { kind: "approve", action: approve };
    return { kind: "approve", action: approval(call.token, adjudicator, 0n) }; // some tokens only change it from zero
  }

  private async succeeds(action: Action): Promise<boolean> {
    try {
      await this.options.account.estimate(action);
      return true;
    } catch (error) {
      if (error instanceof RpcError && error.isRevert) return false;
      throw error;
    }
  }

  /** After all that are known, of this outbox and of any other wallet with this key. */
  private async nextNonce(): Promise<number> {
    const own = this.options.entries.all().flatMap(({ steps }) => steps.map(({ nonce }) => nonce + 1));
    return Math.max(await this.options.account.nonceAt("pending"), ...own);
  }

  /** Signs one more attempt at a step, and sends it once it is durable. */
  private async sign(entry: Entry, step: Step, price: Price, now: Situation): Promise<void> {
    const { account, entries } = this.options;
    const signed = account.sign(step.action, step.nonce, step.gasLimit, price);
    const attempts = [...step.attempts, { ...signed, price, block: now.number }];
    const current = entries.get(entry.id) ?? entry;
    const others = current.steps.filter(({ nonce }) => nonce !== step.nonce);
    const steps = [...others, { ...step, attempts }].sort((a, b) => a.nonce - b.nonce);
    await entries.put({ ...current, steps });
    await this.send(signed.raw);
  }

  private async send(raw: Hex): Promise<void> {
    const refusal = await this.options.account.broadcast(raw);
    if (refusal !== undefined) this.hearRefusal(refusal);
  }

  /** Whoever has to be mined later waits for all lower nonces: the most urgent of them sets the price. */
  private priceOf(entry: Entry, nonce: number, now: Situation): Price {
    const later = this.inFlight().filter(({ steps }) => steps.at(-1)!.nonce > nonce);
    const urgencies = [entry, ...later].map(({ since, deadline }) => urgencyOf(since, deadline, now.timestamp));
    const urgency = urgencies.reduce((highest, one) => (one > highest ? one : highest));
    return priceAt(now.market, this.options.feeCap, urgency);
  }

  /** Uses up a nonce below those of this outbox that nobody uses: what another wallet has sent there got lost. */
  private async fillGap(now: Situation): Promise<void> {
    const nonces = this.inFlight().flatMap(({ steps }) => steps.map(({ nonce }) => nonce));
    if (nonces.length === 0 || Math.min(...nonces) <= now.used) return void (this.missing = undefined);
    const nonce = await this.options.account.nonceAt("pending");
    if (nonces.includes(nonce) || nonce > Math.max(...nonces)) return void (this.missing = undefined);
    if (this.missing?.nonce !== nonce) this.missing = { nonce, since: now.number };
    if (now.number - this.missing.since < this.options.patience) return;
    const { account, entries } = this.options;
    const entry: Entry = {
      id: `nonce ${nonce}`,
      call: undefined,
      deadline: undefined,
      since: now.timestamp,
      order: entries.takeOrder(),
      steps: [],
      end: undefined,
    };
    const action: Action = { to: account.address, data: "0x", value: 0n };
    const step: Step = { kind: "call", action, nonce, gasLimit: FILLER_GAS, attempts: [] };
    await this.sign(entry, step, this.priceOf(entry, nonce, now), now);
  }

  private hearRefusal({ message }: RpcError): void {
    if (/insufficient funds|enough funds/i.test(message)) this.options.watchman.cannotPay();
  }
}
