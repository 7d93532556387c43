import { time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { disputeHashOf, NATIVE, NO_SIGNATURE, type Dispute, type State } from "../../../src";
import { ETHER, freshSluice, split, TestChannel, type Actor, type Sluice } from "../../support/sluice";
import { TestGame } from "../../support/ticTacToe";

/**
 * A state can be registered by somebody who alone holds all its signatures, and events do not show those. Without a
 * clock on it nobody could settle it; whoever wants to must be able to start one with what the events say.
 */
describe("Adjudicator", () => {
  describe("challengeWithProof with the registered state and nothing else", () => {
    let sluice: Sluice;
    let alice: Actor;
    let mallory: Actor;

    beforeEach(async () => {
      sluice = await freshSluice();
      ({ alice, mallory } = sluice);
    });

    it("starts the clock on a state that only the cheater held signed by all, though the channel has no app", async () => {
      const channel = new TestChannel(sluice, [alice, mallory]);
      await channel.fundNative(2n * ETHER);
      const state = channel.state(5n, [split(NATIVE, [alice, 2n * ETHER])]);
      const stopped = await channel.checkpoint(state);
      await restart(channel, state, stopped);
      await time.increase(channel.terms.challengePeriod);
      await expect(sluice.adjudicator.settle(channel.id, state, await running(channel, state))).to.changeEtherBalance(
        alice.account,
        2n * ETHER,
      );
    });

    it("starts the clock on a move without the move that it answered", async () => {
      const game = await TestGame.funded(sluice, [alice, mallory]);
      const [opening, first] = game.plays([4]) as [State, State];
      await game.checkpointChain(game.chain([opening, first]));
      await expect(restart(game, first, game.stopped(first))).to.emit(sluice.adjudicator, "Challenged");
    });

    it("starts no second clock on it", async () => {
      const { adjudicator } = sluice;
      const channel = new TestChannel(sluice, [alice, mallory]);
      const state = channel.state(5n, []);
      const dispute = await channel.challenge(state);
      await expect(restart(channel, state, dispute)).to.be.revertedWithCustomError(adjudicator, "VersionNotNewer");
    });

    it("takes nothing for registered that is not", async () => {
      const { adjudicator } = sluice;
      const channel = new TestChannel(sluice, [alice, mallory]);
      const [state, invented] = [channel.state(5n, []), channel.state(6n, [split(NATIVE, [mallory, ETHER])])];
      const lie = channel.stopped(invented);
      await expect(restart(channel, invented, lie)).to.be.revertedWithCustomError(adjudicator, "AppMissing");
      const stopped = await channel.checkpoint(state);
      await expect(restart(channel, invented, lie))
        .to.be.revertedWithCustomError(adjudicator, "RecordMismatch")
        .withArgs(channel.id, disputeHashOf(stopped), disputeHashOf(lie));
    });

    it("takes no signature that is not asked for", async () => {
      const { adjudicator } = sluice;
      const channel = new TestChannel(sluice, [alice, mallory]);
      const state = channel.state(5n, []);
      const stopped = await channel.checkpoint(state);
      const candidate = { state, signers: 0n };
      await expect(
        adjudicator.challengeWithProof(channel.terms, stopped, candidate, [], channel.sign(state), NO_SIGNATURE),
      )
        .to.be.revertedWithCustomError(adjudicator, "SignatureCountWrong")
        .withArgs(0, 2);
    });

    it("asks for the bond and for a participant behind it", async () => {
      const { adjudicator } = sluice;
      const channel = new TestChannel(sluice, [alice, mallory], { bond: 5n });
      const state = channel.state(5n, []);
      const stopped = await channel.checkpoint(state);
      const candidate = { state, signers: 0n };
      const by = (actor: Actor) =>
        adjudicator.challengeWithProof(channel.terms, stopped, candidate, [], [], channel.signChallenge(state, actor), {
          value: 5n,
        });
      await expect(by(sluice.carol)).to.be.revertedWithCustomError(adjudicator, "ChallengerNotParticipant");
      await expect(by(alice)).to.emit(adjudicator, "BondPosted");
    });

    function restart(channel: TestChannel, state: State, dispute: Dispute) {
      const candidate = { state, signers: 0n };
      return sluice.adjudicator.challengeWithProof(channel.terms, dispute, candidate, [], [], NO_SIGNATURE);
    }

    /** The dispute after a challenge one period ago. */
    async function running(channel: TestChannel, state: State): Promise<Dispute> {
      return { ...channel.stopped(state), finalizesAt: BigInt(await time.latest()) };
    }
  });
});
