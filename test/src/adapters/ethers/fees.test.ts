import { expect } from "chai";
import fc from "fast-check";
import { marketOf, priceAt, replacementPrice, reserveFor, urgencyOf } from "../../../../src/adapters/ethers/fees";
import { runs, USUAL_RUNS } from "../../../properties/runs";

const wei = fc.bigInt(0n, 10n ** 13n);
const market = fc.record({ baseFee: wei, tip: wei });
const urgency = fc.bigInt(0n, 1_000n);
const seconds = fc.bigInt(0n, 10n ** 9n);

describe("fees", () => {
  it("never exceed the cap, and the tip never exceeds the whole", () => {
    fc.assert(
      fc.property(market, wei, urgency, (now, cap, haste) => {
        const { maxFeePerGas, maxPriorityFeePerGas } = priceAt(now, cap, haste);
        expect(maxFeePerGas <= cap && maxPriorityFeePerGas <= maxFeePerGas).to.equal(true);
      }),
      runs(USUAL_RUNS),
    );
  });

  it("start at the market price and end at the cap", () => {
    fc.assert(
      fc.property(market, wei, (now, more) => {
        const usual = 2n * now.baseFee + now.tip;
        expect(priceAt(now, usual + more, 0n)).to.deep.equal({ maxFeePerGas: usual, maxPriorityFeePerGas: now.tip });
        expect(priceAt(now, usual + more, 1_000n).maxFeePerGas).to.equal(usual + more);
      }),
      runs(USUAL_RUNS),
    );
  });

  it("climb as the deadline comes near", () => {
    fc.assert(
      fc.property(market, wei, seconds, seconds, seconds, seconds, (now, cap, since, period, a, b) => {
        const [earlier, later] = [a, b]
          .sort((x, y) => (x < y ? -1 : 1))
          .map((time) => {
            return priceAt(now, cap, urgencyOf(since, since + period, since + time));
          });
        expect(earlier!.maxFeePerGas <= later!.maxFeePerGas).to.equal(true);
        expect(earlier!.maxPriorityFeePerGas <= later!.maxPriorityFeePerGas).to.equal(true);
        expect(urgencyOf(since, since + period, since + period)).to.equal(1_000n);
        expect(urgencyOf(since, undefined, since + a)).to.equal(0n);
      }),
      runs(USUAL_RUNS),
    );
  });

  it("rise by an eighth at least with every replacement, within the cap or not at all", () => {
    const price = fc.tuple(wei, wei).map(([tip, rest]) => ({ maxFeePerGas: tip + rest, maxPriorityFeePerGas: tip }));
    fc.assert(
      fc.property(price, market, wei, urgency, (previous, now, cap, haste) => {
        const next = replacementPrice(previous, priceAt(now, cap, haste), cap);
        if (next === undefined) {
          expect((previous.maxFeePerGas * 9n) / 8n + 1n > cap).to.equal(true);
          return;
        }
        expect(next.maxFeePerGas * 8n >= previous.maxFeePerGas * 9n).to.equal(true);
        expect(next.maxPriorityFeePerGas * 8n >= previous.maxPriorityFeePerGas * 9n).to.equal(true);
        expect(next.maxFeePerGas <= cap && next.maxPriorityFeePerGas <= next.maxFeePerGas).to.equal(true);
      }),
      runs(USUAL_RUNS),
    );
  });

  it("follow the median tip, but offer the least at least", () => {
    const reward = [[9n], [1n], [5n]];
    expect(marketOf({ baseFeePerGas: [1n, 2n, 3n, 4n], reward }, 0n)).to.deep.equal({ baseFee: 4n, tip: 5n });
    expect(marketOf({ baseFeePerGas: [1n], reward }, 6n)).to.deep.equal({ baseFee: 1n, tip: 6n });
    expect(marketOf({ baseFeePerGas: [1n], reward: null }, 6n)).to.deep.equal({ baseFee: 1n, tip: 6n });
  });

  it("make a reserve for the disputes of all channels, up to a bound", () => {
    const now = { baseFee: 10n, tip: 1n };
    expect(reserveFor(3, 50, now)).to.equal(3n * 200_000n * 21n);
    expect(reserveFor(80, 50, now)).to.equal(50n * 200_000n * 21n);
  });
});
