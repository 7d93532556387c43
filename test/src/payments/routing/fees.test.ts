import { expect } from "chai";
import fc from "fast-check";
import { amountsAlong, expiriesAlong, feeOf, type Policy } from "../../../../src/payments/routing";
import { runs, USUAL_RUNS } from "../../../properties/runs";
import { FREE } from "./world";

const policy: fc.Arbitrary<Policy> = fc.record({
  feeBase: fc.bigInt(0n, 10n ** 20n),
  feeMillionths: fc.bigInt(0n, 1_000_000n),
  minimum: fc.constant(0n),
  maximum: fc.constant(0n),
  expiryDelta: fc.bigInt(0n, 100_000n),
});

describe("fees", () => {
  it("are the flat part and the proportional part, rounded up", () => {
    const fee = (feeBase: bigint, feeMillionths: bigint, amount: bigint) =>
      feeOf({ ...FREE, feeBase, feeMillionths }, amount);
    expect(fee(5n, 0n, 1_000n)).to.equal(5n);
    expect(fee(5n, 1n, 0n)).to.equal(5n);
    expect(fee(5n, 1n, 1n)).to.equal(6n);
    expect(fee(5n, 1n, 1_000_000n)).to.equal(6n);
    expect(fee(5n, 1n, 1_000_001n)).to.equal(7n);
    expect(fee(0n, 1_000_000n, 7n)).to.equal(7n);
  });

  it("leave every node along a route exactly its fee, and the payee exactly the amount", () => {
    fc.assert(
      fc.property(
        fc.array(policy, { minLength: 1, maxLength: 20 }),
        fc.bigInt(1n, 10n ** 24n),
        (policies, delivered) => {
          const amounts = amountsAlong(policies, delivered);
          expect(amounts.length).to.equal(policies.length);
          expect(amounts.at(-1)).to.equal(delivered);
          for (let i = 1; i < policies.length; i++) {
            const { feeBase, feeMillionths } = policies[i]!;
            const proportional = amounts[i - 1]! - amounts[i]! - feeBase;
            const excess = proportional * 1_000_000n - amounts[i]! * feeMillionths;
            expect(excess >= 0n && excess < 1_000_000n, "rounded up, by less than one").to.equal(true);
          }
        },
      ),
      runs(USUAL_RUNS),
    );
  });

  it("are not charged by the payer to itself", () => {
    expect(amountsAlong([{ ...FREE, feeBase: 9n }], 4n)).to.deep.equal([4n]);
    expect(
      amountsAlong(
        [
          { ...FREE, feeBase: 9n },
          { ...FREE, feeBase: 1n },
        ],
        4n,
      ),
    ).to.deep.equal([5n, 4n]);
  });
});

describe("expiries along a route", () => {
  const policies = [7n, 10n, 20n].map((expiryDelta) => ({ ...FREE, expiryDelta }));

  it("fall like a staircase, by the delta of the node that pays out", () => {
    expect(expiriesAlong(policies, 1_000n, "staircase")).to.deep.equal([1_030n, 1_020n, 1_000n]);
  });

  it("are all the same where they are constant", () => {
    expect(expiriesAlong(policies, 1_000n, "constant")).to.deep.equal([1_000n, 1_000n, 1_000n]);
  });
});
