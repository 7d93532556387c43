import { expect } from "chai";
import { ethers } from "hardhat";
import {
  decodeOutcome,
  decodeTallies,
  encodeTallies,
  FINAL_VERSION,
  NATIVE,
  NO_LOCKS,
  NO_TALLY,
  NO_VOUCHER,
  versionOfEpoch,
  type Destination,
  type Hex,
  type State,
} from "../../../../src";
import { freshPayments, TestPayments, type Payments } from "../../../support/payments";
import { addressOf, ETHER, type Actor } from "../../../support/sluice";

/** What each participant has in a state, and what is locked, in ether, for an asset. */
function amountsOf(state: State, asset = 0): bigint[] {
  return decodeOutcome(state.outcome)[asset]!.allocations.map(({ amount }) => amount / ETHER);
}

describe("PaymentApp", () => {
  let payments: Payments;
  let channel: TestPayments;
  let first: Actor;
  let second: Actor;

  beforeEach(async () => {
    payments = await freshPayments();
    channel = new TestPayments(payments, [payments.alice, payments.bob]);
    [first, second] = channel.actors as [Actor, Actor];
  });

  it("knows its lock set", async () => {
    expect(await payments.app.LOCK_SET()).to.equal(payments.addresses.lockSet);
  });

  it("says how far it counts", async () => {
    expect(await payments.app.VOUCHER_BITS()).to.equal(28n);
    expect(await payments.app.MAX_ASSETS()).to.equal(16n);
  });

  describe("supports", () => {
    it("a payment that the payee signed, in either direction", async () => {
      for (const [payer, payee, expected] of [
        [first, second, [7n, 13n]],
        [second, first, [13n, 7n]],
      ] as const) {
        const voucher = channel.voucher(payer, { transferred: 3n * ETHER });
        const shown = channel.show(channel.base, [channel.inOrder([payer, voucher])], [payee]);
        expect(amountsOf(shown.candidate.state)).to.deep.equal(expected);
        expect(shown.candidate.state.version).to.equal(channel.base.version + 1n);
        await channel.ask(shown);
      }
    });

    it("a payment that the payee acknowledged, whoever shows it: no signature of the state is needed", async () => {
      const paid = channel.voucher(first, { transferred: 3n * ETHER });
      const answer = channel.voucher(second, { transferred: ETHER }, paid);
      const shown = channel.show(channel.base, [[paid, answer]], [first]);
      expect(amountsOf(shown.candidate.state)).to.deep.equal([8n, 12n]);
      await channel.ask(shown);
    });

    it("payments that crossed, once either payee adds what it received to what is registered", async () => {
      const paid = channel.voucher(first, { transferred: 3n * ETHER });
      const crossed = channel.voucher(second, { transferred: 5n * ETHER });
      const shown = channel.show(channel.base, [[paid, undefined]], [second]);
      await channel.ask(shown);
      const joined = channel.show(shown.candidate.state, [[undefined, crossed]], [first], true);
      expect(amountsOf(joined.candidate.state)).to.deep.equal([12n, 8n]);
      await channel.ask(joined, true);
    });

    it("the same state whichever of two payments is shown first: the join is one", () => {
      const paid = channel.voucher(first, { transferred: 3n * ETHER });
      const crossed = channel.voucher(second, { transferred: 5n * ETHER });
      const both = channel.join(channel.base, [paid, crossed]).state;
      const one = channel.join(channel.join(channel.base, [paid, undefined]).state, [undefined, crossed]).state;
      const other = channel.join(channel.join(channel.base, [undefined, crossed]).state, [paid, undefined]).state;
      expect(one).to.deep.equal(both);
      expect(other).to.deep.equal(both);
    });

    it("a voucher that skips others, of which it is the sum", async () => {
      const voucher = channel.voucher(first, { nonce: 100n, transferred: 9n * ETHER });
      const shown = channel.show(channel.base, [[voucher, undefined]], [second]);
      expect(shown.candidate.state.version).to.equal(channel.base.version + 100n);
      await channel.ask(shown);
    });

    it("locks in flight, which go to the lock set", async () => {
      const locks = channel.locksOf(first);
      locks.add("a", 4n * ETHER);
      const locked = { locked: locks.tree.sum, locksRoot: locks.tree.root };
      const voucher = channel.voucher(first, { transferred: ETHER, ...locked });
      const shown = channel.show(channel.base, [[voucher, undefined]], [second]);
      expect(amountsOf(shown.candidate.state)).to.deep.equal([5n, 11n, 4n]);
      const [group] = decodeOutcome(shown.candidate.state.outcome);
      expect(group!.allocations[2]!.destination).to.equal(locks.destination);
      await channel.ask(shown);
    });

    it("locks of both directions, each in its own set", async () => {
      const [ours, theirs] = [channel.locksOf(first), channel.locksOf(second)];
      ours.add("a", 4n * ETHER);
      theirs.add("a", 6n * ETHER);
      const vouchers = [ours, theirs].map(({ payer, tree }) =>
        channel.voucher(payer, { locked: tree.sum, locksRoot: tree.root }),
      );
      const one = channel.show(channel.base, [[vouchers[0], undefined]], [second]).candidate.state;
      const shown = channel.show(one, [[undefined, vouchers[1]]], [first], true);
      expect(amountsOf(shown.candidate.state)).to.deep.equal([6n, 4n, 4n, 6n]);
      const destinations = decodeOutcome(shown.candidate.state.outcome)[0]!.allocations.map((a) => a.destination);
      expect(destinations.slice(2)).to.deep.equal([ours.destination, theirs.destination]);
      await channel.ask(shown, true);
    });

    it("a lock that turns into a payment, is taken away, or changes, with the payee behind it", async () => {
      const locks = channel.locksOf(first);
      locks.add("a", 4n * ETHER);
      const locked = { locked: locks.tree.sum, locksRoot: locks.tree.root };
      const before = channel.join(channel.base, [channel.voucher(first, locked), undefined]).state;
      for (const [tally, expected] of [
        [{ transferred: 4n * ETHER }, [6n, 14n]],
        [{}, [10n, 10n]],
        [{ locked: 7n * ETHER, locksRoot: ethers.id("another root") as Hex }, [3n, 10n, 7n]],
      ] as const) {
        const voucher = channel.voucher(first, { nonce: 2n, ...tally });
        const shown = channel.show(before, [[voucher, undefined]], [second], true);
        expect(amountsOf(shown.candidate.state)).to.deep.equal(expected);
        await channel.ask(shown, true);
      }
    });

    it("money that was received a moment ago, spent again", async () => {
      const paid = channel.voucher(first, { transferred: 10n * ETHER });
      const spent = channel.voucher(second, { transferred: 20n * ETHER }, paid);
      const shown = channel.show(channel.base, [[paid, spent]], [first]);
      expect(amountsOf(shown.candidate.state)).to.deep.equal([20n, 0n]);
      await channel.ask(shown);
    });

    it("whatever else was agreed, untouched, before the locks", async () => {
      const others = [1n, 2n].map((amount) => ({
        destination: ethers.id(`child ${amount}`) as Destination,
        amount: amount * ETHER,
      }));
      const parent = new TestPayments(payments, [payments.alice, payments.bob], undefined, {}, [NATIVE], others);
      const tally = { transferred: ETHER, locked: 2n * ETHER, locksRoot: ethers.id("a root") as Hex };
      const voucher = parent.voucher(parent.actors[0]!, tally);
      const shown = parent.show(parent.base, [[voucher, undefined]], [parent.actors[1]!]);
      expect(amountsOf(shown.candidate.state)).to.deep.equal([7n, 11n, 1n, 2n, 2n]);
      await parent.ask(shown);
      const next = parent.voucher(parent.actors[0]!, { nonce: 2n, transferred: 3n * ETHER });
      const later = parent.show(shown.candidate.state, [[next, undefined]], [parent.actors[1]!], true);
      expect(amountsOf(later.candidate.state)).to.deep.equal([7n, 13n, 1n, 2n]);
      await parent.ask(later, true);
    });

    it("several assets, each with vouchers of its own", async () => {
      const assets = [NATIVE, await addressOf(payments.token)];
      const rich = new TestPayments(payments, [payments.alice, payments.bob], undefined, {}, assets);
      const coin = rich.voucher(first, { transferred: ETHER }, undefined, assets[0]);
      const token = rich.voucher(second, { transferred: 2n * ETHER }, coin, assets[1]);
      const shown = rich.show(
        rich.base,
        [
          [coin, undefined],
          [undefined, token],
        ],
        [first, second],
      );
      expect(amountsOf(shown.candidate.state, 0)).to.deep.equal([9n, 11n]);
      expect(amountsOf(shown.candidate.state, 1)).to.deep.equal([12n, 8n]);
      expect(shown.candidate.state.version).to.equal(rich.base.version + 2n);
      await rich.ask(shown);
    });

    it("as many as 16 assets", async () => {
      const assets = Array.from({ length: 16 }, (_, i) => ethers.getAddress(ethers.toBeHex(i, 20)) as typeof NATIVE);
      const rich = new TestPayments(payments, [payments.alice, payments.bob], undefined, {}, assets);
      const vouchers = assets.map((asset) => {
        const voucher = rich.voucher(first, { transferred: ETHER }, undefined, asset);
        return [voucher, undefined] as const;
      });
      await rich.ask(rich.show(rich.base, vouchers, [second]));
    });

    it("vouchers on top of a state that holds tallies already: what was folded in is not paid again", async () => {
      const paid = { nonce: 5n, transferred: 4n * ETHER, locked: 0n, locksRoot: NO_LOCKS };
      const base: State = { ...channel.baseState(2n), appData: encodeTallies([[paid, NO_TALLY]]) };
      const voucher = channel.voucher(first, { nonce: 6n, transferred: 5n * ETHER });
      const shown = channel.show(base, [[voucher, undefined]], [second]);
      expect(amountsOf(shown.candidate.state)).to.deep.equal([9n, 11n]);
      expect(shown.candidate.state.version).to.equal(versionOfEpoch(2n) + 1n);
      await channel.ask(shown);
    });

    it("the earlier state itself, which says nothing new", async () => {
      const tallies = encodeTallies([[NO_TALLY, NO_TALLY]]);
      const base = { ...channel.base, appData: tallies };
      await channel.ask(channel.show(base, [[undefined, undefined]], []));
    });

    it("the last voucher of an epoch", async () => {
      const nonce = 2n ** 28n - 1n;
      const shown = channel.show(channel.base, [[channel.voucher(first, { nonce }), undefined]], [second]);
      expect(shown.candidate.state.version).to.equal(versionOfEpoch(2n) - 1n);
      await channel.ask(shown);
    });

    it("the largest amounts there are", async () => {
      const most = 2n ** 128n - 1n;
      const rich = new TestPayments(payments, [payments.alice, payments.bob], [2n * most, 2n ** 256n - 1n - 2n * most]);
      const locked = { locked: most, locksRoot: ethers.id("a root") as Hex };
      const voucher = rich.voucher(first, { transferred: most, ...locked });
      const shown = rich.show(rich.base, [[voucher, undefined]], [second]);
      const [group] = decodeOutcome(shown.candidate.state.outcome);
      expect(group!.allocations.map(({ amount }) => amount)).to.deep.equal([0n, 2n ** 256n - 1n - most, most]);
      await rich.ask(shown);
    });
  });

  describe("reads and writes the same tallies as the client", () => {
    it("two for each asset, in the order of the participants", () => {
      const tallies = [
        [
          { nonce: 1n, transferred: 2n, locked: 3n, locksRoot: ethers.id("a") as Hex },
          { nonce: 2n ** 64n - 1n, transferred: 2n ** 128n - 1n, locked: 2n ** 128n - 1n, locksRoot: NO_LOCKS },
        ],
      ] as const;
      const types = Array.from({ length: 2 }, () => "tuple(uint64,uint128,uint128,bytes32)");
      const expected = ethers.AbiCoder.defaultAbiCoder().encode(types, tallies[0].map(Object.values));
      expect(encodeTallies(tallies)).to.equal(expected);
      expect(decodeTallies(expected as Hex, 1)).to.deep.equal(tallies);
    });
  });

  it("is not asked about final states", async () => {
    const voucher = channel.voucher(first, {});
    const { state, endorsements } = channel.join(channel.base, [voucher, undefined]);
    const final = { ...state, version: FINAL_VERSION };
    const shown = channel.present(channel.base, final, endorsements, [second]);
    await expect(channel.checkpointWith(shown)).to.be.revertedWithCustomError(
      payments.adjudicator,
      "FinalNotUnanimous",
    );
    expect(voucher.voucher.ack).to.equal(NO_VOUCHER);
  });
});
