import { expect } from "chai";
import { ethers } from "hardhat";
import { escrowDestination, NATIVE, toHex, type Destination, type Hex } from "../../../src";
import type { TestEscrow } from "../../../typechain-types";
import { destinationOf, disputeAndSettle, Manner, MAX } from "../../support/money";
import { addressOf, freshSluice, split, TestChannel, type Sluice } from "../../support/sluice";

const TERMS = toHex(ethers.id("terms"));
const OTHER_TERMS = toHex(ethers.id("other terms"));

interface Escrowed extends Sluice {
  readonly escrow: TestEscrow;
  readonly destination: Destination;
}

/** An escrow that holds 10 wei and 10 tokens under `TERMS`. */
async function withEscrow(): Promise<Escrowed> {
  const sluice = await freshSluice();
  const { adjudicator, token, alice } = sluice;
  const escrow = await ethers.deployContract("TestEscrow", [adjudicator]);
  const destination = escrowDestination(await addressOf(escrow), TERMS);
  await adjudicator.depositNative(destination, 0n, { value: 10n });
  await adjudicator.connect(alice.account).deposit(destination, token, 0n, 10n);
  return { ...sluice, escrow, destination };
}

describe("AssetHolder", () => {
  describe("release", () => {
    it("pays accounts in native coin", async () => {
      const { adjudicator, escrow, destination, alice, bob } = await withEscrow();
      const payments = split(NATIVE, [alice, 6n], [bob, 3n]).allocations;
      await expect(escrow.release(TERMS, NATIVE, [...payments])).to.changeEtherBalances(
        [alice.account, bob.account, adjudicator],
        [6n, 3n, -9n],
      );
      expect(await adjudicator.held(destination, NATIVE)).to.equal(1n);
    });

    it("pays accounts in tokens", async () => {
      const { adjudicator, token, escrow, destination, bob } = await withEscrow();
      const payments = split(NATIVE, [bob, 10n]).allocations;
      await expect(escrow.release(TERMS, token, [...payments])).to.changeTokenBalance(token, bob.account, 10n);
      expect(await adjudicator.held(destination, token)).to.equal(0n);
      expect(await adjudicator.held(destination, NATIVE)).to.equal(10n);
    });

    it("pays channels and other escrows inside", async () => {
      const sluice = await withEscrow();
      const { adjudicator, escrow, destination } = sluice;
      const channel = new TestChannel(sluice, [sluice.alice, sluice.bob]).id as Hex as Destination;
      const other = escrowDestination(await addressOf(escrow), OTHER_TERMS);
      const payments = split(NATIVE, [channel, 6n], [other, 4n]).allocations;
      await expect(escrow.release(TERMS, NATIVE, [...payments]))
        .to.emit(adjudicator, "Debited")
        .withArgs(destination, NATIVE, 10n)
        .and.to.emit(adjudicator, "Credited")
        .withArgs(channel, NATIVE, 6n)
        .and.to.emit(adjudicator, "Credited")
        .withArgs(other, NATIVE, 4n);
      expect(await adjudicator.held(channel, NATIVE)).to.equal(6n);
      expect(await adjudicator.held(other, NATIVE)).to.equal(4n);
      expect(await adjudicator.held(destination, NATIVE)).to.equal(0n);
    });

    it("may pay itself", async () => {
      const { adjudicator, escrow, destination } = await withEscrow();
      await escrow.release(TERMS, NATIVE, [{ destination, amount: 10n }]);
      expect(await adjudicator.held(destination, NATIVE)).to.equal(10n);
    });

    it("keeps the money of an account that refuses it (threat 10)", async () => {
      const { adjudicator, escrow, bob } = await withEscrow();
      const recipient = await ethers.deployContract("Recipient", [Manner.Revert]);
      const refusing = await destinationOf(recipient);
      const payments = split(NATIVE, [refusing, 6n], [bob, 4n]).allocations;
      await expect(escrow.release(TERMS, NATIVE, [...payments])).to.changeEtherBalance(bob.account, 4n);
      expect(await adjudicator.held(refusing, NATIVE)).to.equal(6n);
    });

    it("reaches nothing under terms it does not hold money under", async () => {
      const { adjudicator, escrow, bob } = await withEscrow();
      const payments = split(NATIVE, [bob, 1n]).allocations;
      await expect(escrow.release(OTHER_TERMS, NATIVE, [...payments]))
        .to.be.revertedWithCustomError(adjudicator, "HeldTooLittle")
        .withArgs(escrowDestination(await addressOf(escrow), OTHER_TERMS), NATIVE, 0n, 1n);
    });

    it("lets no other contract take what one escrow holds (threat 29)", async () => {
      const { adjudicator, mallory } = await withEscrow();
      const thief = await ethers.deployContract("TestEscrow", [adjudicator]);
      const payments = split(NATIVE, [mallory, 1n]).allocations;
      await expect(thief.release(TERMS, NATIVE, [...payments]))
        .to.be.revertedWithCustomError(adjudicator, "HeldTooLittle")
        .withArgs(escrowDestination(await addressOf(thief), TERMS), NATIVE, 0n, 1n);
    });

    it("lets nobody take an escrow's money as if it were an account's (threat 29)", async () => {
      const { adjudicator, token, destination, mallory } = await withEscrow();
      const account = adjudicator.connect(mallory.account);
      await expect(account.withdraw(token, mallory.account, 1n)).to.be.revertedWithCustomError(
        adjudicator,
        "HeldTooLittle",
      );
      expect(await adjudicator.held(destination, token)).to.equal(10n);
    });

    it("keeps a ledger channel's allocation to an escrow for that escrow (threat 29)", async () => {
      const sluice = await withEscrow();
      const { adjudicator, escrow, destination, alice, bob, mallory } = sluice;
      const ledger = new TestChannel(sluice, [alice, bob]);
      await ledger.fundNative(10n);
      await disputeAndSettle(ledger, [split(NATIVE, [destination, 7n], [mallory, 3n])]);
      expect(await adjudicator.held(destination, NATIVE)).to.equal(17n);
      const payments = split(NATIVE, [bob, 17n]).allocations;
      await expect(escrow.release(TERMS, NATIVE, [...payments])).to.changeEtherBalance(bob.account, 17n);
    });

    it("cannot move the money of a channel or an account", async () => {
      const sluice = await withEscrow();
      const { adjudicator, escrow, alice, bob, mallory } = sluice;
      const channel = new TestChannel(sluice, [alice, bob]);
      await channel.fundNative(10n);
      await expect(
        escrow.release(channel.id, NATIVE, [{ destination: mallory.destination, amount: 1n }]),
      ).to.be.revertedWithCustomError(adjudicator, "HeldTooLittle");
    });

    it("reverts for more than is held", async () => {
      const { adjudicator, escrow, destination, alice, bob } = await withEscrow();
      const payments = split(NATIVE, [alice, 6n], [bob, 5n]).allocations;
      await expect(escrow.release(TERMS, NATIVE, [...payments]))
        .to.be.revertedWithCustomError(adjudicator, "HeldTooLittle")
        .withArgs(destination, NATIVE, 10n, 11n);
    });

    it("reverts when the total overflows (threat 19)", async () => {
      const { escrow, alice, bob } = await withEscrow();
      const payments = split(NATIVE, [alice, MAX], [bob, 2n]).allocations;
      await expect(escrow.release(TERMS, NATIVE, [...payments])).to.be.revertedWithPanic(0x11);
    });

    it("reverts for the zero destination", async () => {
      const { adjudicator, escrow } = await withEscrow();
      const payments = [{ destination: ethers.ZeroHash, amount: 1n }];
      await expect(escrow.release(TERMS, NATIVE, payments)).to.be.revertedWithCustomError(adjudicator, "RecipientZero");
    });
  });
});
