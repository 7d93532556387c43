import { expect } from "chai";
import { AbiCoder, keccak256 } from "ethers";
import { ethers } from "hardhat";
import { evenScalar, type Address, type Hex } from "../../../src";
import {
  deployRegistry,
  freshPayments,
  now,
  REGISTRY,
  secretOf,
  TestLocks,
  type Payments,
} from "../../support/payments";
import { addressOf, ETHER } from "../../support/sluice";

interface Fact {
  readonly registry: Address;
  readonly key: Hex;
}

describe("ThresholdRegistry", () => {
  const secret = secretOf("a secret");
  const point = evenScalar(ethers.id("a scalar") as Hex);
  let payments: Payments;
  let facts: Fact[];

  beforeEach(async () => {
    payments = await freshPayments();
    const { preimages, scalars } = payments.addresses;
    facts = [
      { registry: preimages, key: secret.key },
      { registry: scalars, key: point.key },
      { registry: preimages, key: secretOf("another").key },
    ];
  });

  function knownSince(required: number, of: readonly Fact[] = facts): Promise<bigint> {
    return payments.thresholds.knownSince(keyOf(required, of));
  }

  function keyOf(required: number, of: readonly Fact[]): Hex {
    const types = ["uint256", "tuple(address registry, bytes32 key)[]"];
    return keccak256(AbiCoder.defaultAbiCoder().encode(types, [required, of])) as Hex;
  }

  async function knowBoth(): Promise<void> {
    await payments.preimages.reveal(secret.preimage);
    await payments.scalars.reveal(point.key, point.scalar);
  }

  it("commits to the facts and to how many there must be", async () => {
    expect(await payments.thresholds.keyOf(2, facts)).to.equal(keyOf(2, facts));
    expect(keyOf(2, facts)).to.not.equal(keyOf(1, facts));
  });

  it("records all of several facts", async () => {
    await knowBoth();
    const both = facts.slice(0, 2);
    expect(await knownSince(2, both)).to.equal(0n);
    await expect(payments.thresholds.record(2, both, [0, 1]))
      .to.emit(payments.thresholds, "Recorded")
      .withArgs(keyOf(2, both));
    expect(await knownSince(2, both)).to.equal(await now());
  });

  it("records any one of several facts, whichever it is", async () => {
    await payments.scalars.reveal(point.key, point.scalar);
    await payments.thresholds.record(1, facts, [1]);
    expect(await knownSince(1)).to.equal(await now());
  });

  it("records two of three", async () => {
    await knowBoth();
    await payments.thresholds.record(2, facts, [0, 1]);
    expect(await knownSince(2)).to.equal(await now());
    expect(await knownSince(3)).to.equal(0n);
  });

  it("nests", async () => {
    await knowBoth();
    const both = facts.slice(0, 2);
    await payments.thresholds.record(2, both, [0, 1]);
    const outer = [facts[2]!, { registry: payments.addresses.thresholds, key: keyOf(2, both) }];
    await payments.thresholds.record(1, outer, [1]);
    expect(await knownSince(1, outer)).to.equal(await now());
  });

  it("keeps the first time", async () => {
    await payments.preimages.reveal(secret.preimage);
    await payments.thresholds.record(1, facts, [0]);
    const first = await now();
    await expect(payments.thresholds.record(1, facts, [0])).not.to.emit(payments.thresholds, "Recorded");
    expect(await knownSince(1)).to.equal(first);
  });

  it("does not ask registries of facts that are not named", async () => {
    await payments.preimages.reveal(secret.preimage);
    const broken = { registry: await addressOf(await deployRegistry(REGISTRY.revert)), key: secret.key };
    await payments.thresholds.record(1, [broken, facts[0]!], [1]);
    expect(await knownSince(1, [broken, facts[0]!])).to.equal(await now());
  });

  it("refuses a fact that is not known", async () => {
    await payments.preimages.reveal(secret.preimage);
    await expect(payments.thresholds.record(2, facts, [0, 1]))
      .to.be.revertedWithCustomError(payments.thresholds, "FactUnknown")
      .withArgs(payments.addresses.scalars, point.key);
  });

  it("refuses to count one fact twice", async () => {
    await payments.preimages.reveal(secret.preimage);
    await expect(payments.thresholds.record(2, facts, [0, 0]))
      .to.be.revertedWithCustomError(payments.thresholds, "WitnessesNotAscending")
      .withArgs(1);
  });

  it("refuses fewer facts than there must be, and more", async () => {
    await knowBoth();
    for (const witnesses of [[0], [0, 1, 2]]) {
      await expect(payments.thresholds.record(2, facts, witnesses))
        .to.be.revertedWithCustomError(payments.thresholds, "WitnessesWrong")
        .withArgs(2, witnesses.length);
    }
  });

  it("refuses to need no fact at all", async () => {
    await expect(payments.thresholds.record(0, facts, []))
      .to.be.revertedWithCustomError(payments.thresholds, "WitnessesWrong")
      .withArgs(0, 0);
  });

  it("refuses a fact that is not among them", async () => {
    await expect(payments.thresholds.record(1, facts, [3])).to.be.revertedWithPanic(0x32);
  });

  it("counts from when it was recorded: a lock that was refunded stays refunded", async () => {
    const { alice, bob, addresses, lockSet } = payments;
    const expiry = (await now()) + 100_000n;
    const locks = new TestLocks(payments, alice, bob);
    locks.addLock({ registry: addresses.thresholds, key: keyOf(1, facts), amount: ETHER, expiry });
    await locks.fund();
    await payments.preimages.reveal(secret.preimage); // in time, but nobody records the combination
    await ethers.provider.send("evm_setNextBlockTimestamp", [Number(expiry) + 1]);
    await expect(locks.claim(0)).to.changeEtherBalance(alice.account, ETHER);
    await payments.thresholds.record(1, facts, [0]);
    expect(await knownSince(1)).to.be.above(expiry);
    await expect(locks.claim(0)).to.be.revertedWithCustomError(payments.adjudicator, "HeldTooLittle");
    expect(await lockSet.marks(locks.destination, ethers.ZeroAddress, 0)).to.equal(0n);
  });
});
