/** Runs one task, never twice at the same time, and always once more after it was last asked for. */
export class Repeater {
  private current: Promise<void> = Promise.resolve();
  private next: Promise<void> | undefined;

  /** @param task must not fail, but for mistakes in the program */
  constructor(private readonly task: () => Promise<void>) {}

  /** Resolves when the task has run, from its beginning, after this call. */
  run(): Promise<void> {
    this.next ??= this.current.then(() => {
      this.next = undefined;
      return this.task();
    });
    this.current = this.next;
    return this.next;
  }

  /** Resolves when nothing is left to run. */
  async idle(): Promise<void> {
    await this.current;
  }
}
