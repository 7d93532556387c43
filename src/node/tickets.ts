import type { SluiceError } from "../errors";
import type { State } from "../protocol/types";

/** Promises of this process that end when the engine says so. */
export class Tickets {
  private next = 1;
  private readonly open = new Map<number, { resolve(state: State): void; reject(error: unknown): void }>();

  /**
   * Makes a promise; `use` gets its number.
   * @param abandon what to do when nobody waits any more
   */
  issue(use: (ticket: number) => void, signal?: AbortSignal, abandon?: (ticket: number) => void): Promise<State> {
    const ticket = this.next++;
    return new Promise<State>((resolve, reject) => {
      signal?.throwIfAborted();
      const onAbort = () => {
        this.open.delete(ticket);
        abandon?.(ticket);
        reject(signal!.reason as Error);
      };
      const end = () => signal?.removeEventListener("abort", onAbort);
      this.open.set(ticket, {
        resolve: (state) => (end(), resolve(state)),
        reject: (error) => (end(), reject(error as Error)),
      });
      signal?.addEventListener("abort", onAbort, { once: true });
      use(ticket);
    });
  }

  resolve(ticket: number, state: State): void {
    this.open.get(ticket)?.resolve(state);
    this.open.delete(ticket);
  }

  fail(ticket: number, error: SluiceError): void {
    this.open.get(ticket)?.reject(error);
    this.open.delete(ticket);
  }

  /** Ends every promise: the node stops. */
  failAll(error: SluiceError): void {
    for (const ticket of [...this.open.keys()]) this.fail(ticket, error);
  }
}
