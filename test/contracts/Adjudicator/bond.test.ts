import { time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import {
  disputeHashOf,
  FINAL_VERSION,
  NATIVE,
  NO_DISPUTE,
  stateHashOf,
  toAddress,
  type Dispute,
  type State,
} from "../../../src";
import { permissiveChannel, settle, supported } from "../../support/disputes";
import { expectSolvent } from "../../support/money";
import { DAY, freshSluice, split, TestChannel, type Actor, type Sluice } from "../../support/sluice";

const BOND = 7n;
const HELD = 10n;

interface Scene {
  readonly sluice: Sluice;
  readonly channel: TestChannel;
  readonly state: (version: bigint) => State;
}

async function scene(names: readonly ("alice" | "bob" | "carol")[] = ["alice", "bob"]): Promise<Scene> {
  const sluice = await freshSluice();
  const app = (await permissiveChannel(sluice)).terms.app;
  const channel = new TestChannel(
    sluice,
    names.map((name) => sluice[name]),
    { bond: BOND, app },
  );
  await channel.fundNative(HELD);
  const outcome = [split(NATIVE, [sluice.alice, 6n], [sluice.bob, 4n])];
  return { sluice, channel, state: (version) => channel.state(version, outcome) };
}

/** Challenges with a payer that is not the challenger. */
async function challengeFor(channel: TestChannel, state: State, challenger: Actor, payer: Actor): Promise<Dispute> {
  const { adjudicator } = channel.sluice;
  const signature = channel.signChallenge(state, challenger);
  await adjudicator
    .connect(payer.account)
    .challenge(channel.terms, NO_DISPUTE, state, channel.sign(state), signature, { value: BOND });
  return {
    version: state.version,
    finalizesAt: BigInt(await time.latest()) + DAY,
    stateHash: stateHashOf(channel.id, state),
    challenger: challenger.participant,
    payer: toAddress(payer.account.address),
    bond: BOND,
  };
}

/** What an actor can withdraw: by its account, and by its session key. */
async function waiting({ adjudicator }: Sluice, actor: Actor): Promise<{ account: bigint; key: bigint }> {
  const key = `0x${"00".repeat(12)}${actor.participant.slice(2)}`;
  return { account: await adjudicator.held(actor.destination, NATIVE), key: await adjudicator.held(key, NATIVE) };
}

describe("Adjudicator", () => {
  describe("posting a bond", () => {
    it("takes the bond from the caller and emits who vouches and who pays", async () => {
      const { sluice, channel, state } = await scene();
      const { adjudicator, alice, ingrid } = sluice;
      const signature = channel.signChallenge(state(1n), alice);
      const call = adjudicator
        .connect(ingrid.account)
        .challenge(channel.terms, NO_DISPUTE, state(1n), channel.sign(state(1n)), signature, { value: BOND });
      await expect(call).to.changeEtherBalances([ingrid.account, adjudicator], [-BOND, BOND]);
      await expect(call)
        .to.emit(adjudicator, "BondPosted")
        .withArgs(channel.id, alice.participant, ingrid.account.address, BOND);
    });

    it("never mixes with the channel's money", async () => {
      const { sluice, channel, state } = await scene();
      await channel.challenge(state(1n));
      expect(await channel.held()).to.equal(HELD);
      await expectSolvent(sluice, BOND);
    });

    it("binds challenger, payer and amount in the record (threat 53)", async () => {
      const { sluice, channel, state } = await scene();
      const dispute = await challengeFor(channel, state(1n), sluice.alice, sluice.ingrid);
      expect(await sluice.adjudicator.recordOf(channel.id)).to.equal(disputeHashOf(dispute));
    });

    it("cannot be claimed with an invented payer", async () => {
      const { sluice, channel, state } = await scene();
      const { adjudicator, mallory } = sluice;
      const dispute = await channel.challenge(state(1n));
      await time.increaseTo(dispute.finalizesAt);
      const stolen = { ...dispute, payer: toAddress(mallory.account.address) };
      await expect(adjudicator.connect(mallory.account).settle(channel.id, state(1n), stolen))
        .to.be.revertedWithCustomError(adjudicator, "RecordMismatch")
        .withArgs(channel.id, disputeHashOf(dispute), disputeHashOf(stolen));
    });

    it("is not needed for a checkpoint", async () => {
      const { sluice, channel, state } = await scene();
      await channel.checkpoint(state(1n));
      await expectSolvent(sluice, 0n);
    });
  });

  describe("returning a bond", () => {
    it("comes back under the payer's account when the challenge is settled", async () => {
      const { sluice, channel, state } = await scene();
      const dispute = await channel.challenge(state(1n), sluice.alice);
      await expect(settle(channel, state(1n), dispute))
        .to.emit(sluice.adjudicator, "BondReturned")
        .withArgs(channel.id, sluice.alice.account.address, BOND);
      expect(await waiting(sluice, sluice.alice)).to.deep.equal({ account: BOND, key: 0n });
      await expectSolvent(sluice, 0n);
    });

    it("comes back to a watchtower that paid for the challenger", async () => {
      const { sluice, channel, state } = await scene();
      const dispute = await challengeFor(channel, state(1n), sluice.alice, sluice.ingrid);
      await settle(channel, state(1n), dispute);
      expect(await waiting(sluice, sluice.ingrid)).to.deep.equal({ account: BOND, key: 0n });
    });

    it("comes back when the other one moves on honestly", async () => {
      const { sluice, channel, state } = await scene();
      const { adjudicator, alice, bob } = sluice;
      const dispute = await channel.challenge(state(1n), alice);
      await expect(adjudicator.checkpointWithProof(channel.terms, dispute, ...supported(channel, [state(2n), bob])))
        .to.emit(adjudicator, "BondReturned")
        .withArgs(channel.id, alice.account.address, BOND);
      await expectSolvent(sluice, 0n);
    });

    it("comes back when the other one shows a proposal of the challenger that it had left unanswered", async () => {
      const { sluice, channel, state } = await scene();
      const dispute = await channel.challenge(state(1n), sluice.alice);
      await channel.checkpoint(state(2n), dispute);
      expect(await waiting(sluice, sluice.alice)).to.deep.equal({ account: BOND, key: 0n });
      expect(await waiting(sluice, sluice.bob)).to.deep.equal({ account: 0n, key: 0n });
    });

    it("comes back when all agree on a final state while the clock runs", async () => {
      const { sluice, channel, state } = await scene();
      const dispute = await channel.challenge(state(1n), sluice.alice);
      await channel.checkpoint(state(FINAL_VERSION), dispute);
      expect(await waiting(sluice, sluice.alice)).to.deep.equal({ account: BOND, key: 0n });
    });

    it("can be withdrawn by its payer", async () => {
      const { sluice, channel, state } = await scene();
      const { adjudicator, alice } = sluice;
      await settle(channel, state(1n), await channel.challenge(state(1n), alice));
      await expect(
        adjudicator.connect(alice.account).withdraw(NATIVE, alice.account.address, BOND),
      ).to.changeEtherBalance(alice.account, BOND);
    });
  });

  describe("forfeiting a bond", () => {
    it("goes to the other one when the challenger had signed something newer (threat 1)", async () => {
      const { sluice, channel, state } = await scene();
      const { adjudicator, alice, bob } = sluice;
      const dispute = await channel.challenge(state(1n), alice);
      await expect(adjudicator.checkpoint(channel.terms, dispute, state(3n), channel.sign(state(3n))))
        .to.emit(adjudicator, "BondForfeited")
        .withArgs(channel.id, alice.participant, BOND);
      expect(await waiting(sluice, bob)).to.deep.equal({ account: 0n, key: BOND });
      expect(await waiting(sluice, alice)).to.deep.equal({ account: 0n, key: 0n });
    });

    it("is divided among two others, and an odd wei is not lost", async () => {
      const { sluice, channel, state } = await scene(["alice", "bob", "carol"]);
      const [guilty, ...others] = channel.actors;
      const dispute = await channel.challenge(state(1n), guilty);
      await channel.checkpoint(state(3n), dispute);
      const shares = await Promise.all(others.map(async (actor) => (await waiting(sluice, actor)).key));
      expect(shares).to.deep.equal([3n, 4n]);
      await expectSolvent(sluice, 0n);
    });

    for (const position of [0, 1, 2]) {
      it(`never pays the guilty one, at position ${position}`, async () => {
        const { sluice, channel, state } = await scene(["alice", "bob", "carol"]);
        const guilty = channel.actors[position]!;
        await channel.checkpoint(state(3n), await channel.challenge(state(1n), guilty));
        expect(await waiting(sluice, guilty)).to.deep.equal({ account: 0n, key: 0n });
      });
    }

    it("goes to the others even when a sock puppet paid it", async () => {
      const { sluice, channel, state } = await scene();
      const { alice, bob, mallory } = sluice;
      await channel.checkpoint(state(3n), await challengeFor(channel, state(1n), alice, mallory));
      expect((await waiting(sluice, mallory)).account).to.equal(0n);
      expect((await waiting(sluice, bob)).key).to.equal(BOND);
    });

    it("earns nothing for a stranger that submits the answer first", async () => {
      const { sluice, channel, state } = await scene();
      const { adjudicator, alice, bob, mallory } = sluice;
      const dispute = await channel.challenge(state(1n), alice);
      await adjudicator.connect(mallory.account).checkpoint(channel.terms, dispute, state(3n), channel.sign(state(3n)));
      expect(await waiting(sluice, mallory)).to.deep.equal({ account: 0n, key: 0n });
      expect((await waiting(sluice, bob)).key).to.equal(BOND);
    });

    it("is punished by a supported state that carries the challenger's signature", async () => {
      const { sluice, channel, state } = await scene();
      const { adjudicator, alice } = sluice;
      const dispute = await channel.challenge(state(1n), alice);
      await expect(adjudicator.checkpointWithProof(channel.terms, dispute, ...supported(channel, [state(3n), alice])))
        .to.emit(adjudicator, "BondForfeited")
        .withArgs(channel.id, alice.participant, BOND);
    });

    it("is forfeited to the answer even after the clock has run out (threat 17)", async () => {
      const { sluice, channel, state } = await scene();
      const dispute = await channel.challenge(state(1n), sluice.alice);
      await time.increaseTo(dispute.finalizesAt + DAY);
      await channel.checkpoint(state(3n), dispute);
      expect((await waiting(sluice, sluice.bob)).key).to.equal(BOND);
    });
  });

  describe("replacing a challenge with a bond", () => {
    it("resolves the old bond and takes a new one", async () => {
      const { sluice, channel, state } = await scene();
      const { adjudicator, alice, bob } = sluice;
      const first = await channel.challenge(state(1n), alice);
      const second = await channel.challenge(state(3n), bob, first);
      expect((await waiting(sluice, bob)).key).to.equal(BOND);
      await expectSolvent(sluice, BOND);
      await settle(channel, state(3n), second);
      expect((await waiting(sluice, bob)).account).to.equal(BOND);
      expect(await adjudicator.held(channel.id, NATIVE)).to.equal(0n);
      await expectSolvent(sluice, 0n);
    });

    it("takes a new bond over a checkpoint, which has none", async () => {
      const { sluice, channel, state } = await scene();
      const stopped = await channel.checkpoint(state(2n), await channel.challenge(state(1n), sluice.alice));
      await channel.challenge(state(2n), sluice.bob, stopped);
      await expectSolvent(sluice, BOND);
    });

    it("keeps the bonds of several channels apart (INV-2)", async () => {
      const { sluice, channel, state } = await scene();
      const { alice, bob, carol } = sluice;
      const second = new TestChannel(sluice, [alice, carol], { bond: 100n });
      const third = new TestChannel(sluice, [bob, carol], { bond: 1_000n });
      const of = (other: TestChannel, version: bigint): State => other.state(version, []);
      const dispute = await channel.challenge(state(1n), alice);
      const cheat = await second.challenge(of(second, 1n), carol);
      await third.challenge(of(third, 1n), bob);
      await expectSolvent(sluice, BOND + 1_100n);
      await second.checkpoint(of(second, 3n), cheat);
      await expectSolvent(sluice, BOND + 1_000n);
      await settle(channel, state(1n), dispute);
      await expectSolvent(sluice, 1_000n);
    });
  });
});
