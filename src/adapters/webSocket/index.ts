import type { Socket } from "node:net";
import { WebSocket } from "ws";
import { SluiceError } from "../../errors";
import type { Clock } from "../../ports/clock";
import type { Signer, VerifySignature } from "../../ports/crypto";
import type { Transport, TransportHandler } from "../../ports/transport";
import type { Address } from "../../protocol/types";
import { CLOSE, Connection, type ConnectionHandler } from "./connection";
import { Handshake } from "./handshake";
import { AUTHENTICATION_TIMEOUT, BACKOFF, DEFAULT_LIMITS, type Limits } from "./limits";
import { Listener, type Endpoint } from "./listener";
import { Redial } from "./redial";
import { SOCKET_OPTIONS } from "./socketOptions";
import { supersedes, type Established } from "./tieBreak";

export { DEFAULT_LIMITS, type Limits } from "./limits";
export type { Endpoint } from "./listener";

/** What a {@link WebSocketTransport} needs. */
export interface WebSocketOptions {
  /** The key by which peers know this node. */
  readonly signer: Signer;
  readonly verify: VerifySignature;
  readonly clock: Clock;
  /** Where to accept connections; without it the node only dials. */
  readonly listen?: Endpoint;
  readonly limits?: Partial<Limits>;
}

/** A peer to keep in touch with. */
interface Contact {
  url: string;
  readonly redial: Redial;
  attempt?: Connection;
}

type ConnectionReports = Omit<ConnectionHandler, "received">;

interface Live extends Established {
  readonly connection: Connection;
}

/**
 * Peers connected by WebSockets. Each proves by its key that it is who it says (see {@link Handshake}); there is one
 * connection to a peer at most. What a peer sends, or fails to read, costs it its own connection and nobody else's.
 *
 * Messages are not encrypted by this: use `wss://` behind a proxy that ends TLS wherever others could reach the cable.
 */
export class WebSocketTransport implements Transport {
  readonly #limits: Limits;
  readonly #listener: Listener | undefined;
  readonly #contacts = new Map<Address, Contact>();
  readonly #live = new Map<Address, Live>();
  /** Every connection that has not ended, proven or not. */
  readonly #open = new Set<Connection>();
  #handler: TransportHandler | undefined;

  constructor(private readonly options: WebSocketOptions) {
    const { listen, limits, clock } = options;
    this.#limits = { ...DEFAULT_LIMITS, ...limits };
    this.#listener = listen && new Listener(listen, this.#limits, clock, (socket, tcp) => this.#accept(socket, tcp));
  }

  /** The port it listens on; undefined if it only dials. */
  get port(): number | undefined {
    return this.#listener?.port;
  }

  /** @throws SluiceError `LISTEN_FAILED` */
  async start(handler: TransportHandler): Promise<void> {
    this.#handler = handler;
    await this.#listener?.open();
  }

  /**
   * @param url `ws://…` or `wss://…`; takes the place of an earlier one for the same peer
   * @throws SluiceError `URL_INVALID`
   */
  dial(peer: Address, url: string): void {
    requireWebSocketUrl(url);
    const contact = this.#contacts.get(peer);
    if (contact !== undefined) {
      contact.url = url;
      return;
    }
    const redial = new Redial(this.options.clock, () => this.#attempt(peer));
    this.#contacts.set(peer, { url, redial });
    redial.now();
  }

  send(peer: Address, message: Uint8Array): boolean {
    return this.#live.get(peer)?.connection.send(message) ?? false;
  }

  async close(): Promise<void> {
    this.#handler = undefined;
    for (const { redial } of this.#contacts.values()) redial.stop();
    const ends = Array.from(this.#open, (connection) => {
      connection.close(CLOSE.goingAway);
      return connection.ended;
    });
    await Promise.all([...ends, this.#listener?.close()]);
  }

  #accept(socket: WebSocket, tcp: Socket): void {
    const connection = this.#run(
      socket,
      new Handshake("listener", this.options),
      {
        proven: (peer) => {
          this.#listener?.proven(tcp);
          this.#adopt(peer, connection, peer);
        },
        closed: (peer) => this.#end(connection, peer),
      },
      tcp,
    );
  }

  #attempt(peer: Address): void {
    const contact = this.#contacts.get(peer)!;
    if (this.#handler === undefined || contact.attempt !== undefined || this.#live.has(peer)) return;
    const settle = (): void => {
      cancelDeadline();
      if (contact.attempt === connection) delete contact.attempt;
    };
    const connection = this.#run(
      new WebSocket(contact.url, SOCKET_OPTIONS),
      new Handshake("dialler", this.options, peer),
      {
        proven: () => {
          settle();
          this.#adopt(peer, connection, this.options.signer.address);
        },
        closed: () => {
          settle();
          this.#end(connection, peer);
        },
      },
    );
    const cancelDeadline = this.options.clock.after(AUTHENTICATION_TIMEOUT, () => connection.terminate());
    contact.attempt = connection;
  }

  #run(socket: WebSocket, handshake: Handshake, reports: ConnectionReports, tcp?: Socket): Connection {
    const received = (peer: Address, message: Uint8Array): void => this.#handler?.received(peer, message);
    const handler = { ...reports, received };
    const connection = new Connection(socket, handshake, this.options.clock, this.#limits, handler, tcp);
    this.#open.add(connection);
    return connection;
  }

  #adopt(peer: Address, connection: Connection, dialler: Address): void {
    const fresh = { connection, dialler, since: this.options.clock.now() };
    const present = this.#live.get(peer);
    if (present !== undefined) {
      if (!supersedes(fresh, present)) return connection.close(CLOSE.replaced);
      this.#live.delete(peer);
      present.connection.close(CLOSE.replaced);
      this.#handler?.disconnected(peer); // what was under way is lost: the peers have to compare notes again
    }
    this.#live.set(peer, fresh);
    this.#handler?.connected(peer);
  }

  #end(connection: Connection, peer: Address | undefined): void {
    this.#open.delete(connection);
    if (peer === undefined || this.#handler === undefined) return;
    const live = this.#live.get(peer);
    const redial = this.#contacts.get(peer)?.redial;
    if (live?.connection === connection) {
      this.#live.delete(peer);
      // Not before: a peer that hangs up as soon as it is greeted gains no more than one that does not answer.
      if (this.options.clock.now() - live.since >= BACKOFF.most) redial?.reset();
      redial?.later();
      this.#handler.disconnected(peer);
    } else if (live === undefined) redial?.later();
  }
}

function requireWebSocketUrl(url: string): void {
  const { protocol, hash } = URL.canParse(url) ? new URL(url) : { protocol: "", hash: "" };
  if (!["ws:", "wss:"].includes(protocol) || hash !== "") {
    throw new SluiceError(
      "URL_INVALID",
      `"${url}" is not the address of a peer.`,
      "Nothing was dialled; it looks like wss://example.org:9000.",
    );
  }
}
