import { MAX_MESSAGE_SIZE } from "../../wire/limits";

/** For both ends. Fragments and chunks are bounded because each takes memory of its own, however small it is. */
export const SOCKET_OPTIONS = {
  maxPayload: MAX_MESSAGE_SIZE,
  maxFragments: 16,
  maxBufferedChunks: 4096,
  perMessageDeflate: false,
  // One message in a turn of the event loop: else the disk and the peer would wait until a hundred are worked off, and
  // then the other way round, which costs a third of what two nodes can do.
  allowSynchronousEvents: false,
  /** Milliseconds that a peer may take to say goodbye. Not in the types of the library yet. */
  closeTimeout: 1000,
};
