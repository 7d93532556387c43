import { expect } from "chai";
import { concat, MaxUint256, toBeHex } from "ethers";
import { ethers } from "hardhat";
import {
  encodeOutcome,
  everyone,
  NATIVE,
  payOut,
  signDigest,
  sortParticipants,
  toAddress,
  type Address,
  type CompactSignature,
  type Destination,
  type Hex,
} from "../../../src";
import type { LibraryHarness } from "../../../typechain-types";
import { crowd } from "../../support/disputes";
import { freshSluice, split, TestChannel, type Actor } from "../../support/sluice";

const TOKEN = toAddress(toBeHex(0x70, 20));
const LAST = toAddress(`0x${"ff".repeat(20)}`);
const DIGEST: Hex = `0x${"d1".repeat(32)}`;
const to = (n: number): Destination => toBeHex(n, 32) as Hex as Destination;
const payments = (asset: Address, count: number): Hex =>
  encodeOutcome([split(asset, ...Array.from({ length: count }, (_, i) => [to(i + 1), BigInt(i)] as const))]);

/** Huge amounts as they are read: `2^256 - 1`. */
const show = (amount: bigint): string => (amount > 2n ** 255n ? `2^256 - ${2n ** 256n - amount}` : `${amount}`);

async function harness(): Promise<LibraryHarness> {
  await freshSluice();
  return ethers.deployContract("LibraryHarness");
}

describe("OutcomeLib", () => {
  const outcome = encodeOutcome([split(NATIVE, [to(1), 5n], [to(2), MaxUint256]), split(LAST, [to(3), 0n])]);

  it("reads the headers of all groups", async () => {
    const library = await harness();
    expect(await library.header(outcome, 0)).to.deep.equal([NATIVE, 149n]);
    expect(await library.header(outcome, 149)).to.deep.equal([LAST, 234n]);
  });

  it("reads allocations", async () => {
    const library = await harness();
    expect(await library.allocation(outcome, 21)).to.deep.equal([to(1), 5n]);
    expect(await library.allocation(outcome, 85)).to.deep.equal([to(2), MaxUint256]);
    expect(await library.allocation(outcome, 170)).to.deep.equal([to(3), 0n]);
  });

  it("counts allocations", async () => {
    const library = await harness();
    expect(await library.count(outcome)).to.equal(3n);
    expect(await library.count("0x")).to.equal(0n);
  });

  for (const [what, valid] of [
    ["nothing", "0x"],
    ["two assets", outcome],
    ["64 payments of one asset", payments(NATIVE, 64)],
    ["64 payments of two assets", concat([payments(NATIVE, 32), payments(TOKEN, 32)])],
    ["64 assets", encodeOutcome(Array.from({ length: 64 }, (_, i) => split(toAddress(toBeHex(i, 20)), [to(1), 1n])))],
  ] as const) {
    it(`accepts ${what} (threat 18)`, async () => {
      await expect((await harness()).requireValidOutcome(valid)).not.to.be.reverted;
    });
  }

  it("refuses every outcome that is cut off (threat 18)", async () => {
    const library = await harness();
    const whole = encodeOutcome([split(NATIVE, [to(1), 5n])]);
    for (let length = 1; length < 85; length++) {
      await expect(library.requireValidOutcome(whole.slice(0, 2 + 2 * length)))
        .to.be.revertedWithCustomError(library, "OutcomeMalformed")
        .withArgs(0);
    }
  });

  it("refuses the zero destination wherever it stands (threat 18)", async () => {
    const library = await harness();
    for (const position of [0, 1, 2]) {
      const destinations = [1, 2, 3].map((n, i) => toBeHex(i === position ? 0 : n, 32));
      const packed = concat([NATIVE, "0x03", ...destinations.flatMap((d) => [d, toBeHex(1, 32)])]);
      await expect(library.requireValidOutcome(packed))
        .to.be.revertedWithCustomError(library, "OutcomeDestinationZero")
        .withArgs(21);
    }
  });

  for (const [what, long, count] of [
    ["in two groups", [33, 32], 65],
    ["in groups as long as can be", [255, 255], 510],
  ] as const) {
    it(`refuses too many payments ${what} (threat 18)`, async () => {
      const library = await harness();
      const group = (asset: Address, n: number): string =>
        concat([asset, toBeHex(n, 1), ...new Array<string>(n * 2).fill(toBeHex(1, 32))]);
      await expect(library.requireValidOutcome(concat([group(NATIVE, long[0]), group(TOKEN, long[1])])))
        .to.be.revertedWithCustomError(library, "OutcomeTooLong")
        .withArgs(count, 64);
    });
  }
});

describe("Payout", () => {
  for (const [owed, held] of [
    [0n, 0n],
    [5n, 0n],
    [5n, 4n],
    [5n, 5n],
    [5n, 6n],
    [MaxUint256, MaxUint256 - 1n],
    [MaxUint256 - 1n, MaxUint256],
  ] as const) {
    it(`pays ${show(owed)} out of ${show(held)} as the engine does`, async () => {
      const expected = payOut([split(NATIVE, [to(1), owed])], () => held).payments[0];
      expect(await (await harness()).payment(owed, held)).to.equal(expected);
    });
  }

  for (const [amounts, held, expected] of [
    [[6n, 4n], 10n, [10n, true]],
    [[6n, 4n], 11n, [10n, true]],
    [[6n, 4n], 9n, [0n, false]],
    [[0n, 0n], 0n, [0n, true]],
    [[MaxUint256, 1n], MaxUint256, [0n, false]],
    [[MaxUint256, MaxUint256], MaxUint256, [0n, false]],
  ] as const) {
    it(`says that ${amounts.map(show).join(" and ")} out of ${show(held)} cost ${expected.join(", in full: ")}`, async () => {
      const packed = encodeOutcome([split(NATIVE, [to(1), amounts[0]], [to(2), amounts[1]])]);
      expect(await (await harness()).cost(packed, 0, 149, held)).to.deep.equal(expected);
    });
  }
});

describe("SignatureLib", () => {
  async function people(count: number): Promise<{ library: LibraryHarness; channel: TestChannel }> {
    const sluice = await freshSluice();
    return {
      library: await ethers.deployContract("LibraryHarness"),
      channel: new TestChannel(sluice, crowd(sluice, count)),
    };
  }

  const sign = (actors: readonly Actor[]): CompactSignature[] => actors.map(({ key }) => signDigest(key, DIGEST));

  for (const count of [0, 2, 3, 32]) {
    it(`names everyone of ${count}`, async () => {
      const { library, channel } = await people(count);
      expect(await library.everyone(channel.terms.participants)).to.equal(everyone(channel.terms));
    });
  }

  it("accepts every subset of three participants with its signatures, in order", async () => {
    const { library, channel } = await people(3);
    for (let signers = 0; signers < 8; signers++) {
      const actors = channel.actors.filter((_, i) => (signers >> i) & 1);
      const used = library.requireSigned(channel.terms.participants, signers, DIGEST, sign(actors), 0);
      expect(await used).to.equal(BigInt(actors.length));
    }
  });

  it("starts after the signatures that were used", async () => {
    const { library, channel } = await people(2);
    const signatures = sign([channel.actors[1]!, ...channel.actors]);
    expect(await library.requireSigned(channel.terms.participants, 3, DIGEST, signatures, 1)).to.equal(3n);
  });

  it("refuses signatures in another order than the participants", async () => {
    const { library, channel } = await people(2);
    const [first, second] = channel.terms.participants;
    await expect(library.requireSigned(channel.terms.participants, 3, DIGEST, sign([...channel.actors].reverse()), 0))
      .to.be.revertedWithCustomError(library, "SignerWrong")
      .withArgs(0, first, second);
  });

  it("never takes one signature for two participants (threat 7)", async () => {
    const { library, channel } = await people(2);
    const once = sign([channel.actors[0]!, channel.actors[0]!]);
    await expect(library.requireSigned(channel.terms.participants, 3, DIGEST, once, 0))
      .to.be.revertedWithCustomError(library, "SignerWrong")
      .withArgs(1, channel.terms.participants[1], channel.terms.participants[0]);
  });

  it("refuses signer sets that name the 256th", async () => {
    const { library, channel } = await people(2);
    await expect(library.requireSigned(channel.terms.participants, 2n ** 255n, DIGEST, [], 0))
      .to.be.revertedWithCustomError(library, "SignersOutOfRange")
      .withArgs(2n ** 255n, 2);
  });

  it("never matches a zero participant, though a bad signature recovers to zero (threat 6)", async () => {
    const { library, channel } = await people(2);
    const participants = sortParticipants([NATIVE, channel.terms.participants[0]!]);
    const nothing = { r: toBeHex(0, 32), vs: toBeHex(0, 32) };
    await expect(library.requireSigned(participants, 1, DIGEST, [nothing], 0))
      .to.be.revertedWithCustomError(library, "ParticipantsNotAscending")
      .withArgs(0);
  });
});
