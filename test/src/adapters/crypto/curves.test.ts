import { expect } from "chai";
import fc from "fast-check";
import { secp256k1 } from "@noble/curves/secp256k1";
import { numberToBytesBE } from "@noble/curves/utils";
import { nativeCurve } from "../../../../src/adapters/crypto/nativeOnion";
import { pureCurve } from "../../../../src/payments/onion/curve";
import { runs } from "../../../properties/runs";

const { ORDER } = secp256k1.Point.Fn;
const scalar = fc.bigInt({ min: 1n, max: ORDER - 1n }).map((value) => numberToBytesBE(value, 32));
const digest = fc.uint8Array({ minLength: 32, maxLength: 32 });

describe("the native curve and the one in JavaScript", () => {
  it("agree on who signed", () => {
    fc.assert(
      fc.property(scalar, scalar, digest, digest, (key, other, signed, foreign) => {
        const signature = secp256k1.sign(signed, key, { prehash: false, lowS: true }).toBytes("compact");
        const high = signature.slice();
        high.set(numberToBytesBE(ORDER - BigInt(`0x${Buffer.from(signature.subarray(32)).toString("hex")}`), 32), 32);
        const [mine, theirs] = [key, other].map((one) => pureCurve.publicKeyOf(one)) as [Uint8Array, Uint8Array];
        for (const curve of [nativeCurve, pureCurve]) {
          expect(curve.verify(signature, signed, mine)).to.equal(true);
          expect(curve.verify(high, signed, mine), "the other one of two signatures").to.equal(false);
          expect(curve.verify(signature, signed, theirs)).to.equal(Buffer.compare(key, other) === 0);
          expect(curve.verify(signature, foreign, mine)).to.equal(Buffer.compare(signed, foreign) === 0);
        }
      }),
      runs(30),
    );
  });
});
