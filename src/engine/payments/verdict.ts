import type { Context } from "../context";
import type { HeldLock, Side } from "./operations";

/** Whether a lock pays its payee if its key is known since `time`; 0 is never. */
export function isTimely(time: bigint, { expiry }: Pick<HeldLock, "expiry">): boolean {
  return time !== 0n && time <= expiry;
}

/** Whom the chain pays for a lock, for certain; undefined while that may change, or nothing was heard of its key. */
export function verdictOf(context: Context, lock: Pick<HeldLock, "registry" | "key" | "expiry">): Side | undefined {
  const fact = context.factOf(lock.registry, lock.key);
  if (fact === undefined) return undefined;
  if (isTimely(fact.confirmed, lock)) return "payee";
  return context.confirmedTime > lock.expiry ? "payer" : undefined;
}
