import { expect } from "chai";
import { applyChange, combine, outcomeOf, sameChange, shareOf, type Change } from "../../../src/engine/change";
import { SluiceError } from "../../../src/errors";
import { encodeOutcome } from "../../../src/protocol/outcome";
import { FINAL_VERSION, NATIVE, type Destination, type State } from "../../../src/protocol/types";
import { TOKEN } from "./world/world";

const ALICE = `0x${"0a".repeat(32)}` as Destination;
const BOB = `0x${"0b".repeat(32)}` as Destination;
const CAROL = `0x${"0c".repeat(32)}` as Destination;

const base: State = {
  version: 4n,
  outcome: encodeOutcome([
    {
      asset: NATIVE,
      allocations: [
        { destination: ALICE, amount: 10n },
        { destination: BOB, amount: 5n },
      ],
    },
  ]),
  appData: "0x01",
};

function give(amount: bigint, from = ALICE, to = BOB): Change {
  return { transfers: [{ asset: NATIVE, from, to, amount }], final: false };
}

function sharesOf(state: State): unknown {
  return outcomeOf(state).map(({ asset, allocations }) => [asset, allocations.map(({ amount }) => amount)]);
}

describe("a change", () => {
  it("moves shares and keeps the data of the app", () => {
    const state = applyChange(base, 5n, give(3n));
    expect(state.version).to.equal(5n);
    expect(state.appData).to.equal("0x01");
    expect(sharesOf(state)).to.deep.equal([[NATIVE, [7n, 8n]]]);
  });

  it("leaves out whoever has nothing left, and takes in whoever is new", () => {
    const state = applyChange(base, 5n, give(10n, ALICE, CAROL));
    expect(outcomeOf(state)[0]!.allocations).to.deep.equal([
      { destination: BOB, amount: 5n },
      { destination: CAROL, amount: 10n },
    ]);
  });

  it("reads the same from its outcome as it has divided", () => {
    const state = applyChange(base, 5n, give(3n));
    expect(outcomeOf({ ...state })).to.deep.equal(outcomeOf(state));
  });

  it("takes the last version when it is final, and changes the data of the app when it says so", () => {
    const state = applyChange(base, 5n, { transfers: [], final: true, appData: "0x02" });
    expect(state).to.deep.equal({ version: FINAL_VERSION, outcome: base.outcome, appData: "0x02" });
  });

  it("joins what one destination has in two allocations", () => {
    const allocations = [ALICE, BOB, ALICE].map((destination) => ({ destination, amount: 5n }));
    const twice = { ...base, outcome: encodeOutcome([{ asset: NATIVE, allocations }]) };
    expect(shareOf(twice, NATIVE, ALICE)).to.equal(10n);
    expect(sharesOf(applyChange(twice, 5n, give(8n)))).to.deep.equal([[NATIVE, [2n, 13n]]]);
  });

  it("gives nothing that is not there, and nothing or less", () => {
    for (const [amount, code] of [
      [11n, "FUNDS_INSUFFICIENT"],
      [0n, "AMOUNT_OUT_OF_RANGE"],
      [-1n, "AMOUNT_OUT_OF_RANGE"],
    ] as const) {
      expect(() => applyChange(base, 5n, give(amount)))
        .to.throw(SluiceError)
        .with.property("code", code);
    }
    const foreign = { transfers: [{ asset: TOKEN, from: ALICE, to: BOB, amount: 1n }], final: false };
    expect(() => applyChange(base, 5n, foreign)).to.throw("only 0");
  });

  it("does to a state together what it does one after the other", () => {
    const both = combine(combine(give(3n), give(2n)), give(1n, BOB, CAROL));
    expect(both.transfers).to.have.length(2);
    const apart = [give(3n), give(2n), give(1n, BOB, CAROL)].reduce((state, one) => applyChange(state, 5n, one), base);
    expect(applyChange(base, 5n, both)).to.deep.equal(apart);
  });

  it("is the same as another one to the letter, or another one", () => {
    expect(sameChange(give(3n), give(3n))).to.equal(true);
    const others = [
      give(2n),
      give(3n, BOB, ALICE),
      { ...give(3n), final: true },
      { ...give(3n), appData: "0x" as const },
    ];
    for (const other of others) expect(sameChange(give(3n), other)).to.equal(false);
  });
});
