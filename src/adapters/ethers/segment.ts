import type { Destination } from "../../protocol/types";
import type { ChannelEvent, Located } from "./events";
import type { Header } from "./shapes";

/**
 * The newest part of the chain, which may still be replaced: some of its headers, and all events above the lowest. A
 * header stands for everything up to it, since its hash does.
 */
export class Segment {
  private readonly headers: Header[];
  private readonly events = new Map<Destination, Located[]>();

  /** @param base a block that is taken for final; events up to it are not kept here */
  constructor(base: Header) {
    this.headers = [base];
  }

  get base(): Header {
    return this.headers[0]!;
  }

  get top(): Header {
    return this.headers.at(-1)!;
  }

  /** Whether this header is among those that are kept. */
  has({ number, hash }: Header): boolean {
    return this.headers.some((header) => header.number === number && header.hash === hash);
  }

  /** The highest header that is kept up to a number. */
  below(number: number): Header | undefined {
    return this.headers.filter((header) => header.number <= number).at(-1);
  }

  /** Adds the events after the top, up to this header. */
  push(header: Header, events: readonly Located[]): void {
    this.headers.push(header);
    for (const event of [...events].sort(byPlace)) {
      const known = this.events.get(event.destination);
      if (known === undefined) this.events.set(event.destination, [event]);
      else known.push(event);
    }
  }

  /** Takes the top away, which is no longer part of the chain. Returns whose events went with it. */
  drop(): Destination[] {
    this.headers.pop();
    return this.remove(({ block }) => block > this.top.number);
  }

  /** Makes the highest header up to `number` the base. Returns the events up to it, which are no longer kept. */
  cut(number: number): ReadonlyMap<Destination, ChannelEvent[]> {
    const above = this.headers.findIndex((header) => header.number > number);
    this.headers.splice(0, (above < 0 ? this.headers.length : above) - 1);
    const cut = new Map<Destination, ChannelEvent[]>();
    for (const destination of this.destinations()) {
      const events = this.eventsOf(destination, this.base.number);
      if (events.length > 0) cut.set(destination, events);
    }
    this.remove(({ block }) => block <= this.base.number);
    return cut;
  }

  /** The events of a destination, in order. */
  eventsOf(destination: Destination, upTo = Infinity): ChannelEvent[] {
    const events = this.events.get(destination) ?? [];
    return events.filter(({ block }) => block <= upTo).map(({ event }) => event);
  }

  /** Whoever has events here. */
  destinations(): Destination[] {
    return [...this.events.keys()];
  }

  private remove(gone: (event: Located) => boolean): Destination[] {
    const touched: Destination[] = [];
    for (const [destination, events] of this.events) {
      const left = events.filter((event) => !gone(event));
      if (left.length < events.length) touched.push(destination);
      if (left.length === 0) this.events.delete(destination);
      else this.events.set(destination, left);
    }
    return touched;
  }
}

/** The order of the chain. */
export function byPlace(a: Located, b: Located): number {
  return a.block - b.block || a.index - b.index;
}
