import { SluiceError } from "../../errors";
import type { ChannelView } from "../../ports/chain";
import type { Store, Write } from "../../ports/store";
import type { Address, ChannelId, Destination, Hex } from "../../protocol/types";
import { decode, encode } from "./codec";
import type { ChannelEvent, Located } from "./events";
import type { Reader } from "./reader";
import { byPlace, Segment } from "./segment";
import type { Header } from "./shapes";
import { EMPTY_VIEW, foldEvents, sameView } from "./views";

export interface FollowerOptions {
  readonly reader: Reader;
  readonly store: Store;
  readonly adjudicator: Address;
  /** First block that can hold logs of the adjudicator. */
  readonly fromBlock: number;
  /** Blocks on top of a block that make its events trustworthy. */
  readonly confirmations: number;
  /** Blocks that a reorganisation replaces at most without everything being read again. At least `confirmations`. */
  readonly depth: number;
}

/** What is new about a destination. */
export interface Report {
  readonly destination: Destination;
  readonly latest: ChannelView;
  readonly confirmed: ChannelView;
}

/** How far the logs were read, as it is stored. */
interface Cursor {
  readonly adjudicator: Address;
  readonly base: Header;
}

/** Blocks below the head that are read one by one, by hash: what an endpoint says of them may not yet be settled. */
const CAREFUL = 4;
/** Destinations that are looked up in the past with one request. */
const TOGETHER = 100;

const CURSOR = "chain/cursor";
const VIEWS = "chain/view/";

/**
 * Follows the chain and keeps, for every watched destination, its view as of a base block and the events above. The
 * views as of the base and the base itself are stored together; all else is read again after a restart.
 */
export class Follower {
  private segment: Segment | undefined;
  /** As of the base. */
  private readonly views = new Map<Destination, ChannelView>();
  /** Watched, and not yet looked up in the past. */
  private readonly unread = new Set<Destination>();
  private readonly watched = new Set<Destination>();
  private readonly reported = new Map<Destination, Report>();
  /** Of which there may be something new to report. */
  private readonly touched = new Set<Destination>();
  /** Whether the last {@link advance} came to its end, so that the views are those of the head. */
  isCurrent = false;

  constructor(private readonly options: FollowerOptions) {}

  /** The newest block that was read. */
  get head(): Header | undefined {
    return this.segment?.top;
  }

  /** The newest block that is trusted, or an older one; undefined while there is none. */
  get confirmed(): Header | undefined {
    return this.segment?.below(this.segment.top.number - this.options.confirmations);
  }

  /**
   * Loads what was stored; finds out whether it still belongs to the chain.
   * @throws as {@link Reader}, also while the chain is shorter than it was
   */
  async open(): Promise<void> {
    const { reader, store, adjudicator, depth } = this.options;
    const head = await reader.head();
    const stored = store.get(CURSOR);
    const cursor = stored && (decode(stored) as Cursor);
    const continues =
      cursor?.adjudicator === adjudicator && (await reader.header(cursor.base.number)).hash === cursor.base.hash;
    if (continues) {
      this.segment = new Segment(cursor.base);
      for (const [key, view] of store.entries(VIEWS)) {
        this.views.set(key.slice(VIEWS.length) as Destination, decode(view) as ChannelView);
      }
      for (const destination of this.watched) this.watch(destination);
    } else {
      this.startOver(await reader.header(Math.max(0, head.number - depth)));
    }
  }

  /** @param isNew whether nobody can have heard of the destination before now, so that it has no past */
  watch(destination: Destination, isNew = false): void {
    this.watched.add(destination);
    if (isNew && this.segment !== undefined) this.views.set(destination, this.views.get(destination) ?? EMPTY_VIEW);
    const known = this.views.has(destination);
    if (known) this.touched.add(destination);
    if (known) this.unread.delete(destination);
    else this.unread.add(destination);
  }

  unwatch(destination: Destination): void {
    this.watched.delete(destination);
    this.unread.delete(destination);
    this.reported.delete(destination);
    if (this.views.delete(destination)) this.save([{ key: VIEWS + destination, value: undefined }]);
  }

  /**
   * Reads on to the head, after dropping what is no longer part of the chain.
   * @throws as {@link Reader}; what was read up to then is kept
   */
  async advance(): Promise<void> {
    this.isCurrent = false;
    for (;;) {
      const segment = this.segment ?? this.fail();
      const head = await this.options.reader.head();
      if (await this.readTo(segment, head)) break;
      if (segment.top === segment.base) await this.replaceBase(segment, head);
      else for (const destination of segment.drop()) this.touched.add(destination);
    }
    this.isCurrent = true;
  }

  /** Reads on to a head. Returns false where the newest block that is kept is not part of that chain. */
  private async readTo(segment: Segment, head: Header): Promise<boolean> {
    if (segment.has(head) || (await this.isBehind(segment, head))) return true;
    if (segment.top.number >= head.number) return false;
    while (segment.top.number < head.number) {
      const far = segment.top.number < head.number - CAREFUL;
      const follows = await (far ? this.readRange(segment, head.number - CAREFUL) : this.readBlock(segment, head));
      if (!follows) return false;
      this.rebase(segment);
    }
    return true;
  }

  /**
   * Looks up what happened before the base to those who are watched since.
   * @throws as {@link Reader}; those that are missing are looked up the next time
   */
  async readHistories(): Promise<void> {
    const segment = this.segment ?? this.fail();
    while (this.unread.size > 0) {
      const destinations = [...this.unread].slice(0, TOGETHER);
      const events: Located[] = [];
      for (let from = this.options.fromBlock; from <= segment.base.number;) {
        const read = await this.options.reader.eventsFrom(from, segment.base.number, destinations);
        events.push(...read.events);
        from = read.end + 1;
      }
      this.remember(destinations, events.sort(byPlace));
    }
  }

  /** What is new since the last time this was asked. */
  report(): Report[] {
    const segment = this.segment ?? this.fail();
    const confirmedTo = segment.top.number - this.options.confirmations;
    const reports: Report[] = [];
    for (const destination of new Set([...this.touched, ...segment.destinations()])) {
      const view = this.views.get(destination);
      if (view === undefined || !this.watched.has(destination)) continue;
      const latest = fold(destination, view, segment.eventsOf(destination));
      const confirmed = fold(destination, view, segment.eventsOf(destination, confirmedTo));
      const last = this.reported.get(destination);
      if (last && sameView(last.latest, latest) && sameView(last.confirmed, confirmed)) continue;
      const report = { destination, latest, confirmed };
      this.reported.set(destination, report);
      reports.push(report);
    }
    this.touched.clear();
    return reports;
  }

  /** Reads a block that follows directly. Returns whether it does. */
  private async readBlock(segment: Segment, head: Header): Promise<boolean> {
    const { reader } = this.options;
    const number = segment.top.number + 1;
    const header = number === head.number ? head : await reader.header(number);
    if (header.parentHash !== segment.top.hash) return false;
    segment.push(header, await reader.eventsOf(header));
    return true;
  }

  /** Whether a lower head is only that of an endpoint that lags, and not that of another chain. */
  private async isBehind(segment: Segment, head: Header): Promise<boolean> {
    if (head.number >= segment.top.number) return false;
    const below = segment.below(head.number);
    if (below === undefined) return true;
    return below.number < head.number && (await this.options.reader.header(below.number)).hash === below.hash;
  }

  /** Reads many blocks at once, up to `to` at most. Returns whether they follow. */
  private async readRange(segment: Segment, to: number): Promise<boolean> {
    const { reader } = this.options;
    const { number, hash } = segment.top;
    const { hash: last } = await reader.header(to);
    const { events, end } = await reader.eventsFrom(number + 1, to);
    const header = await reader.header(end);
    if ((await reader.header(number)).hash !== hash) return false;
    if ((await reader.header(to)).hash === last) segment.push(header, events); // else it changed meanwhile: read again
    return true;
  }

  /** Moves the base up once there is twice as much above it as needed. */
  private rebase(segment: Segment): void {
    const { depth, adjudicator } = this.options;
    if (segment.top.number - segment.base.number <= 2 * depth) return;
    const { number } = segment.base;
    const writes: Write[] = [];
    const cut = segment.cut(segment.top.number - depth);
    if (segment.base.number === number) return; // no header in between was kept
    for (const [destination, events] of cut) {
      const view = this.views.get(destination);
      if (view === undefined) continue;
      const next = fold(destination, view, events);
      this.views.set(destination, next);
      this.touched.add(destination); // perhaps it was not told yet
      writes.push({ key: VIEWS + destination, value: encode(next) });
    }
    const cursor: Cursor = { adjudicator, base: segment.base };
    this.save([...writes, { key: CURSOR, value: encode(cursor) }]);
  }

  private remember(destinations: readonly Destination[], events: readonly Located[]): void {
    const writes: Write[] = [];
    for (const destination of destinations) {
      if (!this.unread.delete(destination)) continue; // unwatched meanwhile
      const own = events.filter((event) => event.destination === destination).map(({ event }) => event);
      const view = fold(destination, EMPTY_VIEW, own);
      this.views.set(destination, view);
      this.touched.add(destination);
      writes.push({ key: VIEWS + destination, value: encode(view) });
    }
    this.save(writes);
  }

  /** Starts over if the base is indeed no longer part of the chain. @throws SluiceError if it is all the same */
  private async replaceBase({ base }: Segment, head: Header): Promise<void> {
    const { reader, depth } = this.options;
    const { hash } = await reader.header(Math.min(base.number, head.number));
    if (hash !== base.hash) {
      this.startOver(await reader.header(Math.max(0, head.number - depth)));
      return;
    }
    throw new SluiceError(
      "RPC_UNREACHABLE",
      "The endpoints of the chain contradict each other.",
      "Nothing was changed; it is read again later.",
    );
  }

  /** Forgets everything that was read: the chain was replaced below what is taken for final, or is another one. */
  private startOver(base: Header): void {
    const { store, adjudicator } = this.options;
    this.segment = new Segment(base);
    this.views.clear();
    for (const destination of this.watched) this.unread.add(destination);
    const stale = [...store.entries(VIEWS)].map(([key]) => ({ key, value: undefined }));
    const cursor: Cursor = { adjudicator, base };
    this.save([...stale, { key: CURSOR, value: encode(cursor) }]);
  }

  /** Nothing depends on when this becomes durable, or whether: it can be read from the chain again. */
  private save(batch: readonly Write[]): void {
    if (batch.length > 0) this.options.store.write(batch).catch(() => undefined);
  }

  private fail(): never {
    throw new Error("The follower was not opened.");
  }
}

function fold(destination: Destination, view: ChannelView, events: readonly ChannelEvent[]): ChannelView {
  return foldEvents(destination as Hex as ChannelId, view, events);
}
