import { expect } from "chai";
import { ethers } from "hardhat";
import {
  disputeHashOf,
  NATIVE,
  NO_DISPUTE,
  NO_SIGNATURE,
  stateHashOf,
  toHex,
  type AssetOutcome,
  type Destination,
} from "../../../src";
import type { Reenterer } from "../../../typechain-types";
import {
  ANYWHERE,
  conclude,
  deployReenterer,
  destinationOf,
  disputeAndSettle,
  expectHeldEqualsLogs,
} from "../../support/money";
import { addressOf, freshSluice, split, TestChannel, type Sluice } from "../../support/sluice";

/** Every function that is guarded, with a call that gets as far as the guard. */
function guardedCalls({ adjudicator }: Sluice): Record<string, string> {
  const { interface: abi } = adjudicator;
  const terms = { participants: [], nonce: ethers.ZeroHash, app: NATIVE, challengePeriod: 1n, bond: 0n };
  const state = { version: 1n, outcome: "0x", appData: "0x" };
  return {
    deposit: abi.encodeFunctionData("deposit", [ANYWHERE, NATIVE, 0n, 1n]),
    fund: abi.encodeFunctionData("fund", [ANYWHERE, 0n, [], []]),
    withdraw: abi.encodeFunctionData("withdraw", [NATIVE, NATIVE, 1n]),
    release: abi.encodeFunctionData("release", [ethers.ZeroHash, NATIVE, []]),
    conclude: abi.encodeFunctionData("conclude", [terms, state, []]),
    paySurplus: abi.encodeFunctionData("paySurplus", [terms, state, [], ethers.ZeroHash]),
    settle: abi.encodeFunctionData("settle", [ethers.ZeroHash, state, NO_DISPUTE]),
    collect: abi.encodeFunctionData("collect", [ethers.ZeroHash, state, []]),
    multicall: abi.encodeFunctionData("multicall", [[abi.encodeFunctionData("withdraw", [NATIVE, NATIVE, 1n])]]),
  };
}

const GUARDED = [
  "deposit",
  "fund",
  "withdraw",
  "release",
  "conclude",
  "paySurplus",
  "settle",
  "collect",
  "multicall",
] as const;

/** Somewhere a hostile contract gets control: as recipient of a payment, or as payer or payee of a token with hooks. */
interface Opening {
  readonly name: string;
  readonly enter: (sluice: Sluice, reenterer: Reenterer) => Promise<unknown>;
}

const OPENINGS: readonly Opening[] = [
  { name: "conclude", enter: async (sluice, reenterer) => conclude(...(await payingNative(sluice, reenterer))) },
  { name: "settle", enter: async (sluice, reenterer) => disputeAndSettle(...(await payingNative(sluice, reenterer))) },
  {
    name: "withdraw",
    enter: async ({ adjudicator, alice }, reenterer) => {
      await adjudicator.depositNative(alice.destination, 0n, { value: 10n });
      return adjudicator.connect(alice.account).withdraw(NATIVE, reenterer, 10n);
    },
  },
  {
    name: "release",
    enter: async ({ adjudicator }, reenterer) => {
      const escrow = await ethers.deployContract("TestEscrow", [adjudicator]);
      const terms = { escrow: await addressOf(escrow), destination: await destinationOf(reenterer) };
      const coder = ethers.AbiCoder.defaultAbiCoder();
      const held = ethers.keccak256(coder.encode(["address", "bytes32"], [terms.escrow, ethers.ZeroHash]));
      await adjudicator.depositNative(held, 0n, { value: 10n });
      return escrow.release(ethers.ZeroHash, NATIVE, [{ destination: terms.destination, amount: 10n }]);
    },
  },
  { name: "deposit of a token that calls its payer", enter: depositHooked },
  {
    name: "settlement in a token that calls its payee",
    enter: async (sluice, reenterer) => {
      const token = await ethers.deployContract("HookToken");
      await token.mint(sluice.alice.account, 10n);
      await token.connect(sluice.alice.account).approve(sluice.adjudicator, 10n);
      const channel = new TestChannel(sluice, [sluice.alice, sluice.bob]);
      await sluice.adjudicator.connect(sluice.alice.account).deposit(channel.id, token, 0n, 10n);
      await token.hook(reenterer);
      return conclude(channel, [split(await addressOf(token), [await destinationOf(reenterer), 10n])]);
    },
  },
];

async function payingNative(sluice: Sluice, reenterer: Reenterer): Promise<[TestChannel, readonly AssetOutcome[]]> {
  const channel = new TestChannel(sluice, [sluice.alice, sluice.bob]);
  await channel.fundNative(10n);
  return [channel, [split(NATIVE, [await destinationOf(reenterer), 6n], [sluice.bob, 4n])]];
}

async function depositHooked({ adjudicator }: Sluice, reenterer: Reenterer): Promise<unknown> {
  const token = await ethers.deployContract("HookToken");
  await token.mint(reenterer, 10n);
  await token.hook(reenterer);
  await reenterer.execute(token, token.interface.encodeFunctionData("approve", [adjudicator.target, 10n]));
  const data = adjudicator.interface.encodeFunctionData("deposit", [ANYWHERE, token.target, 0n, 10n]);
  return reenterer.execute(adjudicator, data);
}

describe("AssetHolder", () => {
  describe("reentrancy", () => {
    for (const { name, enter } of OPENINGS) {
      for (const inner of GUARDED) {
        it(`refuses ${inner} during a ${name} (threat 12)`, async () => {
          const sluice = await freshSluice();
          const data = guardedCalls(sluice)[inner]!;
          const reenterer = await deployReenterer(sluice, data);
          const refusal = sluice.adjudicator.interface.encodeErrorResult("ReentrancyGuardReentrantCall");
          await expect(enter(sluice, reenterer))
            .to.emit(reenterer, "Called")
            .withArgs(data.slice(0, 10), false, refusal);
          await expectHeldEqualsLogs(sluice.adjudicator);
        });
      }
    }

    it("pays the others in full around a recipient that re-enters (threat 12)", async () => {
      const sluice = await freshSluice();
      const reenterer = await deployReenterer(sluice, guardedCalls(sluice)["conclude"]!);
      const [channel, outcome] = await payingNative(sluice, reenterer);
      await expect(conclude(channel, outcome)).to.changeEtherBalances(
        [reenterer, sluice.bob.account, sluice.adjudicator],
        [6n, 4n, -10n],
      );
    });

    it("credits a native deposit made while being paid, once (threat 12)", async () => {
      const sluice = await freshSluice();
      const { adjudicator } = sluice;
      const data = adjudicator.interface.encodeFunctionData("depositNative", [ANYWHERE, 0n]);
      const reenterer = await deployReenterer(sluice, data);
      const [channel, outcome] = await payingNative(sluice, reenterer);
      await expect(conclude(channel, outcome)).to.emit(reenterer, "Called").withArgs(data.slice(0, 10), true, "0x");
      expect(await adjudicator.held(channel.id, NATIVE)).to.equal(0n);
      await expectHeldEqualsLogs(adjudicator);
    });

    for (const name of ["challenge", "checkpoint"] as const) {
      it(`lets nobody ${name} a channel while it pays its last outcome (threat 12)`, async () => {
        const sluice = await freshSluice();
        const { adjudicator, alice, bob } = sluice;
        const reenterer = await ethers.deployContract("Reenterer");
        const channel = new TestChannel(sluice, [alice, bob]);
        await channel.fundNative(10n);
        const outcome = [split(NATIVE, [await destinationOf(reenterer), 10n])];
        const newer = channel.state(2n, [split(NATIVE, [alice, 10n])]);
        const data =
          name === "challenge"
            ? adjudicator.interface.encodeFunctionData(name, [
                channel.terms,
                NO_DISPUTE,
                newer,
                channel.sign(newer),
                NO_SIGNATURE,
              ])
            : adjudicator.interface.encodeFunctionData(name, [channel.terms, NO_DISPUTE, newer, channel.sign(newer)]);
        await reenterer.plan(adjudicator, data);
        const settling = await disputeAndSettle(channel, outcome);
        const offered = disputeHashOf(NO_DISPUTE);
        const record = await adjudicator.recordOf(channel.id);
        const refusal = adjudicator.interface.encodeErrorResult("RecordMismatch", [channel.id, record, offered]);
        await expect(settling).to.emit(reenterer, "Called").withArgs(data.slice(0, 10), false, refusal);
      });
    }

    it("shows the final balances inside a payment (threat 12)", async () => {
      const sluice = await freshSluice();
      const { adjudicator } = sluice;
      const inside = ethers.id("a channel that is paid too") as Destination;
      const channel = new TestChannel(sluice, [sluice.alice, sluice.bob]);
      await channel.fundNative(10n);
      const views = [channel.id, inside].map((id) => adjudicator.interface.encodeFunctionData("held", [id, NATIVE]));
      const reenterer = await deployReenterer(sluice, ...views);
      const outcome = [split(NATIVE, [await destinationOf(reenterer), 6n], [inside, 3n], [sluice.bob, 1n])];
      const selector = views[0]!.slice(0, 10);
      await expect(conclude(channel, outcome))
        .to.emit(reenterer, "Called")
        .withArgs(selector, true, ethers.toBeHex(0n, 32))
        .and.to.emit(reenterer, "Called")
        .withArgs(selector, true, ethers.toBeHex(3n, 32));
    });

    it("shows the final record inside a payment (threat 12)", async () => {
      const sluice = await freshSluice();
      const { adjudicator } = sluice;
      const channel = new TestChannel(sluice, [sluice.alice, sluice.bob]);
      await channel.fundNative(10n);
      const data = adjudicator.interface.encodeFunctionData("recordOf", [channel.id]);
      const reenterer = await deployReenterer(sluice, data);
      const outcome = [split(NATIVE, [await destinationOf(reenterer), 6n], [sluice.bob, 5n])];
      const settling = disputeAndSettle(channel, outcome);
      await settling;
      const record = await adjudicator.recordOf(channel.id);
      expect(
        await adjudicator.isFinal(channel.id, stateHashOf(channel.id, channel.state(1n, outcome)), [0n, 1n]),
      ).to.equal(true);
      await expect(settling).to.emit(reenterer, "Called").withArgs(data.slice(0, 10), true, toHex(record, 32));
    });
  });
});
