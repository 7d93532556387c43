import { expect } from "chai";
import fc from "fast-check";
import { NATIVE } from "../../../../src";
import {
  FEES_ALONE,
  findRoute,
  Liquidity,
  USUAL_PRICES,
  type Edge,
  type Route,
  type RouteNotFound,
  type RouteQuery,
} from "../../../../src/payments/routing";
import { runs, USUAL_RUNS } from "../../../properties/runs";
import { refusal } from "../../wire/refusal";
import { allWays, noRoute, paidFor, queries, queryOn } from "./bruteForce";
import {
  ALICE,
  announcedChannel,
  announcedPolicy,
  BOB,
  CAROL,
  channelNumber,
  edge,
  heldBy,
  idOf,
  INGRID,
  newNetwork,
  NOW,
  place,
} from "./world";

const ROOMY = { nodes: 5, edges: 12, minimum: fc.constant(0n), capacity: fc.constant(10n ** 9n) };
const TIGHT = { ...ROOMY, capacity: fc.bigInt(50n, 2_000n) };
const PICKY = { ...TIGHT, minimum: fc.bigInt(0n, 500n) };

/** Everything a route promises, computed once more. */
function expectSound(query: RouteQuery, route: Route): void {
  const { hops } = route;
  expect(hops[0]!.edge.from).to.equal(query.from);
  expect(hops.at(-1)!.edge.to).to.equal(query.to);
  expect(hops.at(-1)!.amount).to.equal(query.amount);
  expect(hops.at(-1)!.delay).to.equal(0n);
  expect(hops.length).to.be.at.most(query.maxHops ?? 20);
  expect(route.delivered).to.equal(query.amount);
  expect(route.fee).to.equal(hops[0]!.amount - query.amount);
  expect(route.fee <= query.maxFee).to.equal(true);
  expect(new Set(hops.map(({ edge: { to } }) => to)).size, "no loops").to.equal(hops.length);
  expect(query.own.some(({ channelId }) => channelId === hops[0]!.edge.channelId)).to.equal(true);
  hops.forEach(({ edge: { policy, capacity, from }, amount, delay }, i) => {
    expect(amount >= policy.minimum && amount <= policy.maximum && amount <= capacity).to.equal(true);
    if (i === 0) return;
    expect(from).to.equal(hops[i - 1]!.edge.to);
    expect(hops[i - 1]!.amount).to.equal(paidFor(policy, amount));
    expect(hops[i - 1]!.delay - delay).to.equal(query.expiryRule === "constant" ? 0n : policy.expiryDelta);
  });
}

function routeOrReason(query: RouteQuery): Route | RouteNotFound {
  try {
    return findRoute(query);
  } catch (error) {
    expect(error).to.include({ code: "ROUTE_NOT_FOUND" });
    return error as RouteNotFound;
  }
}

const isRoute = (found: Route | RouteNotFound): found is Route => "hops" in found;
const least = (values: readonly bigint[]) => values.reduce((a, b) => (b < a ? b : a));
const reason = (query: RouteQuery) => noRoute(() => findRoute(query));

describe("routes on random networks", () => {
  it("keep to capacities, minima, maxima and fees, to the unit", () => {
    let found = 0;
    fc.assert(
      fc.property(
        queries(PICKY),
        fc.bigInt(0n, 300n),
        fc.constantFrom("constant", "staircase"),
        (base, maxFee, rule) => {
          const query: RouteQuery = { ...base, maxFee, expiryRule: rule };
          const route = routeOrReason(query);
          if (!isRoute(route)) return;
          found++;
          expectSound(query, route);
        },
      ),
      runs(500),
    );
    expect(found).to.be.greaterThan(0);
  });

  it("are found if and only if there is one, and cost the least fee there is, to the unit", () => {
    let found = 0;
    fc.assert(
      fc.property(queries(TIGHT), (base) => {
        const query = { ...base, prices: FEES_ALONE };
        const ways = allWays(query);
        const route = routeOrReason(query);
        expect(isRoute(route)).to.equal(ways.length > 0);
        if (!isRoute(route)) return;
        found++;
        expect(route.fee).to.equal(least(ways.map(({ fee }) => fee)));
      }),
      runs(500),
    );
    expect(found).to.be.greaterThan(0);
  });

  it("fail for the fee by exactly what the cheapest one is above the limit", () => {
    let dear = 0;
    fc.assert(
      fc.property(queries(TIGHT), fc.bigInt(0n, 100n), (base, maxFee) => {
        const query = { ...base, maxFee };
        const ways = allWays(query);
        const route = routeOrReason(query);
        const cheapest = ways.length === 0 ? undefined : least(ways.map(({ fee }) => fee));
        expect(isRoute(route)).to.equal(cheapest !== undefined && cheapest <= maxFee);
        if (isRoute(route) || cheapest === undefined) return;
        dear++;
        expect(route).to.include({ reason: "FEE", excess: cheapest - maxFee });
      }),
      runs(500),
    );
    expect(dear).to.be.greaterThan(0);
  });

  it("cost the least, with time and risk, but for what fees on fees can make of those", () => {
    const each = (amount: bigint) => (amount * PRICES.failureMillionths) / 1_000_000n;
    const extra =
      ({ amount }: RouteQuery) =>
      (e: Edge) =>
        (amount * e.policy.expiryDelta * PRICES.dayMillionths) / (86_400n * 1_000_000n) +
        (((amount * 1_000_000n) / (e.capacity + 1n - amount)) * each(amount)) / 1_000_000n;
    const PRICES = { dayMillionths: 200_000n, failureMillionths: 500_000n, failureBase: 0n };
    const uncapped = { ...ROOMY, capacity: fc.constantFrom(10_000_000n, 20_000_000n) };
    let found = 0;
    fc.assert(
      fc.property(queries(uncapped), (base) => {
        const network = [...base.network.edges(NATIVE)].map((e) => ({
          ...e,
          policy: { ...e.policy, maximum: 10n ** 12n },
        }));
        const query = {
          ...base,
          network: { edges: () => network },
          prices: PRICES,
        };
        const ways = allWays(query, extra(query));
        const route = routeOrReason(query);
        expect(isRoute(route)).to.equal(ways.length > 0);
        if (!isRoute(route)) return;
        found++;
        const forwarded = route.hops.slice(1).map((hop) => hop.edge);
        const cost = route.fee + forwarded.map(extra(query)).reduce((a, b) => a + b, 0n);
        const best = ways.reduce((a, b) => (b.cost < a.cost ? b : a));
        const growth = best.path.reduce((product, { policy }) => product * (1 + Number(policy.feeMillionths) / 1e6), 1);
        const extras = Number(best.cost - best.fee);
        const slack = (growth - 1) * extras + growth * best.path.length;
        expect(cost >= best.cost).to.equal(true);
        expect(Number(cost - best.cost)).to.be.at.most(slack + 1e-6);
      }),
      runs(500),
    );
    expect(found).to.be.greaterThan(0);
  });

  it("get a payment through by and by, whenever there is a way, by what failures teach", () => {
    let detours = 0;
    fc.assert(
      fc.property(queries(TIGHT), fc.array(fc.bigInt(0n, 100n), { minLength: 12, maxLength: 12 }), (base, shares) => {
        const announced = [...base.network.edges(NATIVE)];
        const real = announced.map((e, i) => ({ ...e, capacity: (e.capacity * shares[i]!) / 100n }));
        const there = new Map(real.map(({ key, capacity }) => [key, capacity]));
        const ways = allWays({ ...base, network: { edges: () => real } });
        const query = { ...base, known: new Liquidity() };
        for (let attempt = 0; ; attempt++) {
          expect(attempt).to.be.below(200);
          const route = routeOrReason(query);
          if (!isRoute(route)) return void expect(ways).to.deep.equal([]);
          const passes = ({ edge: e, amount }: Route["hops"][0]) => e.certain || amount <= there.get(e.key)!;
          const stuck = route.hops.findIndex((hop) => !passes(hop));
          for (const { edge: e, amount } of stuck < 0 ? route.hops : route.hops.slice(0, stuck)) {
            query.known.passed(e, amount, NOW);
          }
          if (stuck < 0) return void expect(ways).to.not.deep.equal([]);
          query.known.failed(route.hops[stuck]!.edge, route.hops[stuck]!.amount, NOW);
          detours++;
        }
      }),
      runs(USUAL_RUNS),
    );
    expect(detours).to.be.greaterThan(0);
  });

  it("are the same for the same query", () => {
    fc.assert(
      fc.property(queries(TIGHT), (query) => {
        expect(routeOrReason(query)).to.deep.equal(routeOrReason(query));
      }),
      runs(50),
    );
  });

  it("of at most so many hops are found for a small fee limit in the way", () => {
    fc.assert(
      fc.property(queries(ROOMY), fc.integer({ min: 1, max: 4 }), (base, maxHops) => {
        const query = { ...base, maxHops };
        const ways = allWays(query);
        const route = routeOrReason(query);
        expect(isRoute(route)).to.equal(ways.some(({ path }) => path.length < maxHops));
        if (isRoute(route)) expectSound(query, route);
        else expect(route.reason).to.equal(ways.length > 0 ? "HOPS" : route.reason);
      }),
      runs(USUAL_RUNS),
    );
  });
});

describe("a route", () => {
  it("goes over announced channels, and says which expiries fall", () => {
    const network = newNetwork();
    const [first, second] = [announcedChannel(ALICE, INGRID), announcedChannel(INGRID, BOB)];
    for (const channel of [first, second]) network.applyChannel(channel, heldBy(channel), NOW);
    const policy = { feeBase: 1n, feeMillionths: 10_000n, expiryDelta: 600n };
    network.applyPolicy(announcedPolicy(second, INGRID, policy), NOW);
    const query: RouteQuery = {
      network,
      from: ALICE.address,
      to: BOB.address,
      asset: NATIVE,
      amount: 100n,
      maxFee: 2n,
      expiryRule: "staircase",
      now: NOW,
      own: [{ channelId: idOf(first), peer: INGRID.address, spendable: 102n }],
    };
    const { hops, fee } = findRoute(query);
    expect(fee).to.equal(2n);
    expect(hops.map((hop) => [hop.edge.channelId, hop.edge.to, hop.amount, hop.delay])).to.deep.equal([
      [idOf(first), INGRID.address, 102n, 600n],
      [idOf(second), BOB.address, 100n, 0n],
    ]);
    expect(findRoute({ ...query, expiryRule: "constant" }).hops.map(({ delay }) => delay)).to.deep.equal([0n, 0n]);
    expect(findRoute({ ...query, to: INGRID.address }).hops.length).to.equal(1);
    expect(reason({ ...query, to: CAROL.address }).reason).to.equal("PATH");
  });

  it("follows hints to a payee that nobody announced", () => {
    const query = queryOn([edge(0, 2, 3, 500n)], [[2, 500n]], 100n);
    const policy = { feeBase: 4n, feeMillionths: 0n, minimum: 1n, maximum: 200n, expiryDelta: 0n };
    const hint = { channelId: channelNumber(7), from: place(3), to: place(1), policy } as const;
    expect(reason(query).reason).to.equal("PATH");
    expect(findRoute({ ...query, hints: [hint] })).to.deep.include({ fee: 4n });
    expect(reason({ ...query, hints: [hint], amount: 201n }).reason).to.equal("CAPACITY");
  });

  it("believes whoever charges for a channel more than the hint of a payee", () => {
    const query = queryOn([edge(0, 2, 1, 500n, { feeBase: 4n })], [[2, 500n]], 100n);
    const policy = { feeBase: 0n, feeMillionths: 0n, minimum: 1n, maximum: 200n, expiryDelta: 0n };
    const hint = { channelId: channelNumber(0), from: place(2), to: place(1), policy } as const;
    expect(findRoute({ ...query, hints: [hint] }).fee).to.equal(4n);
  });

  it("stays away from channels and nodes that are excluded", () => {
    const detours = [edge(0, 2, 1, 500n), edge(1, 3, 1, 500n, { feeBase: 1n }), edge(2, 2, 1, 500n, { feeBase: 2n })];
    const query = queryOn(
      detours,
      [
        [2, 500n],
        [3, 500n],
      ],
      100n,
    );
    const fee = (...excluded: (typeof detours)[0]["to"][]) => findRoute({ ...query, excluded: new Set(excluded) }).fee;
    expect(findRoute(query).fee).to.equal(0n);
    expect(fee(place(2))).to.equal(1n);
    const channels = new Set([channelNumber(0), channelNumber(1)]);
    expect(findRoute({ ...query, excluded: channels }).fee).to.equal(2n);
    expect(reason({ ...query, excluded: new Set([place(2), place(3)]) }).reason).to.equal("PATH");
  });

  it("does not go where the amount failed lately, and comes back later", () => {
    const [near, far] = [edge(0, 2, 1, 500n), edge(1, 3, 1, 500n, { feeBase: 50n })];
    const known = new Liquidity();
    const query = {
      ...queryOn(
        [near, far],
        [
          [2, 500n],
          [3, 500n],
        ],
        100n,
      ),
      known,
    };
    expect(findRoute(query).fee).to.equal(0n);
    known.failed(near, 90n, NOW);
    expect(findRoute(query).fee).to.equal(50n);
    expect(reason({ ...query, maxFee: 49n })).to.include({ reason: "FEE", excess: 1n });
    expect(findRoute({ ...query, now: NOW + 10_000n }).fee).to.equal(0n);
  });

  it("prefers a channel where the amount passed to a cheaper one that may not have it", () => {
    const [cheap, proved] = [edge(0, 2, 1, 100_000n), edge(1, 3, 1, 100_000n, { feeBase: 5n })];
    const known = new Liquidity();
    const query = {
      ...queryOn(
        [cheap, proved],
        [
          [2, 100_000n],
          [3, 100_000n],
        ],
        90_000n,
      ),
      known,
    };
    expect(findRoute(query).fee).to.equal(0n);
    known.passed(proved, 90_000n, NOW);
    expect(findRoute(query).fee).to.equal(5n);
    expect(findRoute({ ...query, maxFee: 4n }).fee, "the limit counts more").to.equal(0n);
    expect(findRoute({ ...query, prices: FEES_ALONE }).fee).to.equal(0n);
  });

  it("prefers short expiries where they fall, as far as time is worth it", () => {
    const [slow, quick] = [
      edge(0, 2, 1, 10n ** 9n, { expiryDelta: 86_400n }),
      edge(1, 3, 1, 10n ** 9n, { feeBase: 49n }),
    ];
    const query = {
      ...queryOn(
        [slow, quick],
        [
          [2, 10n ** 9n],
          [3, 10n ** 9n],
        ],
        1_000_000n,
      ),
      prices: { ...USUAL_PRICES, failureMillionths: 0n },
    };
    expect(findRoute(query).fee).to.equal(49n);
    expect(findRoute({ ...query, expiryRule: "constant" }).fee).to.equal(0n);
  });

  it("takes a dearer way if the cheapest one is too long", () => {
    const chain = [
      edge(0, 2, 3, 500n),
      edge(1, 3, 4, 500n),
      edge(2, 4, 1, 500n),
      edge(3, 2, 1, 500n, { feeBase: 40n }),
    ];
    const query = queryOn(chain, [[2, 500n]], 100n);
    expect(findRoute({ ...query, maxHops: 4 }).fee).to.equal(0n);
    expect(findRoute({ ...query, maxHops: 3, maxFee: 40n }).fee).to.equal(40n);
    const long = reason({ ...query, maxHops: 3, maxFee: 39n });
    expect(long.reason).to.equal("HOPS");
    expect(long.message).to.contain("more than 3 hops").and.to.contain("Nothing was sent");
  });

  it("does not pass through the payer, whatever the network says of its channels", () => {
    const query = queryOn([edge(0, 0, 1, 500n), edge(1, 2, 0, 500n)], [[2, 500n]], 100n);
    expect(reason(query).reason).to.equal("PATH");
  });
});

describe("no route", () => {
  const query = queryOn([edge(0, 2, 1, 500n, { feeBase: 7n, minimum: 50n, maximum: 400n })], [[2, 450n]], 100n);

  it("has a reason that a person understands", () => {
    expect(reason({ ...query, to: place(9) }).message).to.contain("No channels lead to");
    expect(reason({ ...query, amount: 451n }).message).to.contain("the most is 450");
    expect(reason({ ...query, amount: 401n }).message).to.contain("none that carries 401 at once");
    expect(reason({ ...query, amount: 49n }).reason).to.equal("CAPACITY");
    expect(reason({ ...query, amount: 444n, own: [{ ...query.own[0]!, spendable: 500n }] }).reason).to.equal(
      "CAPACITY",
    );
    expect(reason({ ...query, maxFee: 5n }).message).to.contain("costs 7, which is 2 above your limit of 5");
    expect(reason({ ...query, own: [] }).reason).to.equal("PATH");
  });

  it("is sought for nothing, or for oneself", () => {
    for (const wrong of [{ amount: 0n }, { amount: -1n }, { to: query.from }]) {
      expect(refusal(() => findRoute({ ...query, ...wrong })).code).to.equal("ARGUMENT_INVALID");
    }
  });
});
