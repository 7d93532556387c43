import type { Address, Hex } from "../../protocol/types";
import { approval, type Account } from "./account";
import { actionOf, type Action } from "./calls";
import { inFlight, type Entries, type Entry, type Step } from "./entries";
import { priceAt, replacementPrice, urgencyOf, type Market, type Price } from "./fees";
import { revertName } from "./reverts";
import { RpcError } from "./rpc";
import type { Watchman } from "./watchman";

export interface SenderOptions {
  readonly account: Account;
  readonly adjudicator: Address;
  readonly entries: Entries;
  readonly watchman: Watchman;
  /** Wei per gas: what is offered at most, the tip included. */
  readonly feeCap: bigint;
  /** Blocks after which a transaction that was not mined is replaced by one that pays more. */
  readonly patience: number;
}

/** What the chain says of the account, at one head. */
export interface Situation {
  readonly number: number;
  /** Unix time in seconds. */
  readonly timestamp: bigint;
  readonly market: Market;
  /** The nonce after those of mined transactions. */
  readonly used: number;
}

/** An allowance is reset to zero and set. A token that still shows too little is not asked again. */
const MOST_APPROVALS = 2;
/** Gas limit of a transaction that only uses up a nonce. */
const FILLER_GAS = 50_000n;

/** Signs the steps of submissions and sends them. Nothing is sent before it is durable. */
export class Sender {
  /** The nonce that a gap starts with, and the block in which it was noticed. */
  private gap: { readonly nonce: number; readonly since: number } | undefined;

  constructor(private readonly options: SenderOptions) {}

  /**
   * Signs and sends the next step of a submission.
   * @returns the error with which it would revert, if so: nothing was sent then
   */
  async start(entry: Entry, now: Situation): Promise<string | undefined> {
    const { account } = this.options;
    try {
      const { kind, action } = await this.nextAction(entry);
      const gasLimit = ((await account.estimate(action)) * 5n) / 4n;
      const nonce = await this.nextNonce();
      await this.offer(entry, { kind, action, nonce, gasLimit, attempts: [] }, now);
    } catch (error) {
      if (!(error instanceof RpcError)) throw error;
      if (error.isRevert) return revertName(error);
      this.hear(error);
    }
    return undefined;
  }

  /** Sends again what was not mined; for a better price if it has waited. */
  async repeat(entry: Entry, step: Step, now: Situation): Promise<void> {
    const { feeCap, patience, watchman } = this.options;
    const last = step.attempts.at(-1)!;
    if (now.number - last.block < patience) return this.send(last.raw);
    const price = replacementPrice(last.price, this.priceOf(entry, step.nonce, now), feeCap);
    if (price !== undefined) return this.sign(entry, step, price, now);
    watchman.isStuck(entry);
    return this.send(last.raw);
  }

  /** Uses up a nonce below those that wait here and that nobody uses: what another wallet has sent there got lost. */
  async fillGap(now: Situation): Promise<void> {
    const { account, entries, patience } = this.options;
    const nonces = entries
      .all()
      .filter(inFlight)
      .flatMap(({ steps }) => steps.map(({ nonce }) => nonce));
    const nonce = Math.min(...nonces) > now.used ? await account.nonceAt("pending") : Infinity;
    if (nonces.includes(nonce) || nonce > Math.max(...nonces)) {
      this.gap = undefined;
      return;
    }
    if (this.gap?.nonce !== nonce) this.gap = { nonce, since: now.number };
    if (now.number - this.gap.since < patience) return;
    const action: Action = { to: account.address, data: "0x", value: 0n };
    const filler = entries.create(`nonce ${nonce}`, undefined, now.timestamp, undefined);
    await this.offer(filler, { kind: "call", action, nonce, gasLimit: FILLER_GAS, attempts: [] }, now);
  }

  /** What comes next for a submission: the call, or the approval that it needs first. */
  private async nextAction({ call, steps }: Entry): Promise<Pick<Step, "kind" | "action">> {
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

  /** After all that are known, of this account here and in any other wallet. */
  private async nextNonce(): Promise<number> {
    const own = this.options.entries.all().flatMap(({ steps }) => steps.map(({ nonce }) => nonce + 1));
    return Math.max(await this.options.account.nonceAt("pending"), ...own);
  }

  /** Signs and sends the first attempt at a step. */
  private offer(entry: Entry, step: Step, now: Situation): Promise<void> {
    return this.sign(entry, step, this.priceOf(entry, step.nonce, now), now);
  }

  /** Signs one more attempt at a step, and sends it once it is durable. */
  private async sign(entry: Entry, step: Step, price: Price, now: Situation): Promise<void> {
    const { account, entries } = this.options;
    const signed = account.sign(step.action, step.nonce, step.gasLimit, price);
    const attempts = [...step.attempts, { ...signed, price, block: now.number }];
    const current = entries.get(entry.id) ?? entry; // another step of it may just have been signed again
    const others = current.steps.filter(({ nonce }) => nonce !== step.nonce);
    const steps = [...others, { ...step, attempts }].sort((a, b) => a.nonce - b.nonce);
    await entries.put({ ...current, steps });
    await this.send(signed.raw);
  }

  /** What refuses it now may take it with the next head; who sends with this key and what it owns may change. */
  private async send(raw: Hex): Promise<void> {
    const refusal = await this.options.account.broadcast(raw);
    if (refusal !== undefined) this.hear(refusal);
  }

  private hear({ message }: RpcError): void {
    if (/insufficient funds|enough funds/i.test(message)) this.options.watchman.cannotPay();
  }

  /** Whoever has to be mined later waits for all lower nonces: the most urgent of them sets the price. */
  private priceOf(entry: Entry, nonce: number, now: Situation): Price {
    const later = this.options.entries.all().filter((other) => inFlight(other) && other.steps.at(-1)!.nonce > nonce);
    const urgencies = [entry, ...later].map(({ since, deadline }) => urgencyOf(since, deadline, now.timestamp));
    const urgency = urgencies.reduce((highest, one) => (one > highest ? one : highest));
    return priceAt(now.market, this.options.feeCap, urgency);
  }
}
