import { randomBytes } from "node:crypto";
import type { NodeApi, NodeEvent } from "../node/api";

/** How many events are kept for those who ask late. */
export const KEPT_EVENTS = 10_000;
/** How many events one answer holds. */
export const PAGE_SIZE = 500;

/** Where somebody stopped to read. */
export interface EventPosition {
  /** Sequence number of the last event that was read; what comes from now on if omitted. */
  readonly after?: number;
  /** The run of the node in which it was read. */
  readonly run?: string;
}

/** A part of the log. */
export interface EventPage {
  /** Names this run of the node: sequence numbers start again with the next one. */
  readonly run: string;
  readonly events: readonly NodeEvent[];
  /** What to pass as `after` to go on from here. */
  readonly next: number;
  /** Whether events since `after` are lost: look at the channels themselves. */
  readonly missed: boolean;
}

/** The latest events of a node, for readers that come and go. */
export class EventLog {
  private readonly run = randomBytes(8).toString("hex");
  private readonly events: NodeEvent[] = [];
  private readonly waiting = new Set<() => void>();
  private readonly unsubscribe: () => void;
  /** Sequence number of the newest event that is not kept. */
  private dropped = 0;

  constructor(
    node: Pick<NodeApi, "on">,
    private readonly kept = KEPT_EVENTS,
  ) {
    this.unsubscribe = node.on((event) => this.add(event));
  }

  /**
   * What happened since a position. If that is nothing, waits for it, for so many milliseconds at most.
   * @throws the reason of the signal when it is aborted
   */
  async read(position: EventPosition, milliseconds: number, signal: AbortSignal): Promise<EventPage> {
    const from = { run: this.run, after: this.newest(), ...position };
    const page = this.page(from);
    if (page.events.length > 0 || page.missed || milliseconds === 0) return page;
    await this.next(milliseconds, signal);
    signal.throwIfAborted();
    return this.page(from);
  }

  /** Stops to listen to the node. */
  close(): void {
    this.unsubscribe();
  }

  private add(event: NodeEvent): void {
    if (this.events.length === 0) this.dropped = event.sequence - 1;
    this.events.push(event);
    if (this.events.length > this.kept) this.dropped = this.events.shift()!.sequence;
    for (const wake of this.waiting) wake();
  }

  private newest(): number {
    return this.events.at(-1)?.sequence ?? this.dropped;
  }

  private page({ after, run }: Required<EventPosition>): EventPage {
    const missed = run !== this.run || after < this.dropped || after > this.newest();
    const start = missed ? this.dropped : after;
    const first = this.events.findIndex(({ sequence }) => sequence > start);
    const events = first < 0 ? [] : this.events.slice(first, first + PAGE_SIZE);
    return { run: this.run, events, next: events.at(-1)?.sequence ?? this.newest(), missed };
  }

  private next(milliseconds: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        clearTimeout(timer);
        this.waiting.delete(wake);
        signal.removeEventListener("abort", wake);
        resolve();
      };
      const timer = setTimeout(wake, milliseconds);
      this.waiting.add(wake);
      signal.addEventListener("abort", wake);
      if (signal.aborted) wake();
    });
  }
}
