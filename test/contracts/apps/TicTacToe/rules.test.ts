import { expect } from "chai";
import fc from "fast-check";
import { NATIVE, ticTacToe, type Hex, type SignedState, type State } from "../../../../src";
import type { TicTacToe } from "../../../../typechain-types";
import { addressOf, ETHER, freshSluice, split, TestChannel, type Sluice } from "../../../support/sluice";
import { DRAW, FIRST_WINS, TestGame } from "../../../support/ticTacToe";

const LINES = [
  [0, 1, 2],
  [3, 4, 5],
  [6, 7, 8],
  [0, 3, 6],
  [1, 4, 7],
  [2, 5, 8],
  [0, 4, 8],
  [2, 4, 6],
];

describe("TicTacToe", () => {
  let sluice: Sluice;
  let app: TicTacToe;
  let game: TestGame;

  beforeEach(async () => {
    sluice = await freshSluice();
    app = sluice.ticTacToe;
    game = await TestGame.create(sluice, [sluice.alice, sluice.bob]);
  });

  describe("hasThree", () => {
    it("is true for exactly the sets of fields that hold a row, a column or a diagonal", async () => {
      const wrong: number[] = [];
      for (let marks = 0; marks < 512; marks++) {
        const expected = LINES.some((line) => line.every((field) => (marks >> field) & 1));
        if ((await app.hasThree(marks)) !== expected) wrong.push(marks);
      }
      expect(wrong).to.deep.equal([]);
    });
  });

  describe("requireSupported", () => {
    it("accepts a move that marks an empty field", async () => {
      await expect(ask(game.opening, ticTacToe.play(game.opening, 4))).not.to.be.reverted;
    });

    it("refuses a channel with a third player", async () => {
      const { alice, bob, carol } = sluice;
      const three = new TestChannel(sluice, [alice, bob, carol], { app: game.terms.app });
      const move = ticTacToe.play(game.opening, 4);
      const candidate = { state: move, signers: 7n };
      await expect(
        app.requireSupported(three.id, three.terms, [{ state: game.opening, signers: 7n }], candidate, false),
      )
        .to.be.revertedWithCustomError(app, "PlayersNotTwo")
        .withArgs(3);
    });

    it("refuses a move on a state without position", async () => {
      const move = { ...ticTacToe.play(game.opening, 4), version: 1n };
      await expect(ask(game.funding, move)).to.be.revertedWithCustomError(app, "PositionMalformed").withArgs(224, 0);
    });

    it("refuses bytes beyond the position, for which the opponent would have to pay", async () => {
      await refuses(({ appData }) => ({ appData: `${appData}00` as Hex }), "PositionMalformed", 224, 225);
    });

    it("refuses a position that is cut off", async () => {
      await refuses(({ appData }) => ({ appData: appData.slice(0, -2) as Hex }), "PositionMalformed", 224, 223);
    });

    it("refuses a position that does not decode", async () => {
      const move = ticTacToe.play(game.opening, 4);
      const appData = `0x01${move.appData.slice(4)}` as Hex;
      await expect(ask(game.opening, { ...move, appData })).to.be.revertedWithoutReason();
    });

    it("refuses another asset", async () => {
      const asset = await addressOf(sluice.token);
      await refuses((move) => ({ appData: changed(move, { asset }) }), "StakesChanged");
    });

    it("refuses another destination of a player", async () => {
      const { destinations } = game.playedFor;
      const stolen = [destinations[0], sluice.mallory.destination] as const;
      await refuses((move) => ({ appData: changed(move, { destinations: stolen }) }), "StakesChanged");
    });

    it("refuses other stakes", async () => {
      await refuses((move) => ({ appData: changed(move, { stakes: [2n * ETHER, 0n] }) }), "StakesChanged");
    });

    it("refuses a move after a win, whoever won", async () => {
      const { alice, bob } = sluice;
      await refusesAfter(FIRST_WINS);
      game = await TestGame.create(sluice, [bob, alice]);
      await refusesAfter(FIRST_WINS);
    });

    it("refuses a move after a draw", async () => {
      await refusesAfter(DRAW);
    });

    const mover: [string, number][] = [
      ["no mark at all", 0],
      ["two marks at once", 0b11],
      ["a mark outside the board", 0x200],
    ];
    for (const [what, marks] of mover) {
      it(`refuses ${what}`, async () => {
        await refusesMarks(game.opening, marks, 0);
      });
    }

    it("refuses a mark on a field of the opponent", async () => {
      await refusesMarks(ticTacToe.play(game.opening, 4), 1 << 4, 1 << 4);
    });

    it("refuses a move that takes back a mark of its own", async () => {
      const [, , previous] = game.plays([4, 0]);
      await refusesMarks(previous!, 0, 1);
    });

    it("refuses a move that shifts a mark of its own", async () => {
      const [, , previous] = game.plays([4, 0]);
      await refusesMarks(previous!, 1 << 8, 1);
    });

    it("refuses a mark for the opponent", async () => {
      await refusesMarks(game.opening, 1, 1 << 3);
    });

    it("refuses a move that takes back a mark of the opponent", async () => {
      await refusesMarks(ticTacToe.play(game.opening, 4), 1, 0);
    });

    it("refuses an outcome that pays other than the position, and says what it pays", async () => {
      const move = ticTacToe.play(game.opening, 4);
      await expect(ask(game.opening, { ...move, outcome: game.opening.outcome }))
        .to.be.revertedWithCustomError(app, "OutcomeWrong")
        .withArgs(move.outcome, game.opening.outcome);
    });

    it("refuses to pay a draw to whoever made the last move", async () => {
      const states = game.plays(DRAW);
      const [previous, draw] = states.slice(-2) as [State, State];
      const taken = { ...draw, outcome: states[7]!.outcome };
      await expect(ask(previous, taken)).to.be.revertedWithCustomError(app, "OutcomeWrong");
    });

    it("refuses an outcome with a further payment", async () => {
      const { outcome } = game.state(0n, [split(NATIVE, [sluice.mallory, ETHER])]);
      await refuses((move) => ({ outcome: `${move.outcome}${outcome.slice(2)}` as Hex }), "OutcomeWrong");
    });
  });

  describe("and its player's side", () => {
    it("agree on random games, move by move, and on random changes of a move", async () => {
      const byte = fc.record({ at: fc.nat(), value: fc.integer({ min: 1, max: 255 }) });
      const change = fc.record({ where: fc.constantFrom("outcome", "appData", "version" as const), byte });
      const fields = fc.shuffledSubarray([0, 1, 2, 3, 4, 5, 6, 7, 8], { minLength: 1 });
      const stakes = fc.tuple(fc.bigInt(0n, ETHER), fc.bigInt(0n, ETHER));
      await fc.assert(
        fc.asyncProperty(fields, stakes, change, async (order, amounts, { where, byte }) => {
          let previous = ticTacToe.openingState({ ...game.playedFor, stakes: amounts });
          for (const field of order) {
            if (ticTacToe.resultOf(ticTacToe.decodeGame(previous.appData)) !== "open") break;
            const move = ticTacToe.play(previous, field);
            await expectBoth(previous, move, true);
            await expectBoth(previous, mutated(move, where, byte.at, byte.value), false);
            previous = move;
          }
        }),
        { numRuns: 30 },
      );
    });
  });

  /** Asks about a move on a state that both players signed. */
  async function ask(previous: State, move: State): Promise<void> {
    const candidate: SignedState = game.signed(move, game.moverOf(move));
    await game.requireSupported({ candidate, proof: [game.signed(previous)] });
  }

  /** Expects a mutation of the valid first move to be refused. */
  async function refuses(mutate: (move: State) => Partial<State>, error: string, ...args: unknown[]): Promise<void> {
    const move = ticTacToe.play(game.opening, 4);
    const refusal = expect(ask(game.opening, { ...move, ...mutate(move) })).to.be.revertedWithCustomError(app, error);
    await (args.length === 0 ? refusal : refusal.withArgs(...args));
  }

  async function refusesAfter(fields: readonly number[]): Promise<void> {
    const last = game.plays(fields)[fields.length]!;
    const next = { ...last, version: last.version + 1n };
    await expect(ask(last, next)).to.be.revertedWithCustomError(app, "GameOver");
  }

  /** Expects a position to be refused in which the next mover and its opponent have these marks. */
  async function refusesMarks(previous: State, movers: number, opponents: number): Promise<void> {
    const before = ticTacToe.decodeGame(previous.appData).marks;
    const first = ticTacToe.nextMover(previous) === 0;
    const marks: [number, number] = first ? [movers, opponents] : [opponents, movers];
    const next = { ...previous, version: previous.version + 1n, appData: changed(previous, { marks }) };
    await expect(ask(previous, next)).to.be.revertedWithCustomError(app, "MoveInvalid").withArgs(before, marks);
  }

  function changed(state: State, change: Partial<ticTacToe.Game>): Hex {
    return ticTacToe.encodeGame({ ...ticTacToe.decodeGame(state.appData), ...change });
  }

  async function expectBoth(previous: State, move: State, accepted: boolean): Promise<void> {
    const client = () => ticTacToe.requireMove(previous, move);
    if (accepted) {
      expect(client).not.to.throw();
      await expect(ask(previous, move)).not.to.be.reverted;
    } else {
      expect(client).to.throw().with.property("code", "MOVE_INVALID");
      await expect(ask(previous, move)).to.be.reverted;
    }
  }

  function mutated(state: State, where: "outcome" | "appData" | "version", at: number, xor: number): State {
    if (where === "version") return { ...state, version: state.version + BigInt(xor) };
    const bytes = Buffer.from(state[where].slice(2), "hex");
    bytes[at % bytes.length]! ^= xor;
    return { ...state, [where]: `0x${bytes.toString("hex")}` };
  }
});
