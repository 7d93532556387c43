import { expect } from "chai";
import { concat } from "ethers";
import { ethers } from "hardhat";
import { NATIVE } from "../../../src";
import { ANYWHERE, conclude, expectHeldEqualsLogs, totalHeld } from "../../support/money";
import { addressOf, freshSluice, split, TestChannel } from "../../support/sluice";

describe("AssetHolder", () => {
  describe("money that comes without a deposit", () => {
    it("refuses plain native coin (threat 13)", async () => {
      const { adjudicator, relayer } = await freshSluice();
      await expect(relayer.sendTransaction({ to: adjudicator, value: 1n })).to.be.revertedWithoutReason();
    });

    it("refuses native coin with unknown call data (threat 13)", async () => {
      const { adjudicator, relayer } = await freshSluice();
      const transaction = { to: adjudicator, value: 1n, data: "0x12345678" };
      await expect(relayer.sendTransaction(transaction)).to.be.revertedWithoutReason();
    });

    it("refuses native coin with a token deposit (threat 13)", async () => {
      const { adjudicator, token, alice } = await freshSluice();
      const data = adjudicator.interface.encodeFunctionData("deposit", [ANYWHERE, token.target, 0n, 6n]);
      await expect(alice.account.sendTransaction({ to: adjudicator, data, value: 1n })).to.be.revertedWithoutReason();
      expect(await adjudicator.held(ANYWHERE, token)).to.equal(0n);
    });

    it("counts no coin that a destroyed contract forces in (threat 13)", async () => {
      const { adjudicator, relayer } = await freshSluice();
      await adjudicator.depositNative(ANYWHERE, 0n, { value: 7n });
      // push20 adjudicator, selfdestruct: during its own creation this moves the coin without a call
      const data = concat(["0x73", await addressOf(adjudicator), "0xff"]);
      await expect(relayer.sendTransaction({ data, value: 5n })).to.changeEtherBalance(adjudicator, 5n);
      expect(await totalHeld(adjudicator, NATIVE)).to.equal(7n);
      await expectHeldEqualsLogs(adjudicator);
    });

    it("counts no tokens that are sent straight to it (threat 13)", async () => {
      const { adjudicator, token, alice } = await freshSluice();
      await adjudicator.connect(alice.account).deposit(ANYWHERE, token, 0n, 7n);
      await token.connect(alice.account).transfer(adjudicator, 5n);
      expect(await totalHeld(adjudicator, await addressOf(token))).to.equal(7n);
      await expectHeldEqualsLogs(adjudicator);
    });

    it("credits the next token deposit with its own amount only (threat 13)", async () => {
      const { adjudicator, token, alice } = await freshSluice();
      await token.connect(alice.account).transfer(adjudicator, 5n);
      await adjudicator.connect(alice.account).deposit(ANYWHERE, token, 0n, 7n);
      expect(await adjudicator.held(ANYWHERE, token)).to.equal(7n);
    });

    it("pays no channel from it (threat 13)", async () => {
      const sluice = await freshSluice();
      const { adjudicator, token, alice, bob } = sluice;
      await token.connect(alice.account).transfer(adjudicator, 5n);
      const channel = new TestChannel(sluice, [alice, bob]);
      await expect(conclude(channel, [split(await addressOf(token), [bob, 5n])])).to.changeTokenBalance(
        token,
        bob.account,
        0n,
      );
    });
  });

  describe("held", () => {
    it("is zero for what nobody ever paid into", async () => {
      const { adjudicator, token } = await freshSluice();
      expect(await adjudicator.held(ethers.id("never used"), NATIVE)).to.equal(0n);
      expect(await adjudicator.held(ethers.id("never used"), token)).to.equal(0n);
    });
  });
});
