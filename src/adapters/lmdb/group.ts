import type { SluiceError } from "../../errors";
import type { Sealed } from "./sealed";

/** The batches that reach the disk together, in one transaction. */
export class Group {
  readonly changes = new Map<string, Sealed | undefined>();
  /** Settles with the transaction. */
  readonly durable: Promise<void>;
  resolve!: () => void;
  reject!: (reason: SluiceError) => void;

  constructor() {
    this.durable = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
  }
}
