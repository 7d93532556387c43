import { MAX_MESSAGE_SIZE } from "../../wire/limits";

/** For both ends. Fragments and chunks are bounded because each takes memory of its own, however small it is. */
export const SOCKET_OPTIONS = {
  maxPayload: MAX_MESSAGE_SIZE,
  maxFragments: 16,
  maxBufferedChunks: 4096,
  perMessageDeflate: false,
  /** Milliseconds that a peer may take to say goodbye. Not in the types of the library yet. */
  closeTimeout: 1000,
};
