/** A map of the newest entries alone, which may therefore be kept for ever. */
export class Recent<Key, Value> {
  readonly #entries = new Map<Key, Value>();

  /** @param limit how many entries are kept */
  constructor(private readonly limit: number) {}

  get(key: Key): Value | undefined {
    return this.#entries.get(key);
  }

  set(key: Key, value: Value): void {
    if (this.#entries.size >= this.limit) this.#entries.delete(this.#entries.keys().next().value!);
    this.#entries.set(key, value);
  }
}
