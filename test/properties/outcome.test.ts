import { expect } from "chai";
import fc from "fast-check";
import { ethers } from "hardhat";
import { decodeOutcome, encodeOutcome, SluiceError, type AssetOutcome, type Hex } from "../../src";
import type { ReferenceHarness } from "../../typechain-types";
import { outcome } from "./arbitraries";
import { revertOf } from "./reverts";
import { runs, USUAL_RUNS } from "./runs";

type Mutation = (valid: Uint8Array, at: number, byte: number) => Uint8Array;

/** Ways to damage an encoded outcome. Some leave it valid: what counts is that both sides say the same. */
const MUTATIONS: Record<string, Mutation> = {
  "flips a byte": (valid, at, byte) => valid.map((value, i) => (i === at % valid.length ? value ^ byte : value)),
  "cuts the end": (valid, at) => valid.slice(0, at % (valid.length + 1)),
  "cuts the start": (valid, at) => valid.slice(at % (valid.length + 1)),
  "appends bytes": (valid, at, byte) => Buffer.concat([valid, Buffer.alloc((at % 90) + 1, byte)]),
  "doubles a part": (valid, at) => Buffer.concat([valid.slice(0, at % valid.length), valid]),
  "repeats everything": (valid) => Buffer.concat([valid, valid]),
  "swaps two parts": (valid, at) => Buffer.concat([valid.slice(at % valid.length), valid.slice(0, at % valid.length)]),
  "zeroes a destination": (valid) => Buffer.from(valid).fill(0, 21, 53),
  "changes a count": (valid, _, byte) => valid.map((value, i) => (i === 20 ? byte : value)),
  "takes a header for a group": (valid, at) => Buffer.concat([valid, Buffer.alloc(20, at), Buffer.alloc(1)]),
};

describe("outcomes, in assembly, in plain Solidity and in TypeScript", () => {
  let harness: ReferenceHarness;

  before(async () => {
    harness = await ethers.deployContract("ReferenceHarness");
  });

  it("are read by the contracts as TypeScript wrote them", async () => {
    await fc.assert(
      fc.asyncProperty(outcome, async (value) => {
        const encoded = encodeOutcome(value);
        expect(plain(await harness.readOutcome(encoded))).to.deep.equal(value);
        expect(decodeOutcome(encoded)).to.deep.equal(value);
        const allocations = value.reduce((sum, group) => sum + group.allocations.length, 0);
        expect(await harness.countAllocations(encoded)).to.equal(allocations);
      }),
      runs(USUAL_RUNS),
    );
  });

  for (const [name, mutate] of Object.entries(MUTATIONS)) {
    it(`are accepted by all or by none when somebody ${name}`, async () => {
      const damage = fc.tuple(outcome, fc.nat(5_000), fc.integer({ min: 1, max: 255 }));
      await fc.assert(
        fc.asyncProperty(damage, async ([value, at, byte]) => {
          const valid = Buffer.from(encodeOutcome(value).slice(2), "hex");
          if (valid.length > 0) await expectSameAnswer(mutate(valid, at, byte));
        }),
        runs(USUAL_RUNS),
      );
    });
  }

  it("are accepted by all or by none whatever the bytes", async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (bytes) => {
        await expectSameAnswer(bytes);
      }),
      runs(USUAL_RUNS),
    );
  });

  it("are refused by all with 65 allocations, accepted with 64", async () => {
    const destination = Buffer.alloc(32, 1);
    const group = (count: number): Uint8Array =>
      Buffer.concat([
        Buffer.alloc(20),
        Buffer.from([count]),
        ...Array<Buffer>(count).fill(Buffer.concat([destination, destination])),
      ]);
    expect(await expectSameAnswer(group(64))).to.equal(true);
    expect(await expectSameAnswer(group(65))).to.equal(false);
    expect(await expectSameAnswer(group(255))).to.equal(false);
  });

  async function expectSameAnswer(bytes: Uint8Array): Promise<boolean> {
    const encoded: Hex = `0x${Buffer.from(bytes).toString("hex")}`;
    const expected = await harness.isValidOutcome(encoded);
    const accepted = await accepts(encoded);
    expect(accepted, `Solidity on ${encoded}`).to.equal(expected);
    expect(decodes(encoded), `TypeScript on ${encoded}`).to.equal(expected);
    return accepted;
  }

  async function accepts(encoded: Hex): Promise<boolean> {
    try {
      await harness.requireValidOutcome(encoded);
      return true;
    } catch (error) {
      expect(revertOf(error)).to.match(/^Outcome/);
      return false;
    }
  }
});

function decodes(encoded: Hex): boolean {
  try {
    return encodeOutcome(decodeOutcome(encoded)) === encoded;
  } catch (error) {
    if (error instanceof SluiceError) return false;
    throw error;
  }
}

function plain(groups: Awaited<ReturnType<ReferenceHarness["readOutcome"]>>): AssetOutcome[] {
  return groups.map(({ asset, allocations }) => ({
    asset: asset as AssetOutcome["asset"],
    allocations: allocations.map(({ destination, amount }) => ({
      destination: destination as AssetOutcome["allocations"][number]["destination"],
      amount,
    })),
  }));
}
