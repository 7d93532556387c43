import { time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { NATIVE } from "../../src";
import { ETHER, freshSluice, split, TestChannel } from "../support/sluice";

describe("smoke", () => {
  it("pays a cooperative close and a dispute", async () => {
    const sluice = await freshSluice();
    const { alice, bob, adjudicator } = sluice;
    const channel = new TestChannel(sluice, [alice, bob]);
    await channel.fundNative(10n * ETHER);
    const final = channel.finalState([split(NATIVE, [alice, 6n * ETHER], [bob, 4n * ETHER])]);
    await expect(adjudicator.conclude(channel.terms, final, channel.sign(final))).to.changeEtherBalances(
      [alice.account, bob.account],
      [6n * ETHER, 4n * ETHER],
    );
    const other = new TestChannel(sluice, [alice, bob], { bond: 5n });
    await other.fundNative(10n * ETHER);
    const old = other.state(1n, [split(NATIVE, [alice, 10n * ETHER], [bob, 0n])]);
    const newer = other.state(2n, [split(NATIVE, [alice, 6n * ETHER], [bob, 4n * ETHER])]);
    const dispute = await other.challenge(old, alice);
    const stopped = await other.checkpoint(newer, dispute);
    expect(await adjudicator.held(`0x${"00".repeat(12)}${bob.participant.slice(2)}`, NATIVE)).to.equal(5n);
    const again = await other.challenge(newer, bob, stopped);
    await time.increaseTo(again.finalizesAt);
    await expect(adjudicator.settle(other.id, newer, again)).to.changeEtherBalances(
      [alice.account, bob.account],
      [6n * ETHER, 4n * ETHER],
    );
  });
});
