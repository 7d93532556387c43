import { expect } from "chai";
import { ZeroHash } from "ethers";
import { ethers } from "hardhat";
import { accountDestination, channelDestination, FINAL_VERSION, NATIVE, stateHashOf } from "../../../src";
import { mined } from "../../../scripts/lib/transactions";
import { crowd, deployApp, BEHAVIOUR, finalRecord } from "../../support/disputes";
import { expectSolvent } from "../../support/money";
import { addressOf, ETHER, freshSluice, split, TestChannel, type Sluice } from "../../support/sluice";

async function funded(amount = 10n): Promise<[Sluice, TestChannel]> {
  const sluice = await freshSluice();
  const channel = new TestChannel(sluice, [sluice.alice, sluice.bob]);
  await channel.fundNative(amount);
  return [sluice, channel];
}

describe("Adjudicator", () => {
  describe("conclude", () => {
    it("pays everybody at once, whoever sends it", async () => {
      const [{ adjudicator, alice, bob, mallory }, channel] = await funded();
      const final = channel.finalState([split(NATIVE, [alice, 6n], [bob, 4n])]);
      await expect(
        adjudicator.connect(mallory.account).conclude(channel.terms, final, channel.sign(final)),
      ).to.changeEtherBalances([alice.account, bob.account, adjudicator], [6n, 4n, -10n]);
    });

    it("leaves nothing behind when it pays in full", async () => {
      const [{ adjudicator, alice, bob }, channel] = await funded();
      const final = channel.finalState([split(NATIVE, [alice, 6n], [bob, 4n])]);
      const { logs } = await mined(adjudicator.conclude(channel.terms, final, channel.sign(final)));
      expect(logs.map((log) => adjudicator.interface.parseLog(log)?.name)).to.deep.equal(["Debited"]);
      expect([await adjudicator.recordOf(channel.id), await channel.held()]).to.deep.equal([ZeroHash, 0n]);
    });

    it("emits Debited with the asset and the sum", async () => {
      const [{ adjudicator, alice, bob }, channel] = await funded();
      const final = channel.finalState([split(NATIVE, [alice, 6n], [bob, 4n])]);
      await expect(adjudicator.conclude(channel.terms, final, channel.sign(final)))
        .to.emit(adjudicator, "Debited")
        .withArgs(channel.id, NATIVE, 10n);
    });

    it("pays several assets in one call", async () => {
      const [{ adjudicator, token, alice, bob }, channel] = await funded();
      await channel.fundToken(100n);
      const final = channel.finalState([
        split(NATIVE, [alice, 6n], [bob, 4n]),
        split(await addressOf(token), [alice, 30n], [bob, 70n]),
      ]);
      const call = adjudicator.conclude(channel.terms, final, channel.sign(final));
      await expect(call).to.changeEtherBalances([alice.account, bob.account], [6n, 4n]);
      await expect(call).to.changeTokenBalances(token, [alice.account, bob.account], [30n, 70n]);
    });

    it("keeps what nobody is allocated for a later conclude (threat 23)", async () => {
      const [{ adjudicator, alice, bob }, channel] = await funded(12n);
      const final = channel.finalState([split(NATIVE, [alice, 6n], [bob, 4n])]);
      await adjudicator.conclude(channel.terms, final, channel.sign(final));
      expect(await channel.held()).to.equal(2n);
    });

    it("pays money that comes after a clean close when it is called again", async () => {
      const [{ adjudicator, alice, bob }, channel] = await funded();
      const final = channel.finalState([split(NATIVE, [alice, 6n], [bob, 4n])]);
      await adjudicator.conclude(channel.terms, final, channel.sign(final));
      await channel.fundNative(10n);
      await expect(adjudicator.conclude(channel.terms, final, channel.sign(final))).to.changeEtherBalances(
        [alice.account, bob.account],
        [6n, 4n],
      );
    });

    it("never asks the app, even one that would refuse or burn the gas (threat 24)", async () => {
      const sluice = await freshSluice();
      const { adjudicator, alice, bob } = sluice;
      for (const behaviour of [BEHAVIOUR.refuse, BEHAVIOUR.burnGas]) {
        const app = await addressOf(await deployApp(behaviour));
        const channel = new TestChannel(sluice, [alice, bob], { app });
        await channel.fundNative(1n);
        const final = channel.finalState([split(NATIVE, [bob, 1n])]);
        await expect(adjudicator.conclude(channel.terms, final, channel.sign(final))).to.changeEtherBalance(
          bob.account,
          1n,
        );
      }
    });

    it("pays a contract that is a destination (threat 8)", async () => {
      const [{ adjudicator, alice }, channel] = await funded();
      const wallet = await ethers.deployContract("AgreeableWallet");
      const final = channel.finalState([split(NATIVE, [accountDestination(await addressOf(wallet)), 7n])]);
      await expect(adjudicator.conclude(channel.terms, final, channel.sign(final))).to.changeEtherBalances(
        [wallet, alice.account],
        [7n, 0n],
      );
    });

    for (const count of [2, 3, 5, 10, 32]) {
      it(`works with ${count} participants`, async () => {
        const sluice = await freshSluice();
        const members = crowd(sluice, count);
        const channel = new TestChannel(sluice, members);
        await channel.fundNative(BigInt(count));
        const shares = members.map((_, i) => [sluice[i % 2 === 0 ? "alice" : "bob"], 1n] as const);
        const final = channel.finalState([split(NATIVE, ...shares)]);
        const even = BigInt(Math.ceil(count / 2));
        await expect(sluice.adjudicator.conclude(channel.terms, final, channel.sign(final))).to.changeEtherBalances(
          [sluice.alice.account, sluice.bob.account],
          [even, BigInt(count) - even],
        );
      });
    }
  });

  describe("conclude, when money is missing", () => {
    it("pays in order as far as the money goes and records what it owes", async () => {
      const [{ adjudicator, alice, bob }, channel] = await funded(7n);
      const final = channel.finalState([split(NATIVE, [alice, 6n], [bob, 4n])], "0x1234");
      const call = adjudicator.conclude(channel.terms, final, channel.sign(final));
      await expect(call).to.changeEtherBalances([alice.account, bob.account], [6n, 1n]);
      expect(await adjudicator.recordOf(channel.id)).to.equal(finalRecord(channel, final, [0n, 3n]));
    });

    it("emits Concluded with all there is to collect by, and Owing", async () => {
      const [{ adjudicator, alice, bob }, channel] = await funded(7n);
      const final = channel.finalState([split(NATIVE, [alice, 6n], [bob, 4n])], "0x1234");
      await expect(adjudicator.conclude(channel.terms, final, channel.sign(final)))
        .to.emit(adjudicator, "Concluded")
        .withArgs(channel.id, final.outcome, final.appData)
        .and.to.emit(adjudicator, "Owing")
        .withArgs(channel.id, [0n, 3n]);
    });

    it("pays the assets that are there in full while another is missing", async () => {
      const [{ adjudicator, token, alice, bob }, channel] = await funded(10n);
      const final = channel.finalState([
        split(NATIVE, [alice, 6n], [bob, 4n]),
        split(await addressOf(token), [alice, 30n], [bob, 70n]),
      ]);
      await expect(adjudicator.conclude(channel.terms, final, channel.sign(final))).to.changeEtherBalances(
        [alice.account, bob.account],
        [6n, 4n],
      );
      expect(await adjudicator.recordOf(channel.id)).to.equal(finalRecord(channel, final, [0n, 0n, 30n, 70n]));
    });

    it("never goes over the final record it left, not even with the same state", async () => {
      const [{ adjudicator, alice, bob }, channel] = await funded(7n);
      const final = channel.finalState([split(NATIVE, [alice, 6n], [bob, 4n])]);
      await adjudicator.conclude(channel.terms, final, channel.sign(final));
      await channel.fundNative(3n);
      await expect(adjudicator.conclude(channel.terms, final, channel.sign(final)))
        .to.be.revertedWithCustomError(adjudicator, "RecordMismatch")
        .withArgs(channel.id, finalRecord(channel, final, [0n, 3n]), ZeroHash);
    });

    it("leaves a final record for a channel that never held anything, and collects later", async () => {
      const sluice = await freshSluice();
      const { adjudicator, alice, bob } = sluice;
      const virtual = new TestChannel(sluice, [alice, bob]);
      const final = virtual.finalState([split(NATIVE, [alice, 6n], [bob, 4n])]);
      await adjudicator.conclude(virtual.terms, final, virtual.sign(final));
      expect(await adjudicator.isFinal(virtual.id, stateHashOf(virtual.id, final), [6n, 4n])).to.equal(true);
      await virtual.fundNative(10n);
      await expect(adjudicator.collect(virtual.id, final, [6n, 4n])).to.changeEtherBalances(
        [alice.account, bob.account],
        [6n, 4n],
      );
    });

    it("leaves a final record of an outcome that pays nothing", async () => {
      const [{ adjudicator }, channel] = await funded();
      const final = channel.finalState([]);
      await expect(adjudicator.conclude(channel.terms, final, channel.sign(final)))
        .to.emit(adjudicator, "Settled")
        .withArgs(channel.id);
      expect(await adjudicator.recordOf(channel.id)).to.equal(finalRecord(channel, final));
    });
  });

  describe("conclude over a dispute: multicall of checkpoint and settle", () => {
    it("ends a running challenge at once when all agree", async () => {
      const [{ adjudicator, alice, bob }, channel] = await funded();
      const dispute = await channel.challenge(channel.state(1n, [split(NATIVE, [alice, 10n])]));
      const final = channel.finalState([split(NATIVE, [alice, 6n], [bob, 4n])]);
      const calls = [
        adjudicator.interface.encodeFunctionData("checkpoint", [channel.terms, dispute, final, channel.sign(final)]),
        adjudicator.interface.encodeFunctionData("settle", [channel.id, final, channel.stopped(final)]),
      ];
      await expect(adjudicator.multicall(calls)).to.changeEtherBalances([alice.account, bob.account], [6n, 4n]);
      expect(await adjudicator.recordOf(channel.id)).to.equal(finalRecord(channel, final));
    });

    it("needs the final state: another one stops the clock, and settle is refused", async () => {
      const [{ adjudicator, alice, bob }, channel] = await funded();
      const dispute = await channel.challenge(channel.state(1n, [split(NATIVE, [alice, 10n])]));
      const last = channel.state(FINAL_VERSION - 1n, [split(NATIVE, [alice, 6n], [bob, 4n])]);
      const calls = [
        adjudicator.interface.encodeFunctionData("checkpoint", [channel.terms, dispute, last, channel.sign(last)]),
        adjudicator.interface.encodeFunctionData("settle", [channel.id, last, channel.stopped(last)]),
      ];
      await expect(adjudicator.multicall(calls)).to.be.revertedWithCustomError(adjudicator, "ClockStopped");
    });
  });

  describe("splicing: conclude into a successor", () => {
    it("tops up: the successor takes the old money and a new deposit", async () => {
      const [sluice, channel] = await funded();
      const { adjudicator, alice, bob } = sluice;
      const next = new TestChannel(sluice, [alice, bob]);
      const final = channel.finalState([split(NATIVE, [channelDestination(next.id), 10n])]);
      await adjudicator.conclude(channel.terms, final, channel.sign(final));
      await adjudicator.depositNative(next.id, 10n, { value: 5n });
      expect([await channel.held(), await next.held()]).to.deep.equal([0n, 15n]);
    });

    it("emits Credited for the successor", async () => {
      const [sluice, channel] = await funded();
      const { adjudicator, alice, bob } = sluice;
      const next = new TestChannel(sluice, [alice, bob]);
      const final = channel.finalState([split(NATIVE, [channelDestination(next.id), 10n])]);
      await expect(adjudicator.conclude(channel.terms, final, channel.sign(final)))
        .to.emit(adjudicator, "Credited")
        .withArgs(next.id, NATIVE, 10n);
    });

    it("withdraws a part and goes on with the rest", async () => {
      const [sluice, channel] = await funded();
      const { adjudicator, alice, bob } = sluice;
      const next = new TestChannel(sluice, [alice, bob]);
      const final = channel.finalState([split(NATIVE, [alice, 3n], [channelDestination(next.id), 7n])]);
      const call = adjudicator.conclude(channel.terms, final, channel.sign(final));
      await expect(call).to.changeEtherBalances([alice.account, adjudicator], [3n, -3n]);
      expect(await next.held()).to.equal(7n);
      await expectSolvent(sluice, 0n);
    });

    it("changes the participants, who close the successor themselves", async () => {
      const [sluice, channel] = await funded(3n * ETHER);
      const { adjudicator, alice, bob, carol } = sluice;
      const next = new TestChannel(sluice, [alice, bob, carol]);
      const splice = channel.finalState([split(NATIVE, [channelDestination(next.id), 3n * ETHER])]);
      await adjudicator.conclude(channel.terms, splice, channel.sign(splice));
      const final = next.finalState([split(NATIVE, [alice, ETHER], [bob, ETHER], [carol, ETHER])]);
      await expect(adjudicator.conclude(next.terms, final, next.sign(final))).to.changeEtherBalances(
        [alice.account, bob.account, carol.account],
        [ETHER, ETHER, ETHER],
      );
    });

    it("makes signatures for the old channel worthless in the successor (threat 2)", async () => {
      const [sluice, channel] = await funded();
      const { adjudicator, alice, bob, mallory } = sluice;
      const next = new TestChannel(sluice, [alice, bob]);
      const splice = channel.finalState([split(NATIVE, [channelDestination(next.id), 10n])]);
      await adjudicator.conclude(channel.terms, splice, channel.sign(splice));
      const old = channel.finalState([split(NATIVE, [alice, 10n])]);
      await expect(
        adjudicator.connect(mallory.account).conclude(next.terms, old, channel.sign(old)),
      ).to.be.revertedWithCustomError(adjudicator, "SignerWrong");
    });

    it("takes no signature of a channel re-opened with another nonce (threat 2)", async () => {
      const [sluice, channel] = await funded();
      const { adjudicator, alice, bob } = sluice;
      const first = channel.finalState([split(NATIVE, [alice, 10n])]);
      await adjudicator.conclude(channel.terms, first, channel.sign(first));
      const again = new TestChannel(sluice, [alice, bob]);
      await again.fundNative(10n);
      await expect(adjudicator.conclude(again.terms, first, channel.sign(first))).to.be.revertedWithCustomError(
        adjudicator,
        "SignerWrong",
      );
    });
  });
});
