import { expect } from "chai";
import { ethers } from "hardhat";
import { NATIVE, toAddress } from "../../../src";
import { destinationOf, Manner } from "../../support/money";
import { addressOf, freshSluice, type Sluice } from "../../support/sluice";

/** Alice's account holds 10 wei and 10 tokens; Bob's account holds as much. */
async function withBalances(): Promise<Sluice> {
  const sluice = await freshSluice();
  const { adjudicator, token, alice, bob } = sluice;
  for (const { destination } of [alice, bob]) {
    await adjudicator.depositNative(destination, 0n, { value: 10n });
    await adjudicator.connect(bob.account).deposit(destination, token, 0n, 10n);
  }
  return sluice;
}

describe("AssetHolder", () => {
  describe("withdraw", () => {
    it("sends native coin of the caller's account to any address", async () => {
      const { adjudicator, alice, carol } = await withBalances();
      await expect(adjudicator.connect(alice.account).withdraw(NATIVE, carol.account, 4n)).to.changeEtherBalances(
        [carol.account, adjudicator],
        [4n, -4n],
      );
      expect(await adjudicator.held(alice.destination, NATIVE)).to.equal(6n);
    });

    it("sends tokens of the caller's account to any address", async () => {
      const { adjudicator, token, alice, carol } = await withBalances();
      await expect(adjudicator.connect(alice.account).withdraw(token, carol.account, 4n)).to.changeTokenBalances(
        token,
        [carol.account, adjudicator],
        [4n, -4n],
      );
      expect(await adjudicator.held(alice.destination, token)).to.equal(6n);
    });

    it("announces the debit", async () => {
      const { adjudicator, alice, carol } = await withBalances();
      await expect(adjudicator.connect(alice.account).withdraw(NATIVE, carol.account, 4n))
        .to.emit(adjudicator, "Debited")
        .withArgs(alice.destination, NATIVE, 4n);
    });

    it("sends everything, and leaves other accounts and assets alone", async () => {
      const { adjudicator, token, alice, bob } = await withBalances();
      await adjudicator.connect(alice.account).withdraw(NATIVE, alice.account, 10n);
      expect(await adjudicator.held(alice.destination, NATIVE)).to.equal(0n);
      expect(await adjudicator.held(alice.destination, token)).to.equal(10n);
      expect(await adjudicator.held(bob.destination, NATIVE)).to.equal(10n);
    });

    it("gives the recipient all the gas there is", async () => {
      const { adjudicator, alice } = await withBalances();
      const wallet = await ethers.deployContract("Recipient", [Manner.NeedGas]);
      await expect(adjudicator.connect(alice.account).withdraw(NATIVE, wallet, 4n)).to.changeEtherBalance(wallet, 4n);
    });

    it("reverts for the zero recipient", async () => {
      const { adjudicator, alice } = await withBalances();
      await expect(
        adjudicator.connect(alice.account).withdraw(NATIVE, ethers.ZeroAddress, 4n),
      ).to.be.revertedWithCustomError(adjudicator, "RecipientZero");
    });

    it("reverts for more than is held", async () => {
      const { adjudicator, alice } = await withBalances();
      await expect(adjudicator.connect(alice.account).withdraw(NATIVE, alice.account, 11n))
        .to.be.revertedWithCustomError(adjudicator, "HeldTooLittle")
        .withArgs(alice.destination, NATIVE, 10n, 11n);
    });

    it("reaches nobody else's money", async () => {
      const { adjudicator, mallory } = await withBalances();
      await expect(adjudicator.connect(mallory.account).withdraw(NATIVE, mallory.account, 1n))
        .to.be.revertedWithCustomError(adjudicator, "HeldTooLittle")
        .withArgs(mallory.destination, NATIVE, 0n, 1n);
    });

    it("reverts when the recipient refuses native coin, and keeps it", async () => {
      const { adjudicator, alice } = await withBalances();
      const recipient = await ethers.deployContract("Recipient", [Manner.Revert]);
      await expect(adjudicator.connect(alice.account).withdraw(NATIVE, recipient, 4n))
        .to.be.revertedWithCustomError(adjudicator, "PaymentFailed")
        .withArgs(NATIVE, await addressOf(recipient), 4n);
      expect(await adjudicator.held(alice.destination, NATIVE)).to.equal(10n);
    });

    it("reverts when the token refuses, and keeps the money", async () => {
      const { adjudicator, alice } = await withBalances();
      const token = await ethers.deployContract("IssuerToken");
      await token.mint(alice.account, 10n);
      await token.connect(alice.account).approve(adjudicator, 10n);
      await adjudicator.connect(alice.account).deposit(alice.destination, token, 0n, 10n);
      await token.setBlocked(alice.account, true);
      await expect(adjudicator.connect(alice.account).withdraw(token, alice.account, 4n))
        .to.be.revertedWithCustomError(adjudicator, "PaymentFailed")
        .withArgs(await addressOf(token), alice.account.address, 4n);
      expect(await adjudicator.held(alice.destination, token)).to.equal(10n);
    });

    it("lets a blocked account send its tokens elsewhere", async () => {
      const { adjudicator, alice, carol } = await withBalances();
      const token = await ethers.deployContract("IssuerToken");
      await token.mint(alice.account, 10n);
      await token.connect(alice.account).approve(adjudicator, 10n);
      await adjudicator.connect(alice.account).deposit(alice.destination, token, 0n, 10n);
      await token.setBlocked(alice.account, true);
      await expect(adjudicator.connect(alice.account).withdraw(token, carol.account, 10n)).to.changeTokenBalance(
        token,
        carol.account,
        10n,
      );
    });

    it("copies nothing of what the recipient returns (threat 11)", async () => {
      const { adjudicator, alice } = await withBalances();
      const bomb = await ethers.deployContract("Recipient", [Manner.Bomb]);
      const plain = await ethers.deployContract("Recipient", [Manner.Accept]);
      const withdraw = async (to: typeof bomb): Promise<bigint> => {
        const transaction = await adjudicator
          .connect(alice.account)
          .withdraw(NATIVE, toAddress(await to.getAddress()), 1n);
        return (await transaction.wait())!.gasUsed;
      };
      // 100,000 bytes cost the recipient about 28,700 gas of memory; copying them would cost the caller as much again.
      expect((await withdraw(bomb)) - (await withdraw(plain))).to.be.lessThan(35_000n);
    });

    it("belongs to the account even when that is a contract", async () => {
      const { adjudicator, carol } = await withBalances();
      const wallet = await ethers.deployContract("Recipient", [Manner.Revert]);
      await adjudicator.depositNative(await destinationOf(wallet), 0n, { value: 4n });
      const data = adjudicator.interface.encodeFunctionData("withdraw", [NATIVE, carol.account.address, 4n]);
      await expect(wallet.execute(adjudicator, data)).to.changeEtherBalance(carol.account, 4n);
    });
  });
});
