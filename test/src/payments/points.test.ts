import { id, SigningKey } from "ethers";
import { expect } from "chai";
import fc from "fast-check";
import type { Hex } from "../../../src";
import {
  incomingScalar,
  isCompressedPoint,
  isPointKey,
  isScalar,
  outgoingKey,
  outgoingScalar,
  scalarKey,
  tweakRoute,
} from "../../../src/payments";
import { runs } from "../../properties/runs";
import { refusal } from "../wire/refusal";

const ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
const NO_POINT: Hex = `0x${"00".repeat(31)}05`; // 5^3 + 7 is no square
const scalar = fc.bigInt({ min: 1n, max: ORDER - 1n });

const digitsOf = (value: bigint): string => value.toString(16).padStart(64, "0");
const bytesOf = (value: bigint): Uint8Array => Buffer.from(digitsOf(value), "hex");

/** Random bytes for a route, of which none takes another one off, as small numbers do. */
function chanceFrom(numbers: readonly bigint[]): Uint8Array[] {
  return numbers.map((number, i) => bytesOf(BigInt(id(`${i} ${number}`))));
}

/** The scalar is what the `ScalarRegistry` takes for the key, by another library than the one that is tested. */
function expectOpens(value: bigint, key: Hex): void {
  expect(SigningKey.computePublicKey(`0x${digitsOf(value)}`, true)).to.equal(`0x02${key.slice(2)}`);
}

describe("locks on points along a route", () => {
  it("lead each hop to the next one's key, and the payee to its own", () => {
    fc.assert(
      fc.property(scalar, fc.array(scalar, { minLength: 1, maxLength: 6 }), (payee, randoms) => {
        const locks = tweakRoute(scalarKey(payee), chanceFrom(randoms));
        const outgoing = locks.map(({ key, tweak }) => outgoingKey(key, tweak));
        expect(outgoing).to.deep.equal([...locks.slice(1).map(({ key }) => key), scalarKey(payee)]);
        expect(new Set([...outgoing, locks[0]!.key]).size).to.equal(locks.length + 1);
      }),
      runs(50),
    );
  });

  it("open one after the other once the payee shows its scalar, and prove the payment to the payer", () => {
    fc.assert(
      fc.property(scalar, fc.array(scalar, { minLength: 1, maxLength: 6 }), (payee, randoms) => {
        const locks = tweakRoute(scalarKey(payee), chanceFrom(randoms));
        const shown = locks.reduceRight((learned, { key, tweak }) => {
          const opens = incomingScalar(key, tweak, learned);
          expectOpens(opens, key);
          return opens;
        }, payee);
        const proof = locks.reduce((known, { tweak }) => outgoingScalar(known, tweak), shown);
        expectOpens(proof, scalarKey(payee));
      }),
      runs(50),
    );
  });

  it("open for either scalar of a key", () => {
    fc.assert(
      fc.property(scalar, scalar, (known, random) => {
        expect(scalarKey(ORDER - known)).to.equal(scalarKey(known));
        const [{ key, tweak }] = tweakRoute(scalarKey(known), chanceFrom([random])) as [
          ReturnType<typeof tweakRoute>[0],
        ];
        const opens = incomingScalar(key, tweak, known);
        expect(incomingScalar(key, tweak, ORDER - known)).to.equal(opens);
        expect(outgoingScalar(ORDER - opens, tweak)).to.equal(outgoingScalar(opens, tweak));
      }),
      runs(50),
    );
  });

  it("stay shut when a hop is skipped", () => {
    const [first, second, third] = tweakRoute(scalarKey(11n), [5n, 6n, 7n].map(bytesOf));
    const learned = incomingScalar(third!.key, third!.tweak, 11n);
    expect(refusal(() => incomingScalar(first!.key, first!.tweak, learned))).to.include({ code: "KEY_INVALID" });
    expectOpens(incomingScalar(second!.key, second!.tweak, learned), second!.key);
  });

  it("are refused for what is no point, no scalar, or of another lock", () => {
    const key = scalarKey(11n);
    const REFUSED = [
      () => outgoingKey(NO_POINT, 1n),
      () => outgoingKey("0x12", 1n),
      () => outgoingKey(key, 0n),
      () => outgoingKey(key, ORDER),
      () => outgoingScalar(0n, 1n),
      () => outgoingScalar(ORDER, 1n),
      () => outgoingScalar(1n, -1n),
      () => incomingScalar(key, 0n, 11n),
      () => incomingScalar(key, 7n, 0n),
      () => incomingScalar(key, 7n, 12n),
      () => incomingScalar(key, ORDER - 7n, 7n),
      () => scalarKey(0n),
      () => tweakRoute(NO_POINT, [bytesOf(1n)]),
      () => tweakRoute(key, [new Uint8Array(32)]),
      () => tweakRoute(key, [new Uint8Array(32).fill(255)]),
    ];
    for (const act of REFUSED) expect(refusal(act)).to.include({ code: "KEY_INVALID" });
  });

  it("are refused when a tweak takes the key away", () => {
    const generator = scalarKey(1n); // its y is even
    expect(refusal(() => outgoingKey(generator, 1n))).to.include({ code: "KEY_INVALID" });
    expect(refusal(() => outgoingScalar(1n, 1n))).to.include({ code: "KEY_INVALID" });
    expect(refusal(() => tweakRoute(generator, [bytesOf(ORDER - 1n)]))).to.include({ code: "KEY_INVALID" });
  });
});

describe("points and scalars", () => {
  it("are told from other bytes and numbers", () => {
    const x = scalarKey(1n).slice(2);
    expect(isPointKey(`0x${x}`)).to.equal(true);
    expect(isPointKey(NO_POINT)).to.equal(false);
    expect(isPointKey(`0x02${x}`)).to.equal(false);
    expect(isCompressedPoint(`0x03${x}`)).to.equal(true);
    expect(isCompressedPoint(`0x04${x}`)).to.equal(false);
    expect(isCompressedPoint(`0x${x}`)).to.equal(false);
    expect([0n, 1n, ORDER - 1n, ORDER, -1n].map(isScalar)).to.deep.equal([false, true, true, false, false]);
  });
});
