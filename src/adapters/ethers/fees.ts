import type { FeeHistory } from "./shapes";

/** What a unit of gas costs, in wei (EIP-1559). */
export interface Price {
  readonly maxFeePerGas: bigint;
  readonly maxPriorityFeePerGas: bigint;
}

/** What the last blocks cost. */
export interface Market {
  readonly baseFee: bigint;
  readonly tip: bigint;
}

/** Steps from the market price to the cap. */
const STEPS = 1_000n;

/** The base fee of the next block, and the median of what the last ones paid on top. */
export function marketOf({ baseFeePerGas, reward }: FeeHistory, leastTip: bigint): Market {
  const tips = (reward ?? []).flat().sort((a, b) => (a < b ? -1 : 1));
  const median = tips[Math.floor(tips.length / 2)] ?? 0n;
  return { baseFee: baseFeePerGas.at(-1)!, tip: median > leastTip ? median : leastTip };
}

/**
 * How near a deadline is: 0 at `since`, 1,000 at the deadline and after. All in seconds; slow at first and steep in the
 * end, so that nobody pays for haste while there is time.
 */
export function urgencyOf(since: bigint, deadline: bigint | undefined, now: bigint): bigint {
  if (deadline === undefined) return 0n;
  if (now >= deadline || since >= deadline) return STEPS;
  const elapsed = now > since ? now - since : 0n;
  return (STEPS * elapsed * elapsed) / (deadline - since) ** 2n;
}

/** What to offer: the market price, with room for the base fee to double, climbing to the cap as `urgency` does. */
export function priceAt({ baseFee, tip }: Market, cap: bigint, urgency: bigint): Price {
  const maxFeePerGas = climb(2n * baseFee + tip, cap, urgency);
  const mostTip = cap > baseFee ? cap - baseFee : 0n;
  return bounded({ maxFeePerGas, maxPriorityFeePerGas: climb(tip, mostTip, urgency) }, cap);
}

/**
 * The price of a transaction that replaces another: at least an eighth more of both, as nodes demand.
 * @returns undefined when that is over the cap
 */
export function replacementPrice(previous: Price, wanted: Price, cap: bigint): Price | undefined {
  const maxFeePerGas = larger(wanted.maxFeePerGas, raised(previous.maxFeePerGas));
  const maxPriorityFeePerGas = larger(wanted.maxPriorityFeePerGas, raised(previous.maxPriorityFeePerGas));
  if (larger(maxFeePerGas, maxPriorityFeePerGas) > cap) return undefined;
  return { maxFeePerGas: larger(maxFeePerGas, maxPriorityFeePerGas), maxPriorityFeePerGas };
}

/** Gas of a call that answers or ends a dispute, roughly. */
const DISPUTE_GAS = 200_000n;

/** Wei that an account needs to face a dispute in each of its channels, at most `bound` of them at once. */
export function reserveFor(openChannels: number, bound: number, { baseFee, tip }: Market): bigint {
  return BigInt(Math.min(openChannels, bound)) * DISPUTE_GAS * (2n * baseFee + tip);
}

function climb(from: bigint, to: bigint, urgency: bigint): bigint {
  return to <= from ? from : from + ((to - from) * urgency) / STEPS;
}

function bounded({ maxFeePerGas, maxPriorityFeePerGas }: Price, cap: bigint): Price {
  const fee = smaller(maxFeePerGas, cap);
  return { maxFeePerGas: fee, maxPriorityFeePerGas: smaller(maxPriorityFeePerGas, fee) };
}

function raised(amount: bigint): bigint {
  return amount + amount / 8n + 1n;
}

function larger(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}

function smaller(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}
