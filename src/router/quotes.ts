/** What a node exchanges one asset for another at. A rate that was quoted holds for a while, whatever it is by then. */
import type { Address } from "../protocol/types";
import { pairOf, type Rate, type RouterContext } from "./context";

/** A rate that somebody was told. */
interface Quote extends Rate {
  readonly peer: Address;
  readonly pair: string;
  readonly until: number;
}

/** Quotes that hold at the same time, at most. */
const MAX_QUOTES = 10_000;

export class Quotes {
  private open: Quote[] = [];

  /** What a peer would get now; undefined if these are not exchanged. */
  quote({ settings, now }: RouterContext, peer: Address, give: Address, get: Address): Rate | undefined {
    const rate = settings.rates.get(pairOf(give, get));
    if (rate === undefined) return undefined;
    this.open = this.open.filter(({ until }) => until > now).slice(1 - MAX_QUOTES);
    this.open.push({ ...rate, peer, pair: pairOf(give, get), until: now + settings.quoteFor });
    return rate;
  }

  /** Whether so much of one asset is worth so much of another, by what holds now or was quoted to this peer. */
  isWorth(
    { settings, now }: RouterContext,
    peer: Address,
    given: { readonly asset: Address; readonly amount: bigint },
    wanted: { readonly asset: Address; readonly amount: bigint },
  ): boolean {
    const pair = pairOf(given.asset, wanted.asset);
    const current = settings.rates.get(pair);
    const quoted = this.open.filter((quote) => quote.peer === peer && quote.pair === pair && quote.until > now);
    return [...(current === undefined ? [] : [current]), ...quoted].some(
      (rate) => amountAt(rate, given.amount) >= wanted.amount,
    );
  }
}

/** What an amount is exchanged for at a rate, rounded down. */
export function amountAt({ give, get }: Rate, amount: bigint): bigint {
  return (amount * get) / give;
}
