import { expect } from "chai";
import { disputeHashOf, NATIVE, NO_DISPUTE, stateHashOf, ticTacToe, type State } from "../../../../src";
import type { Adjudicator, TicTacToe } from "../../../../typechain-types";
import { settle } from "../../../support/disputes";
import { ETHER, freshSluice, split, type Actor, type Sluice } from "../../../support/sluice";
import { FIRST_WINS, TestGame } from "../../../support/ticTacToe";

describe("TicTacToe against Mallory", () => {
  let sluice: Sluice;
  let adjudicator: Adjudicator;
  let app: TicTacToe;
  let alice: Actor;
  let mallory: Actor;

  beforeEach(async () => {
    sluice = await freshSluice();
    ({ adjudicator, alice, mallory, ticTacToe: app } = sluice);
  });

  describe("who never deposits", () => {
    it("cannot be played before the opening state is signed: whoever deposited gets its stake back", async () => {
      const game = await TestGame.create(sluice, [alice, mallory]);
      const depositor = game.actors[0]!;
      await game.fundNative(ETHER);
      const dispute = await game.challenge(game.funding, depositor);
      const move = { ...ticTacToe.play(game.opening, 4), version: 1n };
      await expect(game.checkpointChain(game.answer(game.funding, move), dispute))
        .to.be.revertedWithCustomError(app, "PositionMalformed")
        .withArgs(224, 0);
      await expect(settle(game, game.funding, dispute)).to.changeEtherBalance(depositor.account, ETHER);
    });
  });

  describe("who shows an old state", () => {
    it("loses to the newest move: a forced move is not thrown away", async () => {
      const game = await funded();
      const states = game.plays(FIRST_WINS);
      const dispute = await game.challengeChain(game.chain(states.slice(3, 5)), mallory);
      await game.checkpointChain(game.chain(states.slice(4, 6)), dispute);
      await expect(game.checkpointChain(game.chain(states.slice(3, 5)), game.stopped(states[5]!)))
        .to.be.revertedWithCustomError(adjudicator, "VersionNotNewer")
        .withArgs(states[5]!.version, states[4]!.version);
    });

    it("cannot take a game back to the opening that both signed", async () => {
      const game = await funded();
      const [opening, first] = game.plays([4]) as [State, State];
      await game.checkpointChain(game.chain([opening, first]));
      await expect(game.challenge(opening, mallory, game.stopped(first)))
        .to.be.revertedWithCustomError(adjudicator, "VersionNotNewer")
        .withArgs(first.version, opening.version);
    });

    it("cannot move on after it has lost", async () => {
      const game = await funded();
      const states = game.plays(FIRST_WINS);
      const dispute = await game.challengeChain(game.chain(states.slice(-2)), alice);
      const before = ticTacToe.decodeGame(states[5]!.appData);
      const late = movedBy(states[5]!, { marks: [before.marks[0] | (1 << 5), before.marks[1] | (1 << 5)] });
      await expect(game.checkpointChain(game.answer(states[5]!, late), dispute)).to.be.revertedWithCustomError(
        app,
        "GameOver",
      );
    });
  });

  describe("who replays a move", () => {
    it("cannot use it in another channel", async () => {
      const [played, other] = [await funded(), await funded()];
      const [opening, move] = played.plays([4]) as [State, State];
      const dispute = await other.challenge(opening, mallory);
      const replayed = { ...other.answer(opening, move), signatures: played.answer(opening, move).signatures };
      await expect(other.checkpointChain(replayed, dispute)).to.be.revertedWithCustomError(adjudicator, "SignerWrong");
    });

    it("cannot use it at another turn", async () => {
      const game = await funded();
      const [opening, move] = game.plays([4]) as [State, State];
      const later = { ...opening, version: opening.version + 2n };
      const moved = ticTacToe.play(later, 4);
      const dispute = await game.challenge(later, mallory);
      const replayed = { ...game.answer(later, moved), signatures: game.answer(opening, move).signatures };
      await expect(game.checkpointChain(replayed, dispute)).to.be.revertedWithCustomError(adjudicator, "SignerWrong");
    });

    it("cannot play Alice's turn itself", async () => {
      const game = await funded();
      const [opening, move] = game.plays([4]) as [State, State];
      const dispute = await game.challenge(opening, mallory);
      const candidate = game.signed(move, mallory);
      const forged = { ...game.answer(opening, move), candidate, signatures: game.signAll([candidate]) };
      await expect(game.checkpointChain(forged, dispute))
        .to.be.revertedWithCustomError(app, "MoverNotSigned")
        .withArgs(move.version, game.indexOf(alice));
    });
  });

  describe("who signs two moves for one turn", () => {
    it("is held to the one that is registered first", async () => {
      const game = await funded();
      const [opening, first, second] = game.plays([4, 0]) as [State, State, State];
      const twin = ticTacToe.play(first, 1);
      await game.checkpointChain(game.chain([opening, first, twin]));
      await expect(game.checkpointChain(game.chain([first, second]), game.stopped(twin)))
        .to.be.revertedWithCustomError(adjudicator, "VersionNotNewer")
        .withArgs(twin.version, second.version);
    });

    it("gains nothing over an answer to the other one", async () => {
      const game = await funded();
      const states = game.plays(FIRST_WINS);
      const twin = ticTacToe.play(states[3]!, 8);
      const dispute = await game.challengeChain(game.chain([states[3]!, twin]), mallory);
      const won = await game.challengeChain(game.chain(states.slice(-2)), alice, dispute);
      await expect(settle(game, states[5]!, won)).to.changeEtherBalances(
        [alice.account, mallory.account],
        [2n * ETHER, 0n],
      );
    });

    it("cannot put Alice's answer on top of the move it was not given to", async () => {
      const game = await funded();
      const [, first, second, answer] = game.plays([4, 0, 1]) as [State, State, State, State];
      const twin = ticTacToe.play(first, 8);
      expect(second.version).to.equal(twin.version);
      await expect(game.checkpointChain(game.chain([twin, answer]))).to.be.revertedWithCustomError(app, "MoveInvalid");
    });
  });

  describe("who lies about what is registered", () => {
    it("cannot start a chain at a state of its own while nothing is registered", async () => {
      const game = await funded();
      const { invented, move } = inventedBy(game);
      const lie = { ...NO_DISPUTE, stateHash: stateHashOf(game.id, invented) };
      await expect(game.checkpointChain(game.answer(invented, move), lie))
        .to.be.revertedWithCustomError(app, "MoverNotSigned")
        .withArgs(invented.version, game.indexOf(alice));
    });

    it("cannot start a chain at a state of its own while another is registered", async () => {
      const game = await funded();
      const { invented, move } = inventedBy(game);
      await game.challenge(game.opening, alice);
      await expect(game.checkpointChain(game.answer(invented, move), game.stopped(invented)))
        .to.be.revertedWithCustomError(adjudicator, "RecordMismatch")
        .withArgs(game.id, await adjudicator.recordOf(game.id), disputeHashOf(game.stopped(invented)));
    });
  });

  describe("and what both signed", () => {
    it("counts against the rules of the game: the app is not asked", async () => {
      const game = await funded();
      const gift = game.state(9n, [split(NATIVE, [mallory, ETHER / 2n], [alice, ETHER])], "0xbad0");
      await expect(adjudicator.checkpoint(game.terms, NO_DISPUTE, gift, game.sign(gift))).to.emit(
        adjudicator,
        "Checkpointed",
      );
    });

    it("is paid though its position is malformed: that only ends the moves", async () => {
      const game = await funded();
      const malformed = { ...game.opening, appData: `${game.opening.appData}00` as const };
      const dispute = await game.challenge(malformed, mallory);
      const move = ticTacToe.play(game.opening, 4);
      await expect(game.checkpointChain(game.answer(malformed, move), dispute))
        .to.be.revertedWithCustomError(app, "PositionMalformed")
        .withArgs(224, 225);
      await expect(settle(game, malformed, dispute)).to.changeEtherBalances(
        [alice.account, mallory.account],
        [ETHER, ETHER],
      );
    });

    it("in the middle of a game binds from one round after Alice's last move on", async () => {
      const game = await funded();
      const [opening, first, second] = game.plays([4, 0]) as [State, State, State];
      const agreed = game.state(first.version + 2n, [split(NATIVE, [alice, ETHER], [mallory, ETHER])]);
      await game.checkpoint(agreed);
      await expect(game.checkpointChain(game.chain([opening, first, second]), game.stopped(agreed)))
        .to.be.revertedWithCustomError(adjudicator, "VersionNotNewer")
        .withArgs(agreed.version, second.version);
    });
  });

  /** Alice starts, against Mallory. */
  function funded(): Promise<TestGame> {
    return TestGame.funded(sluice, [alice, mallory]);
  }

  /** The state after `previous` with another position, whatever the rules say, signed by its mover alone. */
  function movedBy(previous: State, change: Partial<ticTacToe.Game>): State {
    const appData = ticTacToe.encodeGame({ ...ticTacToe.decodeGame(previous.appData), ...change });
    return { ...previous, version: previous.version + 1n, appData };
  }

  /** A position in which Mallory is about to win, and its winning move. */
  function inventedBy(game: TestGame): { invented: State; move: State } {
    const states = game.plays([8, 3, 0, 4, 1, 5]);
    return { invented: states[5]!, move: states[6]! };
  }
});
