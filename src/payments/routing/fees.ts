import { type Policy } from "./announcements";

/**
 * How expiries relate along a route. `constant`: all locks have the same, since the registry is one for all.
 * `staircase`: every hop adds the `expiryDelta` of its policy to the expiry of the next one.
 */
export type ExpiryRule = "constant" | "staircase";

const MILLION = 1_000_000n;

/** What holds for a channel of one's own: nothing is charged, and everything passes up to `maximum`. */
export function freeOfCharge(maximum: bigint): Policy {
  return { feeBase: 0n, feeMillionths: 0n, minimum: 0n, maximum, expiryDelta: 0n };
}

/** What a node charges for passing on this amount: the flat part, and the proportional part rounded up. */
export function feeOf({ feeBase, feeMillionths }: Policy, amount: bigint): bigint {
  return feeBase + (amount * feeMillionths + MILLION - 1n) / MILLION;
}

/**
 * What each lock along a route holds, in the order of the hops, so that the payee gets exactly `delivered`. The first hop
 * is the payer's own and costs nothing; the policy of each other one is that of the node that pays out there.
 */
export function amountsAlong(policies: readonly Policy[], delivered: bigint): bigint[] {
  return backwards(policies, delivered, (policy, amount) => amount + feeOf(policy, amount));
}

/** When each lock along a route expires, in the order of the hops, if the last one expires at `last`. Unix seconds. */
export function expiriesAlong(policies: readonly Policy[], last: bigint, rule: ExpiryRule): bigint[] {
  return backwards(policies, last, ({ expiryDelta }, expiry) => (rule === "constant" ? expiry : expiry + expiryDelta));
}

/** Values along a route, from the last one to the first: each follows from the next one and the policy there. */
function backwards(
  policies: readonly Policy[],
  last: bigint,
  before: (policy: Policy, next: bigint) => bigint,
): bigint[] {
  const values: bigint[] = [];
  let value = last;
  for (let i = policies.length - 1; i >= 0; i--) {
    values.unshift(value);
    value = before(policies[i]!, value);
  }
  return values;
}
