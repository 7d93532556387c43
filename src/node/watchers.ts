import { asError, reasonOf } from "./abort";

/** Those who wait for something to become as they want it. */
export class Watchers<Subject> {
  private readonly looks = new Map<Subject, Set<() => void>>();

  /**
   * Calls `probe` now and whenever its subject changes, until it gives a value. Rejects with what it throws, and with the
   * signal's reason.
   */
  until<T>(subject: Subject, probe: () => T | undefined, signal?: AbortSignal): Promise<T> {
    return new Promise((resolve, reject) => {
      signal?.throwIfAborted();
      const end = () => {
        this.forget(subject, look);
        signal?.removeEventListener("abort", abort);
      };
      const look = () => {
        try {
          const value = probe();
          if (value === undefined) return;
          resolve(value);
        } catch (error) {
          reject(asError(error));
        }
        end();
      };
      const abort = () => {
        reject(reasonOf(signal!));
        end();
      };
      this.looks.set(subject, (this.looks.get(subject) ?? new Set()).add(look));
      signal?.addEventListener("abort", abort, { once: true });
      look();
    });
  }

  /** Says that a subject has changed. */
  look(subject: Subject): void {
    for (const look of [...(this.looks.get(subject) ?? [])]) look();
  }

  /** Lets everybody look again. */
  lookAll(): void {
    for (const subject of [...this.looks.keys()]) this.look(subject);
  }

  private forget(subject: Subject, look: () => void): void {
    const looks = this.looks.get(subject);
    looks?.delete(look);
    if (looks?.size === 0) this.looks.delete(subject);
  }
}
