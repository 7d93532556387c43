import type { Clock } from "../../ports/clock";

/** The least that anything costs, in bytes: a tiny message is as much work as a small one. */
const LEAST_COST = 1024;

/** How much may be read from a peer: fills up steadily, to what one second is worth. */
export class Budget {
  #left: number;
  #asOf: number;

  constructor(
    private readonly bytesPerSecond: number,
    private readonly clock: Clock,
  ) {
    this.#left = bytesPerSecond;
    this.#asOf = clock.now();
  }

  /** Pays for this many bytes. Returns how many milliseconds to read nothing, to make up for what was overdrawn. */
  spend(bytes: number): number {
    const now = this.clock.now();
    const earned = (Math.max(0, now - this.#asOf) * this.bytesPerSecond) / 1000;
    this.#left = Math.min(this.bytesPerSecond, this.#left + earned) - Math.max(bytes, LEAST_COST);
    this.#asOf = now;
    return this.#left >= 0 ? 0 : Math.ceil((-this.#left * 1000) / this.bytesPerSecond);
  }
}
