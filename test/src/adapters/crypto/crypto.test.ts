import { expect } from "chai";
import { computeAddress, id, SigningKey, toBeHex } from "ethers";
import fc from "fast-check";
import { recoverSigner, signDigest, toAddress, type CompactSignature, type Hex } from "../../../../src";
import * as native from "../../../../src/adapters/crypto/native";
import * as pure from "../../../../src/adapters/crypto/pure";
import { hex, word } from "../../../properties/arbitraries";
import { runs } from "../../../properties/runs";

const ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
const PARITY = 1n << 255n;
const ADAPTERS = { native, pure };
const RUNS = 50;

const ALICE = id("Alice") as Hex;
const BOB = id("Bob") as Hex;
const DIGEST = id("digest") as Hex;

const number32 = (min: bigint, max: bigint): fc.Arbitrary<Hex> => fc.bigInt(min, max).map((n) => toBeHex(n, 32) as Hex);
/** Keys, the smallest and the largest among them. */
const privateKey = fc.oneof(number32(1n, ORDER - 1n), number32(1n, 3n), number32(ORDER - 3n, ORDER - 1n));
/** Digests, some of them beyond the order of the curve. */
const digest = fc.oneof(word, number32(ORDER - 2n, 2n ** 256n - 1n), number32(0n, 2n));

const MALFORMED_WORDS: Record<string, Hex> = {
  "31 bytes": `0x${"11".repeat(31)}`,
  "33 bytes": `0x${"11".repeat(33)}`,
  "half a byte too much": `0x${"1".repeat(65)}`,
  "no bytes": "0x",
  "no hex": `0x${"zz".repeat(32)}`,
};

const DAMAGES: Record<string, (signature: CompactSignature) => CompactSignature> = {
  none: (signature) => signature,
  "the wrong parity": ({ r, vs }) => ({ r, vs: toBeHex(BigInt(vs) ^ PARITY, 32) as Hex }),
  "the s of its twin": ({ r, vs }) => {
    const s = ORDER - (BigInt(vs) % PARITY);
    return { r, vs: toBeHex(s, 32) as Hex };
  },
  "an s just above half the order": ({ r }) => ({ r, vs: toBeHex(ORDER / 2n + 1n, 32) as Hex }),
  "a zero r": ({ vs }) => ({ r: toBeHex(0, 32) as Hex, vs }),
  "a zero s": ({ r }) => ({ r, vs: toBeHex(0, 32) as Hex }),
  "an r beyond the order": ({ vs }) => ({ r: toBeHex(ORDER + 1n, 32) as Hex, vs }),
  "an r that is no point": ({ vs }) => ({ r: toBeHex(5, 32) as Hex, vs }),
  "r and s exchanged": ({ r, vs }) => ({ r: vs, vs: r }),
  "a short r": ({ r, vs }) => ({ r: r.slice(0, -2) as Hex, vs }),
  "a long vs": ({ r, vs }) => ({ r, vs: `${vs}00` }),
  "half a byte in r": ({ r, vs }) => ({ r: `${r}0`, vs }),
  "no 0x": ({ r, vs }) => ({ r: r.slice(2) as Hex, vs }),
  "no hex": ({ r, vs }) => ({ r, vs: vs.replace(/.$/, "g") as Hex }),
  "nothing in it": () => ({ r: "0x", vs: "0x" }),
};

describe("signatures of the native and the pure adapter", () => {
  it("are those of ethers, and both adapters accept them", () => {
    fc.assert(
      fc.property(privateKey, digest, (key, digest) => {
        const expected = signDigest(new SigningKey(key), digest);
        for (const { createSigner, verifySignature } of Object.values(ADAPTERS)) {
          const signer = createSigner(key);
          expect(signer.address).to.equal(computeAddress(key));
          expect(signer.sign(digest)).to.deep.equal(expected);
          expect(verifySignature(signer.address, digest, expected)).to.equal(true);
        }
      }),
      runs(RUNS),
    );
  });

  it("get one verdict from both adapters and from ethers, whatever is signed and whoever claims it", () => {
    const claim = fc.record({ key: fc.constantFrom(ALICE, BOB), digest: fc.constantFrom(DIGEST, id("other") as Hex) });
    fc.assert(
      fc.property(claim, claim, fc.constantFrom(...Object.values(DAMAGES)), (signed, claimed, damage) => {
        const signature = damage(signDigest(new SigningKey(signed.key), signed.digest));
        const signer = toAddress(computeAddress(claimed.key));
        const expected = recovers(claimed.digest, signature, signer);
        expect(native.verifySignature(signer, claimed.digest, signature)).to.equal(expected);
        expect(pure.verifySignature(signer, claimed.digest, signature)).to.equal(expected);
      }),
      runs(2 * RUNS),
    );
  });

  it("get one verdict from both adapters and from ethers when they are random numbers", () => {
    const wordLike = fc.oneof(word, word, digest, hex(31), hex(33));
    fc.assert(
      fc.property(fc.record({ r: wordLike, vs: wordLike }), (signature) => {
        const signer = recovered(DIGEST, signature) ?? computeAddress(ALICE);
        const expected = recovers(DIGEST, signature, signer);
        expect(native.verifySignature(toAddress(signer), DIGEST, signature)).to.equal(expected);
        expect(pure.verifySignature(toAddress(signer), DIGEST, signature)).to.equal(expected);
      }),
      runs(2 * RUNS),
    );
  });

  for (const [name, { createSigner, verifySignature }] of Object.entries(ADAPTERS)) {
    describe(`of the ${name} adapter`, () => {
      const alice = createSigner(ALICE);
      const bob = createSigner(BOB);
      const signature = alice.sign(DIGEST);

      it("are accepted in either case of the digits", () => {
        const shouted = { r: upper(signature.r), vs: upper(signature.vs) };
        expect(verifySignature(alice.address, upper(DIGEST), shouted)).to.equal(true);
      });

      it("count for nobody else and nothing else", () => {
        expect(verifySignature(bob.address, DIGEST, signature)).to.equal(false);
        expect(verifySignature(alice.address, id("other") as Hex, signature)).to.equal(false);
      });

      for (const [damage, spoil] of Object.entries(DAMAGES).filter(([damage]) => damage !== "none")) {
        it(`are refused with ${damage}, before and after a good one of the same signer`, () => {
          expect(verifySignature(alice.address, DIGEST, spoil(signature))).to.equal(false);
          expect(verifySignature(alice.address, DIGEST, signature)).to.equal(true);
          expect(verifySignature(alice.address, DIGEST, spoil(signature))).to.equal(false);
        });
      }

      for (const [what, malformed] of Object.entries(MALFORMED_WORDS)) {
        it(`are refused for a digest of ${what}, and none is made`, () => {
          expect(verifySignature(alice.address, malformed, signature)).to.equal(false);
          expect(() => alice.sign(malformed))
            .to.throw()
            .with.property("code", "HEX_INVALID");
        });
      }

      const keys = { ...MALFORMED_WORDS, zero: toBeHex(0, 32) as Hex, "the order": toBeHex(ORDER, 32) as Hex };
      for (const [what, key] of Object.entries(keys)) {
        it(`are not made with a key of ${what}, which no message shows`, () => {
          expect(() => createSigner(key))
            .to.throw(/^This is not a private key\. [^0]*$/)
            .with.property("code", "KEY_INVALID");
        });
      }
    });
  }
});

function recovers(digest: Hex, signature: CompactSignature, signer: string): boolean {
  return recovered(digest, signature) === signer;
}

function recovered(digest: Hex, signature: CompactSignature): string | undefined {
  try {
    return recoverSigner(digest, signature);
  } catch {
    return undefined;
  }
}

function upper(hex: Hex): Hex {
  return `0x${hex.slice(2).toUpperCase()}`;
}
