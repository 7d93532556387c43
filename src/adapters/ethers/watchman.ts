import type { ChainAlarm } from "../../ports/chain";
import type { Account } from "./account";
import type { Entry } from "./entries";
import { reserveFor, type Market } from "./fees";

export interface WatchmanOptions {
  readonly account: Account;
  readonly openChannels: () => number;
  /** Disputes at once for which the account should be able to pay. */
  readonly maxDisputes: number;
  readonly alarm: (alarm: ChainAlarm) => void;
}

/** Blocks between two looks at the balance. */
const BALANCE_EVERY = 10;

/** Says what a person should know of transactions and of the account that pays for them. Once for each reason. */
export class Watchman {
  private readonly given = new Set<string>();
  private lookedAt = -BALANCE_EVERY;

  constructor(private readonly options: WatchmanOptions) {}

  async look(
    entries: readonly Entry[],
    { timestamp, number, market }: { timestamp: bigint; number: number; market: Market },
  ): Promise<void> {
    for (const entry of entries) this.warnOfDeadline(entry, timestamp);
    if (number < this.lookedAt + BALANCE_EVERY) return;
    await this.checkBalance(market);
    this.lookedAt = number;
  }

  /** An endpoint refused a transaction because the account has too little. */
  cannotPay(): void {
    this.warn("pay", {
      code: "GAS_LOW",
      message: "The account cannot pay for a transaction. It is kept and sent later; send coin to the account.",
    });
  }

  isStuck({ id }: Entry): void {
    this.warn(`stuck ${id}`, {
      code: "TRANSACTION_STUCK",
      message: `"${id}" is not mined although it offers what is allowed at most. Raise the fee cap, or wait.`,
    });
  }

  /** This transaction has come to its end. */
  forget({ id }: Entry): void {
    this.given.delete(`stuck ${id}`);
    this.given.delete(`deadline ${id}`);
  }

  /** From the last quarter of the time on. */
  private warnOfDeadline({ id, since, deadline, end }: Entry, now: bigint): void {
    if (deadline === undefined || end !== undefined || 4n * (deadline - now) > deadline - since) return;
    const left = deadline > now ? `within ${(deadline - now).toString()} seconds` : "at once: its deadline is over";
    this.warn(`deadline ${id}`, { code: "DEADLINE_NEAR", message: `"${id}" must be mined ${left}.` });
  }

  private async checkBalance(market: Market): Promise<void> {
    const { account, openChannels, maxDisputes } = this.options;
    const balance = await account.balance();
    const reserve = reserveFor(openChannels(), maxDisputes, market);
    if (balance >= reserve) {
      this.given.delete("reserve");
      this.given.delete("pay");
      return;
    }
    this.warn("reserve", {
      code: "GAS_LOW",
      message: `The account has ${balance.toString()} wei; disputes may cost ${reserve.toString()}. Send coin to it.`,
    });
  }

  private warn(reason: string, alarm: ChainAlarm): void {
    if (this.given.has(reason)) return;
    this.given.add(reason);
    this.options.alarm(alarm);
  }
}
