import { expect } from "chai";
import { AbiCoder } from "ethers";
import { ethers } from "hardhat";
import { FINAL_VERSION, NATIVE, NO_DISPUTE, type Hex, type SignedState, type State } from "../../../src";
import type { CountingGame } from "../../../typechain-types";
import { addressOf, freshSluice, split, TestChannel, type Actor, type Sluice } from "../../support/sluice";

describe("TurnTakingApp", () => {
  let sluice: Sluice;
  let app: CountingGame;
  let channel: TestChannel;

  beforeEach(async () => {
    sluice = await freshSluice();
    app = await ethers.deployContract("CountingGame");
    channel = new TestChannel(sluice, [sluice.alice, sluice.bob, sluice.carol], { app: await addressOf(app) });
  });

  describe("moverOf", () => {
    it("gives the versions to the participants in turn", async () => {
      const movers = await Promise.all([6n, 7n, 8n, 9n].map((version) => app.moverOf(version, 3)));
      expect(movers).to.deep.equal([0n, 1n, 2n, 0n]);
    });
  });

  describe("requireSupported", () => {
    it("accepts a chain as long as a round, each state signed by its mover", async () => {
      await supported([move(4n, 10), move(5n, 11), move(6n, 13)]);
    });

    it("accepts a longer chain", async () => {
      await supported([move(4n, 10), move(5n, 11), move(6n, 13), move(7n, 14), move(8n, 16)]);
    });

    it("accepts a chain that goes round over version 0", async () => {
      await supported([move(0n, 1), move(1n, 2), move(2n, 3)]);
    });

    it("does not mind further signatures", async () => {
      await supported([move(4n, 10), signed(count(5n, 11), 2, 0), move(6n, 13)]);
    });

    it("refuses a chain shorter than a round", async () => {
      await expect(ask([move(5n, 11), move(6n, 13)]))
        .to.be.revertedWithCustomError(app, "ChainTooShort")
        .withArgs(2, 3);
    });

    it("refuses a move alone", async () => {
      await expect(ask([move(6n, 13)]))
        .to.be.revertedWithCustomError(app, "ChainTooShort")
        .withArgs(1, 3);
    });

    it("accepts a state alone that all signed", async () => {
      await supported([signed(count(6n, 13), 0, 1, 2)]);
    });

    it("accepts one move on a state that all signed", async () => {
      await supported([signed(count(5n, 11), 0, 1, 2), move(6n, 13)]);
    });

    it("refuses one move on a state that all but one signed", async () => {
      await expect(ask([signed(count(5n, 11), 0, 2), move(6n, 13)]))
        .to.be.revertedWithCustomError(app, "ChainTooShort")
        .withArgs(2, 3);
    });

    it("accepts one move on the registered state, whoever signed that", async () => {
      await supported([signed(count(5n, 11)), move(6n, 13)], true);
    });

    it("refuses a chain whose first state its mover did not sign", async () => {
      await expect(ask([signed(count(4n, 10), 0, 2), move(5n, 11), move(6n, 13)]))
        .to.be.revertedWithCustomError(app, "MoverNotSigned")
        .withArgs(4n, 1);
    });

    it("refuses a move that others than its mover signed", async () => {
      await expect(ask([move(4n, 10), signed(count(5n, 11), 0, 1), move(6n, 13)]))
        .to.be.revertedWithCustomError(app, "MoverNotSigned")
        .withArgs(5n, 2);
    });

    it("refuses a candidate that its mover did not sign", async () => {
      await expect(ask([signed(count(5n, 11)), signed(count(6n, 13), 1, 2)], true))
        .to.be.revertedWithCustomError(app, "MoverNotSigned")
        .withArgs(6n, 0);
    });

    it("refuses a chain that skips a turn", async () => {
      await expect(ask([move(4n, 10), move(5n, 11), move(7n, 13)]))
        .to.be.revertedWithCustomError(app, "TurnSkipped")
        .withArgs(5n, 7n);
    });

    it("refuses a chain that stays at a version", async () => {
      await expect(ask([signed(count(5n, 11)), move(5n, 12)], true))
        .to.be.revertedWithCustomError(app, "TurnSkipped")
        .withArgs(5n, 5n);
    });

    it("refuses a chain that goes back", async () => {
      await expect(ask([signed(count(5n, 11)), move(4n, 12)], true))
        .to.be.revertedWithCustomError(app, "TurnSkipped")
        .withArgs(5n, 4n);
    });

    it("refuses a move after a final state: versions do not wrap", async () => {
      await expect(ask([signed(count(FINAL_VERSION, 11), 0, 1, 2), move(0n, 12)]))
        .to.be.revertedWithCustomError(app, "TurnSkipped")
        .withArgs(FINAL_VERSION, 0n);
    });

    it("refuses a move against the rules, wherever in the chain", async () => {
      await expect(ask([move(4n, 10), move(5n, 13), move(6n, 14)]))
        .to.be.revertedWithCustomError(app, "CountWrong")
        .withArgs(10, 13);
    });

    it("asks the rules also about a move that all signed", async () => {
      await expect(ask([signed(count(5n, 11), 0, 1, 2), signed(count(6n, 14), 0, 1, 2)]))
        .to.be.revertedWithCustomError(app, "CountWrong")
        .withArgs(11, 14);
    });
  });

  describe("behind the adjudicator, with three players", () => {
    it("supports a round with one signature for each move", async () => {
      await expect(checkpoint([move(4n, 10), move(5n, 11), move(6n, 13)])).to.emit(sluice.adjudicator, "Checkpointed");
    });

    it("does not take an unregistered state for a registered one", async () => {
      await expect(checkpoint([signed(count(5n, 11)), move(6n, 13)])).to.be.revertedWithCustomError(
        app,
        "ChainTooShort",
      );
    });

    it("does not let two colluding players pass over the move of a third one", async () => {
      const honest = move(4n, 10);
      await expect(checkpoint([honest, move(5n, 20), move(6n, 21)])).to.be.revertedWithCustomError(app, "CountWrong");
      await expect(checkpoint([move(5n, 20), move(6n, 21)])).to.be.revertedWithCustomError(app, "ChainTooShort");
    });

    it("lets an honest player override what two colluding players built beside its move", async () => {
      const beside = [move(4n, 10), move(5n, 12), move(6n, 14)];
      await checkpoint(beside);
      const dispute = channel.stopped(beside[2]!.state);
      const played = [move(5n, 11), move(6n, 12), move(7n, 13)];
      await expect(checkpoint(played, dispute)).to.emit(sluice.adjudicator, "Checkpointed");
    });
  });

  function count(version: bigint, value: number): State {
    const appData = AbiCoder.defaultAbiCoder().encode(["uint256"], [value]) as Hex;
    const owner = channel.actors[Number(version % 3n)]!;
    return {
      ...channel.state(version, [split(NATIVE, [owner, 1n])]),
      appData,
    };
  }

  /** A state and the positions of those that signed it. */
  function signed(state: State, ...signers: number[]): SignedState {
    return { state, signers: signers.reduce((set, i) => set | (1n << BigInt(i)), 0n) };
  }

  /** A state that only its mover signed. */
  function move(version: bigint, value: number): SignedState {
    return signed(count(version, value), Number(version % 3n));
  }

  async function ask(states: readonly SignedState[], registered = false): Promise<void> {
    const candidate = states[states.length - 1]!;
    await app.requireSupported(channel.id, channel.terms, states.slice(0, -1), candidate, registered);
  }

  async function supported(states: readonly SignedState[], registered = false): Promise<void> {
    await expect(ask(states, registered)).not.to.be.reverted;
  }

  async function checkpoint(states: readonly SignedState[], dispute = NO_DISPUTE) {
    const candidate = states[states.length - 1]!;
    const proof = states.slice(0, -1);
    const signatures = [candidate, ...proof].flatMap(({ state, signers }) => {
      const actors: Actor[] = channel.actors.filter((_, i) => (signers >> BigInt(i)) & 1n);
      return actors.length === 0 ? [] : channel.sign(state, ...actors);
    });
    return sluice.adjudicator.checkpointWithProof(channel.terms, dispute, candidate, proof, signatures);
  }
});
