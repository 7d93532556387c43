import { expect } from "chai";
import { NATIVE } from "../../../src";
import { ANYWHERE, ELSEWHERE, expired } from "../../support/money";
import { ETHER, freshSluice, split, TestChannel } from "../../support/sluice";

describe("AssetHolder", () => {
  describe("multicall", () => {
    it("makes several deposits in the name of the caller", async () => {
      const { adjudicator, token, alice } = await freshSluice();
      const deposit = (to: string, amount: bigint): string =>
        adjudicator.interface.encodeFunctionData("deposit", [to, token.target, 0n, amount]);
      await expect(
        adjudicator.connect(alice.account).multicall([deposit(ANYWHERE, 6n), deposit(ELSEWHERE, 4n)]),
      ).to.changeTokenBalance(token, alice.account, -10n);
      expect(await adjudicator.held(ANYWHERE, token)).to.equal(6n);
      expect(await adjudicator.held(ELSEWHERE, token)).to.equal(4n);
    });

    it("settles a channel and withdraws what it left for the caller, in one transaction", async () => {
      const sluice = await freshSluice();
      const { adjudicator, alice, bob, carol } = sluice;
      const channel = new TestChannel(sluice, [alice, bob]);
      await channel.fundNative(10n * ETHER);
      const { state, dispute } = await expired(channel, [split(NATIVE, [bob, 10n * ETHER])]);
      await adjudicator.depositNative(alice.destination, 0n, { value: 3n });
      const settle = adjudicator.interface.encodeFunctionData("settle", [channel.id, state, dispute]);
      const withdraw = adjudicator.interface.encodeFunctionData("withdraw", [NATIVE, carol.account.address, 3n]);
      await expect(adjudicator.connect(alice.account).multicall([settle, withdraw])).to.changeEtherBalances(
        [bob.account, carol.account],
        [10n * ETHER, 3n],
      );
    });

    it("returns what the calls return", async () => {
      const { adjudicator } = await freshSluice();
      await adjudicator.depositNative(ANYWHERE, 0n, { value: 7n });
      const held = adjudicator.interface.encodeFunctionData("held", [ANYWHERE, NATIVE]);
      const [result] = await adjudicator.multicall.staticCall([held]);
      expect(adjudicator.interface.decodeFunctionResult("held", result!)[0]).to.equal(7n);
    });

    it("is all or nothing, and passes the error on", async () => {
      const { adjudicator, token, alice } = await freshSluice();
      const good = adjudicator.interface.encodeFunctionData("deposit", [ANYWHERE, token.target, 0n, 6n]);
      const bad = adjudicator.interface.encodeFunctionData("deposit", [ANYWHERE, token.target, 7n, 1n]);
      await expect(adjudicator.connect(alice.account).multicall([good, bad]))
        .to.be.revertedWithCustomError(adjudicator, "HeldTooLittle")
        .withArgs(ANYWHERE, token.target, 6n, 7n);
      expect(await adjudicator.held(ANYWHERE, token)).to.equal(0n);
    });

    it("takes no native coin, so that none can be counted twice (threat 13)", async () => {
      const { adjudicator, relayer } = await freshSluice();
      const deposit = adjudicator.interface.encodeFunctionData("depositNative", [ANYWHERE, 0n]);
      const data = adjudicator.interface.encodeFunctionData("multicall", [[deposit, deposit]]);
      await expect(relayer.sendTransaction({ to: adjudicator, data, value: 5n })).to.be.revertedWithoutReason();
      expect(await adjudicator.held(ANYWHERE, NATIVE)).to.equal(0n);
    });
  });
});
