import { expect } from "chai";
import fc from "fast-check";
import { expectedFailures, HALF_LIFE, Liquidity } from "../../../../src/payments/routing";
import { runs, USUAL_RUNS } from "../../../properties/runs";
import { edge, NOW } from "./world";

const EDGE = edge(0, 0, 1, 1_000n);

describe("what payments teach", () => {
  it("is nothing before the first one", () => {
    expect(new Liquidity().bounds(EDGE, NOW)).to.deep.equal({ passes: 0n, fails: 1_001n });
  });

  it("bounds the money from both sides", () => {
    const known = new Liquidity();
    known.passed(EDGE, 300n, NOW);
    known.failed(EDGE, 700n, NOW);
    known.passed(EDGE, 200n, NOW);
    known.failed(EDGE, 800n, NOW);
    expect(known.bounds(EDGE, NOW)).to.deep.equal({ passes: 300n, fails: 700n });
    expect(known.bounds(edge(1, 0, 1, 1_000n), NOW)).to.deep.equal({ passes: 0n, fails: 1_001n });
  });

  it("believes the newest of two that contradict each other", () => {
    const known = new Liquidity();
    known.passed(EDGE, 600n, NOW);
    known.failed(EDGE, 500n, NOW);
    expect(known.bounds(EDGE, NOW)).to.deep.equal({ passes: 499n, fails: 500n });
    known.passed(EDGE, 550n, NOW);
    expect(known.bounds(EDGE, NOW)).to.deep.equal({ passes: 550n, fails: 551n });
  });

  it("loses half its force in a half-life", () => {
    const known = new Liquidity();
    known.passed(EDGE, 400n, NOW);
    known.failed(EDGE, 601n, NOW);
    expect(known.bounds(EDGE, NOW + HALF_LIFE)).to.deep.equal({ passes: 200n, fails: 801n });
    expect(known.bounds(EDGE, NOW + HALF_LIFE / 2n)).to.deep.equal({ passes: 300n, fails: 701n });
    expect(known.bounds(EDGE, NOW + 20n * HALF_LIFE)).to.deep.equal({ passes: 0n, fails: 1_001n });
  });

  it("forgets the edges seen least recently first", () => {
    const known = new Liquidity(HALF_LIFE, 2);
    const edges = [0, 1, 2].map((n) => edge(n, 0, 1, 1_000n));
    for (const n of [0, 1, 0, 2]) known.passed(edges[n]!, 10n, NOW);
    expect(edges.map((e) => known.bounds(e, NOW).passes)).to.deep.equal([10n, 0n, 10n]);
  });

  it("stays within what a channel holds, whatever happens in whatever order, and fades steadily", () => {
    const event = fc.record({
      passed: fc.boolean(),
      amount: fc.bigInt(1n, 1_200n),
      after: fc.bigInt(0n, 3n * HALF_LIFE),
      capacity: fc.bigInt(1n, 1_000n),
    });
    fc.assert(
      fc.property(fc.array(event, { maxLength: 20 }), (events) => {
        const known = new Liquidity();
        let now = NOW;
        for (const { passed, amount, after, capacity } of events) {
          const changing = edge(0, 0, 1, capacity);
          now += after;
          const sent = amount > capacity ? capacity : amount;
          if (passed) known.passed(changing, sent, now);
          else known.failed(changing, sent, now);
          const [at, later] = [known.bounds(changing, now), known.bounds(changing, now + 100n)];
          expect(passed ? at.passes >= sent : at.fails <= sent).to.equal(true);
          expect(at.passes >= 0n && at.passes < at.fails && at.fails <= capacity + 1n).to.equal(true);
          expect(later.passes <= at.passes && later.fails >= at.fails).to.equal(true);
        }
      }),
      runs(USUAL_RUNS),
    );
  });
});

describe("the failures to expect", () => {
  it("are none up to what passes, and grow without end towards what fails", () => {
    const bounds = { passes: 100n, fails: 300n };
    const failures = (amount: bigint) => expectedFailures(bounds, amount);
    expect([50n, 100n, 200n, 299n].map(failures)).to.deep.equal([0n, 0n, 1_000_000n, 199_000_000n]);
    expect(failures(300n)).to.equal(undefined);
  });
});
