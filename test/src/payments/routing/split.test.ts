import { expect } from "chai";
import fc from "fast-check";
import { Liquidity, MAX_PARTS, splitPayment, type Route, type SplitQuery } from "../../../../src/payments/routing";
import { runs } from "../../../properties/runs";
import { refusal } from "../../wire/refusal";
import { noRoute, paidFor, queries, queryOn } from "./bruteForce";
import { edge, NOW } from "./world";

function expectSound(query: SplitQuery, routes: readonly Route[]): void {
  expect(routes.length).to.be.within(1, query.maxParts ?? MAX_PARTS);
  expect(routes.reduce((sum, { delivered }) => sum + delivered, 0n)).to.equal(query.amount);
  expect(routes.reduce((sum, { fee }) => sum + fee, 0n) <= query.maxFee).to.equal(true);
  const used = new Map<string, bigint>();
  for (const { hops, delivered, fee } of routes) {
    expect(delivered >= (query.minimumPart ?? 1n)).to.equal(true);
    expect(hops.at(-1)!.amount).to.equal(delivered);
    expect(hops[0]!.amount).to.equal(delivered + fee);
    hops.forEach(({ edge: { key, capacity, policy }, amount }, i) => {
      expect(amount >= policy.minimum && amount <= policy.maximum).to.equal(true);
      if (i > 0) expect(hops[i - 1]!.amount).to.equal(paidFor(policy, amount));
      used.set(key, (used.get(key) ?? 0n) + amount);
      expect(used.get(key)! <= capacity, "no capacity counts twice").to.equal(true);
    });
  }
}

const reason = (query: SplitQuery) => noRoute(() => splitPayment(query));

/** Channels side by side: the payer has one to each intermediary, and that one to the payee. */
function sideBySide(rooms: readonly bigint[], amount: bigint, feeBase = 0n): SplitQuery {
  return queryOn(
    rooms.map((room, i) => edge(i, i + 2, 1, room, { feeBase })),
    rooms.map((_, i) => [i + 2, 10n ** 9n] as [number, bigint]),
    amount,
  );
}

describe("a split payment", () => {
  it("delivers exactly the amount and never uses a capacity twice, on random networks", () => {
    const shape = { nodes: 6, edges: 40, minimum: fc.bigInt(0n, 20n), capacity: fc.bigInt(100n, 900n) };
    let several = 0;
    fc.assert(
      fc.property(queries(shape), fc.bigInt(0n, 5_000n), fc.bigInt(1n, 60n), (base, maxFee, minimumPart) => {
        const query = { ...base, maxFee, minimumPart };
        let routes: Route[];
        try {
          routes = splitPayment(query);
        } catch (error) {
          expect(error).to.include({ code: "ROUTE_NOT_FOUND" });
          return;
        }
        if (routes.length > 1) several++;
        expectSound(query, routes);
      }),
      runs(400),
    );
    expect(several).to.be.greaterThan(0);
  });

  it("is found whenever as many channels side by side have room for it", () => {
    const rooms = fc.array(fc.bigInt(1n, 1_000n), { minLength: 1, maxLength: 10 });
    fc.assert(
      fc.property(rooms, fc.bigInt(1n, 4_000n), fc.integer({ min: 1, max: 10 }), (sizes, amount, maxParts) => {
        const query = { ...sideBySide(sizes, amount), maxParts };
        const widest = sizes.sort((a, b) => Number(b - a)).slice(0, maxParts);
        if (amount > widest.reduce((a, b) => a + b, 0n)) expect(reason(query).reason).to.equal("CAPACITY");
        else expectSound(query, splitPayment(query));
      }),
      runs(300),
    );
  });

  it("is one part if one route carries it", () => {
    expect(splitPayment(sideBySide([100n, 1_000n], 900n)).length).to.equal(1);
  });

  it("has no more parts than it may, and none that is too small", () => {
    const query = sideBySide([40n, 30n, 30n], 100n);
    expect(splitPayment({ ...query, maxParts: 3 }).length).to.equal(3);
    expect(reason({ ...query, maxParts: 2 }).reason).to.equal("CAPACITY");
    expect(splitPayment({ ...query, minimumPart: 30n }).length).to.equal(3);
    expect(reason({ ...query, minimumPart: 31n }).reason).to.equal("CAPACITY");
    const uneven = splitPayment({ ...sideBySide([80n, 30n], 100n), minimumPart: 30n, maxParts: 2 });
    expect(uneven.map(({ delivered }) => delivered)).to.deep.equal([70n, 30n]);
  });

  it("has sixteen parts at the most", () => {
    const rooms = Array<bigint>(17).fill(10n);
    expectSound(sideBySide(rooms, 160n), splitPayment(sideBySide(rooms, 160n)));
    expect(reason(sideBySide(rooms, 161n)).reason).to.equal("CAPACITY");
    for (const wrong of [{ maxParts: 17 }, { maxParts: 0 }, { minimumPart: 0n }]) {
      expect(refusal(() => splitPayment({ ...sideBySide(rooms, 1n), ...wrong })).code).to.equal("ARGUMENT_INVALID");
    }
  });

  it("keeps the fees of all parts together within the limit", () => {
    const query = sideBySide([60n, 60n], 100n, 5n);
    expect(splitPayment({ ...query, maxFee: 10n }).map(({ fee }) => fee)).to.deep.equal([5n, 5n]);
    const dear = reason({ ...query, maxFee: 9n });
    expect(dear).to.include({ reason: "FEE", excess: 1n });
    expect(dear.message).to.contain(
      "Of 100, 60 find a way, in 1 of at most 16 parts. The cheapest route costs 5, which is 1 above",
    );
  });

  it("remembers what failed: parts on one edge together stay below that", () => {
    const [shared, other] = [edge(0, 2, 1, 1_000n), edge(1, 3, 1, 1_000n)];
    const known = new Liquidity();
    known.failed(shared, 61n, NOW);
    const owns: [number, bigint][] = [
      [2, 1_000n],
      [3, 40n],
    ];
    const query = { ...queryOn([shared, other], owns, 100n), known };
    const routes = splitPayment(query);
    expectSound(query, routes);
    expect(reason({ ...query, amount: 101n }).reason).to.equal("CAPACITY");
  });

  it("says what one route lacks if there is nothing to split", () => {
    expect(reason(sideBySide([], 10n)).reason).to.equal("PATH");
    expect(reason({ ...sideBySide([100n], 10n, 3n), maxFee: 2n })).to.include({ reason: "FEE", excess: 1n });
  });
});
