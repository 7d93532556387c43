import { expect } from "chai";
import fc from "fast-check";
import { formatUnits } from "ethers";
import { NATIVE } from "../../../src";
import { formatAmount, parseAmount, parseAsset, parseUnit } from "../../../src/cli/amounts";
import { BOB } from "../../support/memoryNode";

const ETH = parseUnit("eth", {});

describe("amounts on the command line", () => {
  it("are whole coins of 18 decimals for eth", () => {
    expect(parseAmount("1.5", ETH)).to.equal(1_500_000_000_000_000_000n);
    expect(parseAmount("0.000000000000000001", ETH)).to.equal(1n);
    expect(parseAmount("007", ETH)).to.equal(7n * 10n ** 18n);
  });

  it("are whole coins of the given decimals for a token", () => {
    expect(parseAmount("1.5", parseUnit(BOB, { decimals: "6" }))).to.equal(1_500_000n);
    expect(parseAmount("3", parseUnit(BOB, { decimals: "0" }))).to.equal(3n);
  });

  it("are in the smallest unit if they are raw", () => {
    expect(parseAmount("15", parseUnit("eth", { raw: true }))).to.equal(15n);
    expect(parseAmount("15", parseUnit(BOB, { raw: true }))).to.equal(15n);
  });

  it("are the same when they are written and read again, whatever they are", () => {
    fc.assert(
      fc.property(fc.bigInt(0n, 2n ** 256n - 1n), fc.integer({ min: 0, max: 77 }), (amount, decimals) => {
        const unit = { asset: BOB, decimals };
        expect(parseAmount(formatUnits(amount, decimals).replace(/\.0$/, ""), unit)).to.equal(amount);
      }),
    );
  });

  const wrong: Readonly<Record<string, string>> = {
    "0.0000000000000000001": "more decimals than the 18",
    "1.": "not an amount",
    ".5": "not an amount",
    "-1": "not an amount",
    "+1": "not an amount",
    "1e3": "not an amount",
    "1,000": "not an amount",
    "0x10": "not an amount",
    "": "not an amount",
    [(2n ** 256n).toString()]: "more than there can be",
  };
  for (const [text, message] of Object.entries(wrong)) {
    it(`are refused, not rounded, if they are "${text}"`, () => {
      expect(() => parseAmount(text, ETH))
        .to.throw(message)
        .with.property("code", "ARGUMENT_INVALID");
    });
  }

  it("have no fraction if they are raw", () => {
    expect(() => parseAmount("1.5", parseUnit("eth", { raw: true }))).to.throw("more decimals than the 0");
  });

  it("of a token need its decimals", () => {
    expect(() => parseUnit(BOB, {})).to.throw("How many decimals");
    expect(() => parseUnit(BOB, { decimals: "78" })).to.throw("not a number of decimals");
    expect(() => parseUnit(BOB, { decimals: "-1" })).to.throw("not a number of decimals");
  });

  it("are of eth or of an address", () => {
    expect(parseAsset("ETH")).to.equal(NATIVE);
    expect(parseAsset(BOB.toLowerCase())).to.equal(BOB);
    expect(() => parseAsset("usdc"))
      .to.throw()
      .with.property("code", "ADDRESS_INVALID");
  });

  it("are shown exactly", () => {
    expect(formatAmount(1n, NATIVE)).to.equal("0.000000000000000001 eth");
    expect(formatAmount(2n * 10n ** 18n, NATIVE)).to.equal("2 eth");
    expect(formatAmount(1_500_000n, BOB)).to.equal(`1500000 × ${BOB}`);
  });
});
