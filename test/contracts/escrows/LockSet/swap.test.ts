import { time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { ethers } from "hardhat";
import { NATIVE, type Address, type Hex } from "../../../../src";
import { freshPayments, now, secretOf, TestLocks, type Payments } from "../../../support/payments";
import { addressOf, ETHER } from "../../../support/sluice";

/**
 * Alice swaps ten tokens for one ether of Bob, without a channel and without trust. She alone knows the secret. Her own
 * lock lasts longer than the one she opens, so that Bob can still claim what she pays.
 */
describe("LockSet, for a swap of Alice's tokens and Bob's coin", () => {
  const TOKENS = 10n * ETHER;
  const { preimage } = secretOf("swap");
  let payments: Payments;
  let token: Address;
  let tokens: TestLocks;
  let coin: TestLocks;
  let expiry: bigint;

  beforeEach(async () => {
    payments = await freshPayments();
    const { alice, bob, adjudicator } = payments;
    token = await addressOf(payments.token);
    expiry = (await now()) + 100_000n;
    tokens = new TestLocks(payments, alice, bob, ethers.id("tokens") as Hex);
    tokens.add("swap", TOKENS, 2n * expiry - (await now()));
    coin = new TestLocks(payments, bob, alice, ethers.id("coin") as Hex);
    coin.add("swap", ETHER, expiry);
    await adjudicator.connect(alice.account).deposit(tokens.destination, token, 0n, TOKENS);
    await adjudicator.connect(bob.account).depositNative(coin.destination, 0n, { value: ETHER });
  });

  it("gives each what it wanted", async () => {
    const { alice, bob } = payments;
    await payments.preimages.connect(alice.account).reveal(preimage);
    await expect(coin.claim(0)).to.changeEtherBalance(alice.account, ETHER);
    await expect(tokens.claimIn(token, 0)).to.changeTokenBalance(payments.token, bob.account, TOKENS);
  });

  it("shows Bob the secret in the block in which Alice tells it", async () => {
    const transaction = await payments.preimages.connect(payments.alice.account).reveal(preimage);
    const block = await ethers.provider.getBlock(transaction.blockNumber!, true);
    const [told] = block!.prefetchedTransactions.map(({ data }) =>
      payments.preimages.interface.parseTransaction({ data }),
    );
    expect(told!.args).to.deep.equal([preimage]);
  });

  it("gives both back when Alice never tells the secret", async () => {
    const { alice, bob } = payments;
    await time.increaseTo(expiry + 1n);
    await expect(coin.claim(0)).to.changeEtherBalance(bob.account, ETHER);
    await expect(tokens.claimIn(token, 0)).to.be.revertedWithCustomError(payments.lockSet, "LockUndecided");
    await time.increaseTo(tokens.tree.get(0)!.expiry + 1n);
    await expect(tokens.claimIn(token, 0)).to.changeTokenBalance(payments.token, alice.account, TOKENS);
  });

  it("gives both what they wanted when Alice tells it in the last second (threat 36)", async () => {
    await time.setNextBlockTimestamp(expiry);
    await payments.preimages.reveal(preimage);
    await time.increaseTo(tokens.tree.get(0)!.expiry + 1n);
    await expect(tokens.claimIn(token, 0)).to.changeTokenBalance(payments.token, payments.bob.account, TOKENS);
    await expect(coin.claim(0)).to.changeEtherBalance(payments.alice.account, ETHER);
  });

  it("costs Alice, and nobody else, if she tells it a second too late", async () => {
    await time.setNextBlockTimestamp(expiry + 1n);
    await payments.preimages.reveal(preimage);
    await expect(coin.claim(0)).to.changeEtherBalance(payments.bob.account, ETHER);
    await expect(tokens.claimIn(token, 0)).to.changeTokenBalance(payments.token, payments.bob.account, TOKENS);
    expect(await coin.held(NATIVE)).to.equal(0n);
  });
});
