import type { Call } from "../../engine/calls";
import type { Fate } from "../../ports/chain";
import type { Store, Write } from "../../ports/store";
import type { Hex } from "../../protocol/types";
import type { Action } from "./calls";
import { decode, encode } from "./codec";
import type { Price } from "./fees";

/** A transaction as it was signed once. */
export interface Attempt {
  readonly raw: Hex;
  readonly hash: Hex;
  readonly price: Price;
  /** The head when it was signed. */
  readonly block: number;
}

/** One transaction of a submission: all attempts at it have the same nonce, so that at most one is mined. */
export interface Step {
  readonly kind: "approve" | "call";
  readonly action: Action;
  readonly nonce: number;
  readonly gasLimit: bigint;
  /** In the order of their prices; never empty. */
  readonly attempts: readonly Attempt[];
}

/** What the outbox knows of a submission. */
export interface Entry {
  readonly id: string;
  /** Undefined for a transaction that only uses up a nonce that is missing. */
  readonly call: Call | undefined;
  /** Unix time in seconds. */
  readonly deadline: bigint | undefined;
  /** Unix time in seconds at which it was submitted. */
  readonly since: bigint;
  /** Position among all submissions. */
  readonly order: number;
  /** Each follows after the one before it was mined. */
  readonly steps: readonly Step[];
  /** What was reported, and the block of the transaction; undefined while it is under way. */
  readonly end: { readonly fate: Fate; readonly block: number } | undefined;
}

/** Whether a submission was sent and not yet reported. */
export function inFlight({ steps, end }: Entry): boolean {
  return steps.length > 0 && end === undefined;
}

const ENTRY = "outbox/entry/";
const DONE = "outbox/done/";

/** The submissions that the outbox remembers, in memory and in the store. */
export class Entries {
  private readonly entries = new Map<string, Entry>();
  /** Those that were mined long ago, oldest first, with their order. */
  private readonly done = new Map<string, number>();
  private nextOrder = 0;

  /** @param remembered how many of those that were mined long ago are remembered */
  constructor(
    private readonly store: Store,
    private readonly remembered: number,
  ) {
    for (const [, value] of store.entries(ENTRY)) {
      const entry = decode(value) as Entry;
      this.entries.set(entry.id, entry);
    }
    const done = [...store.entries(DONE)].map(
      ([key, value]) => [key.slice(DONE.length), decode(value) as number] as const,
    );
    for (const [id, order] of done.sort(([, a], [, b]) => a - b)) this.done.set(id, order);
    const orders = [...[...this.entries.values()].map(({ order }) => order), ...this.done.values()];
    this.nextOrder = orders.reduce((highest, order) => Math.max(highest, order), -1) + 1;
  }

  get(id: string): Entry | undefined {
    return this.entries.get(id);
  }

  /** In the order of their submission. */
  all(): Entry[] {
    return [...this.entries.values()].sort((a, b) => a.order - b.order);
  }

  /** Whether a submission of this name was mined so long ago that nothing else is known of it. */
  wasDone(id: string): boolean {
    return this.done.has(id);
  }

  /** A submission that follows all others; it is not remembered before it is {@link put}. */
  create(id: string, call: Entry["call"], since: bigint, deadline: bigint | undefined): Entry {
    return { id, call, deadline, since, order: this.nextOrder++, steps: [], end: undefined };
  }

  /** Resolves once it is durable. @throws SluiceError as the store */
  put(entry: Entry): Promise<void> {
    this.entries.set(entry.id, entry);
    return this.store.write([{ key: ENTRY + entry.id, value: encode(entry) }]);
  }

  /** Forgets a submission; it may come again. */
  remove(id: string): Promise<void> {
    this.entries.delete(id);
    return this.store.write([{ key: ENTRY + id, value: undefined }]);
  }

  /** Forgets everything of a submission but that it was mined. */
  retire({ id, order }: Entry): Promise<void> {
    this.entries.delete(id);
    this.done.set(id, order);
    const writes: Write[] = [
      { key: ENTRY + id, value: undefined },
      { key: DONE + id, value: encode(order) },
    ];
    for (const oldest of this.done.keys()) {
      if (this.done.size <= this.remembered) break;
      this.done.delete(oldest);
      writes.push({ key: DONE + oldest, value: undefined });
    }
    return this.store.write(writes);
  }
}
