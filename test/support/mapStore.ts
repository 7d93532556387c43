import type { Store, Write } from "../../src/ports/store";

/** A store in memory. What was written survives whoever wrote it. */
export class MapStore implements Store {
  readonly map = new Map<string, Uint8Array>();
  /** Called before each batch; throwing fails it, and every later one. */
  beforeWrite: (batch: readonly Write[]) => void = () => undefined;
  private broken: Error | undefined;

  get(key: string): Uint8Array | undefined {
    return this.map.get(key);
  }

  entries(prefix: string): [string, Uint8Array][] {
    return [...this.map].filter(([key]) => key.startsWith(prefix)).sort(([a], [b]) => (a < b ? -1 : 1));
  }

  write(batch: readonly Write[]): Promise<void> {
    try {
      if (this.broken !== undefined) throw this.broken;
      this.beforeWrite(batch);
    } catch (error) {
      this.broken = error as Error;
      return Promise.reject(this.broken);
    }
    for (const { key, value } of batch) {
      if (value === undefined) this.map.delete(key);
      else this.map.set(key, value);
    }
    return Promise.resolve();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  /** Another store with what is durable in this one: what is found after a crash. */
  afterCrash(): MapStore {
    const copy = new MapStore();
    for (const [key, value] of this.map) copy.map.set(key, value);
    return copy;
  }
}
