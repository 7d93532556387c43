import { time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { concat, dataSlice } from "ethers";
import { ethers } from "hardhat";
import { encodeLock, LockTree, NATIVE, type Hex, type PlacedLock } from "../../../../src";
import { deployReenterer } from "../../../support/money";
import {
  deployRegistry,
  FAR,
  freshPayments,
  now,
  REGISTRY,
  secretOf,
  TestLocks,
  type Payments,
} from "../../../support/payments";
import { addressOf, ETHER } from "../../../support/sluice";

describe("LockSet, attacked", () => {
  let payments: Payments;
  let locks: TestLocks;

  beforeEach(async () => {
    payments = await freshPayments();
    locks = new TestLocks(payments, payments.alice, payments.bob);
  });

  async function reveal(...secrets: string[]): Promise<void> {
    await payments.preimages.revealSeveral(secrets.map((secret) => secretOf(secret).preimage));
  }

  describe("by claiming again", () => {
    beforeEach(async () => {
      ["a", "b", "c"].forEach((secret) => locks.add(secret, 10n));
      await locks.fund();
      await reveal("a", "b");
    });

    it("refuses a lock that was claimed (threat 35)", async () => {
      await locks.claim(0);
      await expect(locks.claim(0))
        .to.be.revertedWithCustomError(payments.lockSet, "NothingToClaim")
        .withArgs(locks.destination);
    });

    it("skips it among others, so that running ahead changes nothing (threat 35)", async () => {
      await locks.claim(0);
      await expect(locks.claim(0, 1)).to.changeEtherBalance(payments.bob.account, 10n);
      expect(await locks.held()).to.equal(10n);
    });

    it("does not refund a lock that was claimed (threat 35)", async () => {
      await locks.claim(0);
      await time.increaseTo(FAR + 1n);
      await expect(locks.claim(0)).to.be.revertedWithCustomError(payments.lockSet, "NothingToClaim");
      await expect(locks.claimAll()).to.changeEtherBalances([payments.alice.account, payments.bob.account], [10n, 10n]);
    });

    it("does not pay a lock that was refunded, though the fact is told later (threat 35)", async () => {
      await time.increaseTo(FAR + 1n);
      await expect(locks.claim(2)).to.changeEtherBalance(payments.alice.account, 10n);
      await reveal("c");
      await expect(locks.claim(2)).to.be.revertedWithCustomError(payments.lockSet, "NothingToClaim");
    });

    it("refuses a whole set that was claimed, for its money is gone (threat 35)", async () => {
      await reveal("c");
      await locks.claimAll();
      await expect(locks.claimAll()).to.be.revertedWithCustomError(payments.adjudicator, "HeldTooLittle");
      await expect(locks.claim(0)).to.be.revertedWithCustomError(payments.adjudicator, "HeldTooLittle");
    });

    it("refuses a whole set whose locks were claimed one by one (threat 35)", async () => {
      await reveal("c");
      for (const position of [0, 1, 2]) await locks.claim(position);
      await expect(locks.claimAll()).to.be.revertedWithCustomError(payments.lockSet, "NothingToClaim");
    });

    it("does not pay a lock twice within one call (threat 35)", async () => {
      const { locks: packed, proof } = locks.tree.prove([0]);
      await expect(payments.lockSet.claim(locks.terms, NATIVE, concat([packed, packed]), proof)).to.be.reverted;
      const both = concat(["0x03", proof]);
      await expect(payments.lockSet.claim(locks.terms, NATIVE, concat([packed, packed]), both)).to.be.reverted;
    });

    it("takes no lock under the root of another set (threat 35)", async () => {
      const other = new TestLocks(payments, payments.alice, payments.bob);
      other.add("a", 10n);
      other.add("d", 10n);
      await other.fund();
      const { locks: packed, proof } = locks.tree.prove([0]);
      await expect(payments.lockSet.claim(other.terms, NATIVE, packed, proof))
        .to.be.revertedWithCustomError(payments.lockSet, "ProofWrong")
        .withArgs(other.tree.root, locks.tree.root);
    });

    it("pays nothing to anybody but payer and payee: other terms are another destination (threat 35)", async () => {
      const { locks: packed, proof } = locks.tree.prove([0]);
      const stolen = { ...locks.terms, payee: payments.mallory.destination };
      await expect(payments.lockSet.claim(stolen, NATIVE, packed, proof)).to.be.revertedWithCustomError(
        payments.adjudicator,
        "HeldTooLittle",
      );
    });

    it("does not spoil a lock by a claim in an asset that is worth nothing", async () => {
      const junk = await ethers.deployContract("TestToken");
      await junk.mint(payments.mallory.account, 30n);
      await junk.connect(payments.mallory.account).approve(payments.adjudicator, 30n);
      const asset = await addressOf(junk);
      await payments.adjudicator.connect(payments.mallory.account).deposit(locks.destination, asset, 0n, 30n);
      await locks.claimIn(asset, 0);
      await expect(locks.claim(0)).to.changeEtherBalance(payments.bob.account, 10n);
    });

    it("does not spoil a lock before the money is there", async () => {
      const later = new TestLocks(payments, payments.alice, payments.bob, ethers.id("later") as Hex);
      ["a", "b", "c"].forEach((secret) => later.add(secret, 10n));
      await expect(later.claim(0)).to.be.revertedWithCustomError(payments.adjudicator, "HeldTooLittle");
      await later.fund();
      await expect(later.claim(0)).to.changeEtherBalance(payments.bob.account, 10n);
    });
  });

  describe("by equal locks", () => {
    beforeEach(async () => {
      locks.add("a", 10n);
      locks.add("a", 10n);
      locks.add("b", 10n);
      await locks.fund();
      await reveal("a");
    });

    it("pays the same hash and amount at two positions twice (threat 34)", async () => {
      await expect(locks.claim(0)).to.changeEtherBalance(payments.bob.account, 10n);
      await expect(locks.claim(1)).to.changeEtherBalance(payments.bob.account, 10n);
      for (const position of [0, 1]) {
        await expect(locks.claim(position)).to.be.revertedWithCustomError(payments.lockSet, "NothingToClaim");
      }
    });

    it("pays both in one call (threat 34)", async () => {
      await expect(locks.claim(0, 1)).to.changeEtherBalance(payments.bob.account, 20n);
    });

    it("does not take one position for another (threat 34)", async () => {
      const { locks: packed, proof } = locks.tree.prove([0]);
      const moved = encodeLock({ ...locks.tree.get(0)!, position: 1 });
      expect(packed).to.not.equal(moved);
      await expect(payments.lockSet.claim(locks.terms, NATIVE, moved, proof)).to.be.revertedWithCustomError(
        payments.lockSet,
        "ProofWrong",
      );
    });
  });

  describe("by a lock that was changed", () => {
    const changes: Readonly<Record<string, Partial<PlacedLock>>> = {
      position: { position: 9 },
      registry: { registry: NATIVE },
      key: { key: secretOf("c").key },
      amount: { amount: 11n },
      expiry: { expiry: 1n },
    };
    for (const [field, change] of Object.entries(changes)) {
      it(`refuses another ${field}`, async () => {
        locks.add("a", 10n);
        locks.add("b", 10n);
        await locks.fund(30n);
        await reveal("a", "c");
        const { proof } = locks.tree.prove([0]);
        const packed = encodeLock({ ...locks.tree.get(0)!, ...change });
        await expect(payments.lockSet.claim(locks.terms, NATIVE, packed, proof)).to.be.revertedWithCustomError(
          payments.lockSet,
          "ProofWrong",
        );
      });
    }
  });

  describe("by a proof that is none", () => {
    let packed: Hex;
    let proof: Hex;

    beforeEach(async () => {
      ["a", "b", "c"].forEach((secret) => locks.add(secret, 10n));
      await locks.fund();
      await reveal("a", "b", "c");
      ({ locks: packed, proof } = locks.tree.prove([0]));
    });

    function claim(bytes: string, steps: string) {
      return payments.lockSet.claim(locks.terms, NATIVE, bytes, steps);
    }

    it("refuses no locks", async () => {
      await expect(claim("0x", proof)).to.be.revertedWithCustomError(payments.lockSet, "LocksMalformed").withArgs(0);
    });

    for (const [what, length] of [
      ["a byte too few", 77],
      ["a byte too many", 79],
    ] as const) {
      it(`refuses ${what}`, async () => {
        const bytes = dataSlice(concat([packed, packed]), 0, length);
        await expect(claim(bytes, proof))
          .to.be.revertedWithCustomError(payments.lockSet, "LocksMalformed")
          .withArgs(length);
      });
    }

    it("refuses a proof that ends within a step", async () => {
      for (const length of [1, 32, 34, 65]) {
        await expect(claim(packed, dataSlice(proof, 0, length))).to.be.revertedWithCustomError(
          payments.lockSet,
          "ProofMalformed",
        );
      }
    });

    it("refuses a proof that leaves several nodes", async () => {
      const { locks: all } = locks.tree.prove([0, 1]);
      for (const steps of ["0x", "0x00", "0x0000"]) {
        await expect(claim(all, steps)).to.be.revertedWithCustomError(payments.lockSet, "ProofMalformed");
      }
    });

    it("refuses a proof that leaves none", async () => {
      for (const steps of ["0x03", "0xff", "0x0303", "0x0300", concat(["0x03", proof])]) {
        await expect(claim(packed, steps)).to.be.revertedWithCustomError(payments.lockSet, "ProofMalformed");
      }
    });

    it("refuses a proof that stops half way", async () => {
      await expect(claim(packed, dataSlice(proof, 0, 33))).to.be.revertedWithCustomError(
        payments.lockSet,
        "ProofWrong",
      );
    });

    it("refuses an inner node for a lock: its hash is that of 64 bytes", async () => {
      const [left, right] = [0, 1].map((position) => ethers.keccak256(encodeLock(locks.tree.get(position)!)));
      const node = concat([left!, right!]);
      await expect(claim(node, "0x")).to.be.revertedWithCustomError(payments.lockSet, "LocksMalformed").withArgs(64);
    });

    it("does not take part of a set for the whole, whose rest the payer gets", async () => {
      await expect(claim(packed, proof)).to.changeEtherBalances(
        [payments.alice.account, payments.bob.account],
        [0n, 10n],
      );
      expect(await locks.held()).to.equal(20n);
    });

    it("does not take part of a set for the whole by what is left in memory", async () => {
      const neighbour = ethers.keccak256(encodeLock(locks.tree.get(1)!));
      // One lock, then what looks like its neighbour behind it: the queue would have to hold it.
      const padded = concat([packed, neighbour, ethers.zeroPadBytes("0x", 46)]);
      for (const steps of ["0x03", concat(["0x0301", dataSlice(proof, 34)])]) {
        await expect(claim(padded, steps)).to.be.revertedWithCustomError(payments.lockSet, "ProofWrong");
        await expect(claim(packed, steps)).to.be.revertedWithCustomError(payments.lockSet, "ProofMalformed");
      }
    });
  });

  describe("by a registry", () => {
    async function withRegistry(behaviour: number, answer = 0n, expiry = FAR) {
      const registry = await deployRegistry(behaviour, answer);
      locks.add("a", 10n);
      locks.addLock({ registry: await addressOf(registry), key: secretOf("b").key, amount: 5n, expiry });
      await locks.fund();
      await reveal("a");
      return registry;
    }

    for (const [name, behaviour] of [
      ["reverts", REGISTRY.revert],
      ["burns its gas", REGISTRY.burnGas],
      ["answers less than a word", REGISTRY.short],
    ] as const) {
      it(`that ${name} leaves its own lock undecided, for ever, and no other`, async () => {
        const expiry = (await now()) + 100_000n;
        const registry = await withRegistry(behaviour, 1n, expiry);
        await time.increaseTo(expiry + 1n);
        for (const positions of [[1], [0, 1]]) {
          await expect(locks.claim(...positions))
            .to.be.revertedWithCustomError(payments.lockSet, "RegistryFailed")
            .withArgs(await addressOf(registry));
        }
        await expect(locks.claim(0)).to.changeEtherBalance(payments.bob.account, 10n);
      });
    }

    it("that has no code leaves its own lock undecided", async () => {
      locks.addLock({ registry: payments.alice.participant, key: secretOf("b").key, amount: 5n, expiry: 0n });
      await locks.fund();
      await expect(locks.claim(0))
        .to.be.revertedWithCustomError(payments.lockSet, "RegistryFailed")
        .withArgs(payments.alice.participant);
    });

    it("that answers with a bomb is read for one word", async () => {
      await withRegistry(REGISTRY.bomb, 1n);
      const claim = await locks.claim(1);
      expect((await claim.wait())!.gasUsed).to.be.below(3_000_000n); // most of it is the registry's own
      expect(await locks.held()).to.equal(10n);
    });

    it("that fails for want of gas does not turn a payment into a refund", async () => {
      const expiry = (await now()) + 100_000n;
      locks.add("a", 10n, expiry);
      locks.add("b", 10n, expiry);
      await locks.fund();
      await reveal("a");
      await time.increaseTo(expiry + 1n);
      const { locks: packed, proof } = locks.tree.prove([0]);
      const data = payments.lockSet.interface.encodeFunctionData("claim", [locks.terms, NATIVE, packed, proof]);
      const { alice, relayer, lockSet } = payments;
      const before = await ethers.provider.getBalance(alice.account);
      for (let gasLimit = 40_000n; gasLimit < 140_000n; gasLimit += 2_000n) {
        await relayer.sendTransaction({ to: lockSet, data, gasLimit }).catch(() => undefined);
      }
      expect(await ethers.provider.getBalance(alice.account)).to.equal(before);
    });

    it("that changes its mind pays its lock once all the same", async () => {
      const expiry = (await now()) + 100_000n;
      const registry = await withRegistry(REGISTRY.answer, 1n, expiry);
      await expect(locks.claim(1)).to.changeEtherBalance(payments.bob.account, 5n);
      await registry.configure(REGISTRY.answer, 0n);
      await time.increaseTo(expiry + 1n);
      await expect(locks.claim(1)).to.be.revertedWithCustomError(payments.lockSet, "NothingToClaim");
    });

    for (const [answer, expiry, who] of [
      [0n, 0n, "alice"],
      [1n, 0n, "alice"],
      [1n, 1n, "bob"],
      [2n ** 256n - 1n, 1_000n, "alice"],
      [2n ** 48n - 1n, 2n ** 48n - 1n, "bob"],
    ] as const) {
      it(`that answers ${answer} pays a lock until ${expiry} to ${who}`, async () => {
        await withRegistry(REGISTRY.answer, answer, expiry);
        await expect(locks.claim(1)).to.changeEtherBalance(payments[who].account, 5n);
      });
    }

    it("that answers later than any expiry leaves a lock without end open", async () => {
      await withRegistry(REGISTRY.answer, 2n ** 48n, 2n ** 48n - 1n);
      await expect(locks.claim(1)).to.be.revertedWithCustomError(payments.lockSet, "LockUndecided");
    });
  });

  describe("by reentrancy", () => {
    it("pays nothing twice to a payee that claims again when it is paid", async () => {
      const set = new LockTree();
      const registry = payments.addresses.preimages;
      ["a", "b", "c"].forEach((name) => set.add({ registry, key: secretOf(name).key, amount: ETHER, expiry: FAR }));
      await reveal("a", "b", "c");
      const greedy = await deployReenterer(payments);
      const payee = ethers.zeroPadValue(await greedy.getAddress(), 32) as Hex;
      const terms = { payer: payments.alice.destination, payee, salt: ethers.id("salt") as Hex, root: set.root };
      await payments.adjudicator.depositNative(await payments.lockSet.destinationOf(terms), 0n, { value: 3n * ETHER });
      for (const positions of [[0], [1], [0, 1, 2]]) {
        const { locks: packed, proof } = set.prove(positions);
        const again = payments.lockSet.interface.encodeFunctionData("claim", [terms, NATIVE, packed, proof]);
        await greedy.plan(payments.lockSet, again);
      }
      const { locks: packed, proof } = set.prove([0]);
      await payments.lockSet.claim(terms, NATIVE, packed, proof);
      const held = await payments.adjudicator.held(await payments.lockSet.destinationOf(terms), NATIVE);
      expect(held).to.equal(2n * ETHER);
    });
  });
});
