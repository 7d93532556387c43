import type { Address } from "../../protocol/types";
import { AUTHENTICATION_TIMEOUT } from "./limits";

/** A connection that has proved itself. */
export interface Established {
  readonly dialler: Address;
  /** Unix time in milliseconds. */
  readonly since: number;
}

/**
 * Whether a fresh connection takes the place of the present one to the same peer.
 *
 * Peers dial only while they have no connection, so a fresh one says that the present one is dead — unless both dialled
 * at once. Then the two are established within the time one attempt may take, and both ends have to keep the same one:
 * that of the lower address.
 */
export function supersedes(fresh: Established, present: Established): boolean {
  if (fresh.dialler === present.dialler) return true;
  if (fresh.since - present.since > AUTHENTICATION_TIMEOUT) return true;
  return fresh.dialler.toLowerCase() < present.dialler.toLowerCase();
}
