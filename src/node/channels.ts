import {
  freshSession,
  isFinal,
  UNKNOWN_VIEW,
  type ChannelRecord,
  type ChannelState,
  type Session,
} from "../engine/channel";
import type { Store } from "../ports/store";
import { NATIVE, type ChannelId } from "../protocol/types";
import { isAwaited, isBusy } from "../engine/payments/lane";
import { loadLanes } from "./lanes";
import { decodeRecord, recordKey, RECORDS } from "./records";

/** What is remembered of a channel that is asleep. */
interface Dream extends Pick<Session, "latest" | "confirmed" | "synced"> {
  /** `synced` holds only for the connections of this time. */
  readonly epoch: number;
}

export interface ChannelsOptions {
  readonly store: Store;
  /** How many channels at rest stay in memory: those that were used last. */
  readonly maxResting: number;
  /** Which participants of a channel are connected: one bit each. */
  connectedTo(record: ChannelRecord): number;
}

/**
 * All channels of a node. Those in which something goes on are in memory. Of those at rest most are asleep: little is in memory
 * but what the chain says of them, and the store has the rest.
 */
export class Channels {
  /** After their last steps. */
  private readonly newest = new Map<ChannelId, ChannelState>();
  /** After the last of their steps that may be shown: those that are durable, or whose loss would lose nothing. */
  private readonly durable = new Map<ChannelId, ChannelState>();
  /** At rest and in memory; the first was used the longest ago. */
  private readonly resting = new Set<ChannelId>();
  private readonly asleep = new Map<ChannelId, Dream>();
  /** Counts what happens to connections. */
  private epoch = 0;
  /** Whether all channels have to be in memory from now on. */
  sleepless = false;

  constructor(private readonly options: ChannelsOptions) {}

  /** Finds all that are stored, one after the other. */
  *load(): Generator<ChannelRecord> {
    const unknown: Dream = { latest: UNKNOWN_VIEW, confirmed: UNKNOWN_VIEW, synced: 0, epoch: this.epoch };
    for (const [key, bytes] of this.options.store.entries(RECORDS)) {
      const state = this.stateOf(key.slice(RECORDS.length) as ChannelId, bytes, unknown);
      const { id } = state.record;
      if (this.maySleep(state)) this.asleep.set(id, unknown);
      else this.put(state, state);
      yield state.record;
    }
  }

  has(id: ChannelId): boolean {
    return this.newest.has(id) || this.asleep.has(id);
  }

  /** A channel after its last step. */
  get(id: ChannelId): ChannelState | undefined {
    return this.newest.get(id) ?? this.dreamOf(id);
  }

  /** A channel after the last of its steps that is durable. */
  getDurable(id: ChannelId): ChannelState | undefined {
    return this.durable.get(id) ?? this.dreamOf(id);
  }

  /** All channels, each after the last of its steps that is durable. */
  *all(): Generator<ChannelState> {
    yield* this.durable.values();
    for (const id of this.asleep.keys()) yield this.dreamOf(id)!;
  }

  /** Those in memory. */
  awake(): ChannelId[] {
    return [...this.newest.keys()];
  }

  /** Those in which something goes on. */
  busy(): ChannelId[] {
    return this.awake().filter((id) => !this.resting.has(id));
  }

  isAsleep(id: ChannelId): boolean {
    return this.asleep.has(id);
  }

  /** Notes what the chain says of a channel that is asleep and need not wake up for it. Returns whether that was so. */
  see(id: ChannelId, { latest, confirmed }: Pick<Session, "latest" | "confirmed">): boolean {
    const dream = this.asleep.get(id);
    if (dream === undefined || latest.record.kind !== "none") return false;
    this.asleep.set(id, { ...dream, latest, confirmed });
    return true;
  }

  /** A connection came or went: from those that are asleep, everybody has to hear anew where they stand. */
  reconnect(): void {
    this.epoch++;
  }

  /** Takes over a channel after a step, which brings it into memory. */
  put(before: ChannelState | undefined, state: ChannelState): void {
    const { id } = state.record;
    if (before !== undefined && !this.newest.has(id)) this.durable.set(id, before);
    this.asleep.delete(id);
    this.newest.set(id, state);
    this.resting.delete(id);
  }

  /** Lets a channel be seen as it is after its last step, though that is not durable yet. It stays in memory until it is. */
  show(state: ChannelState): void {
    this.durable.set(state.record.id, state);
  }

  /** Notes that a channel is durable as it was after some step. May send those to sleep that were used the longest ago. */
  settle(state: ChannelState): void {
    const { id } = state.record;
    this.durable.set(id, state);
    if (this.newest.get(id) !== state || !this.maySleep(state)) return;
    this.resting.add(id);
    if (this.resting.size > this.options.maxResting) this.lull(this.resting.values().next().value!);
  }

  private maySleep(state: ChannelState): boolean {
    return !this.sleepless && isAtRest(state);
  }

  private lull(id: ChannelId): void {
    const { latest, confirmed, synced } = this.newest.get(id)!.session;
    this.asleep.set(id, { latest, confirmed, synced, epoch: this.epoch });
    this.resting.delete(id);
    this.newest.delete(id);
    this.durable.delete(id);
  }

  /** A channel that is asleep, as it would be in memory. */
  private dreamOf(id: ChannelId): ChannelState | undefined {
    const dream = this.asleep.get(id);
    return dream && this.stateOf(id, this.options.store.get(recordKey(id))!, dream);
  }

  private stateOf(id: ChannelId, bytes: Uint8Array, { latest, confirmed, synced, epoch }: Dream): ChannelState {
    const record = decodeRecord(id, bytes);
    const connected = this.options.connectedTo(record);
    const session = { ...freshSession(), latest, confirmed, connected, synced: epoch === this.epoch ? synced : 0 };
    const lanes = record.terms.app === NATIVE ? [] : loadLanes(this.options.store, id);
    return { record, lanes, session };
  }
}

/**
 * Whether all that is known of a channel is stored, and nobody waits for anything. A channel with locks does not rest, because
 * they end by themselves. A game never rests: whoever is to
 * move must not have to compare notes first.
 */
function isAtRest({ record, lanes, session }: ChannelState): boolean {
  if (record.closed) return true;
  const { wishes, offer, proposal, questions, consents, submitted, payments, deliveries, waitingSince, latest } =
    session;
  const isGame = record.terms.app !== NATIVE && lanes.length === 0;
  const isOpen = record.funded && !record.leaving && !isFinal(record) && !isGame;
  const isIdle = record.promised === undefined && waitingSince === undefined && proposal === undefined;
  const lists = [wishes, questions, consents, submitted, payments, deliveries];
  const isDecided = lists.every(({ length }) => length === 0) && offer === undefined;
  const isPaid = !lanes.some((lane) => isAwaited(lane) || isBusy(lane) || lane.theirs.owed);
  return isOpen && isIdle && isDecided && isPaid && latest.record.kind === "none";
}
