import { type Edge, type EdgeKey } from "./edges";

/** What is known of the money on one side of a channel: this much passes, and this much fails. */
export interface Bounds {
  /** The largest amount known to pass; 0 if none is. */
  readonly passes: bigint;
  /** The smallest amount known to fail; one more than the capacity if none is. */
  readonly fails: bigint;
}

/** Something that was seen, and when: Unix seconds. */
interface Sighting {
  readonly amount: bigint;
  readonly at: bigint;
}

interface Memory {
  readonly passed?: Sighting;
  readonly failed?: Sighting;
}

/** An hour: in this time, half of what a sighting says is forgotten. */
export const HALF_LIFE = 3_600n;
/** How many edges are remembered. */
export const MAX_REMEMBERED = 10_000;

/**
 * What payments taught about the money in channels of others. Both bounds drift back with time, the one to zero and the
 * other to the capacity, since the money moves. The edges seen least recently are forgotten first.
 */
export class Liquidity {
  readonly #memories = new Map<EdgeKey, Memory>();

  constructor(
    private readonly halfLife = HALF_LIFE,
    private readonly limit = MAX_REMEMBERED,
  ) {}

  /** A payment of this amount came past this edge, whatever became of it later. */
  passed(edge: Edge, amount: bigint, now: bigint): void {
    const { passes, fails } = this.bounds(edge, now);
    this.#remember(edge.key, {
      passed: { amount: passes > amount ? passes : amount, at: now },
      ...(fails <= edge.capacity && { failed: { amount: fails > amount ? fails : amount + 1n, at: now } }),
    });
  }

  /** This edge refused a payment of this amount for lack of money. */
  failed(edge: Edge, amount: bigint, now: bigint): void {
    const { passes, fails } = this.bounds(edge, now);
    this.#remember(edge.key, {
      failed: { amount: fails < amount ? fails : amount, at: now },
      ...(passes > 0n && { passed: { amount: passes < amount ? passes : amount - 1n, at: now } }),
    });
  }

  /** What is left of the knowledge by now. */
  bounds({ key, capacity }: Edge, now: bigint): Bounds {
    const { passed, failed } = this.#memories.get(key) ?? {};
    const nothing = capacity + 1n;
    const gap = failed === undefined || failed.amount > nothing ? 0n : nothing - failed.amount;
    const passes = passed === undefined ? 0n : this.#fade(passed.amount, now - passed.at);
    return {
      passes: passes < capacity ? passes : capacity,
      fails: failed === undefined ? nothing : nothing - this.#fade(gap, now - failed.at),
    };
  }

  /** Half of an amount after each half-life, and in a straight line in between: whole numbers, the same everywhere. */
  #fade(amount: bigint, age: bigint): bigint {
    if (age <= 0n) return amount;
    const halved = amount >> (age / this.halfLife);
    return halved - (halved * (age % this.halfLife)) / (2n * this.halfLife);
  }

  #remember(key: EdgeKey, memory: Memory): void {
    this.#memories.delete(key);
    this.#memories.set(key, memory);
    if (this.#memories.size > this.limit) this.#memories.delete(this.#memories.keys().next().value!);
  }
}

/**
 * How many attempts are expected to fail before one passes, in millionths: `(1 - p) / p`, where the chance `p` of an
 * amount falls evenly from 1 at `passes` to 0 at `fails`. Undefined if it is known to fail.
 */
export function expectedFailures({ passes, fails }: Bounds, amount: bigint): bigint | undefined {
  if (amount >= fails) return undefined;
  return amount <= passes ? 0n : ((amount - passes) * 1_000_000n) / (fails - amount);
}
