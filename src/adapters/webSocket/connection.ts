import type { Duplex } from "node:stream";
import type { RawData, WebSocket } from "ws";
import type { Clock } from "../../ports/clock";
import type { Address } from "../../protocol/types";
import { Budget } from "./budget";
import type { Handshake } from "./handshake";
import { MAX_PINGS, PING_INTERVAL, type Limits } from "./limits";

/** Why a connection was closed, as WebSocket close codes. */
export const CLOSE = {
  goingAway: 1001,
  notBinary: 1003,
  notProven: 4001,
  replaced: 4002,
} as const;

/** What a connection tells its owner. */
export interface ConnectionHandler {
  /** The peer proved who it is; messages can flow. */
  proven(peer: Address): void;
  received(peer: Address, message: Uint8Array): void;
  /** The end; comes once, and nothing after it. The peer is known if it had proved who it is. */
  closed(peer: Address | undefined): void;
}

/** One WebSocket: authenticates, then carries one message per frame. */
export class Connection {
  /** Resolves at the end. */
  readonly ended: Promise<void>;
  readonly #budget: Budget;
  #tcp: Duplex | undefined;
  #peer: Address | undefined;
  /** Nothing that comes in counts any more. */
  #ending = false;
  /** Whether anything came in since the last ping. */
  #heard = true;
  /** Pings of the peer since my last one. */
  #pings = 0;
  #stopPings: (() => void) | undefined;
  #stopPause: (() => void) | undefined;

  /** @param tcp what the WebSocket runs on, once it is open */
  constructor(
    private readonly socket: WebSocket,
    private readonly handshake: Handshake,
    private readonly clock: Clock,
    private readonly limits: Limits,
    private readonly handler: ConnectionHandler,
    tcp?: Duplex,
  ) {
    this.#tcp = tcp;
    this.#budget = new Budget(limits.bytesPerSecond, clock);
    socket.on("upgrade", (response) => (this.#tcp = response.socket));
    socket.on("message", (data, isBinary) => this.#receive(data, isBinary));
    socket.on("ping", (data) => this.#hearPing(data.length));
    socket.on("pong", (data) => this.#pay(data.length));
    socket.on("error", () => undefined); // "close" follows
    this.ended = new Promise((resolve) => {
      socket.on("close", () => {
        this.#close();
        resolve();
      });
    });
    if (socket.readyState === socket.OPEN) this.#write(handshake.greeting());
    else socket.on("open", () => this.#write(handshake.greeting()));
  }

  /** Sends a message; false if the connection is not open, or too much waits already. */
  send(message: Uint8Array): boolean {
    if (this.#ending || this.socket.readyState !== this.socket.OPEN) return false;
    if (this.socket.bufferedAmount + message.length > this.limits.queuedBytes) return false;
    this.#write(message);
    return true;
  }

  /** Says goodbye; whatever the peer still sends is ignored. */
  close(code: number): void {
    this.#ending = true;
    this.socket.close(code);
  }

  /** Breaks the connection. */
  terminate(): void {
    this.#ending = true;
    this.socket.terminate();
  }

  #receive(data: RawData, isBinary: boolean): void {
    const frame = data as Buffer; // the default binary type
    this.#pay(frame.length);
    if (this.#ending) return;
    if (!isBinary) this.close(CLOSE.notBinary);
    else if (this.#peer !== undefined) this.handler.received(this.#peer, frame);
    else this.#authenticate(frame);
  }

  #authenticate(frame: Buffer): void {
    const step = this.handshake.receive(frame);
    if (step === undefined) return this.close(CLOSE.notProven);
    if (step.answer !== undefined) this.#write(step.answer);
    if (step.proven === undefined) return;
    this.#peer = step.proven;
    this.#ping();
    this.handler.proven(step.proven);
  }

  /**
   * Frames that are sent in one tick leave in one write. A system call each would be most of the work: with 16 messages
   * under way this carries four times as many as without.
   */
  #write(frame: Uint8Array): void {
    const tcp = this.#tcp;
    if (tcp?.writableCorked === 0) {
      tcp.cork();
      process.nextTick(() => tcp.uncork());
    }
    this.socket.send(frame);
  }

  #ping(): void {
    if (!this.#heard && this.#stopPause === undefined) return this.terminate();
    this.#heard = false;
    this.#pings = 0;
    if (this.socket.readyState === this.socket.OPEN) this.socket.ping();
    this.#stopPings = this.clock.after(PING_INTERVAL, () => this.#ping());
  }

  /** Each ping has to be answered, so there is a limit of their own. */
  #hearPing(bytes: number): void {
    if (++this.#pings > MAX_PINGS) return this.terminate();
    this.#pay(bytes);
  }

  /** Reads nothing for a while from a peer that sends too much: its own network has to hold the rest back. */
  #pay(bytes: number): void {
    this.#heard = true;
    const pause = this.#budget.spend(bytes);
    if (pause === 0) return;
    this.#stopPause?.();
    this.socket.pause();
    this.#stopPause = this.clock.after(pause, () => {
      this.#stopPause = undefined;
      this.socket.resume();
    });
  }

  #close(): void {
    this.#ending = true;
    this.#stopPings?.();
    this.#stopPause?.();
    this.handler.closed(this.#peer);
  }
}
