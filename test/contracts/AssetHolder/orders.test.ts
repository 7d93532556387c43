import { time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { ethers } from "hardhat";
import { NATIVE, toAddress, type Destination } from "../../../src";
import { ANYWHERE, authorize, ELSEWHERE, signOrder, signPermit } from "../../support/money";
import { addressOf, DAY, freshSluice, type Sluice } from "../../support/sluice";

const ZERO_DESTINATION = `0x${"00".repeat(32)}` as Destination;

/** Alice and Bob have tokens, but approved nothing. */
async function withoutAllowances(): Promise<Sluice> {
  const sluice = await freshSluice();
  const { adjudicator, token, alice, bob } = sluice;
  for (const { account } of [alice, bob]) await token.connect(account).approve(adjudicator, 0n);
  return sluice;
}

describe("AssetHolder", () => {
  describe("fund with deposit orders", () => {
    it("pulls tokens by an order and an ERC-2612 permit, whoever calls", async () => {
      const sluice = await withoutAllowances();
      const { adjudicator, token, alice, mallory } = sluice;
      const permit = await signPermit(sluice, alice, 6n);
      const { order, digest } = await signOrder(sluice, alice, ANYWHERE, 6n, { permit });
      await expect(adjudicator.connect(mallory.account).fund(ANYWHERE, 0n, [], [order])).to.changeTokenBalances(
        token,
        [alice.account, mallory.account, adjudicator],
        [-6n, 0n, 6n],
      );
      expect(await adjudicator.held(ANYWHERE, token)).to.equal(6n);
      expect(await adjudicator.orderExecuted(digest)).to.equal(true);
    });

    it("uses a standing allowance without a permit", async () => {
      const sluice = await freshSluice();
      const { adjudicator, token, alice } = sluice;
      const { order } = await signOrder(sluice, alice, ANYWHERE, 6n);
      await expect(adjudicator.fund(ANYWHERE, 0n, [], [order]))
        .to.emit(adjudicator, "TokenDeposited")
        .withArgs(ANYWHERE, await addressOf(token), 6n);
    });

    it("takes orders, authorisations and native coin together", async () => {
      const sluice = await freshSluice();
      const { adjudicator, token, alice, bob } = sluice;
      const authorization = await authorize(sluice, alice, ANYWHERE, 6n);
      const { order } = await signOrder(sluice, bob, ANYWHERE, 4n, { expectedHeld: 6n });
      await adjudicator.fund(ANYWHERE, 0n, [authorization], [order], { value: 3n });
      expect(await adjudicator.held(ANYWHERE, token)).to.equal(10n);
      expect(await adjudicator.held(ANYWHERE, NATIVE)).to.equal(3n);
    });

    it("works although Mallory submitted the permit before (threat 51)", async () => {
      const sluice = await withoutAllowances();
      const { adjudicator, token, deployment, alice, mallory } = sluice;
      const permit = await signPermit(sluice, alice, 6n);
      const { order } = await signOrder(sluice, alice, ANYWHERE, 6n, { permit });
      const { deadline, v, r, s } = permit;
      await token.connect(mallory.account).permit(alice.account, deployment.adjudicator, 6n, deadline, v, r, s);
      await adjudicator.fund(ANYWHERE, 0n, [], [order]);
      expect(await adjudicator.held(ANYWHERE, token)).to.equal(6n);
    });

    it("cannot be pulled by Mallory with the permit alone (threat 51)", async () => {
      const sluice = await withoutAllowances();
      const { adjudicator, alice, mallory } = sluice;
      const permit = await signPermit(sluice, alice, 6n);
      const { order } = await signOrder(sluice, mallory, ELSEWHERE, 6n, { permit });
      const stolen = { ...order, from: alice.account.address };
      await expect(adjudicator.connect(mallory.account).fund(ELSEWHERE, 0n, [], [stolen]))
        .to.be.revertedWithCustomError(adjudicator, "DepositOrderNotSigned")
        .withArgs(alice.account.address);
    });

    it("reverts when the permit is bad and there is no allowance", async () => {
      const sluice = await withoutAllowances();
      const { adjudicator, token, alice, bob } = sluice;
      const permit = await signPermit(sluice, bob, 6n);
      const { order, digest } = await signOrder(sluice, alice, ANYWHERE, 6n, { permit });
      await expect(adjudicator.fund(ANYWHERE, 0n, [], [order]))
        .to.be.revertedWithCustomError(token, "ERC20InsufficientAllowance")
        .withArgs(await addressOf(adjudicator), 0n, 6n);
      expect(await adjudicator.orderExecuted(digest)).to.equal(false);
    });

    it("skips an order that somebody submitted before, and changes nothing (threat 51)", async () => {
      const sluice = await freshSluice();
      const { adjudicator, token, alice, bob, mallory } = sluice;
      const first = (await signOrder(sluice, alice, ANYWHERE, 6n)).order;
      const second = (await signOrder(sluice, bob, ANYWHERE, 4n, { expectedHeld: 6n })).order;
      await adjudicator.connect(mallory.account).fund(ANYWHERE, 0n, [], [first]);
      await adjudicator.fund(ANYWHERE, 0n, [], [first, second]);
      expect(await adjudicator.held(ANYWHERE, token)).to.equal(10n);
    });

    it("executes an order once, even twice in one call (threat 51)", async () => {
      const sluice = await freshSluice();
      const { adjudicator, token, alice } = sluice;
      const { order } = await signOrder(sluice, alice, ANYWHERE, 6n);
      await adjudicator.fund(ANYWHERE, 0n, [], [order, order]);
      expect(await adjudicator.held(ANYWHERE, token)).to.equal(6n);
    });

    it("skips an executed order after its deadline too", async () => {
      const sluice = await freshSluice();
      const { adjudicator, token, alice } = sluice;
      const { order } = await signOrder(sluice, alice, ANYWHERE, 6n);
      await adjudicator.fund(ANYWHERE, 0n, [], [order]);
      await time.increase(2n * DAY);
      await expect(adjudicator.fund(ANYWHERE, 0n, [], [order])).to.changeTokenBalance(token, adjudicator, 0n);
    });

    it("is refused for another destination (threat 51)", async () => {
      const sluice = await freshSluice();
      const { adjudicator, alice, mallory } = sluice;
      const { order } = await signOrder(sluice, alice, ANYWHERE, 6n);
      await expect(adjudicator.connect(mallory.account).fund(ELSEWHERE, 0n, [], [order]))
        .to.be.revertedWithCustomError(adjudicator, "DepositOrderNotSigned")
        .withArgs(alice.account.address);
    });

    it("is refused by another deployment (threat 51)", async () => {
      const sluice = await freshSluice();
      const { alice } = sluice;
      const other = await ethers.deployContract("Adjudicator");
      const { order } = await signOrder(sluice, alice, ANYWHERE, 6n);
      await expect(other.fund(ANYWHERE, 0n, [], [order]))
        .to.be.revertedWithCustomError(other, "DepositOrderNotSigned")
        .withArgs(alice.account.address);
    });

    for (const [field, value] of [
      ["amount", 7n],
      ["expectedHeld", 0n],
      ["salt", 2n],
      ["deadline", 2n ** 41n],
    ] as const) {
      it(`is refused with another ${field} (threat 51)`, async () => {
        const sluice = await freshSluice();
        const { adjudicator, token, alice } = sluice;
        await adjudicator.connect(alice.account).deposit(ANYWHERE, token, 0n, 1n);
        const { order } = await signOrder(sluice, alice, ANYWHERE, 6n, { expectedHeld: 1n });
        await expect(adjudicator.fund(ANYWHERE, 0n, [], [{ ...order, [field]: value }]))
          .to.be.revertedWithCustomError(adjudicator, "DepositOrderNotSigned")
          .withArgs(alice.account.address);
      });
    }

    it("is refused for another token (threat 51)", async () => {
      const sluice = await freshSluice();
      const { adjudicator, alice } = sluice;
      const other = await addressOf(await ethers.deployContract("TestToken"));
      const { order } = await signOrder(sluice, alice, ANYWHERE, 6n);
      await expect(adjudicator.fund(ANYWHERE, 0n, [], [{ ...order, token: other }]))
        .to.be.revertedWithCustomError(adjudicator, "DepositOrderNotSigned")
        .withArgs(alice.account.address);
    });

    it("is refused when somebody else signed", async () => {
      const sluice = await freshSluice();
      const { adjudicator, alice, mallory } = sluice;
      const from = toAddress(alice.account.address);
      const { order } = await signOrder(sluice, mallory, ANYWHERE, 6n, { from });
      await expect(adjudicator.fund(ANYWHERE, 0n, [], [order]))
        .to.be.revertedWithCustomError(adjudicator, "DepositOrderNotSigned")
        .withArgs(alice.account.address);
    });

    it("is refused with a malformed signature", async () => {
      const sluice = await freshSluice();
      const { adjudicator, alice } = sluice;
      const { order } = await signOrder(sluice, alice, ANYWHERE, 6n);
      await expect(adjudicator.fund(ANYWHERE, 0n, [], [{ ...order, signature: "0x1234" }]))
        .to.be.revertedWithCustomError(adjudicator, "DepositOrderNotSigned")
        .withArgs(alice.account.address);
    });

    for (const seconds of [-1n, 0n]) {
      it(`is good ${seconds === 0n ? "at its deadline" : "a second before its deadline"} (threat 16)`, async () => {
        const sluice = await freshSluice();
        const { adjudicator, token, alice } = sluice;
        const deadline = BigInt(await time.latest()) + 100n;
        const { order } = await signOrder(sluice, alice, ANYWHERE, 6n, { deadline });
        await time.setNextBlockTimestamp(deadline + seconds);
        await adjudicator.fund(ANYWHERE, 0n, [], [order]);
        expect(await adjudicator.held(ANYWHERE, token)).to.equal(6n);
      });
    }

    it("expires a second after its deadline (threat 16)", async () => {
      const sluice = await freshSluice();
      const { adjudicator, alice } = sluice;
      const deadline = BigInt(await time.latest()) + 100n;
      const { order } = await signOrder(sluice, alice, ANYWHERE, 6n, { deadline });
      await time.setNextBlockTimestamp(deadline + 1n);
      await expect(adjudicator.fund(ANYWHERE, 0n, [], [order]))
        .to.be.revertedWithCustomError(adjudicator, "DepositOrderExpired")
        .withArgs(deadline, deadline + 1n);
    });

    it("reverts when less is held than the payer expects (threat 21)", async () => {
      const sluice = await freshSluice();
      const { adjudicator, token, bob } = sluice;
      const { order } = await signOrder(sluice, bob, ANYWHERE, 4n, { expectedHeld: 6n });
      await expect(adjudicator.fund(ANYWHERE, 0n, [], [order]))
        .to.be.revertedWithCustomError(adjudicator, "HeldTooLittle")
        .withArgs(ANYWHERE, await addressOf(token), 0n, 6n);
    });

    it("reverts for the zero destination", async () => {
      const sluice = await freshSluice();
      const { adjudicator, alice } = sluice;
      const { order } = await signOrder(sluice, alice, ZERO_DESTINATION, 6n);
      await expect(adjudicator.fund(ZERO_DESTINATION, 0n, [], [order])).to.be.revertedWithCustomError(
        adjudicator,
        "RecipientZero",
      );
    });

    it("takes an order of a smart wallet (ERC-1271)", async () => {
      const sluice = await freshSluice();
      const { adjudicator, token, alice } = sluice;
      const wallet = await ethers.deployContract("SmartWallet", [alice.account]);
      await token.mint(wallet, 10n);
      await wallet.approve(token, adjudicator, 10n);
      const { order } = await signOrder(sluice, alice, ANYWHERE, 6n, { from: await addressOf(wallet) });
      await expect(adjudicator.fund(ANYWHERE, 0n, [], [order])).to.changeTokenBalance(token, wallet, -6n);
    });

    it("refuses an order that the smart wallet does not accept", async () => {
      const sluice = await freshSluice();
      const { adjudicator, alice, mallory } = sluice;
      const wallet = await ethers.deployContract("SmartWallet", [alice.account]);
      const { order } = await signOrder(sluice, mallory, ANYWHERE, 6n, { from: await addressOf(wallet) });
      await expect(adjudicator.fund(ANYWHERE, 0n, [], [order]))
        .to.be.revertedWithCustomError(adjudicator, "DepositOrderNotSigned")
        .withArgs(await addressOf(wallet));
    });
  });

  describe("orderExecuted", () => {
    it("says no of an order that was not submitted", async () => {
      const sluice = await freshSluice();
      const { digest } = await signOrder(sluice, sluice.alice, ANYWHERE, 6n);
      expect(await sluice.adjudicator.orderExecuted(digest)).to.equal(false);
    });

    it("tells orders apart by their digest", async () => {
      const sluice = await freshSluice();
      const first = await signOrder(sluice, sluice.alice, ANYWHERE, 6n, { salt: 1n });
      const second = await signOrder(sluice, sluice.alice, ANYWHERE, 6n, { salt: 2n });
      await sluice.adjudicator.fund(ANYWHERE, 0n, [], [first.order]);
      expect(await sluice.adjudicator.orderExecuted(second.digest)).to.equal(false);
    });
  });
});
