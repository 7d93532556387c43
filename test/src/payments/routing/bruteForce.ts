import { NATIVE } from "../../../../src";
import fc from "fast-check";
import {
  RouteNotFound,
  type Edge,
  type OwnChannel,
  type Policy,
  type RouteQuery,
} from "../../../../src/payments/routing";
import { refusal } from "../../wire/refusal";
import { channelNumber, edge, NOW, place } from "./world";

/** The arithmetic of fees written down once more, forwards in thought: what `from` must be paid. */
export function paidFor(policy: Policy, amount: bigint): bigint {
  const product = amount * policy.feeMillionths;
  return amount + policy.feeBase + product / 1_000_000n + (product % 1_000_000n === 0n ? 0n : 1n);
}

/** A way found by trying all of them: its edges after the payer's own channel, and what it costs. */
export interface Way {
  readonly path: readonly Edge[];
  readonly fee: bigint;
  readonly cost: bigint;
}

/** Every way without a loop that can carry the amount, with what each edge costs besides the fee. */
export function allWays(query: RouteQuery, extra: (edge: Edge) => bigint = () => 0n): Way[] {
  const edges = [...query.network.edges(query.asset)];
  const ways: Way[] = [];
  const visit = (at: string, amount: bigint, path: readonly Edge[], extras: bigint): void => {
    for (const { peer, spendable } of query.own) {
      if (peer === at && spendable >= amount) {
        const fee = amount - query.amount;
        ways.push({ path, fee, cost: fee + extras });
      }
    }
    for (const next of edges) {
      const { from, to, capacity, policy } = next;
      if (to !== at || from === query.from || from === query.to || path.some((passed) => passed.to === from)) continue;
      if (amount > capacity || amount < policy.minimum || amount > policy.maximum) continue;
      visit(from, paidFor(policy, amount), [next, ...path], extras + extra(next));
    }
  };
  visit(query.to, query.amount, [], 0n);
  return ways;
}

const policy = (minimum: fc.Arbitrary<bigint>): fc.Arbitrary<Policy> =>
  fc.record({
    feeBase: fc.bigInt(0n, 20n),
    feeMillionths: fc.oneof(fc.constant(0n), fc.bigInt(0n, 200_000n)),
    minimum,
    maximum: fc.oneof(fc.constant(10n ** 12n), fc.bigInt(500n, 2_000n)),
    expiryDelta: fc.bigInt(0n, 100_000n),
  });

export interface NetworkShape {
  /** How many nodes besides the payer, which is number 0; the payee is number 1. */
  readonly nodes: number;
  readonly edges: number;
  readonly minimum: fc.Arbitrary<bigint>;
  readonly capacity: fc.Arbitrary<bigint>;
}

/** Small networks with a payer and a payee, and a payment of 100 to 1,500. */
export function queries({ nodes, edges, minimum, capacity }: NetworkShape): fc.Arbitrary<RouteQuery> {
  const link = fc
    .tuple(fc.integer({ min: 1, max: nodes }), fc.integer({ min: 1, max: nodes }), capacity, policy(minimum))
    .filter(([from, to]) => from !== to);
  const own = fc.tuple(fc.integer({ min: 1, max: nodes }), capacity);
  return fc
    .record({
      links: fc.array(link, { maxLength: edges }),
      owns: fc.array(own, { minLength: 1, maxLength: 3 }),
      amount: fc.bigInt(100n, 1_500n),
    })
    .map(({ links, owns, amount }) => {
      const known = links.map(([from, to, room, terms], i) => edge(i, from, to, room, terms));
      return queryOn(
        known,
        owns.map(([peer, spendable]) => [peer, spendable]),
        amount,
      );
    });
}

/** A query of node 0 to pay node 1 over these edges. */
export function queryOn(edges: readonly Edge[], owns: readonly [number, bigint][], amount: bigint): RouteQuery {
  return {
    network: { edges: () => edges },
    from: place(0),
    to: place(1),
    asset: NATIVE,
    amount,
    maxFee: 10n ** 12n,
    expiryRule: "staircase",
    now: NOW,
    own: owns.map(([peer, spendable], i): OwnChannel => ({
      channelId: channelNumber(1_000 + i),
      peer: place(peer),
      spendable,
    })),
  };
}

/** Runs what must find no route, and returns why. */
export function noRoute(act: () => unknown): RouteNotFound {
  const error = refusal(act);
  if (error instanceof RouteNotFound) return error;
  throw error;
}
