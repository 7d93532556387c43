import { expect } from "chai";
import { ethers } from "hardhat";
import { FINAL_VERSION, isChallengeable, isFraud, isNewer, isSettleable, MAX_CHALLENGE_PERIOD } from "../../../src";
import type { LibraryHarness } from "../../../typechain-types";
import { customErrorOf } from "../../support/disputes";
import { freshSluice } from "../../support/sluice";

const VERSIONS = [0n, 1n, 2n, FINAL_VERSION - 1n, FINAL_VERSION];
const DEADLINES = [0n, 1n, 1_000n, 2n ** 256n - 1n];
const TIMES = [0n, 1n, 999n, 1_000n, 1_001n, 2n ** 256n - 1n];

async function harness(): Promise<LibraryHarness> {
  await freshSluice();
  return ethers.deployContract("LibraryHarness");
}

/** Whether a rule lets a call pass; if not, it says why with an error of its own. */
async function passes(library: LibraryHarness, rule: Promise<unknown>): Promise<boolean> {
  try {
    await rule;
    return true;
  } catch (error) {
    expect(customErrorOf(library, error)).to.be.oneOf(["VersionNotNewer", "ClockRunning", "ClockStopped"]);
    return false;
  }
}

describe("DisputeRules", () => {
  describe("requireChallengeable", () => {
    for (const registered of VERSIONS) {
      it(`over version ${registered} is what the engine expects, clock or not (threat 14)`, async () => {
        const library = await harness();
        for (const finalizesAt of DEADLINES) {
          for (const version of VERSIONS) {
            const call = library.requireChallengeable(registered, finalizesAt, version);
            const expected = isChallengeable({ version: registered, finalizesAt }, version);
            expect(await passes(library, call), `${version} at ${finalizesAt}`).to.equal(expected);
          }
        }
      });
    }

    it("takes the equal version when the clock was stopped, and no other time (threat 14)", async () => {
      const library = await harness();
      await library.requireChallengeable(5n, 0n, 5n);
      await expect(library.requireChallengeable(5n, 1n, 5n))
        .to.be.revertedWithCustomError(library, "VersionNotNewer")
        .withArgs(5n, 5n);
    });
  });

  describe("requireNewer", () => {
    it("is what the engine expects for every pair of versions", async () => {
      const library = await harness();
      for (const registered of VERSIONS) {
        for (const version of VERSIONS) {
          const expected = isNewer({ version: registered, finalizesAt: 0n }, version);
          expect(
            await passes(library, library.requireNewer(registered, version)),
            `${registered}, ${version}`,
          ).to.equal(expected);
        }
      }
    });

    it("refuses the equal version (threat 14)", async () => {
      const library = await harness();
      await expect(library.requireNewer(5n, 5n))
        .to.be.revertedWithCustomError(library, "VersionNotNewer")
        .withArgs(5n, 5n);
    });
  });

  describe("requireSettleable", () => {
    for (const version of VERSIONS) {
      it(`of version ${version} is what the engine expects at every time (threat 16)`, async () => {
        const library = await harness();
        for (const finalizesAt of DEADLINES) {
          for (const now of TIMES) {
            const expected = isSettleable({ version, finalizesAt }, now);
            const actual = await passes(library, library.requireSettleable(version, finalizesAt, now));
            expect(actual, `${finalizesAt} at ${now}`).to.equal(expected);
          }
        }
      });
    }

    for (const [now, expected] of [
      [999n, false],
      [1_000n, true],
      [1_001n, true],
    ] as const) {
      it(`is ${expected} at ${now} for a deadline of 1000 (threat 16)`, async () => {
        const library = await harness();
        expect(await passes(library, library.requireSettleable(1n, 1_000n, now))).to.equal(expected);
      });
    }
  });

  describe("expiry", () => {
    it("is now and one period", async () => {
      expect(await (await harness()).expiry(MAX_CHALLENGE_PERIOD, 2n ** 64n)).to.equal(
        2n ** 64n + MAX_CHALLENGE_PERIOD,
      );
    });
  });

  describe("isFraud", () => {
    it("is what the engine expects: newer by two, and signed by the challenger", async () => {
      const library = await harness();
      for (const version of [4n, 5n, 6n, 7n, FINAL_VERSION - 1n, FINAL_VERSION]) {
        for (const signers of [0n, 1n, 2n, 3n, 2n ** 31n]) {
          for (const index of [0, 1, 31, 32]) {
            const expected = isFraud({ version: 5n, finalizesAt: 0n }, version, signers, index);
            expect(await library.isFraud(5n, version, signers, index), `${version} ${signers} ${index}`).to.equal(
              expected,
            );
          }
        }
      }
    });

    it("is true of a state newer by two with the challenger's signature (threat 1)", async () => {
      expect(await (await harness()).isFraud(5n, 7n, 0b10n, 1n)).to.equal(true);
    });

    it("is false without the challenger's signature", async () => {
      expect(await (await harness()).isFraud(5n, 7n, 0b01n, 1n)).to.equal(false);
    });

    it("is false of the next version, which the challenger may have proposed in vain", async () => {
      expect(await (await harness()).isFraud(5n, 6n, 0b10n, 1n)).to.equal(false);
    });

    it("is false of a final state, which may be the agreement that ends the dispute", async () => {
      expect(await (await harness()).isFraud(5n, FINAL_VERSION, 0b10n, 1n)).to.equal(false);
    });
  });
});
