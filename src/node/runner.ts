import { step, type ChannelEvent } from "../engine/step";
import { others, type ChannelRecord, type ChannelState } from "../engine/channel";
import type { Context } from "../engine/context";
import type { Effect, LaneEvent } from "../engine/effects";
import { SluiceError } from "../errors";
import type { StepResult } from "../engine/opening";
import type { Lane } from "../engine/payments/lane";
import type { Store, Write } from "../ports/store";
import type { ChannelId } from "../protocol/types";
import type { Channels } from "./channels";
import { writesOf } from "./lanes";
import { encodeRecord, recordKey } from "./records";

/** After so many steps a batch is large enough to be worth a flush. */
const BATCH = 32;

interface Job {
  readonly state: ChannelState;
  readonly effects: readonly Effect[];
}

/** What a runner tells its owner. */
export interface RunnerHandler {
  /** Does what an effect that leaves the engine says. Called only when what it depends on is durable. */
  perform(id: ChannelId, effect: Effect): void;
  /** A channel is, durably, as `durable` gives it. */
  changed(state: ChannelState): void;
  /** A step failed, which only a mistake in the program can cause: it is as if the event had not happened. */
  dropped(id: ChannelId, event: ChannelEvent, error: unknown): void;
  /** The disk failed, or what had to be done could not be done: nothing is run any more. */
  failed(error: unknown): void;
}

/** Takes part in the steps of channels, and in the batches that make them durable. */
export interface Companion {
  /** Something has become of a lock. What it wants to happen in channels it dispatches at once. */
  handle(event: LaneEvent): void;
  /** What has to become durable together with the steps so far. */
  writes(): Write[];
  /** All of that is. */
  written(): void;
}

/**
 * Runs the steps of all channels: one at a time, each on what the last one left; records to the store, and effects to the
 * world once they are durable, in the order of the steps. Whatever comes while a batch is being written shares the next one.
 */
export class Runner {
  private dirty = new Map<ChannelId, ChannelRecord>();
  /** Payments that are not written yet: as they are on the disk, and as they will be. */
  private paid = new Map<ChannelId, { readonly before: readonly Lane[]; readonly after: readonly Lane[] }>();
  private jobs: Job[] = [];
  /** Whether the companion has something to write even if no step was taken. */
  private isOwing = false;
  private writing: Promise<void> | undefined;
  private ended = false;

  constructor(
    private readonly store: Store,
    private readonly channels: Channels,
    private readonly context: () => Context,
    private readonly handler: RunnerHandler,
    private readonly companion?: Companion,
  ) {}

  /** Takes over a channel that has just come into being. */
  begin(result: StepResult): void {
    if (!this.ended) this.settle(undefined, result);
  }

  /** Lets something happen to a channel. Unknown channels ignore it. */
  dispatch(id: ChannelId, event: ChannelEvent): void {
    if (this.ended || (event.type === "chain" && this.channels.see(id, event))) return;
    if (this.channels.isAsleep(id)) this.wake(id);
    this.step(id, event);
  }

  /** Lets time pass for the channels that wait for something. */
  tick(): void {
    for (const id of this.channels.busy()) this.dispatch(id, { type: "tick" });
  }

  /** Makes durable what the companion has changed outside of steps. */
  save(): void {
    if (this.ended) return;
    this.isOwing = true;
    this.writing ??= this.write();
  }

  /** Resolves when everything so far is durable and done. */
  async idle(): Promise<void> {
    while (this.writing !== undefined) await this.writing;
  }

  /** Lets nothing happen any more. Resolves when everything so far is durable and done. */
  async end(): Promise<void> {
    this.ended = true;
    await this.idle();
  }

  /** A channel that wakes up has to hear where the others stand. */
  private wake(id: ChannelId): void {
    const { record, session } = this.channels.get(id)!;
    const unsure = record.closed ? 0 : session.connected & ~session.synced;
    for (const peer of others(record)) if ((unsure >> peer) & 1) this.step(id, { type: "connected", peer });
  }

  private step(id: ChannelId, event: ChannelEvent): void {
    const before = this.channels.get(id);
    if (before === undefined) return;
    let result: StepResult;
    try {
      result = step(this.context(), before, event);
    } catch (error) {
      if (event.type === "lock") this.companion?.handle({ type: "refused", origin: event.origin, error: broken() });
      return this.handler.dropped(id, event, error);
    }
    this.settle(before, result);
  }

  private settle(before: ChannelState | undefined, { state, effects, regained }: StepResult): void {
    const { record, lanes, session } = state;
    if (before?.record !== record) this.dirty.set(record.id, record);
    if (before?.lanes !== lanes) this.soil(record.id, before?.lanes ?? [], lanes);
    const outward = effects.filter(({ type }) => type !== "poke" && type !== "wish" && type !== "lane");
    const changed = before?.record !== record || before.lanes !== lanes || before.session !== session;
    // What is told early must not overtake what still waits for the disk.
    const isEarly = regained === true && this.channels.getDurable(record.id) === before;
    if (changed || outward.length > 0) {
      this.channels.put(before, state);
      this.jobs.push({ state, effects: isEarly ? [] : outward });
      this.writing ??= this.write();
    }
    if (isEarly) this.tell(state, outward);
    // Between channels of this node nothing has to be durable first: their own effects wait in the same line.
    for (const effect of effects) {
      if (effect.type === "lane") this.companion?.handle(effect.event);
      if (effect.type === "poke") this.dispatch(effect.channelId, { type: "related" });
      if (effect.type === "wish") this.dispatch(effect.channelId, { type: "wish", change: effect.change });
    }
  }

  private soil(id: ChannelId, before: readonly Lane[], after: readonly Lane[]): void {
    this.paid.set(id, { before: this.paid.get(id)?.before ?? before, after });
  }

  private async write(): Promise<void> {
    try {
      while (this.jobs.length > 0 || this.isOwing) {
        await this.gather();
        const jobs = this.jobs;
        const batch: Write[] = [];
        for (const [id, record] of this.dirty) batch.push({ key: recordKey(id), value: encodeRecord(record) });
        for (const [id, { before, after }] of this.paid) batch.push(...writesOf(id, before, after));
        batch.push(...(this.companion?.writes() ?? []));
        this.jobs = [];
        this.isOwing = false;
        this.dirty = new Map();
        this.paid = new Map();
        if (batch.length > 0) await this.store.write(batch);
        for (const job of jobs) this.finish(job);
        this.companion?.written();
      }
    } catch (error) {
      // What is in memory is ahead of the disk now: nothing that follows from it may get out.
      this.ended = true;
      this.jobs = [];
      this.handler.failed(error);
    } finally {
      this.writing = undefined;
    }
  }

  /**
   * Waits until nothing more comes, or enough for a batch has. What the application answers at once shares it so; and
   * while one batch is being written the next one is worked out, instead of everything and then the disk.
   */
  private async gather(): Promise<void> {
    for (let before = 0; before < this.jobs.length && this.jobs.length < BATCH;) {
      before = this.jobs.length;
      await turn();
    }
  }

  private finish({ state, effects }: Job): void {
    this.channels.settle(state);
    this.perform(state, effects);
  }

  /** Tells of a channel whose record would be regained if it were lost now. */
  private tell(state: ChannelState, effects: readonly Effect[]): void {
    this.channels.show(state);
    this.perform(state, effects);
  }

  private perform(state: ChannelState, effects: readonly Effect[]): void {
    for (const effect of effects) this.handler.perform(state.record.id, effect);
    this.handler.changed(state);
  }
}

/** Resolves when the event loop has gone round. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function broken(): SluiceError {
  return new SluiceError("CHANNEL_NOT_OPEN", "The channel cannot take it.", "Nothing was locked; use another one.");
}
