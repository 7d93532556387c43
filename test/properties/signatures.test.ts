import { expect } from "chai";
import fc from "fast-check";
import { id, SigningKey, toBeHex } from "ethers";
import { ethers } from "hardhat";
import { recoverSigner, signDigest, SluiceError, toAddress, type CompactSignature, type Hex } from "../../src";
import type { ReferenceHarness } from "../../typechain-types";
import { word } from "./arbitraries";
import { revertOf } from "./reverts";
import { runs, USUAL_RUNS } from "./runs";

const ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
const HALF_ORDER = ORDER / 2n;

const KEYS = Array.from({ length: 6 }, (_, i) => new SigningKey(id(`key ${i}`)))
  .map((key) => ({ key, address: toAddress(ethers.computeAddress(key)) }))
  .sort((a, b) => (BigInt(a.address) < BigInt(b.address) ? -1 : 1));

type Damage = "none" | "high s" | "parity" | "other digest" | "zero r" | "swap" | "drop" | "extra";
const DAMAGES: Damage[] = ["none", "none", "high s", "parity", "other digest", "zero r", "swap", "drop", "extra"];

const attempt = fc.record({
  count: fc.integer({ min: 0, max: KEYS.length }),
  signers: fc.nat(127),
  digest: word,
  damage: fc.constantFrom(...DAMAGES),
  at: fc.nat(5),
  used: fc.nat(2),
  order: fc.constantFrom("ascending", "swapped", "repeated"),
});

describe("signatures, in assembly and in plain Solidity with OpenZeppelin's recovery", () => {
  let harness: ReferenceHarness;

  before(async () => {
    harness = await ethers.deployContract("ReferenceHarness");
  });

  it("count for both or for neither, with the same error", async () => {
    await fc.assert(
      fc.asyncProperty(attempt, async ({ count, signers, digest, damage, at, used, order }) => {
        const keys = arrange(KEYS.slice(0, count), order);
        const valid = keys.filter((_, i) => (signers >> i) & 1).map(({ key }) => signDigest(key, digest));
        const padding = Array.from({ length: used }, () => signDigest(KEYS[0]!.key, digest));
        const signatures = apply(damage, at, digest, [...padding, ...valid]);
        const addresses = keys.map(({ address }) => address);
        const actual = await answer(harness.requireSigned(addresses, signers, digest, signatures, used));
        const expected = await answer(harness.requireSignedPlainly(addresses, signers, digest, signatures, used));
        if (expected.startsWith("SignatureCountWrong")) expect(consumes(actual, signatures)).to.equal(false);
        else expect(actual).to.equal(expected);
      }),
      runs(2 * USUAL_RUNS),
    );
  });

  it("are recovered by TypeScript exactly when the contracts accept them", async () => {
    const [one, other] = KEYS.map(({ address }) => address);
    await fc.assert(
      fc.asyncProperty(word, fc.constantFrom(...DAMAGES), async (digest, damage) => {
        const [signature] = apply(damage, 0, digest, [signDigest(KEYS[0]!.key, digest)]);
        if (signature === undefined) return;
        const accepted = await answer(harness.requireSigned([one!, other!], 1n, digest, [signature], 0));
        expect(recovers(digest, signature, one!)).to.equal(accepted === "1");
      }),
      runs(USUAL_RUNS),
    );
  });

  it("just above half the order are refused by both, though they fit the compact form", async () => {
    const digest = id("digest") as Hex;
    const signature = { r: signDigest(KEYS[0]!.key, digest).r, vs: toBeHex(HALF_ORDER + 1n, 32) as Hex };
    const addresses = KEYS.map(({ address }) => address);
    await expect(harness.requireSigned(addresses, 1n, digest, [signature], 0))
      .to.be.revertedWithCustomError(harness, "SignatureMalleable")
      .withArgs(0n, signature.vs);
    expect(() => recoverSigner(digest, signature)).to.throw(SluiceError, "not a valid signature");
  });
});

/** What a call returned, or the error it reverted with. */
async function answer(call: Promise<bigint>): Promise<string> {
  try {
    return String(await call);
  } catch (error) {
    return revertOf(error);
  }
}

/** Whether the caller of the library would go on: it compares what was consumed with what there is. */
function consumes(result: string, signatures: readonly CompactSignature[]): boolean {
  return result === String(signatures.length);
}

function arrange<T>(keys: readonly T[], order: string): T[] {
  const [first, second, ...rest] = keys;
  if (first === undefined || second === undefined || order === "ascending") return [...keys];
  return order === "swapped" ? [second, first, ...rest] : [first, first, ...rest];
}

function apply(damage: Damage, at: number, digest: Hex, signatures: readonly CompactSignature[]): CompactSignature[] {
  if (damage === "extra") return [...signatures, signDigest(KEYS[0]!.key, digest)];
  if (damage === "drop") return signatures.slice(0, -1);
  if (damage === "swap") return [...signatures].reverse();
  return signatures.map((signature, i) =>
    i === at % signatures.length ? spoil(damage, digest, signature) : signature,
  );
}

function spoil(damage: Damage, digest: Hex, { r, vs }: CompactSignature): CompactSignature {
  const word = BigInt(vs);
  const top = 1n << 255n;
  if (damage === "high s") return { r, vs: toBeHex((HALF_ORDER + 1n + (word % 1_000n)) % top, 32) as Hex };
  if (damage === "parity") return { r, vs: toBeHex(word ^ top, 32) as Hex };
  if (damage === "zero r") return { r: toBeHex(0, 32) as Hex, vs };
  if (damage === "other digest") return signDigest(KEYS[1]!.key, id(digest) as Hex);
  return { r, vs };
}

function recovers(digest: Hex, signature: CompactSignature, signer: string): boolean {
  try {
    return recoverSigner(digest, signature) === signer;
  } catch (error) {
    if (error instanceof SluiceError && error.code === "SIGNATURE_WRONG") return false;
    throw error;
  }
}
