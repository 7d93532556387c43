import type { Store, Write } from "../ports/store";

type Entry = readonly [key: string, value: Uint8Array];

/**
 * A store in memory, for tests and browsers. What a write of it counts as durable is what would be left after a crash:
 * `new MemoryStore(store.durable())` is the same store after one.
 */
export class MemoryStore implements Store {
  #latest: Map<string, Uint8Array>;
  #durable: Map<string, Uint8Array>;
  #flushed: Promise<void> = Promise.resolve();
  readonly #flush: () => Promise<void>;

  /**
   * @param entries what the store holds at first
   * @param flush called for each write, one after the other; the write is durable once it resolves. If it rejects, that
   * write and all later ones fail with what it rejected with
   */
  constructor(entries: Iterable<Entry> = [], flush: () => Promise<void> = () => Promise.resolve()) {
    this.#durable = new Map([...entries].map(([key, value]) => [key, new Uint8Array(value)]));
    this.#latest = new Map(this.#durable);
    this.#flush = flush;
  }

  get(key: string): Uint8Array | undefined {
    const value = this.#latest.get(key);
    return value && new Uint8Array(value);
  }

  entries(prefix: string): Iterable<Entry> {
    return sorted([...this.#latest].filter(([key]) => key.startsWith(prefix)));
  }

  async write(batch: readonly Write[]): Promise<void> {
    const copies = batch.map(({ key, value }) => ({ key, value: value && new Uint8Array(value) }));
    apply(this.#latest, copies);
    this.#flushed = this.#flushed.then(this.#flush).then(() => apply(this.#durable, copies));
    this.#flushed.catch(() => (this.#latest = new Map(this.#durable)));
    return this.#flushed;
  }

  close(): Promise<void> {
    return this.#flushed.catch(() => undefined);
  }

  /** What a crash right now would leave. */
  durable(): readonly Entry[] {
    return sorted([...this.#durable]);
  }
}

function apply(map: Map<string, Uint8Array>, batch: readonly Write[]): void {
  for (const { key, value } of batch) {
    if (value === undefined) map.delete(key);
    else map.set(key, value);
  }
}

/** Copies, in the order of the keys. */
function sorted(entries: readonly Entry[]): Entry[] {
  return entries.map(([key, value]) => [key, new Uint8Array(value)] as const).sort(([a], [b]) => (a < b ? -1 : 1));
}
