import { expect } from "chai";
import fc from "fast-check";
import { ethers } from "hardhat";
import { encodeOutcome, NATIVE, payOut } from "../../src";
import type { ReferenceHarness } from "../../typechain-types";
import { allocation, amount } from "./arbitraries";
import { runs, USUAL_RUNS } from "./runs";

describe("payout, in Solidity and in TypeScript", () => {
  let harness: ReferenceHarness;

  before(async () => {
    harness = await ethers.deployContract("ReferenceHarness");
  });

  it("pays one allocation the same", async () => {
    await fc.assert(
      fc.asyncProperty(amount, amount, async (owed, held) => {
        expect(await harness.payment(owed, held)).to.equal(owed < held ? owed : held);
      }),
      runs(USUAL_RUNS),
    );
  });

  it("finds a group affordable exactly when it is paid in full", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(allocation, { minLength: 1, maxLength: 8 }), amount, async (allocations, held) => {
        const outcome = [{ asset: NATIVE, allocations }];
        const { payments, owed } = payOut(outcome, () => held);
        const inFull = owed.every((due) => due === 0n);
        const total = payments.reduce((sum, payment) => sum + payment, 0n);
        const cost = await harness.cost(encodeOutcome(outcome), held);
        expect([...cost]).to.deep.equal([inFull ? total : 0n, inFull]);
      }),
      runs(USUAL_RUNS),
    );
  });

  it("pays the same whether money comes in parts or at once", () => {
    const parts = fc.tuple(
      fc.array(allocation, { minLength: 1, maxLength: 8 }),
      fc.bigInt(0n, 99n),
      fc.bigInt(0n, 99n),
    );
    fc.assert(
      fc.property(parts, ([allocations, first, second]) => {
        const outcome = [{ asset: NATIVE, allocations }];
        const before = payOut(outcome, () => first);
        const left = first - before.payments.reduce((sum, payment) => sum + payment, 0n);
        const after = payOut(outcome, () => left + second, before.owed);
        expect(after.owed).to.deep.equal(payOut(outcome, () => first + second).owed);
      }),
      runs(USUAL_RUNS),
    );
  });
});
