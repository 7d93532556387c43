import { expect } from "chai";
import { ethers } from "hardhat";
import { escrowDestination, NATIVE, toHex, type Destination } from "../../../src";
import type { TestEscrow } from "../../../typechain-types";
import {
  authorize,
  conclude,
  destinationOf,
  disputeAndSettle,
  expectHeldEqualsLogs,
  Manner,
  signOrder,
  totalHeld,
} from "../../support/money";
import { addressOf, freshSluice, split, TestChannel, type Sluice } from "../../support/sluice";

const TERMS = toHex(ethers.id("terms"));

interface Story {
  readonly sluice: Sluice;
  readonly escrow: TestEscrow;
}

/** Money comes in every way there is, moves through channels, an escrow and accounts, and partly leaves again. */
async function longStory(): Promise<Story> {
  const sluice = await freshSluice();
  const { adjudicator, token, alice, bob, mallory } = sluice;
  const asset = await addressOf(token);
  const escrow = await ethers.deployContract("TestEscrow", [adjudicator]);
  const escrowed = escrowDestination(await addressOf(escrow), TERMS);
  const refusing = await destinationOf(await ethers.deployContract("Recipient", [Manner.Revert]));
  const child = new TestChannel(sluice, [alice, bob]);
  const ledger = new TestChannel(sluice, [alice, bob], { bond: 3n });
  const ledgerDestination = ledger.id as string as Destination;
  const authorization = await authorize(sluice, alice, ledgerDestination, 60n);
  const { order } = await signOrder(sluice, bob, ledgerDestination, 40n, { expectedHeld: 60n });
  await adjudicator.fund(ledger.id, 0n, [authorization], [order], { value: 50n });
  await adjudicator.connect(bob.account).deposit(ledger.id, token, 100n, 5n);
  const old = ledger.state(1n, [split(NATIVE, [alice, 50n])]);
  const dispute = await ledger.challenge(old, alice);
  await ledger.checkpoint(ledger.state(2n, [split(NATIVE, [bob, 50n])]), dispute);
  const childDestination = child.id as string as Destination;
  await disputeAndSettle(new TestChannel(sluice, [alice, mallory]), [split(NATIVE, [mallory, 5n])]);
  const other = new TestChannel(sluice, [alice, bob]);
  await other.fundNative(90n);
  await other.fundToken(20n);
  await conclude(other, [
    split(NATIVE, [childDestination, 30n], [refusing, 20n], [escrowed, 40n]),
    split(asset, [alice, 8n], [escrowed, 12n]),
  ]);
  await conclude(child, [split(NATIVE, [alice, 20n], [bob, 30n])]);
  const payments = split(NATIVE, [bob, 10n], [childDestination, 25n], [refusing, 5n]).allocations;
  await escrow.release(TERMS, NATIVE, [...payments]);
  await adjudicator.depositNative(bob.destination, 0n, { value: 4n });
  await adjudicator.connect(bob.account).withdraw(NATIVE, bob.account, 3n);
  return { sluice, escrow };
}

describe("AssetHolder", () => {
  describe("the ledger, after money came, moved and left in every way", () => {
    it("equals its logs (INV-1)", async () => {
      const { sluice } = await longStory();
      await expectHeldEqualsLogs(sluice.adjudicator);
    });

    it("adds up to the tokens that the contract owns (INV-2)", async () => {
      const { sluice } = await longStory();
      const { adjudicator, token } = sluice;
      expect(await totalHeld(adjudicator, await addressOf(token))).to.equal(await token.balanceOf(adjudicator));
    });

    it("adds up to the native coin that the contract owns, when no bond is at stake (INV-2)", async () => {
      const { sluice } = await longStory();
      const { adjudicator } = sluice;
      expect(await totalHeld(adjudicator, NATIVE)).to.equal(await ethers.provider.getBalance(adjudicator));
    });

    it("pays one party the same whether another can be paid or not (INV-6)", async () => {
      const received: bigint[] = [];
      for (const manner of [Manner.Accept, Manner.Revert, Manner.BurnGas]) {
        const sluice = await freshSluice();
        const destination = await destinationOf(await ethers.deployContract("Recipient", [manner]));
        const channel = new TestChannel(sluice, [sluice.alice, sluice.bob]);
        await channel.fundNative(10n);
        const before = await ethers.provider.getBalance(sluice.carol.account);
        await conclude(channel, [split(NATIVE, [destination, 4n], [sluice.carol, 6n])]);
        received.push((await ethers.provider.getBalance(sluice.carol.account)) - before);
      }
      expect(received).to.deep.equal([6n, 6n, 6n]);
    });
  });
});
