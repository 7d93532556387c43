import { setCode } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import type { ContractTransactionResponse } from "ethers";
import { ethers } from "hardhat";
import { NATIVE, type Address, type AssetOutcome } from "../../../src";
import type { IssuerToken, OddToken } from "../../../typechain-types";
import { ANYWHERE, Answer, conclude, disputeAndSettle, MAX, signOrder, signPermit } from "../../support/money";
import { addressOf, freshSluice, split, TestChannel, type Sluice } from "../../support/sluice";

/** A channel of Alice and Bob that holds 10 wei and 10 of a token, and an outcome that halves both. */
interface Funded {
  readonly channel: TestChannel;
  readonly outcome: readonly AssetOutcome[];
}

async function fundWith(sluice: Sluice, asset: Address): Promise<Funded> {
  const { alice, bob } = sluice;
  const channel = new TestChannel(sluice, [alice, bob]);
  await channel.fundNative(10n);
  await sluice.adjudicator.connect(alice.account).deposit(channel.id, asset, 0n, 10n);
  return { channel, outcome: [split(NATIVE, [alice, 5n], [bob, 5n]), split(asset, [alice, 5n], [bob, 5n])] };
}

async function withIssuerToken(): Promise<{ sluice: Sluice; token: IssuerToken; asset: Address }> {
  const sluice = await freshSluice();
  const token = await ethers.deployContract("IssuerToken");
  for (const { account } of [sluice.alice, sluice.bob]) {
    await token.mint(account, 1000n);
    await token.connect(account).approve(sluice.adjudicator, MAX);
  }
  return { sluice, token, asset: await addressOf(token) };
}

async function withOddToken(): Promise<{ sluice: Sluice; token: OddToken; asset: Address }> {
  const sluice = await freshSluice();
  const token = await ethers.deployContract("OddToken");
  return { sluice, token, asset: await addressOf(token) };
}

async function expectNativePaid(sluice: Sluice, closing: () => Promise<ContractTransactionResponse>): Promise<void> {
  await expect(closing).to.changeEtherBalances([sluice.alice.account, sluice.bob.account], [5n, 5n]);
}

describe("AssetHolder", () => {
  describe("tokens that take a fee", () => {
    it("are refused, with what arrived (threat 9)", async () => {
      const { adjudicator, alice } = await freshSluice();
      const token = await ethers.deployContract("FeeToken");
      await token.mint(alice.account, 1000n);
      await token.connect(alice.account).approve(adjudicator, 1000n);
      await expect(adjudicator.connect(alice.account).deposit(ANYWHERE, token, 0n, 1000n))
        .to.be.revertedWithCustomError(adjudicator, "AmountNotReceived")
        .withArgs(await addressOf(token), 1000n, 990n);
    });

    it("are refused by order too", async () => {
      const sluice = await freshSluice();
      const { adjudicator, alice } = sluice;
      const token = await ethers.deployContract("FeeToken");
      await token.mint(alice.account, 1000n);
      await token.connect(alice.account).approve(adjudicator, 1000n);
      const { order } = await signOrder(sluice, alice, ANYWHERE, 1000n, { token: await addressOf(token) });
      await expect(adjudicator.fund(ANYWHERE, 0n, [], [order]))
        .to.be.revertedWithCustomError(adjudicator, "AmountNotReceived")
        .withArgs(await addressOf(token), 1000n, 990n);
    });
  });

  describe("tokens whose balances shrink", () => {
    it("leave the channel's other assets payable (threat 9)", async () => {
      const { sluice, token, asset } = await withIssuerToken();
      const { channel, outcome } = await fundWith(sluice, asset);
      await token.shrink(sluice.adjudicator, 10n);
      await expectNativePaid(sluice, () => conclude(channel, outcome));
    });

    it("leave other tokens of other channels payable (threat 9)", async () => {
      const { sluice, token, asset } = await withIssuerToken();
      await fundWith(sluice, asset);
      const { channel, outcome } = await fundWith(sluice, await addressOf(sluice.token));
      await token.shrink(sluice.adjudicator, 10n);
      await expect(conclude(channel, outcome)).to.changeTokenBalance(sluice.token, sluice.bob.account, 5n);
    });

    it("are paid first come first served, and the rest stays claimable (threat 9)", async () => {
      const { sluice, token, asset } = await withIssuerToken();
      const { adjudicator, alice, bob } = sluice;
      const { channel, outcome } = await fundWith(sluice, asset);
      await token.shrink(adjudicator, 4n);
      await expect(conclude(channel, outcome)).to.changeTokenBalances(token, [alice.account, bob.account], [5n, 0n]);
      expect(await adjudicator.held(bob.destination, token)).to.equal(5n);
      await token.mint(adjudicator, 4n);
      await adjudicator.connect(bob.account).withdraw(token, bob.account, 5n);
      expect(await adjudicator.held(bob.destination, token)).to.equal(0n);
    });

    it("are refused when the balance falls during the deposit (threat 9)", async () => {
      const { sluice, token, asset } = await withOddToken();
      const { adjudicator, alice } = sluice;
      await token.setBalance(adjudicator, 10n);
      await token.setAnswer(Answer.Take);
      await expect(adjudicator.connect(alice.account).deposit(ANYWHERE, token, 0n, 3n))
        .to.be.revertedWithCustomError(adjudicator, "AmountNotReceived")
        .withArgs(asset, 3n, MAX - 2n);
    });
  });

  describe("tokens that their issuer pauses", () => {
    it("refuse deposits and leave nothing behind (threat 9)", async () => {
      const { sluice, token } = await withIssuerToken();
      const { adjudicator, alice } = sluice;
      await token.setPaused(true);
      await expect(adjudicator.connect(alice.account).deposit(ANYWHERE, token, 0n, 1n)).to.be.revertedWithCustomError(
        token,
        "Paused",
      );
    });

    it("wait for withdrawal, while the other assets are paid (threat 9)", async () => {
      const { sluice, token, asset } = await withIssuerToken();
      const { adjudicator, alice, bob } = sluice;
      const { channel, outcome } = await fundWith(sluice, asset);
      await token.setPaused(true);
      await expectNativePaid(sluice, () => disputeAndSettle(channel, outcome));
      expect(await adjudicator.held(alice.destination, token)).to.equal(5n);
      await token.setPaused(false);
      await expect(adjudicator.connect(bob.account).withdraw(token, bob.account, 5n)).to.changeTokenBalance(
        token,
        bob.account,
        5n,
      );
    });
  });

  describe("tokens that block a recipient", () => {
    it("pay everybody else; the amount waits for withdrawal (threat 9)", async () => {
      const { sluice, token, asset } = await withIssuerToken();
      const { adjudicator, alice, bob, carol } = sluice;
      const { channel, outcome } = await fundWith(sluice, asset);
      await token.setBlocked(alice.account, true);
      await expect(conclude(channel, outcome)).to.changeTokenBalances(token, [alice.account, bob.account], [0n, 5n]);
      await expect(adjudicator.connect(alice.account).withdraw(token, carol.account, 5n)).to.changeTokenBalance(
        token,
        carol.account,
        5n,
      );
    });
  });

  describe("tokens that answer oddly", () => {
    it("are accepted when they answer nothing, as USDT does (threat 9)", async () => {
      const { sluice, token, asset } = await withOddToken();
      await token.setAnswer(Answer.Nothing);
      const { channel, outcome } = await fundWith(sluice, asset);
      await expect(conclude(channel, outcome)).to.changeTokenBalances(
        token,
        [sluice.alice.account, sluice.bob.account, sluice.adjudicator],
        [5n, 5n, -10n],
      );
    });

    it("are accepted when they answer a page that starts with true, of which nothing more is read", async () => {
      const { sluice, token, asset } = await withOddToken();
      const { channel, outcome } = await fundWith(sluice, asset);
      await token.setAnswer(Answer.Bomb);
      await expect(conclude(channel, outcome)).to.changeTokenBalance(token, sluice.bob.account, 5n);
    });

    for (const name of ["False", "Two", "Short"] as const) {
      it(`are refused at deposit when they answer ${name} (threat 9)`, async () => {
        const { sluice, token, asset } = await withOddToken();
        const { adjudicator, alice } = sluice;
        await token.setAnswer(Answer[name]);
        await expect(adjudicator.connect(alice.account).deposit(ANYWHERE, token, 0n, 1n))
          .to.be.revertedWithCustomError(adjudicator, "SafeERC20FailedOperation")
          .withArgs(asset);
      });

      it(`leave the money claimable when they answer ${name} to a payment (threat 9)`, async () => {
        const { sluice, token, asset } = await withOddToken();
        const { adjudicator, alice, bob } = sluice;
        const { channel, outcome } = await fundWith(sluice, asset);
        await token.setAnswer(Answer[name]);
        await expectNativePaid(sluice, () => conclude(channel, outcome));
        expect(await adjudicator.held(alice.destination, token)).to.equal(5n);
        expect(await adjudicator.held(bob.destination, token)).to.equal(5n);
      });

      it(`cannot be withdrawn while they answer ${name}`, async () => {
        const { sluice, token, asset } = await withOddToken();
        const { adjudicator, alice } = sluice;
        await adjudicator.connect(alice.account).deposit(alice.destination, token, 0n, 5n);
        await token.setAnswer(Answer[name]);
        await expect(adjudicator.connect(alice.account).withdraw(token, alice.account, 5n))
          .to.be.revertedWithCustomError(adjudicator, "PaymentFailed")
          .withArgs(asset, alice.account.address, 5n);
      });
    }
  });

  describe("tokens that accept every call", () => {
    it("credit nothing for a permit that does nothing (threat 9)", async () => {
      const sluice = await freshSluice();
      const { adjudicator, alice } = sluice;
      const token = await ethers.deployContract("PhantomToken");
      await token.mint(alice.account, 6n);
      const permit = await signPermit(sluice, alice, 6n);
      const { order } = await signOrder(sluice, alice, ANYWHERE, 6n, { permit, token: await addressOf(token) });
      await expect(adjudicator.fund(ANYWHERE, 0n, [], [order]))
        .to.be.revertedWithCustomError(token, "ERC20InsufficientAllowance")
        .withArgs(await addressOf(adjudicator), 0n, 6n);
    });

    it("credit nothing for an authorisation whose state they do not know (threat 9)", async () => {
      const { sluice, authorization } = await phantomAuthorization(false);
      await expect(sluice.adjudicator.fund(ANYWHERE, 0n, [authorization], [])).to.be.revertedWithoutReason();
    });

    it("credit nothing for an authorisation that does nothing (threat 9)", async () => {
      const { sluice, authorization } = await phantomAuthorization(true);
      await expect(sluice.adjudicator.fund(ANYWHERE, 0n, [authorization], []))
        .to.be.revertedWithCustomError(sluice.adjudicator, "AmountNotReceived")
        .withArgs(authorization.token, 6n, 0n);
    });
  });

  describe("tokens whose code goes away", () => {
    it("leave the money claimable and the other assets paid (threat 9)", async () => {
      const { sluice, asset } = await withIssuerToken();
      const { adjudicator, bob } = sluice;
      const { channel, outcome } = await fundWith(sluice, asset);
      await setCode(asset, "0x");
      await expectNativePaid(sluice, () => conclude(channel, outcome));
      expect(await adjudicator.held(bob.destination, asset)).to.equal(5n);
    });

    it("cannot be withdrawn, and stay claimable", async () => {
      const { sluice, asset } = await withIssuerToken();
      const { adjudicator, alice } = sluice;
      await adjudicator.connect(alice.account).deposit(alice.destination, asset, 0n, 5n);
      await setCode(asset, "0x");
      await expect(adjudicator.connect(alice.account).withdraw(asset, alice.account, 5n))
        .to.be.revertedWithCustomError(adjudicator, "PaymentFailed")
        .withArgs(asset, alice.account.address, 5n);
    });
  });
});

async function phantomAuthorization(answersZero: boolean) {
  const sluice = await freshSluice();
  const token = await ethers.deployContract("PhantomToken");
  await token.mint(sluice.alice.account, 6n);
  if (answersZero) await token.answerZero();
  const authorization = {
    token: await addressOf(token),
    from: sluice.alice.account.address,
    amount: 6n,
    expectedHeld: 0n,
    validAfter: 0n,
    validBefore: MAX,
    salt: 1n,
    v: 27n,
    r: ethers.ZeroHash,
    s: ethers.ZeroHash,
  };
  return { sluice, authorization };
}
