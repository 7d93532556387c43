import { expect } from "chai";
import { NATIVE, stateHashOf, type Destination, type State } from "../../../src";
import { collect, conclude, disputeAndSettle, expectHeldEqualsLogs } from "../../support/money";
import { addressOf, freshSluice, split, TestChannel, type Sluice } from "../../support/sluice";

interface Owing {
  readonly sluice: Sluice;
  readonly channel: TestChannel;
  readonly state: State;
}

/** A channel that had 7 of the 10 wei it owes: Alice got her 5, Bob 2 of 3, Carol nothing yet of her 2. */
async function owing(): Promise<Owing> {
  const sluice = await freshSluice();
  const { alice, bob, carol } = sluice;
  const channel = new TestChannel(sluice, [alice, bob]);
  await channel.fundNative(7n);
  const outcome = [split(NATIVE, [alice, 5n], [bob, 3n], [carol, 2n])];
  await conclude(channel, outcome);
  return { sluice, channel, state: channel.finalState(outcome) };
}

describe("Payout", () => {
  describe("collect, of money that arrives later", () => {
    it("continues where payment stopped (threat 23)", async () => {
      const { sluice, channel, state } = await owing();
      const { alice, bob, carol } = sluice;
      await channel.fundNative(2n);
      await expect(collect(channel, state, [0n, 1n, 2n])).to.changeEtherBalances(
        [alice.account, bob.account, carol.account],
        [0n, 1n, 1n],
      );
    });

    it("announces what is still owed", async () => {
      const { sluice, channel, state } = await owing();
      await channel.fundNative(2n);
      await expect(collect(channel, state, [0n, 1n, 2n]))
        .to.emit(sluice.adjudicator, "Owing")
        .withArgs(channel.id, [0n, 0n, 1n]);
    });

    it("announces that everything is paid", async () => {
      const { sluice, channel, state } = await owing();
      await channel.fundNative(3n);
      await expect(collect(channel, state, [0n, 1n, 2n]))
        .to.emit(sluice.adjudicator, "Settled")
        .withArgs(channel.id);
      expect(await sluice.adjudicator.isFinal(channel.id, stateHashOf(channel.id, state), [])).to.equal(true);
    });

    it("pays nobody when nothing has arrived", async () => {
      const { sluice, channel, state } = await owing();
      await expect(collect(channel, state, [0n, 1n, 2n])).to.changeEtherBalances(
        [sluice.bob.account, sluice.carol.account],
        [0n, 0n],
      );
      expect(await sluice.adjudicator.isFinal(channel.id, stateHashOf(channel.id, state), [0n, 1n, 2n])).to.equal(true);
    });

    it("pays by payment until all is paid", async () => {
      const { sluice, channel, state } = await owing();
      const { carol, adjudicator } = sluice;
      for (const owed of [
        [0n, 1n, 2n],
        [0n, 0n, 2n],
        [0n, 0n, 1n],
      ]) {
        await channel.fundNative(1n);
        await collect(channel, state, owed);
      }
      expect(await channel.held()).to.equal(0n);
      await expect(collect(channel, state, [0n, 0n, 0n])).to.be.revertedWithCustomError(adjudicator, "RecordMismatch");
      expect(await adjudicator.held(carol.destination, NATIVE)).to.equal(0n);
      await expectHeldEqualsLogs(adjudicator);
    });

    it("never pays the same debt twice", async () => {
      const { sluice, channel, state } = await owing();
      await channel.fundNative(1n);
      await collect(channel, state, [0n, 1n, 2n]);
      await channel.fundNative(1n);
      await expect(collect(channel, state, [0n, 1n, 2n])).to.be.revertedWithCustomError(
        sluice.adjudicator,
        "RecordMismatch",
      );
    });

    it("reverts when nothing is owed any more", async () => {
      const { sluice, channel, state } = await owing();
      await channel.fundNative(3n);
      await collect(channel, state, [0n, 1n, 2n]);
      await expect(collect(channel, state, []))
        .to.be.revertedWithCustomError(sluice.adjudicator, "NothingOwed")
        .withArgs(channel.id);
    });

    it("reverts for debts that are not on record", async () => {
      const { sluice, channel, state } = await owing();
      await channel.fundNative(3n);
      await expect(collect(channel, state, [1n, 1n, 2n])).to.be.revertedWithCustomError(
        sluice.adjudicator,
        "RecordMismatch",
      );
    });

    it("pays each asset from what arrived of it", async () => {
      const sluice = await freshSluice();
      const { alice, bob, token } = sluice;
      const channel = new TestChannel(sluice, [alice, bob]);
      await channel.fundNative(1n);
      const outcome = [split(NATIVE, [alice, 2n]), split(await addressOf(token), [bob, 5n])];
      await conclude(channel, outcome);
      await channel.fundToken(4n);
      await expect(collect(channel, channel.finalState(outcome), [1n, 5n])).to.changeTokenBalance(
        token,
        bob.account,
        4n,
      );
    });

    it("pays a virtual channel, which held nothing when it ended", async () => {
      const sluice = await freshSluice();
      const { alice, bob } = sluice;
      const channel = new TestChannel(sluice, [alice, bob]);
      const outcome = [split(NATIVE, [alice, 5n], [bob, 3n])];
      await conclude(channel, outcome);
      await channel.fundNative(8n);
      await expect(collect(channel, channel.finalState(outcome), [5n, 3n])).to.changeEtherBalances(
        [alice.account, bob.account],
        [5n, 3n],
      );
    });

    it("receives what a ledger channel settles into it", async () => {
      const sluice = await freshSluice();
      const { alice, bob } = sluice;
      const child = new TestChannel(sluice, [alice, bob]);
      const ledger = new TestChannel(sluice, [alice, bob]);
      await ledger.fundNative(8n);
      const outcome = [split(NATIVE, [alice, 5n], [bob, 3n])];
      await conclude(child, outcome);
      await disputeAndSettle(ledger, [split(NATIVE, [child.id as string as Destination, 8n])]);
      await expect(collect(child, child.finalState(outcome), [5n, 3n])).to.changeEtherBalances(
        [alice.account, bob.account],
        [5n, 3n],
      );
    });
  });

  describe("deposits after a clean close", () => {
    it("are recovered by another final state that all sign (threat 23)", async () => {
      const sluice = await freshSluice();
      const { alice, bob } = sluice;
      const channel = new TestChannel(sluice, [alice, bob]);
      await channel.fundNative(10n);
      await conclude(channel, [split(NATIVE, [alice, 6n], [bob, 4n])]);
      await channel.fundNative(5n);
      await expect(conclude(channel, [split(NATIVE, [bob, 5n])])).to.changeEtherBalance(bob.account, 5n);
    });

    it("are paid by the same final state when they cover it (threat 23)", async () => {
      const sluice = await freshSluice();
      const { alice, bob } = sluice;
      const channel = new TestChannel(sluice, [alice, bob]);
      await channel.fundNative(10n);
      const outcome = [split(NATIVE, [alice, 6n], [bob, 4n])];
      await conclude(channel, outcome);
      await channel.fundNative(10n);
      await expect(conclude(channel, outcome)).to.changeEtherBalances([alice.account, bob.account], [6n, 4n]);
    });

    it("do not pay out more than they are, and then leave a record (threat 23)", async () => {
      const sluice = await freshSluice();
      const { alice, bob, adjudicator } = sluice;
      const channel = new TestChannel(sluice, [alice, bob]);
      await channel.fundNative(10n);
      const outcome = [split(NATIVE, [alice, 6n], [bob, 4n])];
      await conclude(channel, outcome);
      await channel.fundNative(5n);
      await expect(conclude(channel, outcome)).to.changeEtherBalances([alice.account, bob.account], [5n, 0n]);
      const stateHash = stateHashOf(channel.id, channel.finalState(outcome));
      expect(await adjudicator.isFinal(channel.id, stateHash, [1n, 4n])).to.equal(true);
    });

    it("recover what was overfunded, after the close (threat 23)", async () => {
      const sluice = await freshSluice();
      const { alice, bob } = sluice;
      const channel = new TestChannel(sluice, [alice, bob]);
      await channel.fundNative(15n);
      await conclude(channel, [split(NATIVE, [alice, 6n], [bob, 4n])]);
      expect(await channel.held()).to.equal(5n);
      await expect(conclude(channel, [split(NATIVE, [alice, 5n])])).to.changeEtherBalance(alice.account, 5n);
    });

    it("are counted for the channel, never burned (threat 23)", async () => {
      const { sluice, channel } = await owing();
      await channel.fundNative(9n);
      expect(await channel.held()).to.equal(9n);
      await expectHeldEqualsLogs(sluice.adjudicator);
    });
  });
});
