import { expect } from "chai";
import { ethers } from "hardhat";
import { NATIVE, toAddress, type Destination } from "../../../src";
import { ANYWHERE, ELSEWHERE } from "../../support/money";
import { addressOf, freshSluice } from "../../support/sluice";

const ZERO_DESTINATION = `0x${"00".repeat(32)}` as Destination;

describe("AssetHolder", () => {
  describe("deposit", () => {
    it("credits the caller's tokens to the destination and to no other", async () => {
      const { adjudicator, token, alice } = await freshSluice();
      await expect(adjudicator.connect(alice.account).deposit(ANYWHERE, token, 0n, 7n))
        .to.emit(adjudicator, "TokenDeposited")
        .withArgs(ANYWHERE, await addressOf(token), 7n);
      expect(await adjudicator.held(ANYWHERE, token)).to.equal(7n);
      expect(await adjudicator.held(ELSEWHERE, token)).to.equal(0n);
      expect(await adjudicator.held(ANYWHERE, NATIVE)).to.equal(0n);
    });

    it("takes the tokens from the caller", async () => {
      const { adjudicator, token, alice } = await freshSluice();
      await expect(adjudicator.connect(alice.account).deposit(ANYWHERE, token, 0n, 7n)).to.changeTokenBalances(
        token,
        [alice.account, adjudicator],
        [-7n, 7n],
      );
    });

    it("adds to what is there", async () => {
      const { adjudicator, token, alice, bob } = await freshSluice();
      await adjudicator.connect(alice.account).deposit(ANYWHERE, token, 0n, 7n);
      await adjudicator.connect(bob.account).deposit(ANYWHERE, token, 7n, 5n);
      expect(await adjudicator.held(ANYWHERE, token)).to.equal(12n);
    });

    it("reverts when less is held than expected, as after a reorganisation (threat 21)", async () => {
      const { adjudicator, token, alice } = await freshSluice();
      await adjudicator.connect(alice.account).deposit(ANYWHERE, token, 0n, 7n);
      await expect(adjudicator.connect(alice.account).deposit(ANYWHERE, token, 8n, 5n))
        .to.be.revertedWithCustomError(adjudicator, "HeldTooLittle")
        .withArgs(ANYWHERE, await addressOf(token), 7n, 8n);
    });

    it("reverts for the zero destination", async () => {
      const { adjudicator, token, alice } = await freshSluice();
      await expect(
        adjudicator.connect(alice.account).deposit(ZERO_DESTINATION, token, 0n, 1n),
      ).to.be.revertedWithCustomError(adjudicator, "RecipientZero");
    });

    it("reverts when the caller has not approved enough", async () => {
      const { adjudicator, token, alice } = await freshSluice();
      await token.connect(alice.account).approve(adjudicator, 6n);
      await expect(adjudicator.connect(alice.account).deposit(ANYWHERE, token, 0n, 7n))
        .to.be.revertedWithCustomError(token, "ERC20InsufficientAllowance")
        .withArgs(await addressOf(adjudicator), 6n, 7n);
    });

    it("reverts when the caller has not enough", async () => {
      const { adjudicator, token, relayer } = await freshSluice();
      await token.approve(adjudicator, 7n);
      await expect(adjudicator.deposit(ANYWHERE, token, 0n, 7n))
        .to.be.revertedWithCustomError(token, "ERC20InsufficientBalance")
        .withArgs(relayer.address, 0n, 7n);
    });

    it("reverts for a token without code (threat 9)", async () => {
      const { adjudicator } = await freshSluice();
      const nothing = toAddress(ethers.Wallet.createRandom().address);
      await expect(adjudicator.deposit(ANYWHERE, nothing, 0n, 7n))
        .to.be.revertedWithCustomError(adjudicator, "TokenUnreadable")
        .withArgs(nothing);
    });

    it("reverts for a contract that is no token", async () => {
      const { adjudicator, ticTacToe } = await freshSluice();
      await expect(adjudicator.deposit(ANYWHERE, ticTacToe, 0n, 7n))
        .to.be.revertedWithCustomError(adjudicator, "TokenUnreadable")
        .withArgs(await addressOf(ticTacToe));
    });

    it("reverts for the native coin in place of a token", async () => {
      const { adjudicator } = await freshSluice();
      await expect(adjudicator.deposit(ANYWHERE, NATIVE, 0n, 7n))
        .to.be.revertedWithCustomError(adjudicator, "TokenUnreadable")
        .withArgs(NATIVE);
    });
  });
});
