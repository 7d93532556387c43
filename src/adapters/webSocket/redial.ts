import type { Clock } from "../../ports/clock";
import { BACKOFF } from "./limits";

/**
 * Tries again and again, later each time, at moments that others cannot guess: a server that comes back is not run down
 * by all its peers at once.
 */
export class Redial {
  #failures = 0;
  #cancel: (() => void) | undefined;

  constructor(
    private readonly clock: Clock,
    private readonly attempt: () => void,
  ) {}

  /** Tries after a while, unless that is due already. */
  later(): void {
    if (this.#cancel !== undefined) return;
    const longest = Math.min(BACKOFF.most, BACKOFF.least * 2 ** this.#failures++);
    this.#cancel = this.clock.after(Math.ceil(longest * (0.5 + Math.random() / 2)), () => this.now());
  }

  /** Tries at once. */
  now(): void {
    this.stop();
    this.attempt();
  }

  /** Forgets about failures: the last connection was a good one. */
  reset(): void {
    this.#failures = 0;
  }

  /** Calls off what is due. */
  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }
}
