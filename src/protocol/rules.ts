import { FINAL_VERSION } from "./types";

/** The part of a registered dispute that decides what may follow. */
export interface Registered {
  readonly version: bigint;
  /** Unix time in seconds; 0 while no clock runs. */
  readonly finalizesAt: bigint;
}

/** Whether `version` may be challenged with (`DisputeRules.requireChallengeable`). */
export function isChallengeable(registered: Registered | undefined, version: bigint): boolean {
  if (registered === undefined || version > registered.version) return true;
  return version === registered.version && registered.finalizesAt === 0n;
}

/** Whether `version` answers a registered dispute (`DisputeRules.requireNewer`). */
export function isNewer(registered: Registered | undefined, version: bigint): boolean {
  return registered === undefined || version > registered.version;
}

/** Whether the registered state may be settled at `now`, Unix time in seconds (`DisputeRules.requireSettleable`). */
export function isSettleable(registered: Registered, now: bigint): boolean {
  if (registered.version === FINAL_VERSION) return true;
  return registered.finalizesAt !== 0n && now >= registered.finalizesAt;
}

/**
 * Whether overriding a challenge proves that the challenger lied (`DisputeRules.isFraud`): it had signed something newer
 * than a proposal of its own, and not the agreement that ends the dispute.
 */
export function isFraud(registered: Registered, version: bigint, signers: bigint, challengerIndex: number): boolean {
  const innocent = version <= registered.version + 1n || version === FINAL_VERSION;
  return !innocent && ((signers >> BigInt(challengerIndex)) & 1n) === 1n;
}
