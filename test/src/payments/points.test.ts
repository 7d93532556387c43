import { SigningKey } from "ethers";
import { expect } from "chai";
import fc from "fast-check";
import type { Hex } from "../../../src";
import {
  isCompressedPoint,
  isPointKey,
  isScalar,
  routeKeys,
  scalarKey,
  tweakFrom,
  tweakKey,
  tweakScalar,
  untweakScalar,
} from "../../../src/payments";
import { runs } from "../../properties/runs";
import { refusal } from "../wire/refusal";

const ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
const scalar = fc.bigInt({ min: 1n, max: ORDER - 1n });
const NO_POINT: Hex = `0x${"00".repeat(31)}05`; // 5^3 + 7 is no square

/** The compressed point of a scalar, by another library than the one that is tested. */
function pointOf(value: bigint): string {
  return SigningKey.computePublicKey(`0x${value.toString(16).padStart(64, "0")}`, true).slice(2);
}

/** What the `ScalarRegistry` takes for a key. */
function expectOpens(value: bigint, key: Hex): void {
  expect(pointOf(value)).to.equal(`02${key.slice(2)}`);
}

describe("locks on points along a route", () => {
  it("open one after the other once the payee shows its scalar, and prove the payment to the payer", () => {
    fc.assert(
      fc.property(scalar, fc.array(scalar, { minLength: 1, maxLength: 6 }), (payee, tweaks) => {
        const invoiced = scalarKey(payee);
        const keys = routeKeys(invoiced, tweaks);
        let shown = payee;
        for (let hop = tweaks.length - 1; hop >= 0; hop--) {
          const outgoing = keys[hop + 1] ?? invoiced;
          expect(tweakKey(outgoing, tweaks[hop]!)).to.equal(keys[hop]);
          shown = tweakScalar(shown, tweaks[hop]!);
          expectOpens(shown, keys[hop]!);
        }
        const learned = tweaks.reduce(
          (known, tweak, hop) => untweakScalar(keys[hop + 1] ?? invoiced, tweak, known),
          shown,
        );
        expectOpens(learned, invoiced);
      }),
      runs(50),
    );
  });

  it("open for either scalar of a key", () => {
    fc.assert(
      fc.property(scalar, scalar, (known, tweak) => {
        const key = scalarKey(known);
        expect(scalarKey(ORDER - known)).to.equal(key);
        expect(tweakScalar(ORDER - known, tweak)).to.equal(tweakScalar(known, tweak));
        expectOpens(untweakScalar(key, tweak, ORDER - tweakScalar(known, tweak)), key);
      }),
      runs(50),
    );
  });

  it("stay shut for a hop that is skipped", () => {
    const [first, , third] = routeKeys(scalarKey(11n), [5n, 6n, 7n]);
    const learned = tweakScalar(11n, 7n);
    expectOpens(learned, third!);
    expect(scalarKey(tweakScalar(learned, 5n))).to.not.equal(first);
  });

  it("are refused for what is no point, no scalar, or of another lock", () => {
    const key = scalarKey(11n);
    const REFUSED = [
      () => tweakKey(NO_POINT, 1n),
      () => tweakKey("0x12", 1n),
      () => tweakKey(key, 0n),
      () => tweakKey(key, ORDER),
      () => tweakScalar(0n, 1n),
      () => tweakScalar(ORDER, 1n),
      () => tweakScalar(1n, -1n),
      () => scalarKey(0n),
      () => tweakFrom(new Uint8Array(32)),
      () => untweakScalar(key, 7n, 12n),
      () => untweakScalar(key, 7n, 7n),
      () => untweakScalar(key, 0n, 11n),
    ];
    for (const act of REFUSED) expect(refusal(act)).to.include({ code: "KEY_INVALID" });
  });

  it("are refused when a tweak takes the key away", () => {
    const one = scalarKey(1n); // the generator, whose y is even
    expect(refusal(() => tweakKey(one, ORDER - 1n))).to.include({ code: "KEY_INVALID" });
    expect(refusal(() => tweakScalar(1n, ORDER - 1n))).to.include({ code: "KEY_INVALID" });
  });

  it("take tweaks from chance", () => {
    expect(tweakFrom(new Uint8Array(32).fill(1))).to.equal(BigInt(`0x${"01".repeat(32)}`));
    expect(refusal(() => tweakFrom(new Uint8Array(32).fill(255)))).to.include({ code: "KEY_INVALID" });
  });
});

describe("points and scalars", () => {
  it("are told from other bytes and numbers", () => {
    const x = pointOf(1n).slice(2);
    expect(isPointKey(`0x${x}`)).to.equal(true);
    expect(isPointKey(NO_POINT)).to.equal(false);
    expect(isPointKey(`0x02${x}`)).to.equal(false);
    expect(isCompressedPoint(`0x03${x}`)).to.equal(true);
    expect(isCompressedPoint(`0x04${x}`)).to.equal(false);
    expect(isCompressedPoint(`0x${x}`)).to.equal(false);
    expect([0n, 1n, ORDER - 1n, ORDER, -1n].map(isScalar)).to.deep.equal([false, true, true, false, false]);
  });
});
