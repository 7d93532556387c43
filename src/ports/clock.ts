/** The wall clock and its timers. */
export interface Clock {
  /** Unix time in milliseconds. */
  now(): number;
  /** Calls back once, after this many milliseconds at the earliest. Returns a function that cancels it. */
  after(milliseconds: number, callback: () => void): () => void;
}
