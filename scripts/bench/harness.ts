import { setImmediate, setTimeout } from "node:timers/promises";

/** One measured number. */
export interface Row {
  readonly name: string;
  readonly value: number;
  /** `1/s`, `ms`, `bytes`, … */
  readonly unit: string;
}

/** Measures everything there is to say about one topic. */
export type Topic = () => Promise<Row[]>;

const ROUNDS = 9;
const ROUND_MS = 100;
/** For what others take part in: until they are warm as well, and as long as a garbage collection does not matter. */
const WARM_UP_MS = 3_000;
const LONG_ROUND_MS = 1_000;

/** How often a second something can be done: the median of some rounds, after one that warms up. */
export async function perSecond(name: string, action: () => unknown): Promise<Row> {
  const rates: number[] = [];
  oneRound(action);
  for (let round = 0; round < ROUNDS; round++) {
    rates.push(oneRound(action));
    await setImmediate(); // lets progress be shown
  }
  return { name, value: percentile(rates, 50), unit: "1/s" };
}

/**
 * How often a second something can be done that takes a while, by some that go on at once, each with one after the
 * other: the median of some rounds, after a time to warm up.
 */
export async function perSecondAtOnce(name: string, actions: readonly (() => Promise<unknown>)[]): Promise<Row> {
  let count = 0;
  let going = true;
  const run = async (action: () => Promise<unknown>): Promise<void> => {
    for (; going; count++) await action();
  };
  const running = Promise.all(actions.map(run));
  const rates = ratesOf(() => count).finally(() => (going = false));
  const [measured] = await Promise.all([rates, running]);
  return { name, value: percentile(measured, 50), unit: "1/s" };
}

/** How fast a count grows, by round, after a time to warm up. */
export async function ratesOf(count: () => number | Promise<number>): Promise<number[]> {
  await setTimeout(WARM_UP_MS);
  const rates: number[] = [];
  let [before, start] = [await count(), performance.now()];
  for (let round = 0; round < ROUNDS; round++) {
    await setTimeout(LONG_ROUND_MS);
    const [after, end] = [await count(), performance.now()];
    rates.push((1_000 * (after - before)) / (end - start));
    [before, start] = [after, end];
  }
  return rates;
}

/** The nearest-rank percentile of some numbers, in any order: `percentile(latencies, 99)`. */
export function percentile(values: readonly number[], percent: number): number {
  if (values.length === 0) throw new Error("Nothing was measured: there is no percentile of no numbers.");
  const sorted = Float64Array.from(values).sort();
  const rank = Math.ceil((percent / 100) * sorted.length);
  return sorted[Math.max(rank, 1) - 1]!;
}

/** One row per percentile: `latency-p50-ms` and so on. */
export function percentileRows(name: string, values: readonly number[], unit: string, percents = [50, 99]): Row[] {
  return percents.map((percent) => ({ name: `${name}-p${percent}-${unit}`, value: percentile(values, percent), unit }));
}

/** Says on standard error, every two seconds, that something still runs. */
export async function withProgress<T>(what: string, work: () => Promise<T>): Promise<T> {
  const start = performance.now();
  const seconds = (): number => Math.round((performance.now() - start) / 1_000);
  const timer = setInterval(() => console.error(`${what}: measuring for ${seconds()} s …`), 2_000);
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
}

function oneRound(action: () => unknown): number {
  const start = performance.now();
  let count = 0;
  let elapsed = 0;
  for (let batch = 1; elapsed < ROUND_MS; batch *= 2) {
    for (let i = 0; i < batch; i++) action();
    count += batch;
    elapsed = performance.now() - start;
  }
  return (1_000 * count) / elapsed;
}
