import { MAX_ALLOCATIONS } from "../protocol/types";

/** The first byte of every message; another one means another encoding. */
export const WIRE_VERSION = 1;

/** The most bytes a message may have. */
export const MAX_MESSAGE_SIZE = 128 * 1024;

/** The most bytes of data for the app in one state. */
export const MAX_APP_DATA_SIZE = 64 * 1024;

/** The most bytes an outcome can have that the contracts settle: every allocation (64 bytes) in a group of its own (21). */
export const MAX_OUTCOME_SIZE = MAX_ALLOCATIONS * (21 + 64);

/** The most transfers in one change. */
export const MAX_TRANSFERS = 128;

/** The most transfers that one participant signs to fund a channel: one for each asset there can be. */
export const MAX_AUTHORIZATIONS = MAX_ALLOCATIONS;

/** The most UTF-16 code units in a text for people. */
export const MAX_TEXT_LENGTH = 200;
