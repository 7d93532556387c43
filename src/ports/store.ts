/**
 * The key of the mark that a restored store carries: its states may be older than what the node has signed since, so it
 * must hear from its peers before it signs or leaves through the chain, and then removes the mark.
 */
export const RESTORED = "meta/restored";

/** One change of a batch; `undefined` deletes. */
export interface Write {
  readonly key: string;
  readonly value: Uint8Array | undefined;
}

/**
 * A durable map. Keys are short ASCII paths (`channel/0x…`), values opaque bytes.
 *
 * Reads see every write that was asked for, durable or not; nobody may act on a value towards the outside before the
 * promise of its write has resolved.
 */
export interface Store {
  get(key: string): Uint8Array | undefined;
  /** All entries whose key starts with `prefix`, in ascending order of the key, as they are when the first one is taken. */
  entries(prefix: string): Iterable<readonly [key: string, value: Uint8Array]>;
  /**
   * Writes all or nothing. Resolves once the batch is durable; batches become durable in the order of the calls, and
   * many that wait at once share one flush to the disk.
   * @throws SluiceError `DISK_FULL` or `STORE_FAILED`: nothing of the batch was written, and every later write fails too
   */
  write(batch: readonly Write[]): Promise<void>;
  /** Resolves when all writes are durable and the files are closed. */
  close(): Promise<void>;
}
