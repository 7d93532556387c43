import { resume, step, type ChannelEvent } from "../engine/step";
import type { ChannelRecord, ChannelState } from "../engine/channel";
import type { Context } from "../engine/context";
import type { Effect } from "../engine/effects";
import type { StepResult } from "../engine/opening";
import type { Store, Write } from "../ports/store";
import type { ChannelId } from "../protocol/types";
import { decodeRecord, encodeRecord, recordKey, RECORDS } from "./records";

/** What a runner does with the effects that leave the engine. Called only when what they depend on is durable. */
export type Perform = (id: ChannelId, effect: Effect) => void;

interface Job {
  readonly id: ChannelId;
  readonly effects: readonly Effect[];
}

/**
 * Runs the steps of all channels: one at a time, each on what the last one left; records to the store, and effects to the
 * world once they are durable, in the order of the steps. Whatever comes while a batch is being written shares the next one.
 */
export class Runner {
  private readonly states = new Map<ChannelId, ChannelState>();
  private readonly active = new Set<ChannelId>();
  private dirty = new Map<ChannelId, ChannelRecord>();
  private jobs: Job[] = [];
  private writing: Promise<void> | undefined;

  constructor(
    private readonly store: Store,
    private readonly context: () => Context,
    private readonly perform: Perform,
    private readonly changed: (state: ChannelState) => void,
    private readonly failed: (error: unknown) => void,
  ) {}

  /** Reads all channels that are stored. */
  load(): void {
    for (const [, bytes] of this.store.entries(RECORDS)) {
      const state = resume(decodeRecord(bytes));
      this.put(state);
    }
  }

  get(id: ChannelId): ChannelState | undefined {
    return this.states.get(id);
  }

  all(): IterableIterator<ChannelState> {
    return this.states.values();
  }

  /** Takes over a channel that has just come into being. */
  begin({ state, effects }: StepResult): void {
    this.settle(undefined, state, effects);
  }

  /** Lets something happen to a channel. Unknown channels ignore it. */
  dispatch(id: ChannelId, event: ChannelEvent): void {
    const before = this.states.get(id);
    if (before === undefined) return;
    const { state, effects } = step(this.context(), before, event);
    this.settle(before, state, effects);
  }

  /** Lets time pass for the channels that wait for something. */
  tick(): void {
    for (const id of [...this.active]) this.dispatch(id, { type: "tick" });
  }

  /** Resolves when everything so far is durable and done. */
  async idle(): Promise<void> {
    while (this.writing !== undefined) await this.writing;
  }

  private settle(before: ChannelState | undefined, state: ChannelState, effects: readonly Effect[]): void {
    const { record } = state;
    this.put(state);
    if (before?.record !== record) this.dirty.set(record.id, record);
    const outward = effects.filter((effect) => effect.type !== "poke" && effect.type !== "wish");
    if (outward.length > 0) this.jobs.push({ id: record.id, effects: outward });
    if (before !== state) this.changed(state);
    // Between channels of this node nothing has to be durable first: their own effects wait in the same line.
    for (const effect of effects) {
      if (effect.type === "poke") this.dispatch(effect.channelId, { type: "related" });
      if (effect.type === "wish") this.dispatch(effect.channelId, { type: "wish", change: effect.change });
    }
    if (this.jobs.length > 0 || this.dirty.size > 0) this.writing ??= this.write();
  }

  private put(state: ChannelState): void {
    this.states.set(state.record.id, state);
    if (needsTicks(state)) this.active.add(state.record.id);
    else this.active.delete(state.record.id);
  }

  private async write(): Promise<void> {
    try {
      await Promise.resolve(); // so that what happens in this turn shares one batch
      while (this.jobs.length > 0 || this.dirty.size > 0) {
        const jobs = this.jobs;
        const batch: Write[] = [];
        for (const [id, record] of this.dirty) batch.push({ key: recordKey(id), value: encodeRecord(record) });
        this.jobs = [];
        this.dirty = new Map();
        if (batch.length > 0) await this.store.write(batch);
        for (const { id, effects } of jobs) for (const effect of effects) this.perform(id, effect);
      }
    } catch (error) {
      this.failed(error);
    } finally {
      this.writing = undefined;
    }
  }
}

/** Whether a channel has to hear of time passing: it waits for a peer or for the chain. */
function needsTicks({ record, session }: ChannelState): boolean {
  if (record.closed) return false;
  const atRest = record.funded && !record.leaving && session.waitingSince === undefined;
  return !atRest || session.latest.record.kind !== "none";
}
