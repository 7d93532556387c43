import type { Clock } from "../../../../src/ports/clock";

/** Time that passes when it is told to. */
export class ManualClock implements Clock {
  #now = 1_700_000_000_000;
  readonly #due = new Map<() => void, number>();

  now(): number {
    return this.#now;
  }

  after(milliseconds: number, callback: () => void): () => void {
    const entry = (): void => callback();
    this.#due.set(entry, this.#now + milliseconds);
    return () => this.#due.delete(entry);
  }

  /** Lets time pass, and calls back whoever waited, in order. */
  advance(milliseconds: number): void {
    const end = this.#now + milliseconds;
    for (;;) {
      const [next] = [...this.#due].filter(([, at]) => at <= end).sort(([, a], [, b]) => a - b);
      if (next === undefined) break;
      const [entry, at] = next;
      this.#due.delete(entry);
      this.#now = Math.max(this.#now, at);
      entry();
    }
    this.#now = end;
  }

  /** Resolves once somebody is to be called back within this time. */
  async due(milliseconds: number): Promise<void> {
    while (![...this.#due.values()].some((at) => at <= this.#now + milliseconds)) {
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
}
