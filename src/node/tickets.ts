import { reasonOf } from "./abort";
import type { SluiceError } from "../errors";
import type { State } from "../protocol/types";

interface Waiter {
  readonly resolve: (state: State) => void;
  readonly reject: (error: Error) => void;
  readonly ended: () => void;
}

/** Promises of this process that end when the engine says so. */
export class Tickets {
  private next = 1;
  private readonly open = new Map<number, Waiter>();

  /**
   * Makes a promise; `use` gets its number.
   * @param abandon what to do when nobody waits any more
   */
  issue(use: (ticket: number) => void, signal?: AbortSignal, abandon?: (ticket: number) => void): Promise<State> {
    const ticket = this.next++;
    return new Promise<State>((resolve, reject) => {
      signal?.throwIfAborted();
      const abort = () => {
        this.open.delete(ticket);
        abandon?.(ticket);
        reject(reasonOf(signal!));
      };
      const ended = () => signal?.removeEventListener("abort", abort);
      this.open.set(ticket, { resolve, reject, ended });
      signal?.addEventListener("abort", abort, { once: true });
      use(ticket);
    });
  }

  resolve(ticket: number, state: State): void {
    this.take(ticket)?.resolve(state);
  }

  fail(ticket: number, error: SluiceError): void {
    this.take(ticket)?.reject(error);
  }

  /** Ends every promise: the node stops. */
  failAll(error: SluiceError): void {
    for (const ticket of [...this.open.keys()]) this.fail(ticket, error);
  }

  private take(ticket: number): Waiter | undefined {
    const waiter = this.open.get(ticket);
    this.open.delete(ticket);
    waiter?.ended();
    return waiter;
  }
}
