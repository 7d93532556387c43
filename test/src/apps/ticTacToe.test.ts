import { expect } from "chai";
import fc from "fast-check";
import {
  encodeOutcome,
  FINAL_VERSION,
  NATIVE,
  SluiceError,
  ticTacToe,
  type Destination,
  type Hex,
  type State,
} from "../../../src";

const ALICE = `0x${"a1".padStart(64, "0")}` as Destination;
const BOB = `0x${"b0".padStart(64, "0")}` as Destination;
const TERMS: ticTacToe.Terms = { asset: NATIVE, destinations: [ALICE, BOB], stakes: [3n, 5n] };
const DRAW = [0, 1, 2, 4, 3, 5, 7, 6, 8];

/** Player 0 starts: version 1 is the opening, so version 2 is the move of participant 0. */
const opening = ticTacToe.openingState(TERMS);

function playAll(fields: readonly number[], from: State = opening): State {
  return fields.reduce(ticTacToe.play, from);
}

function resultAfter(fields: readonly number[]): ticTacToe.Result {
  return ticTacToe.resultOf(ticTacToe.decodeGame(playAll(fields).appData));
}

function pays(first: bigint, second: bigint): Hex {
  const allocations = [
    { destination: ALICE, amount: first },
    { destination: BOB, amount: second },
  ];
  return encodeOutcome([{ asset: NATIVE, allocations }]);
}

function expectRefused(action: () => unknown, message: RegExp, code = "MOVE_INVALID"): void {
  expect(action).to.throw(SluiceError, message).with.property("code", code);
}

describe("ticTacToe", () => {
  describe("encodeGame and decodeGame", () => {
    it("are inverse to each other", () => {
      const stake = fc.bigInt({ min: 0n, max: 2n ** 255n - 1n });
      const marks = fc.integer({ min: 0, max: 0xffff });
      fc.assert(
        fc.property(stake, stake, marks, marks, (a, b, x, o) => {
          const game: ticTacToe.Game = { ...TERMS, stakes: [a, b], marks: [x, o] };
          expect(ticTacToe.decodeGame(ticTacToe.encodeGame(game))).to.deep.equal(game);
        }),
      );
    });

    it("refuse bytes beyond a position", () => {
      expectRefused(() => ticTacToe.decodeGame(`${opening.appData}00`), /224 bytes, not 225/);
    });

    it("refuse the empty data of a state that is no position", () => {
      expectRefused(() => ticTacToe.decodeGame("0x"), /224 bytes, not 0/);
    });

    it("refuse unclean upper bits, which the contract would not decode", () => {
      const unclean = `0x01${opening.appData.slice(4)}` as Hex;
      expectRefused(() => ticTacToe.decodeGame(unclean), /not the encoding/);
    });
  });

  describe("fundingState", () => {
    it("returns the stakes at version 0", () => {
      expect(ticTacToe.fundingState(TERMS)).to.deep.equal({ version: 0n, outcome: pays(3n, 5n), appData: "0x" });
    });

    it("cannot be played on", () => {
      expectRefused(() => ticTacToe.play(ticTacToe.fundingState(TERMS), 0), /224 bytes/);
    });
  });

  describe("openingState", () => {
    it("returns the stakes and holds an empty board", () => {
      expect(opening.outcome).to.equal(pays(3n, 5n));
      expect(ticTacToe.decodeGame(opening.appData)).to.deep.equal({ ...TERMS, marks: [0, 0] });
    });

    it("lets its version decide who starts", () => {
      expect(ticTacToe.nextMover(ticTacToe.openingState(TERMS, 1n))).to.equal(0);
      expect(ticTacToe.nextMover(ticTacToe.openingState(TERMS, 2n))).to.equal(1);
    });

    it("refuses version 0, which is the funding state's", () => {
      expectRefused(() => ticTacToe.openingState(TERMS, 0n), /version 0/, "VERSION_OUT_OF_RANGE");
    });

    it("refuses a version that leaves no room for nine moves", () => {
      const last = FINAL_VERSION - 10n;
      expect(playAll(DRAW, ticTacToe.openingState(TERMS, last)).version).to.equal(FINAL_VERSION - 1n);
      expectRefused(() => ticTacToe.openingState(TERMS, last + 1n), /cannot open/, "VERSION_OUT_OF_RANGE");
    });

    it("refuses stakes whose sum no outcome can hold", () => {
      const stakes = [2n ** 255n, 2n ** 255n] as const;
      expectRefused(() => ticTacToe.openingState({ ...TERMS, stakes }), /sum of the stakes/, "AMOUNT_OUT_OF_RANGE");
    });
  });

  describe("play", () => {
    it("marks the field for the player whose turn it is and raises the version by one", () => {
      const state = playAll([4, 0]);
      expect(state.version).to.equal(3n);
      expect(ticTacToe.decodeGame(state.appData).marks).to.deep.equal([1 << 4, 1 << 0]);
    });

    it("pays everything to whoever moved, until the other answers", () => {
      expect(playAll([4]).outcome).to.equal(pays(8n, 0n));
      expect(playAll([4, 0]).outcome).to.equal(pays(0n, 8n));
    });

    it("returns the stakes when the board is full without three in a row", () => {
      expect(playAll(DRAW).outcome).to.equal(pays(3n, 5n));
    });

    it("pays everything to a player that wins with the ninth move", () => {
      expect(playAll([0, 1, 2, 3, 4, 5, 7, 6, 8]).outcome).to.equal(pays(8n, 0n));
    });

    it("refuses a taken field", () => {
      expectRefused(() => playAll([4, 4]), /Field 4 is taken/);
    });

    for (const field of [-1, 9, 1.5, NaN]) {
      it(`refuses field ${field}`, () => {
        expectRefused(() => playAll([field]), /There is no field/);
      });
    }

    it("refuses a move after a win", () => {
      expectRefused(() => playAll([0, 3, 1, 4, 2, 5]), /over/);
    });

    it("refuses a move after a draw", () => {
      expectRefused(() => playAll([...DRAW, 0]), /over/);
    });

    it("refuses a move that would need the version of a final state", () => {
      expectRefused(() => ticTacToe.play({ ...opening, version: FINAL_VERSION - 1n }, 0), /no version left/);
    });
  });

  describe("resultOf", () => {
    it("is open while somebody can win", () => {
      expect(resultAfter([0, 3, 1, 4])).to.equal("open");
    });

    it("is a draw when the board is full without three in a row", () => {
      expect(resultAfter(DRAW)).to.equal("draw");
    });

    it("names the winner", () => {
      expect(resultAfter([0, 3, 1, 4, 2])).to.equal(0);
      expect(resultAfter([8, 3, 0, 4, 1, 5])).to.equal(1);
    });
  });

  describe("requireMove", () => {
    const next = playAll([4]);

    it("tells which field was marked", () => {
      expect(ticTacToe.requireMove(opening, next)).to.equal(4);
    });

    const mutations: [string, Partial<State>, RegExp][] = [
      ["a move that skips a turn", { version: next.version + 1n }, /version 3, not 2/],
      ["an outcome that keeps the stakes", { outcome: opening.outcome }, /does not pay/],
      ["a move that marks nothing", { appData: opening.appData }, /no field/],
      ["two marks at once", { appData: marked(0x3, 0) }, /no field/],
      ["a tenth field", { appData: marked(0x200, 0) }, /no field 9/],
      ["a mark for the opponent", { appData: marked(1, 2) }, /changes more/],
      [
        "other stakes",
        { appData: ticTacToe.encodeGame({ ...TERMS, stakes: [5n, 3n], marks: [1, 0] }) },
        /changes more/,
      ],
      ["bytes beyond the position", { appData: `${next.appData}00` }, /224 bytes/],
    ];
    for (const [what, change, message] of mutations) {
      it(`refuses ${what}`, () => {
        expectRefused(() => ticTacToe.requireMove(opening, { ...next, ...change }), message);
      });
    }

    function marked(first: number, second: number): Hex {
      return ticTacToe.encodeGame({ ...TERMS, marks: [first, second] });
    }
  });
});
