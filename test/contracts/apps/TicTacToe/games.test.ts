import { time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { accountDestination, channelDestination, disputeHashOf, NATIVE, type State } from "../../../../src";
import { settle } from "../../../support/disputes";
import { addressOf, ETHER, freshSluice, split, TestChannel, type Sluice } from "../../../support/sluice";
import { DRAW, FIRST_WINS, TestGame, type Pot } from "../../../support/ticTacToe";

/** Games in which whoever starts completes a line. */
const WINS: [string, number[]][] = [
  ["the first row", [0, 3, 1, 4, 2]],
  ["the second row", [3, 0, 4, 1, 5]],
  ["the third row", [6, 0, 7, 1, 8]],
  ["the first column", [0, 1, 3, 2, 6]],
  ["the second column", [1, 0, 4, 2, 7]],
  ["the third column", [2, 0, 5, 1, 8]],
  ["the falling diagonal", [0, 1, 4, 2, 8]],
  ["the rising diagonal", [2, 0, 4, 1, 6]],
  ["the falling diagonal with the ninth move", [0, 1, 2, 3, 4, 5, 7, 6, 8]],
];

describe("TicTacToe", () => {
  let sluice: Sluice;

  beforeEach(async () => {
    sluice = await freshSluice();
  });

  describe("a game played off-chain", () => {
    it("is closed at once by players who agree", async () => {
      const { alice, bob, adjudicator } = sluice;
      const game = await fundedGame();
      const final = game.finalState([split(NATIVE, [alice, 2n * ETHER], [bob, 0n])]);
      await expect(adjudicator.conclude(game.terms, final, game.sign(final))).to.changeEtherBalances(
        [alice.account, bob.account],
        [2n * ETHER, 0n],
      );
    });

    for (const [line, fields] of WINS) {
      it(`pays both stakes to whoever marked ${line}, though the loser signs nothing more`, async () => {
        const game = await fundedGame();
        await expectPaid(game, game.plays(fields), [2n * ETHER, 0n]);
      });
    }

    it("pays both stakes to the second player when that one wins", async () => {
      const game = await fundedGame();
      await expectPaid(game, game.plays([8, 3, 0, 4, 1, 5]), [0n, 2n * ETHER]);
    });

    it("returns unequal stakes after a draw", async () => {
      const game = await fundedGame({ stakes: [3n * ETHER, ETHER] });
      await expectPaid(game, game.plays(DRAW), [3n * ETHER, ETHER]);
    });

    it("pays unequal stakes to the winner", async () => {
      const game = await fundedGame({ stakes: [ETHER, 3n * ETHER] });
      await expectPaid(game, game.plays(FIRST_WINS), [4n * ETHER, 0n]);
    });

    it("pays a game for tokens", async () => {
      const { alice, bob, token } = sluice;
      const game = await fundedGame({ asset: await addressOf(token), stakes: [30n, 20n] });
      const states = game.plays(FIRST_WINS);
      const dispute = await game.challengeChain(game.chain(states.slice(-2)), alice);
      await expect(settle(game, states[5]!, dispute)).to.changeTokenBalances(
        token,
        [alice.account, bob.account],
        [50n, 0n],
      );
    });

    it("can be proved by all its moves from the opening, as well as by the last two", async () => {
      const { adjudicator } = sluice;
      const whole = await fundedGame();
      await expect(whole.checkpointChain(whole.chain(whole.plays(FIRST_WINS)))).to.emit(adjudicator, "Checkpointed");
      const last = await fundedGame();
      await expect(last.checkpointChain(last.chain(last.plays(FIRST_WINS).slice(-2)))).to.emit(
        adjudicator,
        "Checkpointed",
      );
    });
  });

  describe("a game in which a player falls silent", () => {
    it("pays whoever moved last, after the time to answer", async () => {
      const game = await fundedGame();
      await expectPaid(game, game.plays([4, 0, 1]), [2n * ETHER, 0n]);
    });

    it("pays nothing before the time to answer is over", async () => {
      const { adjudicator, alice } = sluice;
      const game = await fundedGame();
      const states = game.plays([4, 0, 1]);
      const dispute = await game.challengeChain(game.chain(states.slice(-2)), alice);
      await expect(adjudicator.settle(game.id, states[3]!, dispute)).to.be.revertedWithCustomError(
        adjudicator,
        "ClockRunning",
      );
    });

    it("returns the stakes when nobody makes the first move", async () => {
      const { alice, bob } = sluice;
      const game = await fundedGame();
      const dispute = await game.challenge(game.opening, bob);
      await expect(settle(game, game.opening, dispute)).to.changeEtherBalances(
        [alice.account, bob.account],
        [ETHER, ETHER],
      );
    });
  });

  describe("a game continued on the chain", () => {
    it("answers a challenge by a move that only its mover signed, on a registered state without signatures", async () => {
      const { adjudicator } = sluice;
      const game = await fundedGame();
      const [opening, move] = game.plays([4]) as [State, State];
      const dispute = await game.challenge(opening);
      const answer = game.answer(opening, move);
      expect(answer.signatures).to.have.length(1);
      await expect(game.checkpointChain(answer, dispute))
        .to.emit(adjudicator, "Checkpointed")
        .withArgs(game.id, move.version, move.outcome, move.appData);
    });

    it("stops the clock by a move: the challenger cannot settle what it challenged with", async () => {
      const { adjudicator, bob } = sluice;
      const game = await fundedGame();
      const [opening, first, second, third] = game.plays([4, 0, 1]) as [State, State, State, State];
      const dispute = await game.challengeChain(game.chain([opening, first, second]), bob);
      await game.checkpointChain(game.answer(second, third), dispute);
      await expect(settle(game, second, dispute)).to.be.revertedWithCustomError(adjudicator, "RecordMismatch");
      await expect(adjudicator.settle(game.id, third, game.stopped(third))).to.be.revertedWithCustomError(
        adjudicator,
        "ClockStopped",
      );
    });

    it("is played to its end by moves that force the other to answer", async () => {
      const { alice, bob } = sluice;
      const game = await fundedGame();
      const states = game.plays(FIRST_WINS);
      let dispute = await game.challenge(game.opening);
      for (let i = 1; i < states.length; i++) {
        const answer = game.answer(states[i - 1]!, states[i]!);
        dispute = await game.challengeChain(answer, game.moverOf(states[i]!), dispute);
      }
      await expect(settle(game, states[5]!, dispute)).to.changeEtherBalances(
        [alice.account, bob.account],
        [2n * ETHER, 0n],
      );
    });

    it("takes several moves at once on the registered state", async () => {
      const { adjudicator, alice } = sluice;
      const game = await fundedGame();
      const [opening, first, second, third] = game.plays([4, 0, 1]) as [State, State, State, State];
      const dispute = await game.challenge(opening, alice);
      const later = [first, second, third].map((state) => game.signed(state, game.moverOf(state)));
      const candidate = later[2]!;
      const proof = [{ state: opening, signers: 0n }, later[0]!, later[1]!];
      const signatures = game.signAll([candidate, ...proof]);
      await expect(game.checkpointChain({ candidate, proof, signatures }, dispute)).to.emit(
        adjudicator,
        "Checkpointed",
      );
    });
  });

  describe("a game with a bond", () => {
    const BOND = ETHER / 10n;

    it("returns the bond of an honest challenge that was answered by a move", async () => {
      const { adjudicator, alice } = sluice;
      const game = await fundedGame({}, BOND);
      const [opening, first, second] = game.plays([4, 0]) as [State, State, State];
      const dispute = await game.challengeChain(game.chain([opening, first]), alice);
      await expect(game.checkpointChain(game.answer(first, second), dispute))
        .to.emit(adjudicator, "BondReturned")
        .withArgs(game.id, alice.account.address, BOND);
      expect(await adjudicator.held(alice.destination, NATIVE)).to.equal(BOND);
    });

    it("returns the bond with the prize to a player whose opponent fell silent", async () => {
      const { adjudicator, alice } = sluice;
      const game = await fundedGame({}, BOND);
      const states = game.plays([4]);
      const dispute = await game.challengeChain(game.chain(states), alice);
      await expect(settle(game, states[1]!, dispute)).to.changeEtherBalance(alice.account, 2n * ETHER);
      expect(await adjudicator.held(alice.destination, NATIVE)).to.equal(BOND);
    });

    it("forfeits the bond of a challenger that had signed a later move", async () => {
      const { adjudicator, alice, bob } = sluice;
      const game = await fundedGame({}, BOND);
      const [opening, first, second, third] = game.plays([4, 0, 1]) as [State, State, State, State];
      const dispute = await game.challengeChain(game.chain([opening, first]), alice);
      await expect(game.checkpointChain(game.chain([second, third]), dispute))
        .to.emit(adjudicator, "BondForfeited")
        .withArgs(game.id, alice.participant, BOND);
      expect(await adjudicator.held(accountDestination(bob.participant), NATIVE)).to.equal(BOND);
    });

    it("takes the bond of such a challenger and the answerer's own later move in one transaction", async () => {
      const { adjudicator, alice, bob } = sluice;
      const game = await fundedGame({}, BOND);
      const states = game.plays([4, 0, 1, 2]);
      const [opening, first, second, third, fourth] = states as [State, State, State, State, State];
      const dispute = await game.challengeChain(game.chain([opening, first]), alice);
      const proof = game.chain([second, third]);
      const answer = game.answer(third, fourth);
      const calls = [
        { ...proof, dispute },
        { ...answer, dispute: game.stopped(third) },
      ].map((call) =>
        adjudicator.interface.encodeFunctionData("checkpointWithProof", [
          game.terms,
          call.dispute,
          call.candidate,
          call.proof,
          call.signatures,
        ]),
      );
      await adjudicator.connect(bob.account).multicall(calls);
      expect(await adjudicator.held(accountDestination(bob.participant), NATIVE)).to.equal(BOND);
      expect(await adjudicator.recordOf(game.id)).to.equal(disputeHashOf(game.stopped(fourth)));
    });
  });

  describe("a game inside a ledger channel", () => {
    it("keeps its money while the ledger is settled under it, and pays when it is over itself", async () => {
      const { adjudicator, alice, bob } = sluice;
      const game = await TestGame.create(sluice, [alice, bob]);
      const ledger = new TestChannel(sluice, [alice, bob]);
      await ledger.fundNative(5n * ETHER);
      const allocated = ledger.state(7n, [
        split(NATIVE, [alice, 2n * ETHER], [bob, ETHER], [channelDestination(game.id), game.total]),
      ]);
      const ledgerDispute = await ledger.challenge(allocated);
      const states = game.plays(FIRST_WINS);
      const middle = await game.challengeChain(game.chain(states.slice(1, 3)), bob);

      await time.increaseTo(ledgerDispute.finalizesAt);
      await expect(adjudicator.settle(ledger.id, allocated, ledgerDispute)).to.changeEtherBalances(
        [alice.account, bob.account],
        [2n * ETHER, ETHER],
      );
      expect(await game.held()).to.equal(game.total);
      await game.checkpointChain(game.answer(states[2]!, states[3]!), middle);
      const won = await game.challengeChain(game.chain(states.slice(-2)), alice, game.stopped(states[3]!));
      await expect(settle(game, states[5]!, won)).to.changeEtherBalances(
        [alice.account, bob.account],
        [game.total, 0n],
      );
    });
  });

  /** Alice starts, against Bob. */
  function fundedGame(pot: Partial<Pot> = {}, bond = 0n): Promise<TestGame> {
    return TestGame.funded(sluice, [sluice.alice, sluice.bob], { bond }, pot);
  }

  /** Expects the last two states of a game to be enough to be paid, with nobody answering. */
  async function expectPaid(game: TestGame, states: readonly State[], amounts: [bigint, bigint]): Promise<void> {
    const last = states[states.length - 1]!;
    const dispute = await game.challengeChain(game.chain(states.slice(-2)), game.moverOf(last));
    await expect(settle(game, last, dispute)).to.changeEtherBalances(
      [sluice.alice.account, sluice.bob.account],
      amounts,
    );
  }
});
