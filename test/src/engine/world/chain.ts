import type { Call } from "../../../../src/engine/calls";
import type { ChannelView, Fact } from "../../../../src/ports/chain";
import { channelDestination } from "../../../../src/protocol/destination";
import type { Address, ChannelId, Hex } from "../../../../src/protocol/types";
import { Adjudicator, Revert, type Laws } from "./adjudicator";

/** Blocks, the newest included, that make what is in the oldest of them certain. A reorganisation is shorter. */
export const CONFIRMATIONS = 3;

/** Seconds between two blocks. */
export const BLOCK_TIME = 12n;

export interface Transaction {
  readonly id: string;
  readonly sender: Address;
  readonly call: Call;
}

export interface MinedTransaction extends Transaction {
  readonly error: string | undefined;
}

export interface MinedBlock {
  readonly before: Adjudicator;
  readonly timestamp: bigint;
  readonly transactions: readonly MinedTransaction[];
}

/** The end of a transaction. */
export interface Done {
  readonly id: string;
  readonly sender: Address;
  readonly error?: string | undefined;
}

/** A chain with a mempool, blocks and reorganisations, and for everybody an outbox that survives crashes. */
export class SimulatedChain {
  head: Adjudicator;
  timestamp: bigint;
  /** How often each call has reverted, for whoever wants to know. */
  readonly reverts = new Map<string, number>();

  /** All blocks that count, oldest first. */
  readonly blocks: MinedBlock[] = [];
  private number = 0;
  private mempool: Transaction[] = [];
  private busyUntil = 0;
  private askedAgain: Done[] = [];
  private readonly outbox = new Map<string, "under way" | "mined">();

  constructor(laws: Laws, timestamp: bigint) {
    this.head = new Adjudicator(laws);
    this.timestamp = timestamp;
  }

  /** What is certain. */
  get confirmed(): Adjudicator {
    return this.blocks.at(1 - CONFIRMATIONS)?.before ?? this.blocks[0]?.before ?? this.head;
  }

  /** The time of what is certain. */
  get confirmedTime(): bigint {
    return this.blocks.at(-CONFIRMATIONS)?.timestamp ?? 0n;
  }

  /** Whether nothing is under way. */
  get isQuiet(): boolean {
    return (
      this.mempool.length === 0 &&
      this.blocks.slice(-CONFIRMATIONS).every(({ transactions }) => transactions.length === 0)
    );
  }

  /** @param first whether it pays more than everything that waits */
  submit(sender: Address, id: string, call: Call, first = false): void {
    const key = sender + id;
    if (this.outbox.get(key) === "mined") this.askedAgain.push({ id, sender }); // whoever asks again has not heard
    if (this.outbox.has(key)) return;
    this.outbox.set(key, "under way");
    if (first) this.mempool.unshift({ id, sender, call });
    else this.mempool.push({ id, sender, call });
  }

  /** Takes a call back, if it is not too late. */
  cancel(sender: Address, id: string): void {
    const left = this.mempool.filter((transaction) => transaction.sender !== sender || transaction.id !== id);
    if (left.length < this.mempool.length) this.outbox.delete(sender + id);
    this.mempool = left;
  }

  /** Mines a block at `time` or later and returns what became certain by it. */
  mine(time: bigint): Done[] {
    this.number++;
    const next = this.timestamp + 1n;
    this.timestamp = time > next ? time : next;
    const chosen = this.busyUntil <= this.number ? this.mempool.splice(0) : [];
    const before = this.head;
    const transactions = chosen.map((transaction) => ({ ...transaction, error: this.execute(transaction) }));
    this.blocks.push({ before, timestamp: this.timestamp, transactions });
    return this.finish(this.blocks.at(-CONFIRMATIONS));
  }

  /** Undoes the newest blocks; their transactions wait again, in the other order. */
  reorganise(depth: number): void {
    for (let i = 0; i < depth && this.blocks.length > CONFIRMATIONS; i++) {
      const { before, transactions } = this.blocks.pop()!;
      this.head = before;
      this.mempool = [...[...transactions].reverse(), ...this.mempool];
    }
  }

  /** For some blocks nothing is mined: gas is too dear. */
  spike(blocks: number): void {
    this.busyUntil = this.number + 1 + blocks;
  }

  private execute({ sender, call }: Transaction): string | undefined {
    const next = this.head.copy();
    try {
      next.execute(sender, call, this.timestamp);
    } catch (error) {
      if (!(error instanceof Revert)) throw error;
      const name = `${call.kind}: ${error.message}`;
      this.reverts.set(name, (this.reverts.get(name) ?? 0) + 1);
      return error.message;
    }
    this.head = next;
    return undefined;
  }

  private finish(block: MinedBlock | undefined): Done[] {
    const done = block?.transactions ?? [];
    for (const { sender, id, error } of done) {
      if (error === undefined) this.outbox.set(sender + id, "mined");
      else this.outbox.delete(sender + id);
    }
    return [...done, ...this.askedAgain.splice(0)];
  }
}

/** What a chain adapter says of a key that is followed. */
export function factIn({ head, confirmed }: SimulatedChain, registry: Address, key: Hex): Fact {
  const [latest, trusted] = [head, confirmed].map(({ registries }) => registries.get(registry, key));
  return { latest: latest?.since ?? 0n, confirmed: trusted?.since ?? 0n, secret: latest?.secret };
}

/** What a chain adapter says of a channel. */
export function viewOf(chain: Adjudicator, id: ChannelId): ChannelView {
  return { held: chain.held.view(channelDestination(id)), record: chain.recordOf(id) };
}
