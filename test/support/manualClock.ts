import type { Clock } from "../../src/ports/clock";

/** A clock that stands still until a test moves it. */
export class ManualClock implements Clock {
  private time = 1_700_000_000_000;
  private readonly timers = new Set<{ readonly at: number; readonly callback: () => void }>();

  now(): number {
    return this.time;
  }

  after(milliseconds: number, callback: () => void): () => void {
    const timer = { at: this.time + milliseconds, callback };
    this.timers.add(timer);
    return () => this.timers.delete(timer);
  }

  /** Lets time pass, and calls whoever waits for it. */
  advance(milliseconds: number): void {
    this.time += milliseconds;
    for (const timer of [...this.timers].sort((a, b) => a.at - b.at)) {
      if (timer.at <= this.time && this.timers.delete(timer)) timer.callback();
    }
  }
}
