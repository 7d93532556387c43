import { expect } from "chai";
import { ethers } from "hardhat";
import { CURVE_ORDER, evenScalar, type EvenScalar, type Hex } from "../../../src";
import { deployReenterer } from "../../support/money";
import { delegate, freshPayments, now, TestLocks, type Payments } from "../../support/payments";
import { ETHER } from "../../support/sluice";

/** The order of the field: coordinates are below it. */
const FIELD = 2n ** 256n - 2n ** 32n - 977n;

describe("ScalarRegistry", () => {
  const secret = evenScalar(ethers.id("a scalar") as Hex);
  let payments: Payments;

  beforeEach(async () => {
    payments = await freshPayments();
  });

  function reveal({ key, scalar }: EvenScalar) {
    return payments.scalars.reveal(key, scalar);
  }

  describe("reveal", () => {
    it("records the time of the block", async () => {
      expect(await payments.scalars.knownSince(secret.key)).to.equal(0n);
      await reveal(secret);
      expect(await payments.scalars.knownSince(secret.key)).to.equal(await now());
    });

    it("keeps the first time", async () => {
      await reveal(secret);
      const first = await now();
      await reveal(secret);
      expect(await payments.scalars.knownSince(secret.key)).to.equal(first);
    });

    for (const [name, scalar] of [
      ["1", 1n],
      ["2", 2n],
      ["n - 1", CURVE_ORDER - 1n],
      ["n - 2", CURVE_ORDER - 2n],
    ] as const) {
      it(`takes the key of the scalar ${name}`, async () => {
        const known = evenScalar(ethers.toBeHex(scalar, 32) as Hex);
        await reveal(known);
        expect(await payments.scalars.knownSince(known.key)).to.equal(await now());
      });
    }

    it("takes any scalar for the key of its point and for no other (threat 38)", async () => {
      for (let i = 0; i < 20; i++) {
        const [one, other] = [`scalar ${i}`, `other ${i}`].map((name) => evenScalar(ethers.id(name) as Hex)) as [
          EvenScalar,
          EvenScalar,
        ];
        await expect(reveal({ key: other.key, scalar: one.scalar }))
          .to.be.revertedWithCustomError(payments.scalars, "ScalarWrong")
          .withArgs(other.key, one.scalar);
        await reveal(one);
        expect(await payments.scalars.knownSince(other.key)).to.equal(0n);
      }
    });

    it("refuses the negative: its point has the other y (threat 38)", async () => {
      await expect(reveal({ key: secret.key, scalar: CURVE_ORDER - secret.scalar })).to.be.revertedWithCustomError(
        payments.scalars,
        "ScalarWrong",
      );
    });

    for (const [name, scalar] of [
      ["0", 0n],
      ["n", CURVE_ORDER],
      ["n + 1", CURVE_ORDER + 1n],
      ["2^256 - 1", 2n ** 256n - 1n],
    ] as const) {
      it(`refuses the scalar ${name} (threat 38)`, async () => {
        await expect(reveal({ key: secret.key, scalar }))
          .to.be.revertedWithCustomError(payments.scalars, "ScalarOutOfRange")
          .withArgs(scalar);
      });
    }

    it("refuses a scalar that equals the right one but for the order (threat 38)", async () => {
      const { key, scalar } = evenScalar(ethers.toBeHex(1n, 32) as Hex);
      await expect(reveal({ key, scalar: scalar + CURVE_ORDER })).to.be.revertedWithCustomError(
        payments.scalars,
        "ScalarOutOfRange",
      );
    });

    for (const [name, key] of [
      ["zero", 0n],
      ["an x that is on no point", 5n],
      ["an x that is not below the order of the curve", CURVE_ORDER],
      ["the order of the field", FIELD],
      ["all ones", 2n ** 256n - 1n],
      ["the hash of the point", BigInt(ethers.id("a point"))],
    ] as const) {
      it(`refuses every scalar for a key that is ${name} (threat 38)`, async () => {
        for (const scalar of [1n, secret.scalar]) {
          await expect(reveal({ key: ethers.toBeHex(key, 32) as Hex, scalar })).to.be.revertedWithCustomError(
            payments.scalars,
            "ScalarWrong",
          );
        }
      });
    }

    it("logs nothing for an account: the scalar is in the block, word for word", async () => {
      const transaction = await reveal(secret);
      expect((await transaction.wait())!.logs).to.deep.equal([]);
    });

    it("logs what a contract passes on, so that it cannot be hidden", async () => {
      const contract = await deployReenterer(payments);
      const call = payments.scalars.interface.encodeFunctionData("reveal", [secret.key, secret.scalar]);
      await expect(contract.execute(payments.scalars, call))
        .to.emit(payments.scalars, "Revealed")
        .withArgs(secret.key, secret.scalar);
    });

    it("logs what an account with code passes on", async () => {
      await delegate(payments.mallory, payments.addresses.lockSet);
      const { key, scalar } = secret;
      await expect(payments.scalars.connect(payments.mallory.account).reveal(key, scalar))
        .to.emit(payments.scalars, "Revealed")
        .withArgs(key, scalar);
    });
  });

  describe("revealSeveral", () => {
    const several = ["one", "two", "three"].map((name) => evenScalar(ethers.id(name) as Hex));
    const keys = several.map(({ key }) => key);
    const scalars = several.map(({ scalar }) => scalar);

    it("records and logs each", async () => {
      const sent = payments.scalars.revealSeveral(keys, scalars);
      for (const { key, scalar } of several) {
        await expect(sent).to.emit(payments.scalars, "Revealed").withArgs(key, scalar);
        expect(await payments.scalars.knownSince(key)).to.equal(await now());
      }
    });

    it("passes over those that are known", async () => {
      await reveal(several[1]!);
      const first = await now();
      const sent = await payments.scalars.revealSeveral(keys, scalars);
      expect((await sent.wait())!.logs).to.have.length(2);
      expect(await payments.scalars.knownSince(keys[1]!)).to.equal(first);
    });

    it("records none if one is wrong", async () => {
      await expect(payments.scalars.revealSeveral(keys, [...scalars.slice(0, 2), 7n]))
        .to.be.revertedWithCustomError(payments.scalars, "ScalarWrong")
        .withArgs(keys[2], 7n);
    });

    it("refuses another number of scalars than of keys", async () => {
      await expect(payments.scalars.revealSeveral(keys, scalars.slice(1)))
        .to.be.revertedWithCustomError(payments.scalars, "CountMismatch")
        .withArgs(3, 2);
    });
  });

  describe("with a key for each hop", () => {
    /** Alice pays Ingrid, Ingrid pays Carol, Carol pays Bob; the key of each hop is that of the next, and a tweak. */
    const base = BigInt(ethers.id("the payee's scalar")) % CURVE_ORDER;
    const [first, second] = ["first tweak", "second tweak"].map((name) => BigInt(ethers.id(name)) % CURVE_ORDER) as [
      bigint,
      bigint,
    ];
    const hopOf = (scalar: bigint) => evenScalar(ethers.toBeHex(scalar % CURVE_ORDER, 32) as Hex);
    const hops = [hopOf(base + second + first), hopOf(base + second), hopOf(base)] as const;

    it("tells hops nothing of each other: the keys have nothing in common (threat 37)", () => {
      expect(new Set(hops.map(({ key }) => key)).size).to.equal(3);
    });

    it("does not pay hops that collude and skip those between them (threat 37)", async () => {
      const { addresses, alice, ingrid } = payments;
      const locks = new TestLocks(payments, alice, ingrid);
      const amount = ETHER;
      locks.addLock({ registry: addresses.scalars, key: hops[0].key, amount, expiry: (await now()) + 100_000n });
      await locks.fund();
      // Bob is paid by Carol's lock and gives his scalar to Ingrid, past Carol, who knows the first tweak alone.
      await reveal(hops[2]);
      const guess = hopOf(base + first);
      await expect(reveal({ key: hops[0].key, scalar: guess.scalar })).to.be.revertedWithCustomError(
        payments.scalars,
        "ScalarWrong",
      );
      await expect(locks.claim(0)).to.be.revertedWithCustomError(payments.lockSet, "LockUndecided");
      // Only the scalar of the hop that was skipped opens the lock before it.
      await reveal(hopOf(base + second + first));
      await expect(locks.claim(0)).to.changeEtherBalance(ingrid.account, amount);
    });
  });
});
