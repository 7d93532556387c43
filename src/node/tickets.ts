import { reasonOf } from "./abort";

interface Waiter<T> {
  readonly resolve: (value: T) => void;
  readonly reject: (error: Error) => void;
  readonly ended: () => void;
}

/** Promises of this process, by name, that end when somebody else says so. */
export class Tickets<Name, T> {
  private readonly open = new Map<Name, Waiter<T>>();

  /**
   * Makes a promise. It rejects with what `use` throws.
   * @param use starts what ends it
   * @param abandon what to do when nobody waits any more
   */
  issue(name: Name, use: () => void, signal?: AbortSignal, abandon?: () => void): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      signal?.throwIfAborted();
      const abort = () => {
        this.fail(name, reasonOf(signal!));
        abandon?.();
      };
      const ended = () => signal?.removeEventListener("abort", abort);
      this.open.set(name, { resolve, reject, ended });
      signal?.addEventListener("abort", abort, { once: true });
      try {
        use();
      } catch (error) {
        this.take(name);
        throw error;
      }
    });
  }

  resolve(name: Name, value: T): void {
    this.take(name)?.resolve(value);
  }

  fail(name: Name, error: Error): void {
    this.take(name)?.reject(error);
  }

  /** Ends every promise: the node stops. */
  failAll(error: Error): void {
    for (const name of [...this.open.keys()]) this.fail(name, error);
  }

  private take(name: Name): Waiter<T> | undefined {
    const waiter = this.open.get(name);
    this.open.delete(name);
    waiter?.ended();
    return waiter;
  }
}
