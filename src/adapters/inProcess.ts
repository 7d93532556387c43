import type { Transport, TransportHandler } from "../ports/transport";
import type { Address } from "../protocol/types";

/** The most bytes that wait for one peer from another. */
const MAX_QUEUED = 4 * 1024 * 1024;

/** Connects nodes in one process, for tests and benchmarks: no network, but the same promises and no more. */
export class InProcessHub {
  readonly #started = new Map<Address, InProcessTransport>();

  /** A transport for `address`. Starting a second one for the same address ends the first one, as a restart would. */
  transport(address: Address): Transport {
    return new InProcessTransport(address, this.#started);
  }
}

type Report = (handler: TransportHandler) => void;

/** One direction of a connection. */
interface Link {
  readonly to: InProcessTransport;
  /** Bytes. */
  queued: number;
}

class InProcessTransport implements Transport {
  readonly #links = new Map<Address, Link>();
  readonly #dialled = new Set<Address>();
  #handler: TransportHandler | undefined;
  #inbox: Report[] = [];

  constructor(
    private readonly address: Address,
    private readonly started: Map<Address, InProcessTransport>,
  ) {}

  async start(handler: TransportHandler): Promise<void> {
    await this.started.get(this.address)?.close();
    this.#handler = handler;
    this.started.set(this.address, this);
    for (const other of this.started.values()) this.#meet(other);
  }

  /** Needs no URL: the peer is met as soon as it has started, and whenever it starts again. */
  dial(peer: Address): void {
    this.#dialled.add(peer);
    const other = this.started.get(peer);
    if (other !== undefined) this.#meet(other);
  }

  send(peer: Address, message: Uint8Array): boolean {
    const link = this.#links.get(peer);
    if (link === undefined || link.queued + message.length > MAX_QUEUED) return false;
    link.queued += message.length;
    link.to.#report((handler) => {
      link.queued -= message.length;
      handler.received(this.address, message);
    });
    return true;
  }

  close(): Promise<void> {
    if (this.started.get(this.address) === this) this.started.delete(this.address);
    this.#handler = undefined;
    this.#inbox = [];
    for (const { to } of this.#links.values()) to.#forget(this.address);
    this.#links.clear();
    return Promise.resolve();
  }

  #meet(other: InProcessTransport): void {
    if (this.#handler === undefined || other === this || this.#links.has(other.address)) return;
    const wanted = this.#dialled.has(other.address) || other.#dialled.has(this.address);
    if (!wanted) return;
    this.#join(other);
    other.#join(this);
  }

  #join(other: InProcessTransport): void {
    this.#links.set(other.address, { to: other, queued: 0 });
    this.#report((handler) => handler.connected(other.address));
  }

  #forget(peer: Address): void {
    this.#links.delete(peer);
    this.#report((handler) => handler.disconnected(peer));
  }

  /** Queues a report. All that wait are made in one turn of the event loop, so that disk and network get theirs. */
  #report(report: Report): void {
    if (this.#inbox.push(report) === 1) setImmediate(() => this.#deliver());
  }

  #deliver(): void {
    const batch = this.#inbox;
    this.#inbox = [];
    for (const report of batch) {
      if (this.#handler !== undefined) report(this.#handler);
    }
  }
}
