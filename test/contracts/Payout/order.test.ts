import { expect } from "chai";
import { ethers } from "hardhat";
import { escrowDestination, NATIVE, toHex, type AssetOutcome, type Destination } from "../../../src";
import type { TestToken } from "../../../typechain-types";
import {
  ANYWHERE,
  Answer,
  conclude,
  disputeAndSettle,
  ELSEWHERE,
  expectHeldEqualsLogs,
  MAX,
} from "../../support/money";
import { addressOf, freshSluice, split, TestChannel, type Sluice } from "../../support/sluice";

interface Open {
  readonly sluice: Sluice;
  readonly channel: TestChannel;
}

/** A channel of Alice and Bob that holds so many wei. */
async function holding(amount: bigint): Promise<Open> {
  const sluice = await freshSluice();
  const channel = new TestChannel(sluice, [sluice.alice, sluice.bob]);
  if (amount > 0n) await channel.fundNative(amount);
  return { sluice, channel };
}

/** A token of which Alice owns all there can ever be, approved. */
async function hugeToken({ adjudicator, alice }: Sluice): Promise<TestToken> {
  const token = await ethers.deployContract("TestToken");
  await token.mint(alice.account, MAX);
  await token.connect(alice.account).approve(adjudicator, MAX);
  return token;
}

function channelDestinationOf(channel: TestChannel): Destination {
  return channel.id as string as Destination;
}

describe("Payout", () => {
  for (const [name, close] of [
    ["conclude", conclude],
    ["settle", disputeAndSettle],
  ] as const) {
    describe(`order of payment (${name})`, () => {
      it("pays everybody when there is enough", async () => {
        const { sluice, channel } = await holding(10n);
        const { alice, bob, carol } = sluice;
        await expect(close(channel, [split(NATIVE, [alice, 5n], [bob, 3n], [carol, 2n])])).to.changeEtherBalances(
          [alice.account, bob.account, carol.account],
          [5n, 3n, 2n],
        );
      });

      it("pays earlier allocations first when money is missing", async () => {
        const { sluice, channel } = await holding(7n);
        const { alice, bob, carol } = sluice;
        await expect(close(channel, [split(NATIVE, [alice, 5n], [bob, 3n], [carol, 2n])])).to.changeEtherBalances(
          [alice.account, bob.account, carol.account],
          [5n, 2n, 0n],
        );
      });

      it("announces what stays owed", async () => {
        const { sluice, channel } = await holding(7n);
        const { alice, bob, carol, adjudicator } = sluice;
        await expect(close(channel, [split(NATIVE, [alice, 5n], [bob, 3n], [carol, 2n])]))
          .to.emit(adjudicator, "Owing")
          .withArgs(channel.id, [0n, 1n, 2n]);
      });

      it("pays a later asset in full when an earlier one is missing", async () => {
        const { sluice, channel } = await holding(0n);
        const { alice, bob, token } = sluice;
        await channel.fundToken(10n);
        const outcome = [split(NATIVE, [alice, 5n]), split(await addressOf(token), [alice, 6n], [bob, 4n])];
        await expect(close(channel, outcome)).to.changeTokenBalances(token, [alice.account, bob.account], [6n, 4n]);
      });

      it("pays several assets", async () => {
        const { sluice, channel } = await holding(10n);
        const { alice, bob, token } = sluice;
        await channel.fundToken(10n);
        const outcome = [split(NATIVE, [alice, 10n]), split(await addressOf(token), [bob, 10n])];
        const closing = close(channel, outcome);
        await expect(closing).to.changeEtherBalance(alice.account, 10n);
        await expect(closing).to.changeTokenBalance(token, bob.account, 10n);
      });

      it("pays one destination that is named several times, each time", async () => {
        const { sluice, channel } = await holding(10n);
        const { alice, bob } = sluice;
        await expect(close(channel, [split(NATIVE, [alice, 4n], [bob, 1n], [alice, 5n])])).to.changeEtherBalances(
          [alice.account, bob.account],
          [9n, 1n],
        );
      });

      it("skips zero amounts without a payment or a credit", async () => {
        const { sluice, channel } = await holding(10n);
        const { alice, bob, adjudicator } = sluice;
        await expect(close(channel, [split(NATIVE, [alice, 0n], [ANYWHERE, 0n], [bob, 10n])])).not.to.emit(
          adjudicator,
          "Credited",
        );
        expect(await channel.held()).to.equal(0n);
      });

      it("leaves with the channel what the outcome does not name", async () => {
        const { sluice, channel } = await holding(10n);
        await close(channel, [split(NATIVE, [sluice.alice, 6n])]);
        expect(await channel.held()).to.equal(4n);
      });

      it("credits channels and escrows inside", async () => {
        const { sluice, channel } = await holding(10n);
        const { alice, bob, adjudicator } = sluice;
        const successor = channelDestinationOf(new TestChannel(sluice, [alice, bob]));
        const escrow = escrowDestination(await addressOf(sluice.ticTacToe), toHex(ethers.id("terms")));
        await close(channel, [split(NATIVE, [successor, 6n], [escrow, 3n], [bob, 1n])]);
        expect(await adjudicator.held(successor, NATIVE)).to.equal(6n);
        expect(await adjudicator.held(escrow, NATIVE)).to.equal(3n);
        await expectHeldEqualsLogs(adjudicator);
      });

      it("credits insiders in order when money is missing", async () => {
        const { sluice, channel } = await holding(7n);
        await close(channel, [split(NATIVE, [ANYWHERE, 5n], [ELSEWHERE, 5n])]);
        expect(await sluice.adjudicator.held(ANYWHERE, NATIVE)).to.equal(5n);
        expect(await sluice.adjudicator.held(ELSEWHERE, NATIVE)).to.equal(2n);
      });

      it("keeps what a channel pays to itself", async () => {
        const { sluice, channel } = await holding(10n);
        const { bob } = sluice;
        const itself = channelDestinationOf(channel);
        await expect(close(channel, [split(NATIVE, [itself, 4n], [bob, 6n])])).to.changeEtherBalance(bob.account, 6n);
        expect(await channel.held()).to.equal(4n);
        await expectHeldEqualsLogs(sluice.adjudicator);
      });

      it("keeps what a channel pays to itself when money is missing", async () => {
        const { sluice, channel } = await holding(10n);
        const { bob } = sluice;
        const itself = channelDestinationOf(channel);
        await expect(close(channel, [split(NATIVE, [itself, 4n], [bob, 7n])])).to.changeEtherBalance(bob.account, 6n);
        expect(await channel.held()).to.equal(4n);
      });

      it("never touches another channel's money", async () => {
        const { sluice, channel } = await holding(5n);
        const { alice, bob } = sluice;
        const other = new TestChannel(sluice, [alice, bob]);
        await other.fundNative(100n);
        await expect(close(channel, [split(NATIVE, [alice, 50n])])).to.changeEtherBalance(alice.account, 5n);
        expect(await other.held()).to.equal(100n);
      });
    });

    describe(`extreme amounts (${name})`, () => {
      it("pays what is there towards sums that overflow (threat 19)", async () => {
        const { sluice, channel } = await holding(10n);
        const { alice, bob } = sluice;
        await expect(close(channel, [split(NATIVE, [alice, 3n], [bob, MAX], [alice, MAX])])).to.changeEtherBalances(
          [alice.account, bob.account],
          [3n, 7n],
        );
      });

      it("announces debts near 2^256 - 1 exactly (threat 19)", async () => {
        const { sluice, channel } = await holding(10n);
        const { bob, alice, adjudicator } = sluice;
        await expect(close(channel, [split(NATIVE, [bob, MAX], [alice, MAX])]))
          .to.emit(adjudicator, "Owing")
          .withArgs(channel.id, [MAX - 10n, MAX]);
      });

      it("pays 2^256 - 1 of a token (threat 19)", async () => {
        const { sluice, channel } = await holding(0n);
        const { alice, bob, adjudicator } = sluice;
        const token = await hugeToken(sluice);
        await adjudicator.connect(alice.account).deposit(channel.id, token, 0n, MAX);
        await close(channel, [split(await addressOf(token), [bob, MAX])]);
        expect(await token.balanceOf(bob.account)).to.equal(MAX);
      });

      it("lets a channel that holds 2^256 - 1 pay itself (threat 19)", async () => {
        const { sluice, channel } = await holding(0n);
        const { alice, bob, adjudicator } = sluice;
        const token = await hugeToken(sluice);
        await adjudicator.connect(alice.account).deposit(channel.id, token, 0n, MAX);
        const asset = await addressOf(token);
        await close(channel, [split(asset, [channelDestinationOf(channel), 1n], [bob, MAX - 1n])]);
        expect(await token.balanceOf(bob.account)).to.equal(MAX - 1n);
        expect(await channel.held(asset)).to.equal(1n);
      });

      it("lets a channel that holds 2^256 - 1 pay itself when money is missing (threat 19)", async () => {
        const { sluice, channel } = await holding(0n);
        const { alice, bob, adjudicator } = sluice;
        const token = await hugeToken(sluice);
        await adjudicator.connect(alice.account).deposit(channel.id, token, 0n, MAX);
        const asset = await addressOf(token);
        await close(channel, [split(asset, [channelDestinationOf(channel), 1n], [bob, MAX])]);
        expect(await token.balanceOf(bob.account)).to.equal(MAX - 1n);
        expect(await channel.held(asset)).to.equal(1n);
      });

      it("pays the other assets although a lying token filled a destination to the brim (threat 19)", async () => {
        const { channel, outcome, sluice } = await withLyingToken(() => ANYWHERE);
        await expect(close(channel, outcome)).to.changeEtherBalance(sluice.alice.account, 10n);
      });

      it("pays the other assets although a lying token filled an account to the brim (threat 19)", async () => {
        const { channel, outcome, sluice } = await withLyingToken(({ bob }) => bob.destination);
        await expect(close(channel, outcome)).to.changeEtherBalance(sluice.alice.account, 10n);
      });
    });
  }
});

/** A channel that holds 10 wei for Alice and one of a token for a destination that claims to hold all there can be. */
async function withLyingToken(
  fullIn: (sluice: Sluice) => Destination,
): Promise<Open & { outcome: readonly AssetOutcome[] }> {
  const { sluice, channel } = await holding(10n);
  const full = fullIn(sluice);
  const token = await ethers.deployContract("OddToken");
  const asset = await addressOf(token);
  await sluice.adjudicator.deposit(full, asset, 0n, MAX);
  await sluice.adjudicator.deposit(channel.id, asset, 0n, 1n);
  await token.setAnswer(Answer.False);
  return { sluice, channel, outcome: [split(NATIVE, [sluice.alice, 10n]), split(asset, [full, 1n])] };
}
