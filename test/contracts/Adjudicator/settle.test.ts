import { time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { ZeroHash } from "ethers";
import {
  channelDestination,
  disputeHashOf,
  FINAL_VERSION,
  NATIVE,
  NO_DISPUTE,
  stateHashOf,
  type Address,
  type Dispute,
  type Hex,
  type State,
} from "../../../src";
import { disputeToTheEnd, finalRecord, settle } from "../../support/disputes";
import { expectSolvent } from "../../support/money";
import { DAY, freshSluice, split, TestChannel, type Sluice } from "../../support/sluice";

interface Scene {
  readonly sluice: Sluice;
  readonly channel: TestChannel;
  /** Six for Alice, then four for Bob. */
  readonly state: State;
}

async function scene(held = 10n, bond = 0n): Promise<Scene> {
  const sluice = await freshSluice();
  const channel = new TestChannel(sluice, [sluice.alice, sluice.bob], { bond });
  if (held > 0n) await channel.fundNative(held);
  const state = channel.state(1n, [split(NATIVE, [sluice.alice, 6n], [sluice.bob, 4n])], "0xabcd");
  return { sluice, channel, state };
}

describe("Adjudicator", () => {
  describe("settle", () => {
    it("pays the registered outcome, whoever calls", async () => {
      const { sluice, channel, state } = await scene();
      const { adjudicator, alice, bob, mallory } = sluice;
      const dispute = await channel.challenge(state);
      await time.increaseTo(dispute.finalizesAt);
      await expect(adjudicator.connect(mallory.account).settle(channel.id, state, dispute)).to.changeEtherBalances(
        [alice.account, bob.account],
        [6n, 4n],
      );
    });

    it("emits Debited and Settled and stores the full hash of the final record (threat 53)", async () => {
      const { sluice, channel, state } = await scene();
      const { adjudicator } = sluice;
      const dispute = await channel.challenge(state);
      await expect(settle(channel, state, dispute))
        .to.emit(adjudicator, "Debited")
        .withArgs(channel.id, NATIVE, 10n)
        .and.to.emit(adjudicator, "Settled")
        .withArgs(channel.id);
      expect(await adjudicator.recordOf(channel.id)).to.equal(finalRecord(channel, state));
    });

    it("pays as far as the money goes and emits what it owes", async () => {
      const { sluice, channel, state } = await scene(7n);
      const { adjudicator } = sluice;
      const dispute = await channel.challenge(state);
      await expect(settle(channel, state, dispute))
        .to.emit(adjudicator, "Owing")
        .withArgs(channel.id, [0n, 3n]);
      expect(await adjudicator.recordOf(channel.id)).to.equal(finalRecord(channel, state, [0n, 3n]));
    });

    it("reverts with ClockRunning at T-1 (threat 16)", async () => {
      const { sluice, channel, state } = await scene();
      const { adjudicator } = sluice;
      const dispute = await channel.challenge(state);
      await time.setNextBlockTimestamp(dispute.finalizesAt - 1n);
      await expect(adjudicator.settle(channel.id, state, dispute))
        .to.be.revertedWithCustomError(adjudicator, "ClockRunning")
        .withArgs(dispute.finalizesAt, dispute.finalizesAt - 1n);
    });

    for (const [when, after] of [
      ["at T (threat 16)", 0n],
      ["at T+1 (threat 16)", 1n],
      ["fifty years later (threat 17)", 50n * 365n * DAY],
    ] as const) {
      it(`pays ${when}`, async () => {
        const { sluice, channel, state } = await scene();
        const dispute = await channel.challenge(state);
        await time.setNextBlockTimestamp(dispute.finalizesAt + after);
        await expect(sluice.adjudicator.settle(channel.id, state, dispute))
          .to.emit(sluice.adjudicator, "Settled")
          .withArgs(channel.id);
      });
    }

    it("reverts with ClockStopped when the challenge was answered, however late it is", async () => {
      const { sluice, channel, state } = await scene();
      const { adjudicator } = sluice;
      const newer = { ...state, version: 2n };
      const stopped = await channel.checkpoint(newer, await channel.challenge(state));
      await time.increase(100n * DAY);
      await expect(adjudicator.settle(channel.id, newer, stopped)).to.be.revertedWithCustomError(
        adjudicator,
        "ClockStopped",
      );
    });

    it("reverts with StateMismatch for another outcome of the registered version", async () => {
      const { sluice, channel, state } = await scene();
      const { adjudicator, alice } = sluice;
      const dispute = await channel.challenge(state);
      await time.increaseTo(dispute.finalizesAt);
      const other = channel.state(1n, [split(NATIVE, [alice, 10n])], "0xabcd");
      await expect(adjudicator.settle(channel.id, other, dispute))
        .to.be.revertedWithCustomError(adjudicator, "StateMismatch")
        .withArgs(channel.id, stateHashOf(channel.id, state), stateHashOf(channel.id, other));
    });

    it("reverts with RecordMismatch when the clock is said to have run out earlier", async () => {
      const { sluice, channel, state } = await scene();
      const { adjudicator } = sluice;
      const dispute = await channel.challenge(state);
      const early = { ...dispute, finalizesAt: 1n };
      await expect(adjudicator.settle(channel.id, state, early))
        .to.be.revertedWithCustomError(adjudicator, "RecordMismatch")
        .withArgs(channel.id, disputeHashOf(dispute), disputeHashOf(early));
    });

    it("reverts with RecordMismatch while nothing is registered", async () => {
      const { sluice, channel, state } = await scene();
      const { adjudicator } = sluice;
      await expect(adjudicator.settle(channel.id, state, NO_DISPUTE))
        .to.be.revertedWithCustomError(adjudicator, "RecordMismatch")
        .withArgs(channel.id, ZeroHash, disputeHashOf(NO_DISPUTE));
    });

    it("pays once", async () => {
      const { sluice, channel, state } = await scene(20n);
      const dispute = await channel.challenge(state);
      await settle(channel, state, dispute);
      await expect(settle(channel, state, dispute)).to.be.revertedWithCustomError(sluice.adjudicator, "RecordMismatch");
      expect(await channel.held()).to.equal(10n);
    });

    it("pays a final state at once, clock or not", async () => {
      const { sluice, channel, state } = await scene();
      const final = channel.finalState([split(NATIVE, [sluice.bob, 10n])]);
      const dispute = await channel.challenge(final, sluice.bob, await channel.challenge(state));
      await expect(sluice.adjudicator.settle(channel.id, final, dispute)).to.changeEtherBalance(
        sluice.bob.account,
        10n,
      );
    });
  });

  describe("collect", () => {
    it("goes on where the payment stopped", async () => {
      const { sluice, channel, state } = await scene(7n);
      const { adjudicator, alice, bob } = sluice;
      await disputeToTheEnd(channel, state);
      await channel.fundNative(2n);
      const call = adjudicator.collect(channel.id, state, [0n, 3n]);
      await expect(call).to.changeEtherBalances([alice.account, bob.account], [0n, 2n]);
      await expect(call).to.emit(adjudicator, "Owing").withArgs(channel.id, [0n, 1n]);
      expect(await adjudicator.recordOf(channel.id)).to.equal(finalRecord(channel, state, [0n, 1n]));
    });

    it("pays money that arrives decades later (threat 17)", async () => {
      const { sluice, channel, state } = await scene(0n);
      const { adjudicator, alice, bob } = sluice;
      await disputeToTheEnd(channel, state);
      await time.increase(50n * 365n * DAY);
      await channel.fundNative(10n);
      await expect(adjudicator.collect(channel.id, state, [6n, 4n])).to.changeEtherBalances(
        [alice.account, bob.account],
        [6n, 4n],
      );
    });

    it("emits Settled when nothing is owed any more, and keeps what is too much (threat 23)", async () => {
      const { sluice, channel, state } = await scene(7n);
      const { adjudicator } = sluice;
      await disputeToTheEnd(channel, state);
      await channel.fundNative(5n);
      await expect(adjudicator.collect(channel.id, state, [0n, 3n]))
        .to.emit(adjudicator, "Settled")
        .withArgs(channel.id);
      expect(await adjudicator.recordOf(channel.id)).to.equal(finalRecord(channel, state));
      expect(await channel.held()).to.equal(2n);
    });

    it("reverts with NothingOwed when all is paid", async () => {
      const { sluice, channel, state } = await scene();
      const { adjudicator } = sluice;
      await disputeToTheEnd(channel, state);
      await expect(adjudicator.collect(channel.id, state, []))
        .to.be.revertedWithCustomError(adjudicator, "NothingOwed")
        .withArgs(channel.id);
    });

    it("reverts with RecordMismatch for amounts that are not owed", async () => {
      const { sluice, channel, state } = await scene(7n);
      const { adjudicator } = sluice;
      await disputeToTheEnd(channel, state);
      await expect(adjudicator.collect(channel.id, state, [6n, 4n]))
        .to.be.revertedWithCustomError(adjudicator, "RecordMismatch")
        .withArgs(channel.id, finalRecord(channel, state, [0n, 3n]), finalRecord(channel, state, [6n, 4n]));
    });

    it("reverts with RecordMismatch for another state", async () => {
      const { sluice, channel, state } = await scene(7n);
      const { adjudicator, bob } = sluice;
      await disputeToTheEnd(channel, state);
      const other = channel.state(1n, [split(NATIVE, [bob, 6n], [bob, 4n])], "0xabcd");
      await expect(adjudicator.collect(channel.id, other, [0n, 3n]))
        .to.be.revertedWithCustomError(adjudicator, "RecordMismatch")
        .withArgs(channel.id, finalRecord(channel, state, [0n, 3n]), finalRecord(channel, other, [0n, 3n]));
    });
  });

  describe("isFinal and recordOf", () => {
    it("say nothing of a channel without a record", async () => {
      const { sluice, channel, state } = await scene();
      const { adjudicator } = sluice;
      expect(await adjudicator.recordOf(channel.id)).to.equal(ZeroHash);
      expect(await adjudicator.isFinal(channel.id, stateHashOf(channel.id, state), [])).to.equal(false);
    });

    it("do not take a running dispute for final, even when its time is over", async () => {
      const { sluice, channel, state } = await scene();
      const dispute = await channel.challenge(state);
      await time.increaseTo(dispute.finalizesAt + 1n);
      expect(await sluice.adjudicator.isFinal(channel.id, dispute.stateHash, [])).to.equal(false);
    });

    for (const [what, hash, owed, answer] of [
      ["the state and what it owes", true, [0n, 3n], true],
      ["the state and another debt", true, [0n, 2n], false],
      ["the state and no debt", true, [], false],
      ["another state", false, [0n, 3n], false],
    ] as const) {
      it(`answer ${answer} to ${what}`, async () => {
        const { sluice, channel, state } = await scene(7n);
        await disputeToTheEnd(channel, state);
        const asked = hash ? state : { ...state, version: 2n };
        expect(await sluice.adjudicator.isFinal(channel.id, stateHashOf(channel.id, asked), [...owed])).to.equal(
          answer,
        );
      });
    }
  });

  describe("a sub-channel cut short by its parent", () => {
    it("keeps its money at its own destination until it is final itself (threat 28)", async () => {
      const { sluice, channel: ledger } = await scene();
      const { adjudicator, alice, bob } = sluice;
      const child = new TestChannel(sluice, [alice, bob], { challengePeriod: 30n * DAY });
      const running = await child.challenge(child.state(5n, [split(NATIVE, [bob, 10n])]));
      await disputeToTheEnd(ledger, ledger.state(1n, [split(NATIVE, [channelDestination(child.id), 10n])]));
      expect(await child.held()).to.equal(10n);
      const newer = child.state(6n, [split(NATIVE, [alice, 10n])]);
      const last = await child.challenge(newer, alice, running);
      await expect(settle(child, newer, last)).to.changeEtherBalances([alice.account, bob.account], [10n, 0n]);
      expect(await adjudicator.held(child.id, NATIVE)).to.equal(0n);
    });

    it("is paid on by collect when it was final before its parent paid (threat 28)", async () => {
      const { sluice, channel: ledger } = await scene();
      const { adjudicator, alice, bob } = sluice;
      const child = new TestChannel(sluice, [alice, bob]);
      const outcome = child.state(5n, [split(NATIVE, [bob, 10n])]);
      await disputeToTheEnd(child, outcome);
      await disputeToTheEnd(ledger, ledger.state(1n, [split(NATIVE, [channelDestination(child.id), 10n])]));
      await expect(adjudicator.collect(child.id, outcome, [10n])).to.changeEtherBalance(bob.account, 10n);
    });
  });

  describe("a party that lost everything but the logs", () => {
    it("settles a bonded dispute and collects the rest (threat 20)", async () => {
      const { sluice, channel, state } = await scene(7n, 5n);
      const { adjudicator, alice, bob } = sluice;
      await channel.challenge({ ...state, version: 0n }, bob);
      const known = await fromLogs(sluice, channel.id);
      await channel.challenge(state, alice, known.dispute);
      const last = await fromLogs(sluice, channel.id);
      await time.increaseTo(last.dispute.finalizesAt);
      await adjudicator.settle(channel.id, last.state, last.dispute);
      await channel.fundNative(3n);
      const { owed } = await fromLogs(sluice, channel.id);
      await expect(adjudicator.collect(channel.id, last.state, owed)).to.changeEtherBalance(bob.account, 3n);
      await expectSolvent(sluice, 0n);
    });

    it("challenges again after a checkpoint (threat 20)", async () => {
      const { sluice, channel, state } = await scene(10n, 5n);
      await channel.checkpoint(state);
      const { dispute } = await fromLogs(sluice, channel.id);
      await expect(channel.challenge({ ...state, version: 2n }, sluice.alice, dispute)).not.to.be.rejected;
    });

    it("collects from a conclude that could not pay (threat 20)", async () => {
      const { sluice, channel } = await scene(7n);
      const { adjudicator, alice, bob } = sluice;
      const final = channel.finalState([split(NATIVE, [alice, 6n], [bob, 4n])], "0xabcd");
      await adjudicator.conclude(channel.terms, final, channel.sign(final));
      await channel.fundNative(3n);
      const { state, owed } = await fromLogs(sluice, channel.id);
      await expect(adjudicator.collect(channel.id, state, owed)).to.changeEtherBalance(bob.account, 3n);
    });
  });
});

interface Known {
  readonly state: State;
  readonly dispute: Dispute;
  readonly owed: bigint[];
}

/** What events say of a state: its version unless it is final, and when it can be settled if a clock runs. */
interface Registered {
  readonly version?: bigint;
  readonly outcome: Hex;
  readonly appData: Hex;
  readonly finalizesAt?: bigint;
}

/** Rebuilds what is registered for a channel from its events, oldest first, knowing nothing but its id. */
async function fromLogs({ adjudicator }: Sluice, channelId: TestChannel["id"]): Promise<Known> {
  let known: Known = { state: { version: 0n, outcome: "0x", appData: "0x" }, dispute: NO_DISPUTE, owed: [] };
  let posted: Pick<Dispute, "challenger" | "payer" | "bond"> = NO_DISPUTE;
  const register = ({ version = FINAL_VERSION, outcome, appData, finalizesAt = 0n }: Registered): void => {
    const state = { version, outcome, appData };
    const { challenger, payer, bond } = posted;
    const stateHash = stateHashOf(channelId, state);
    known = { state, dispute: { version, finalizesAt, stateHash, challenger, payer, bond }, owed: [] };
    posted = NO_DISPUTE;
  };
  const address = await adjudicator.getAddress();
  for (const log of await adjudicator.runner!.provider!.getLogs({ address, topics: [null, channelId], fromBlock: 0 })) {
    const event = adjudicator.interface.parseLog(log)!;
    if (event.name === "BondPosted") {
      const { challenger, payer, amount } = event.args.toObject() as {
        challenger: Address;
        payer: Address;
        amount: bigint;
      };
      posted = { challenger, payer, bond: amount };
    } else if (event.name === "Owing") {
      known = { ...known, owed: [...(event.args["owed"] as bigint[])] };
    } else if (["Challenged", "Checkpointed", "Concluded"].includes(event.name)) {
      register(event.args.toObject() as Registered);
    }
  }
  return known;
}
