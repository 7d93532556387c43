import type { Address } from "../protocol/types";

/** What a transport tells its user. Calls never overlap and never throw. */
export interface TransportHandler {
  /** Messages to and from this peer can flow; it has proved that it holds the key of this address. */
  connected(peer: Address): void;
  disconnected(peer: Address): void;
  received(peer: Address, message: Uint8Array): void;
}

/**
 * Carries messages between peers that have proved who they are. Promises nothing else: a message may be lost when a
 * connection breaks, and whoever needs an answer asks again.
 */
export interface Transport {
  /** Starts to accept and to report. Called once, before anything else. */
  start(handler: TransportHandler): Promise<void>;
  /** Keeps a connection to a peer up from now on, connecting again whenever it is lost. */
  dial(peer: Address, url: string): void;
  /** Sends if there is a connection; drops the message, and returns false, if there is none or its queue is full. */
  send(peer: Address, message: Uint8Array): boolean;
  /** Ends every connection. Nothing is reported from this call on. */
  close(): Promise<void>;
}
