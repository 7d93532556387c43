import type { Clock } from "../ports/clock";

/** What one timer of the system can hold, whose milliseconds are kept in 31 bits; a longer one would fire at once. */
const LONGEST = 2 ** 31 - 1;

/** The clock of this machine. Its timers alone keep no process alive. */
export const systemClock: Clock = {
  now: () => Date.now(),
  after: (milliseconds, callback) => after(milliseconds, callback, LONGEST),
};

/** {@link Clock.after}, in as many timers of at most `longest` milliseconds as it takes: a challenge period may be a year. */
export function after(milliseconds: number, callback: () => void, longest: number): () => void {
  let timer = start(milliseconds);
  return () => clearTimeout(timer);

  function start(left: number): NodeJS.Timeout {
    if (left <= longest) return setTimeout(callback, left).unref();
    return setTimeout(() => (timer = start(left - longest)), longest).unref();
  }
}
