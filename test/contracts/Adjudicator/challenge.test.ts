import { time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import {
  disputeHashOf,
  FINAL_VERSION,
  MAX_CHALLENGE_PERIOD,
  NATIVE,
  NO_DISPUTE,
  NO_SIGNATURE,
  stateHashOf,
  type Dispute,
  type State,
} from "../../../src";
import { mined } from "../../../scripts/lib/transactions";
import { crowd, customErrorOf, settle } from "../../support/disputes";
import { DAY, freshSluice, split, TestChannel, type Sluice } from "../../support/sluice";

const HELD = 10n;

interface Scene {
  readonly sluice: Sluice;
  readonly channel: TestChannel;
  /** Version 1: all for Alice. Version 2: six to four. Version 3: two to eight. */
  readonly states: readonly [State, State, State];
}

async function scene(challengePeriod = DAY): Promise<Scene> {
  const sluice = await freshSluice();
  const { alice, bob } = sluice;
  const channel = new TestChannel(sluice, [alice, bob], { challengePeriod });
  await channel.fundNative(HELD);
  const pay = (version: bigint, toAlice: bigint): State =>
    channel.state(version, [split(NATIVE, [alice, toAlice], [bob, HELD - toAlice])], "0xabcd");
  return { sluice, channel, states: [pay(1n, 10n), pay(2n, 6n), pay(3n, 2n)] };
}

describe("Adjudicator", () => {
  describe("challenge", () => {
    it("starts a clock of one challenge period and emits all there is to settle by", async () => {
      const { sluice, channel, states } = await scene();
      const { adjudicator } = sluice;
      const [state] = states;
      const now = BigInt(await time.latest()) + 100n;
      await time.setNextBlockTimestamp(now);
      await expect(adjudicator.challenge(channel.terms, NO_DISPUTE, state, channel.sign(state), NO_SIGNATURE))
        .to.emit(adjudicator, "Challenged")
        .withArgs(channel.id, now + DAY, 1n, state.outcome, state.appData);
    });

    it("stores the full 256-bit hash of the dispute (threat 53)", async () => {
      const { sluice, channel, states } = await scene();
      const dispute = await channel.challenge(states[0]);
      expect(await sluice.adjudicator.recordOf(channel.id)).to.equal(disputeHashOf(dispute));
    });

    it("emits nothing about bonds and moves no money without a bond", async () => {
      const { sluice, channel, states } = await scene();
      const { adjudicator } = sluice;
      const { logs } = await mined(
        adjudicator.challenge(channel.terms, NO_DISPUTE, states[0], channel.sign(states[0]), NO_SIGNATURE),
      );
      expect(logs.map((log) => adjudicator.interface.parseLog(log)?.name)).to.deep.equal(["Challenged"]);
    });

    it("ignores the dispute argument while nothing is registered", async () => {
      const { sluice, channel, states } = await scene();
      const { adjudicator } = sluice;
      const invented: Dispute = { ...NO_DISPUTE, version: FINAL_VERSION, finalizesAt: 1n, bond: 10n ** 30n };
      await adjudicator.challenge(channel.terms, invented, states[0], channel.sign(states[0]), NO_SIGNATURE);
      const finalizesAt = BigInt(await time.latest()) + DAY;
      const expected = { ...NO_DISPUTE, version: 1n, finalizesAt, stateHash: stateHashOf(channel.id, states[0]) };
      expect(await adjudicator.recordOf(channel.id)).to.equal(disputeHashOf(expected));
    });

    it("accepts version 0", async () => {
      const { sluice, channel, states } = await scene();
      const dispute = await channel.challenge({ ...states[0], version: 0n });
      expect(await sluice.adjudicator.recordOf(channel.id)).to.equal(disputeHashOf(dispute));
    });

    for (const challengePeriod of [1n, MAX_CHALLENGE_PERIOD]) {
      it(`accepts a challenge period of ${challengePeriod} seconds (threat 15)`, async () => {
        const { sluice, channel, states } = await scene(challengePeriod);
        const dispute = await channel.challenge(states[0]);
        expect(await sluice.adjudicator.recordOf(channel.id)).to.equal(disputeHashOf(dispute));
      });
    }

    it("replaces a running challenge by a newer one, with a clock of its own", async () => {
      const { sluice, channel, states } = await scene();
      const first = await channel.challenge(states[0]);
      await time.increase(DAY / 2n);
      const second = await channel.challenge(states[1], sluice.bob, first);
      expect(second.finalizesAt).to.be.greaterThan(first.finalizesAt);
      expect(await sluice.adjudicator.recordOf(channel.id)).to.equal(disputeHashOf(second));
    });

    it("works with 32 participants", async () => {
      const sluice = await freshSluice();
      const channel = new TestChannel(sluice, crowd(sluice, 32));
      const state = channel.state(1n, [split(NATIVE, [sluice.alice, 1n])]);
      const dispute = await channel.challenge(state);
      expect(await sluice.adjudicator.recordOf(channel.id)).to.equal(disputeHashOf(dispute));
    });

    it("changes nothing for another channel", async () => {
      const { sluice, channel, states } = await scene();
      const other = new TestChannel(sluice, [sluice.alice, sluice.bob]);
      const dispute = await other.challenge(other.state(1n, []));
      await channel.challenge(states[0]);
      expect(await sluice.adjudicator.recordOf(other.id)).to.equal(disputeHashOf(dispute));
    });
  });

  describe("checkpoint", () => {
    it("stops the clock and emits the newer state", async () => {
      const { sluice, channel, states } = await scene();
      const { adjudicator } = sluice;
      const dispute = await channel.challenge(states[0]);
      await expect(adjudicator.checkpoint(channel.terms, dispute, states[1], channel.sign(states[1])))
        .to.emit(adjudicator, "Checkpointed")
        .withArgs(channel.id, 2n, states[1].outcome, states[1].appData);
      expect(await adjudicator.recordOf(channel.id)).to.equal(disputeHashOf(channel.stopped(states[1])));
    });

    it("registers a state before anybody challenged, so that older ones are worthless (threat 1)", async () => {
      const { sluice, channel, states } = await scene();
      const stopped = await channel.checkpoint(states[1]);
      const call = channel.challenge(states[0], sluice.alice, stopped);
      await expect(call).to.be.revertedWithCustomError(sluice.adjudicator, "VersionNotNewer").withArgs(2n, 1n);
    });

    it("goes over an earlier checkpoint", async () => {
      const { sluice, channel, states } = await scene();
      const last = await channel.checkpoint(states[2], await channel.checkpoint(states[1]));
      expect(await sluice.adjudicator.recordOf(channel.id)).to.equal(disputeHashOf(last));
    });

    for (const [late, after] of [
      ["in the last second", -1n],
      ["at the deadline", 0n],
      ["years after the deadline", 10n * 365n * DAY],
    ] as const) {
      it(`answers ${late}, as long as nobody has settled (threats 16, 17)`, async () => {
        const { sluice, channel, states } = await scene();
        const dispute = await channel.challenge(states[0]);
        await time.setNextBlockTimestamp(dispute.finalizesAt + after);
        const stopped = await channel.checkpoint(states[1], dispute);
        expect(await sluice.adjudicator.recordOf(channel.id)).to.equal(disputeHashOf(stopped));
      });
    }

    it("cannot answer any more once the state is settled", async () => {
      const { sluice, channel, states } = await scene();
      const dispute = await channel.challenge(states[0]);
      await settle(channel, states[0], dispute);
      await expect(channel.checkpoint(states[1], dispute)).to.be.revertedWithCustomError(
        sluice.adjudicator,
        "RecordMismatch",
      );
    });
  });

  describe("what a cheater gains", () => {
    for (const answer of ["checkpoint", "challenge"] as const) {
      it(`nothing by an old state, when the victim answers with a ${answer} (threat 1)`, async () => {
        const { sluice, channel, states } = await scene();
        const { alice, bob } = sluice;
        const cheat = await channel.challenge(states[0], alice);
        const answered =
          answer === "challenge"
            ? await channel.challenge(states[2], bob, cheat)
            : await channel.challenge(states[2], bob, await channel.checkpoint(states[2], cheat));
        await time.increaseTo(answered.finalizesAt);
        await expect(settle(channel, states[2], answered)).to.changeEtherBalances(
          [alice.account, bob.account],
          [2n, 8n],
        );
      });
    }

    it("cannot settle the answered state with the old dispute (threat 1)", async () => {
      const { sluice, channel, states } = await scene();
      const cheat = await channel.challenge(states[0]);
      const stopped = await channel.checkpoint(states[1], cheat);
      await time.increaseTo(cheat.finalizesAt);
      await expect(sluice.adjudicator.settle(channel.id, states[0], cheat))
        .to.be.revertedWithCustomError(sluice.adjudicator, "RecordMismatch")
        .withArgs(channel.id, disputeHashOf(stopped), disputeHashOf(cheat));
    });

    it("lets an honest party close alone after its newest state was checkpointed", async () => {
      const { sluice, channel, states } = await scene();
      const stopped = await channel.checkpoint(states[2]);
      const again = await channel.challenge(states[2], sluice.bob, stopped);
      await time.increaseTo(again.finalizesAt);
      await expect(settle(channel, states[2], again)).to.changeEtherBalance(sluice.bob.account, 8n);
    });

    it("starts at most one clock with each version, and not by alternating either (threat 14)", async () => {
      const { channel, states } = await scene();
      const clocks = await exhaust(channel, states);
      expect(clocks).to.deep.equal([1n, 2n, 3n]);
    });

    it("cannot restart the clock of a version with other signed contents (threat 14)", async () => {
      const { sluice, channel, states } = await scene();
      const dispute = await channel.challenge(states[1]);
      const twin = { ...states[0], version: states[1].version };
      await expect(channel.challenge(twin, sluice.alice, dispute))
        .to.be.revertedWithCustomError(sluice.adjudicator, "VersionNotNewer")
        .withArgs(2n, 2n);
    });
  });

  describe("an opening state signed before the money moves", () => {
    it("returns the deposit when the other one never deposits nor signs again (threat 22)", async () => {
      const sluice = await freshSluice();
      const { alice, bob } = sluice;
      const channel = new TestChannel(sluice, [alice, bob]);
      const opening = channel.state(0n, [split(NATIVE, [alice, 6n], [bob, 4n])]);
      await channel.fundNative(6n);
      const dispute = await channel.challenge(opening, alice);
      await time.increaseTo(dispute.finalizesAt);
      await expect(settle(channel, opening, dispute)).to.changeEtherBalances([alice.account, bob.account], [6n, 0n]);
    });
  });
});

/**
 * Tries, as a cheater would, every signed state with every method, over and over, until nothing is accepted any more.
 * Returns the versions whose clock was started, in order.
 */
async function exhaust(channel: TestChannel, states: readonly State[]): Promise<bigint[]> {
  const clocks: bigint[] = [];
  let dispute = NO_DISPUTE;
  for (let accepted = true; accepted;) {
    accepted = false;
    for (const state of states) {
      for (const method of ["checkpoint", "challenge"] as const) {
        const next = await attempt(channel, method, state, dispute);
        if (next === undefined) continue;
        if (method === "challenge") clocks.push(state.version);
        dispute = next;
        accepted = true;
      }
    }
  }
  return clocks;
}

/** The dispute that is then registered, or undefined when the version is refused. */
async function attempt(
  channel: TestChannel,
  method: "checkpoint" | "challenge",
  state: State,
  dispute: Dispute,
): Promise<Dispute | undefined> {
  try {
    if (method === "checkpoint") return await channel.checkpoint(state, dispute);
    return await channel.challenge(state, channel.actors[0], dispute);
  } catch (error) {
    expect(customErrorOf(channel.sluice.adjudicator, error)).to.equal("VersionNotNewer");
    return undefined;
  }
}
