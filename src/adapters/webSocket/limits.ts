/** Bounds on what peers, and strangers above all, can make a node spend. */
export interface Limits {
  /** Connections in total. */
  readonly connections: number;
  /** Connections from one address, counted by network (/64) for IPv6. Raise it where a proxy stands before all peers. */
  readonly connectionsPerAddress: number;
  /** Connections that have not proved who they are; the oldest makes room for a new one. */
  readonly pending: number;
  /** Bytes that wait to be sent to one peer. */
  readonly queuedBytes: number;
  /** Bytes per second that are read from one peer, every message counting as 1 KiB at least. */
  readonly bytesPerSecond: number;
}

export const DEFAULT_LIMITS: Limits = {
  connections: 1024,
  connectionsPerAddress: 32,
  pending: 128,
  queuedBytes: 4 * 1024 * 1024,
  bytesPerSecond: 16 * 1024 * 1024,
};

/** Milliseconds from the first packet until both sides have proved who they are. */
export const AUTHENTICATION_TIMEOUT = 10_000;

/** Milliseconds between pings; a connection that stays silent from one to the next is dead. */
export const PING_INTERVAL = 15_000;

/** Pings of a peer in that time, at most; one is enough. */
export const MAX_PINGS = 60;

/** Milliseconds until a lost connection is dialled again: at first, doubling each time, and at most. */
export const BACKOFF = { least: 250, most: 30_000 } as const;
