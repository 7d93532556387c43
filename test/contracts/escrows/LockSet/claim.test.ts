import { time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { ethers } from "hardhat";
import { evenScalar, LockTree, NATIVE, NO_LOCKS, type Hex } from "../../../../src";
import { FAR, freshPayments, now, secretOf, TestLocks, type Payments } from "../../../support/payments";
import { addressOf, ETHER, split, TestChannel } from "../../../support/sluice";
import { disputeToTheEnd } from "../../../support/disputes";

describe("LockSet", () => {
  let payments: Payments;
  let locks: TestLocks;

  beforeEach(async () => {
    payments = await freshPayments();
    locks = new TestLocks(payments, payments.alice, payments.bob);
  });

  async function reveal(...secrets: string[]): Promise<void> {
    await payments.preimages.revealSeveral(secrets.map((secret) => secretOf(secret).preimage));
  }

  it("serves one asset holder", async () => {
    expect(await payments.lockSet.HOLDER()).to.equal(payments.deployment.adjudicator);
  });

  describe("destinationOf", () => {
    it("is the escrow destination of the terms", async () => {
      locks.add("a", ETHER);
      expect(await payments.lockSet.destinationOf(locks.terms)).to.equal(locks.destination);
    });

    it("differs with every field of the terms", async () => {
      locks.add("a", ETHER);
      const other = ethers.id("other") as Hex;
      const variants = ["payer", "payee", "salt", "root"].map((field) => ({ ...locks.terms, [field]: other }));
      const all = [locks.terms, ...variants];
      const destinations = await Promise.all(all.map((terms) => payments.lockSet.destinationOf(terms)));
      expect(new Set(destinations).size).to.equal(5);
    });
  });

  describe("claim of a lock", () => {
    let expiry: bigint;

    beforeEach(async () => {
      expiry = (await now()) + 100_000n;
      locks.add("a", ETHER, expiry);
      await locks.fund();
    });

    it("pays the payee once the fact is known", async () => {
      await reveal("a");
      await expect(locks.claim(0)).to.changeEtherBalance(payments.bob.account, ETHER);
      expect(await locks.held()).to.equal(0n);
    });

    it("says what it paid", async () => {
      await reveal("a");
      await expect(locks.claim(0)).to.emit(payments.lockSet, "Claimed").withArgs(locks.destination, NATIVE, ETHER, 0n);
    });

    it("is open before the expiry, while the fact is unknown", async () => {
      await expect(locks.claim(0)).to.be.revertedWithCustomError(payments.lockSet, "LockUndecided").withArgs(0, expiry);
    });

    for (const [when, offset] of [
      ["T-1", -1n],
      ["T", 0n],
    ] as const) {
      it(`pays the payee for ever if the fact became known at ${when} (threat 36)`, async () => {
        await time.setNextBlockTimestamp(expiry + offset);
        await payments.preimages.reveal(secretOf("a").preimage);
        await time.increaseTo(expiry + 50n * 31_536_000n);
        await expect(locks.claim(0)).to.changeEtherBalance(payments.bob.account, ETHER);
      });

      it(`is open at ${when} while the fact is unknown: it could be told in the same block (threat 36)`, async () => {
        await time.setNextBlockTimestamp(expiry + offset);
        await expect(locks.claim(0)).to.be.revertedWithCustomError(payments.lockSet, "LockUndecided");
      });
    }

    it("pays the payer if the fact became known at T+1 (threat 36)", async () => {
      await time.setNextBlockTimestamp(expiry + 1n);
      await payments.preimages.reveal(secretOf("a").preimage);
      await expect(locks.claim(0)).to.changeEtherBalances([payments.alice.account, payments.bob.account], [ETHER, 0n]);
    });

    it("pays the payer from T+1 on if the fact is unknown (threat 36)", async () => {
      await time.setNextBlockTimestamp(expiry + 1n);
      await expect(locks.claim(0)).to.changeEtherBalance(payments.alice.account, ETHER);
    });

    it("may be made by anybody, and pays the same", async () => {
      await reveal("a");
      const { locks: packed, proof } = locks.tree.prove([0]);
      const mallory = payments.lockSet.connect(payments.mallory.account);
      await expect(mallory.claim(locks.terms, NATIVE, packed, proof)).to.changeEtherBalance(
        payments.bob.account,
        ETHER,
      );
    });

    it("decides every hop of a path by one clock: known in time for one is known in time for all (threat 36)", async () => {
      const next = new TestLocks(payments, payments.bob, payments.carol);
      next.add("a", ETHER, expiry);
      await next.fund();
      await time.setNextBlockTimestamp(expiry);
      await payments.preimages.reveal(secretOf("a").preimage);
      await time.increaseTo(expiry + 100_000n);
      await expect(next.claim(0)).to.changeEtherBalance(payments.carol.account, ETHER);
      await expect(locks.claim(0)).to.changeEtherBalance(payments.bob.account, ETHER);
    });
  });

  describe("claim of several locks", () => {
    it("pays each side what is its own, in one call", async () => {
      const expiry = (await now()) + 100_000n;
      locks.add("a", 1n, expiry);
      locks.add("b", 2n, expiry);
      locks.add("c", 4n, expiry);
      locks.add("d", 8n, expiry);
      await locks.fund();
      await reveal("a", "c");
      await time.increaseTo(expiry + 1n);
      const { alice, bob } = payments;
      await expect(locks.claimAll()).to.changeEtherBalances([alice.account, bob.account], [10n, 5n]);
    });

    it("leaves no mark if they are all there are: a set that is paid leaves nothing behind", async () => {
      locks.add("a", 1n);
      locks.add("b", 2n);
      await locks.fund();
      await reveal("a", "b");
      await expect(locks.claim(0, 1)).not.to.emit(payments.lockSet, "Marked");
      expect(await payments.lockSet.marks(locks.destination, NATIVE, 0)).to.equal(0n);
      expect(await locks.held()).to.equal(0n);
    });

    it("marks them if there are others", async () => {
      ["a", "b", "c"].forEach((secret) => locks.add(secret, 1n));
      await locks.fund();
      await reveal("a", "c");
      await expect(locks.claim(0, 2))
        .to.emit(payments.lockSet, "Marked")
        .withArgs(locks.destination, NATIVE, 0n, 0b101n);
      expect(await payments.lockSet.marks(locks.destination, NATIVE, 0)).to.equal(0b101n);
      expect(await locks.held()).to.equal(1n);
    });

    it("marks positions beyond 256 in words of their own", async () => {
      const registry = payments.addresses.preimages;
      const { key } = secretOf("a");
      for (const position of [255, 256, 1_000, 2 ** 32 - 1, 7]) {
        locks.tree.place({ position, registry, key, amount: 1n, expiry: FAR });
      }
      await locks.fund();
      await reveal("a");
      const claim = locks.claim(255, 256, 1_000, 2 ** 32 - 1);
      await expect(claim).to.changeEtherBalance(payments.bob.account, 4n);
      for (const [word, bits] of [
        [0n, 1n << 255n],
        [1n, 1n],
        [3n, 1n << 232n],
        [2n ** 24n - 1n, 1n << 255n],
      ] as const) {
        await expect(claim).to.emit(payments.lockSet, "Marked").withArgs(locks.destination, NATIVE, word, bits);
        expect(await payments.lockSet.marks(locks.destination, NATIVE, word)).to.equal(bits);
      }
      await expect(locks.claim(7)).to.changeEtherBalance(payments.bob.account, 1n);
    });

    it("is refused as a whole if one is open", async () => {
      locks.add("a", 1n);
      locks.add("b", 2n);
      await locks.fund();
      await reveal("a");
      await expect(locks.claimAll()).to.be.revertedWithCustomError(payments.lockSet, "LockUndecided").withArgs(1, FAR);
      await expect(locks.claim(0)).to.changeEtherBalance(payments.bob.account, 1n);
    });

    it("mixes registries", async () => {
      const { key, scalar } = evenScalar(ethers.id("a scalar") as Hex);
      locks.add("a", 1n);
      locks.addLock({ registry: payments.addresses.scalars, key, amount: 2n, expiry: FAR });
      await locks.fund();
      await reveal("a");
      await payments.scalars.reveal(key, scalar);
      await expect(locks.claimAll()).to.changeEtherBalance(payments.bob.account, 3n);
    });

    it("takes locks that pay nothing", async () => {
      locks.add("a", 0n);
      locks.add("b", 0n);
      await reveal("a", "b");
      await expect(locks.claim(0)).to.emit(payments.lockSet, "Claimed").withArgs(locks.destination, NATIVE, 0n, 0n);
      await expect(locks.claim(1)).to.emit(payments.lockSet, "Claimed");
    });
  });

  describe("with another amount of money than its locks add up to", () => {
    beforeEach(async () => {
      ["a", "b", "c"].forEach((secret) => locks.add(secret, 10n));
      await reveal("a", "b", "c");
    });

    it("pays those that are claimed first, each in full, when it holds less", async () => {
      await locks.fund(25n);
      await expect(locks.claimAll())
        .to.be.revertedWithCustomError(payments.adjudicator, "HeldTooLittle")
        .withArgs(locks.destination, NATIVE, 25n, 30n);
      await expect(locks.claim(2, 0)).to.changeEtherBalance(payments.bob.account, 20n);
      await expect(locks.claim(1))
        .to.be.revertedWithCustomError(payments.adjudicator, "HeldTooLittle")
        .withArgs(locks.destination, NATIVE, 5n, 10n);
    });

    it("pays the one that waited when the rest of the money comes", async () => {
      await locks.fund(25n);
      await locks.claim(0, 1);
      await locks.fund(5n);
      await expect(locks.claim(2)).to.changeEtherBalance(payments.bob.account, 10n);
      expect(await locks.held()).to.equal(0n);
    });

    it("pays the rest to the payer when it holds more and all are claimed at once", async () => {
      await locks.fund(37n);
      const { alice, bob } = payments;
      await expect(locks.claimAll()).to.changeEtherBalances([alice.account, bob.account], [7n, 30n]);
    });

    it("keeps the rest until then", async () => {
      await locks.fund(37n);
      await locks.claim(0, 1);
      const { alice, bob } = payments;
      await expect(locks.claim(2)).to.changeEtherBalances([alice.account, bob.account], [0n, 10n]);
      expect(await locks.held()).to.equal(7n);
      await expect(locks.claimAll()).to.changeEtherBalances([alice.account, bob.account], [7n, 0n]);
    });
  });

  describe("and destinations", () => {
    it("pays a channel, in which the money then is", async () => {
      const channel = new TestChannel(payments, [payments.bob, payments.carol]);
      locks.add("a", ETHER);
      const terms = { ...locks.terms, payee: channel.id as Hex };
      const destination = await payments.lockSet.destinationOf(terms);
      await payments.adjudicator.depositNative(destination, 0n, { value: ETHER });
      await reveal("a");
      const { locks: packed, proof } = locks.tree.prove([0]);
      await payments.lockSet.claim(terms, NATIVE, packed, proof);
      expect(await channel.held()).to.equal(ETHER);
    });

    it("pays another set of locks", async () => {
      const next = new TestLocks(payments, payments.bob, payments.carol);
      next.add("b", ETHER);
      locks.add("a", ETHER);
      const terms = { ...locks.terms, payee: next.destination as Hex };
      await payments.adjudicator.depositNative(await payments.lockSet.destinationOf(terms), 0n, { value: ETHER });
      await reveal("a", "b");
      const { locks: packed, proof } = locks.tree.prove([0]);
      await payments.lockSet.claim(terms, NATIVE, packed, proof);
      await expect(next.claim(0)).to.changeEtherBalance(payments.carol.account, ETHER);
    });

    it("returns the payer's locks although the payee is nobody", async () => {
      const expiry = (await now()) + 100_000n;
      locks.add("a", ETHER, expiry);
      const terms = { ...locks.terms, payee: NO_LOCKS };
      await payments.adjudicator.depositNative(await payments.lockSet.destinationOf(terms), 0n, { value: ETHER });
      await time.increaseTo(expiry + 1n);
      const { locks: packed, proof } = locks.tree.prove([0]);
      await expect(payments.lockSet.claim(terms, NATIVE, packed, proof)).to.changeEtherBalance(
        payments.alice.account,
        ETHER,
      );
    });

    it("pays tokens", async () => {
      const token = await addressOf(payments.token);
      const { adjudicator, alice, bob } = payments;
      locks.add("a", ETHER);
      await adjudicator.connect(alice.account).deposit(locks.destination, token, 0n, ETHER);
      await reveal("a");
      await expect(locks.claimIn(token, 0)).to.changeTokenBalance(payments.token, bob.account, ETHER);
    });

    it("is paid by a settled channel", async () => {
      const { alice, bob } = payments;
      const channel = new TestChannel(payments, [alice, bob]);
      const inFlight = new TestLocks(payments, alice, bob, channel.id);
      inFlight.add("a", 3n);
      inFlight.add("b", 4n);
      await channel.fundNative(10n);
      const allocations = split(NATIVE, [alice, 3n], [inFlight.destination, 7n]);
      await disputeToTheEnd(channel, channel.state(1n, [allocations]));
      expect(await inFlight.held()).to.equal(7n);
      await reveal("b");
      await expect(inFlight.claim(1)).to.changeEtherBalance(bob.account, 4n);
      expect(await inFlight.held()).to.equal(3n);
    });

    it("keeps apart the halves of a payment that is split over two channels", async () => {
      const { alice, bob } = payments;
      const halves = ["one channel", "another"].map(
        (name) => new TestLocks(payments, alice, bob, ethers.id(name) as Hex),
      );
      for (const half of halves) {
        half.add("a", ETHER);
        await half.fund();
      }
      await reveal("a");
      for (const half of halves) await expect(half.claim(0)).to.changeEtherBalance(bob.account, ETHER);
    });
  });

  it("has a tree without locks that claims nothing", () => {
    expect(new LockTree().root).to.equal(NO_LOCKS);
  });
});
