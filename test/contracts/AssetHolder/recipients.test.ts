import { setCode, takeSnapshot } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { ethers } from "hardhat";
import { NATIVE, type AssetOutcome, type Destination } from "../../../src";
import type { Recipient } from "../../../typechain-types";
import {
  conclude,
  destinationOf,
  disputeAndSettle,
  expectHeldEqualsLogs,
  Manner,
  totalHeld,
} from "../../support/money";
import { addressOf, ETHER, freshSluice, split, TestChannel, type Sluice } from "../../support/sluice";

interface Scene {
  readonly sluice: Sluice;
  readonly recipient: Recipient;
  readonly destination: Destination;
  readonly channel: TestChannel;
  readonly outcome: readonly AssetOutcome[];
}

/** A channel of Alice and Bob that pays a contract between the two. */
async function paying(manner: keyof typeof Manner): Promise<Scene> {
  const sluice = await freshSluice();
  const recipient = await ethers.deployContract("Recipient", [Manner[manner]]);
  const destination = await destinationOf(recipient);
  const channel = new TestChannel(sluice, [sluice.alice, sluice.bob]);
  await channel.fundNative(10n * ETHER);
  const { alice, bob } = sluice;
  const outcome = [split(NATIVE, [alice, 2n * ETHER], [destination, 3n * ETHER], [bob, 5n * ETHER])];
  return { sluice, recipient, destination, channel, outcome };
}

/** What becomes of a close with so much gas: nothing, a payment, or money that waits for withdrawal. */
async function attempt(
  channel: TestChannel,
  outcome: readonly AssetOutcome[],
  recipient: Destination,
  gasLimit: bigint,
): Promise<"reverted" | "paid" | "deferred"> {
  const snapshot = await takeSnapshot();
  try {
    const closed = await conclude(channel, outcome, gasLimit).then(
      () => true,
      () => false,
    );
    if (!closed) return "reverted";
    return (await channel.sluice.adjudicator.held(recipient, NATIVE)) === 0n ? "paid" : "deferred";
  } finally {
    await snapshot.restore();
  }
}

const HOSTILE = ["Revert", "BurnGas", "RevertBomb"] as const;
const WAYS = { conclude, settle: disputeAndSettle } as const;

describe("AssetHolder", () => {
  describe("payments to recipients that misbehave", () => {
    for (const way of ["conclude", "settle"] as const) {
      for (const manner of HOSTILE) {
        it(`${way} pays everybody else when one recipient's manner is ${manner} (threat 10) (INV-6)`, async () => {
          const { sluice, recipient, channel, outcome } = await paying(manner);
          const { alice, bob, adjudicator } = sluice;
          await expect(WAYS[way](channel, outcome)).to.changeEtherBalances(
            [alice.account, recipient, bob.account, adjudicator],
            [2n * ETHER, 0n, 5n * ETHER, -7n * ETHER],
          );
        });

        it(`${way} keeps the amount for withdrawal when the manner is ${manner} (threat 10)`, async () => {
          const { sluice, recipient, destination, channel, outcome } = await paying(manner);
          const { adjudicator, carol } = sluice;
          await expect(WAYS[way](channel, outcome))
            .to.emit(adjudicator, "Credited")
            .withArgs(destination, NATIVE, 3n * ETHER);
          const data = adjudicator.interface.encodeFunctionData("withdraw", [
            NATIVE,
            carol.account.address,
            3n * ETHER,
          ]);
          await expect(recipient.execute(adjudicator, data)).to.changeEtherBalance(carol.account, 3n * ETHER);
          expect(await totalHeld(adjudicator, NATIVE)).to.equal(0n);
        });
      }
    }

    it("pays a recipient that accepts, and holds nothing back", async () => {
      const { sluice, recipient, channel, outcome } = await paying("Accept");
      await expect(conclude(channel, outcome)).to.changeEtherBalance(recipient, 3n * ETHER);
      expect(await totalHeld(sluice.adjudicator, NATIVE)).to.equal(0n);
    });

    it("pays a recipient that returns a bomb, and reads nothing of it (threat 11)", async () => {
      const plain = await paying("Accept");
      const plainGas = (await (await conclude(plain.channel, plain.outcome)).wait())!.gasUsed;
      const bomb = await paying("Bomb");
      const bombGas = (await (await conclude(bomb.channel, bomb.outcome)).wait())!.gasUsed;
      // the recipient pays about 28,700 gas for its own memory; copying it would cost that much again
      expect(bombGas - plainGas).to.be.lessThan(35_000n);
    });

    it("bounds what a recipient can burn (threat 11)", async () => {
      const plain = await paying("Accept");
      const plainGas = (await (await conclude(plain.channel, plain.outcome)).wait())!.gasUsed;
      const burner = await paying("BurnGas");
      const burnerGas = (await (await conclude(burner.channel, burner.outcome)).wait())!.gasUsed;
      // 70,000 for the recipient, and about 25,000 to keep its money
      expect(burnerGas - plainGas).to.be.lessThan(100_000n);
    });

    it("keeps held equal to the logs (INV-1)", async () => {
      const { sluice, channel, outcome } = await paying("BurnGas");
      await conclude(channel, outcome);
      await expectHeldEqualsLogs(sluice.adjudicator);
    });

    it("adds up what one account could not be paid", async () => {
      const { sluice, destination, channel } = await paying("Revert");
      await conclude(channel, [split(NATIVE, [destination, 4n * ETHER], [destination, 6n * ETHER])]);
      expect(await sluice.adjudicator.held(destination, NATIVE)).to.equal(10n * ETHER);
    });
  });

  describe("the gas of a payment", () => {
    for (const manner of ["Revert", "BurnGas", "NeedGas"] as const) {
      it(`must be there before the money of a recipient whose manner is ${manner} is kept (threat 11)`, async () => {
        const { sluice, destination, channel } = await paying(manner);
        const outcome = [split(NATIVE, [destination, 10n * ETHER])];
        await expect(conclude(channel, outcome, 105_000n)).to.be.revertedWithCustomError(
          sluice.adjudicator,
          "GasTooLow",
        );
        expect(await channel.held()).to.equal(10n * ETHER);
      });
    }

    it("must be there for a token too (threat 11)", async () => {
      const sluice = await freshSluice();
      const { adjudicator, token, alice, bob } = sluice;
      const channel = new TestChannel(sluice, [alice, bob]);
      await channel.fundToken(10n);
      await setCode(await addressOf(token), "0xfe");
      const closing = conclude(channel, [split(await addressOf(token), [bob, 10n])], 105_000n);
      await expect(closing).to.be.revertedWithCustomError(adjudicator, "GasTooLow");
    });

    it("is never the caller's to withhold: the recipient is paid, or the call reverts (threat 11)", async () => {
      const { destination, channel } = await paying("NeedGas");
      const outcome = [split(NATIVE, [destination, 10n * ETHER])];
      const results = new Set<string>();
      for (let gasLimit = 60_000n; gasLimit <= 260_000n; gasLimit += 4_000n) {
        results.add(await attempt(channel, outcome, destination, gasLimit));
      }
      expect([...results]).to.deep.equal(["reverted", "paid"]);
    });
  });
});
