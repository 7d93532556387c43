import { time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { ZeroHash } from "ethers";
import { channelDestination, finalHashOf, NATIVE, stateHashOf, type Hex } from "../../../src";
import { addressOf, ETHER, freshSluice, split, TestChannel, type Sluice } from "../../support/sluice";

/** A channel of Alice and Bob that was settled, 6 to 4, and to which `late` wei came afterwards. */
async function settledChannel(late: bigint): Promise<{ sluice: Sluice; channel: TestChannel; settled: Hex }> {
  const sluice = await freshSluice();
  const { alice, bob, adjudicator } = sluice;
  const channel = new TestChannel(sluice, [alice, bob]);
  await channel.fundNative(10n * ETHER);
  const state = channel.state(1n, [split(NATIVE, [alice, 6n * ETHER], [bob, 4n * ETHER])]);
  const dispute = await channel.challenge(state);
  await time.increaseTo(dispute.finalizesAt);
  await adjudicator.settle(channel.id, state, dispute);
  if (late > 0n) await channel.fundNative(late);
  return { sluice, channel, settled: stateHashOf(channel.id, state) };
}

describe("Adjudicator", () => {
  describe("paySurplus", () => {
    it("pays a deposit that came after the settlement as all participants agree (threat 23)", async () => {
      const { sluice, channel, settled } = await settledChannel(3n * ETHER);
      const { alice, bob, adjudicator } = sluice;
      const shares = channel.finalState([split(NATIVE, [alice, 1n * ETHER], [bob, 2n * ETHER])]);
      await expect(adjudicator.paySurplus(channel.terms, shares, channel.sign(shares), settled)).to.changeEtherBalances(
        [alice.account, bob.account],
        [1n * ETHER, 2n * ETHER],
      );
    });

    it("leaves the final record as it is", async () => {
      const { sluice, channel, settled } = await settledChannel(3n * ETHER);
      const shares = channel.finalState([split(NATIVE, [sluice.alice, 3n * ETHER])]);
      await sluice.adjudicator.paySurplus(channel.terms, shares, channel.sign(shares), settled);
      const stored = await sluice.adjudicator.recordOf(channel.id);
      expect(stored).to.equal(finalHashOf(stateHashOf(channel.id, settledState(sluice, channel)), []));
    });

    it("refuses to share out more than there is", async () => {
      const { sluice, channel, settled } = await settledChannel(3n * ETHER);
      const shares = channel.finalState([split(NATIVE, [sluice.alice, 3n * ETHER + 1n])]);
      await expect(sluice.adjudicator.paySurplus(channel.terms, shares, channel.sign(shares), settled))
        .to.be.revertedWithCustomError(sluice.adjudicator, "SurplusTooSmall")
        .withArgs(channel.id);
    });

    it("refuses when there is nothing to share out", async () => {
      const { sluice, channel, settled } = await settledChannel(0n);
      const shares = channel.finalState([]);
      await expect(
        sluice.adjudicator.paySurplus(channel.terms, shares, channel.sign(shares), settled),
      ).to.be.revertedWithCustomError(sluice.adjudicator, "SurplusTooSmall");
    });

    it("refuses while the final state still owes something", async () => {
      const sluice = await freshSluice();
      const { alice, bob, adjudicator } = sluice;
      const channel = new TestChannel(sluice, [alice, bob]);
      await channel.fundNative(1n);
      const final = channel.finalState([split(NATIVE, [alice, 6n], [bob, 4n])]);
      await adjudicator.conclude(channel.terms, final, channel.sign(final));
      const shares = channel.finalState([split(NATIVE, [alice, 1n])]);
      const settled = stateHashOf(channel.id, final);
      await expect(adjudicator.paySurplus(channel.terms, shares, channel.sign(shares), settled))
        .to.be.revertedWithCustomError(adjudicator, "RecordMismatch")
        .withArgs(channel.id, finalHashOf(settled, [5n, 4n]), finalHashOf(settled, []));
    });

    it("refuses while the channel is in dispute", async () => {
      const sluice = await freshSluice();
      const { alice, bob, adjudicator } = sluice;
      const channel = new TestChannel(sluice, [alice, bob]);
      await channel.fundNative(10n);
      const state = channel.state(1n, [split(NATIVE, [alice, 10n])]);
      await channel.challenge(state);
      const shares = channel.finalState([split(NATIVE, [alice, 10n])]);
      await expect(
        adjudicator.paySurplus(channel.terms, shares, channel.sign(shares), stateHashOf(channel.id, state)),
      ).to.be.revertedWithCustomError(adjudicator, "RecordMismatch");
    });

    it("refuses for a channel that has no record", async () => {
      const sluice = await freshSluice();
      const channel = new TestChannel(sluice, [sluice.alice, sluice.bob]);
      await channel.fundNative(10n);
      const shares = channel.finalState([split(NATIVE, [sluice.alice, 10n])]);
      await expect(
        sluice.adjudicator.paySurplus(channel.terms, shares, channel.sign(shares), ZeroHash),
      ).to.be.revertedWithCustomError(sluice.adjudicator, "RecordMismatch");
    });

    it("refuses a state that is not final", async () => {
      const { sluice, channel, settled } = await settledChannel(3n * ETHER);
      const shares = channel.state(2n, [split(NATIVE, [sluice.alice, 3n * ETHER])]);
      await expect(sluice.adjudicator.paySurplus(channel.terms, shares, channel.sign(shares), settled))
        .to.be.revertedWithCustomError(sluice.adjudicator, "StateNotFinal")
        .withArgs(2n);
    });

    it("refuses a state that one participant did not sign", async () => {
      const { sluice, channel, settled } = await settledChannel(3n * ETHER);
      const shares = channel.finalState([split(NATIVE, [sluice.alice, 3n * ETHER])]);
      const [first] = channel.sign(shares);
      await expect(
        sluice.adjudicator.paySurplus(channel.terms, shares, [first!], settled),
      ).to.be.revertedWithCustomError(sluice.adjudicator, "SignatureCountWrong");
    });
  });
});

describe("Adjudicator", () => {
  describe("conclude", () => {
    it("pays one asset though another is shared out in nothing", async () => {
      const sluice = await freshSluice();
      const { alice, adjudicator, token } = sluice;
      const channel = new TestChannel(sluice, [alice, sluice.bob]);
      await channel.fundNative(10n);
      const nothing = split(await addressOf(token), [alice, 0n]);
      const final = channel.finalState([split(NATIVE, [alice, 10n]), nothing]);
      await expect(adjudicator.conclude(channel.terms, final, channel.sign(final))).to.changeEtherBalance(
        alice.account,
        10n,
      );
    });

    it("owes a channel what is missing for it", async () => {
      const sluice = await freshSluice();
      const { alice, bob, adjudicator } = sluice;
      const channel = new TestChannel(sluice, [alice, bob]);
      const successor = new TestChannel(sluice, [alice, bob]);
      await channel.fundNative(6n);
      const final = channel.finalState([split(NATIVE, [alice, 6n], [channelDestination(successor.id), 4n])]);
      await adjudicator.conclude(channel.terms, final, channel.sign(final));
      expect(await adjudicator.recordOf(channel.id)).to.equal(finalHashOf(stateHashOf(channel.id, final), [0n, 4n]));
    });
  });
});

function settledState({ alice, bob }: Sluice, channel: TestChannel) {
  return channel.state(1n, [split(NATIVE, [alice, 6n * ETHER], [bob, 4n * ETHER])]);
}
