import { expect } from "chai";
import fc from "fast-check";
import { ethers } from "hardhat";
import { isChallengeable, isFraud, isNewer, isSettleable } from "../../src";
import type { ReferenceHarness } from "../../typechain-types";
import { amount, version } from "./arbitraries";
import { revertOf } from "./reverts";
import { runs, USUAL_RUNS } from "./runs";

const time = fc.oneof(fc.bigInt(0n, 4n), amount);

describe("dispute rules, in Solidity and in TypeScript", () => {
  let harness: ReferenceHarness;

  before(async () => {
    harness = await ethers.deployContract("ReferenceHarness");
  });

  it("agree on what may be challenged with", async () => {
    await fc.assert(
      fc.asyncProperty(version, time, version, async (registered, finalizesAt, offered) => {
        const allowed = await passes(harness.requireChallengeable(registered, finalizesAt, offered));
        expect(isChallengeable({ version: registered, finalizesAt }, offered)).to.equal(allowed);
      }),
      runs(USUAL_RUNS),
    );
  });

  it("agree on what is newer", async () => {
    await fc.assert(
      fc.asyncProperty(version, time, version, async (registered, finalizesAt, offered) => {
        const newer = await passes(harness.requireNewer(registered, offered));
        expect(isNewer({ version: registered, finalizesAt }, offered)).to.equal(newer);
      }),
      runs(USUAL_RUNS),
    );
  });

  it("agree on when a state may be settled", async () => {
    await fc.assert(
      fc.asyncProperty(version, time, time, async (registered, finalizesAt, now) => {
        const settleable = await passes(harness.requireSettleable(registered, finalizesAt, now));
        expect(isSettleable({ version: registered, finalizesAt }, now)).to.equal(settleable);
      }),
      runs(USUAL_RUNS),
    );
  });

  it("agree on what proves fraud", async () => {
    await fc.assert(
      fc.asyncProperty(version, version, amount, fc.nat(31), async (registered, offered, signers, index) => {
        const fraud = await harness.isFraud(registered, offered, signers, index);
        expect(isFraud({ version: registered, finalizesAt: 1n }, offered, signers, index)).to.equal(fraud);
      }),
      runs(USUAL_RUNS),
    );
  });

  it("start a clock that runs for the whole period", async () => {
    await fc.assert(
      fc.asyncProperty(fc.bigInt(1n, 31_536_000n), fc.bigInt(0n, 2n ** 64n), async (period, now) => {
        expect(await harness.expiry(period, now)).to.equal(now + period);
      }),
      runs(USUAL_RUNS),
    );
  });

  /** Whether a rule lets pass; it may stop with errors of its own only. */
  async function passes(rule: Promise<unknown>): Promise<boolean> {
    try {
      await rule;
      return true;
    } catch (error) {
      expect(revertOf(error)).to.match(/^(VersionNotNewer|ClockStopped|ClockRunning)\(/);
      return false;
    }
  }
});
