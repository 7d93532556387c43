import { setCode } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { concat, dataSlice, id, type ContractTransactionResponse } from "ethers";
import { ethers } from "hardhat";
import {
  accountDestination,
  MAX_ALLOCATIONS,
  MAX_PARTICIPANTS,
  NATIVE,
  toAddress,
  type Address,
  type AssetOutcome,
} from "../../../src";
import { mined } from "../../../scripts/lib/transactions";
import { conclude, disputeAndSettle, totalHeld } from "../../support/money";
import { addressOf, createActor, freshSluice, split, TestChannel, type Sluice } from "../../support/sluice";

/** A quarter of a block of 30 million gas. */
const QUARTER_BLOCK = 7_500_000n;

/** The code of an account that burns all the gas it gets. */
const INVALID = "0xfe";

/**
 * 64 accounts that burn all the gas they get. Each is a key that delegates to a contract of its own (EIP-7702), which
 * costs whoever calls it more than a contract does.
 */
async function burners(): Promise<Address[]> {
  const addresses: Address[] = [];
  for (let i = 0; i < MAX_ALLOCATIONS; i++) {
    const [account, delegate] = [`burner ${i}`, `delegate ${i}`].map((name) => toAddress(dataSlice(id(name), 12)));
    await setCode(delegate!, INVALID);
    await setCode(account!, concat(["0xef0100", delegate!]));
    addresses.push(account!);
  }
  return addresses;
}

/** Pays one wei to each burner. */
async function nativeOutcome(): Promise<AssetOutcome[]> {
  const shares = (await burners()).map((address) => [accountDestination(address), 1n] as const);
  return [split(NATIVE, ...shares)];
}

/** A channel of as many participants as there may be. */
function crowd(sluice: Sluice): TestChannel {
  const { account } = sluice.alice;
  const actors = Array.from({ length: MAX_PARTICIPANTS }, (_, i) => createActor(`participant ${i}`, account));
  return new TestChannel(sluice, actors, { bond: 1n });
}

/** Funds a channel with one each of 64 tokens, all of which then start to burn all gas, and pays each to a stranger. */
async function tokensOutcome(sluice: Sluice, channel: TestChannel): Promise<AssetOutcome[]> {
  const assets: Address[] = [];
  for (let i = 0; i < MAX_ALLOCATIONS; i++) {
    const asset = await addressOf(await ethers.deployContract("OddToken"));
    await sluice.adjudicator.deposit(channel.id, asset, 0n, 1n);
    await setCode(asset, INVALID);
    assets.push(asset);
  }
  const recipients = await burners();
  return assets
    .sort((a, b) => (BigInt(a) < BigInt(b) ? -1 : 1))
    .map((asset, i) => split(asset, [accountDestination(recipients[i]!), 1n]));
}

async function gasOf(sending: Promise<ContractTransactionResponse>): Promise<bigint> {
  return (await mined(sending)).gasUsed;
}

describe("Payout", () => {
  describe("the largest outcome", () => {
    it("concludes inside a quarter of a block though every recipient burns its gas (threat 18)", async () => {
      const sluice = await freshSluice();
      const channel = crowd(sluice);
      await channel.fundNative(64n);
      expect(await gasOf(conclude(channel, await nativeOutcome()))).to.be.lessThan(QUARTER_BLOCK);
      expect(await totalHeld(sluice.adjudicator, NATIVE)).to.equal(64n);
    });

    it("settles inside a quarter of a block though every recipient burns its gas (threat 18)", async () => {
      const sluice = await freshSluice();
      const channel = crowd(sluice);
      await channel.fundNative(64n);
      expect(await gasOf(disputeAndSettle(channel, await nativeOutcome()))).to.be.lessThan(QUARTER_BLOCK);
    });

    for (const [verb, close] of [
      ["concludes", conclude],
      ["settles", disputeAndSettle],
    ] as const) {
      it(`${verb} inside a quarter of a block when money is missing besides (threat 18)`, async () => {
        const sluice = await freshSluice();
        const channel = crowd(sluice);
        await channel.fundNative(64n);
        const [{ allocations }] = (await nativeOutcome()) as [AssetOutcome];
        const last = allocations.at(-1)!;
        const outcome = [{ asset: NATIVE, allocations: [...allocations.slice(0, -1), { ...last, amount: 2n }] }];
        expect(await gasOf(close(channel, outcome))).to.be.lessThan(QUARTER_BLOCK);
      });
    }

    it("concludes inside a quarter of a block though each of 64 tokens burns its gas (threat 18)", async () => {
      const sluice = await freshSluice();
      const channel = crowd(sluice);
      expect(await gasOf(conclude(channel, await tokensOutcome(sluice, channel)))).to.be.lessThan(QUARTER_BLOCK);
    });

    it("settles inside a quarter of a block though each of 64 tokens burns its gas (threat 18)", async () => {
      const sluice = await freshSluice();
      const channel = crowd(sluice);
      expect(await gasOf(disputeAndSettle(channel, await tokensOutcome(sluice, channel)))).to.be.lessThan(
        QUARTER_BLOCK,
      );
    });
  });
});
