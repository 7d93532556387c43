import { SeenPackets, type SeenPacket } from "./seen";
import type { HeldPart, Passage, Payment, Receivable } from "./state";
import type { Hex } from "../protocol/types";

/** Things by name, and which of them have changed since they were last written. */
export class Shelf<T> {
  private readonly items = new Map<string, T>();
  private readonly dirty = new Set<string>();

  constructor(private readonly prefix: string) {}

  get(name: string): T | undefined {
    return this.items.get(name);
  }

  values(): IterableIterator<T> {
    return this.items.values();
  }

  entries(): IterableIterator<[name: string, item: T]> {
    return this.items.entries();
  }

  put(name: string, item: T): void {
    this.items.set(name, item);
    this.dirty.add(name);
  }

  remove(name: string): void {
    if (this.items.delete(name)) this.dirty.add(name);
  }

  /** Takes what was stored. Returns false if it belongs elsewhere. */
  load(key: string, item: unknown): boolean {
    if (!key.startsWith(this.prefix)) return false;
    this.items.set(key.slice(this.prefix.length), item as T);
    return true;
  }

  /** What has to be written; `undefined` for what is gone. */
  *changes(): Generator<readonly [key: string, item: T | undefined]> {
    for (const name of this.dirty) yield [this.prefix + name, this.items.get(name)];
    this.dirty.clear();
  }
}

/** Payments, by id; and which of them pays what. */
export class Payments extends Shelf<Payment> {
  private readonly ids = new Map<Hex, Hex>();

  /** The newest payment for the key of an invoice. */
  ofKey(key: Hex): Payment | undefined {
    const id = this.ids.get(key);
    return id === undefined ? undefined : this.get(id);
  }

  override put(id: Hex, payment: Payment): void {
    super.put(id, payment);
    this.ids.set(payment.key, id);
  }

  override load(key: string, item: unknown): boolean {
    if (!super.load(key, item)) return false;
    const { id, key: paid, createdAt } = item as Payment;
    if ((this.ofKey(paid)?.createdAt ?? 0) <= createdAt) this.ids.set(paid, id);
    return true;
  }
}

/** Everything that must not be lost. */
export class Memory {
  readonly passages = new Shelf<Passage>("passage/");
  readonly receivables = new Shelf<Receivable>("invoice/");
  readonly held = new Shelf<HeldPart>("held/");
  readonly payments = new Payments("payment/");
  seen: SeenPackets;

  private readonly packets = new Shelf<SeenPacket>("seen/");
  private readonly shelves = [this.passages, this.receivables, this.held, this.payments, this.packets] as const;

  constructor() {
    this.seen = new SeenPackets(this.packets);
  }

  /** @param entries as {@link changes} gave them */
  load(entries: Iterable<readonly [key: string, item: unknown]>): void {
    for (const [key, item] of entries) this.shelves.some((shelf) => shelf.load(key, item));
    this.seen = new SeenPackets(this.packets);
  }

  /** What has changed since the last time this was asked. */
  changes(): (readonly [key: string, item: unknown])[] {
    return this.shelves.flatMap((shelf): (readonly [string, unknown])[] => [...shelf.changes()]);
  }
}
