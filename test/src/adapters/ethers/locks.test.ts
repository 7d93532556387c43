import { time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { ethers } from "hardhat";
import { evenScalar, NATIVE, type Hex } from "../../../../src";
import type { EthersChain } from "../../../../src/adapters/ethers";
import type { Call } from "../../../../src/engine/calls";
import type { Fate } from "../../../../src/ports/chain";
import { Harness, Journal } from "../../../support/chainHarness";
import { FAR, freshPayments, now, secretOf, TestLocks, type Payments } from "../../../support/payments";

describe("locks on the chain", () => {
  let payments: Payments;
  let harness: Harness;
  let journal: Journal;
  let chain: EthersChain;
  let locks: TestLocks;
  const { preimage, key } = secretOf("a");

  beforeEach(async () => {
    payments = await freshPayments();
    harness = await Harness.create(payments);
    journal = new Journal();
    chain = harness.open();
    await chain.start(journal);
    locks = new TestLocks(payments, payments.alice, payments.bob);
  });

  afterEach(() => harness.close());

  async function send(id: string, call: Call): Promise<Fate> {
    await chain.submit({ id, call });
    await journal.until(() => journal.fates.has(id));
    return journal.fates.get(id)!;
  }

  function claiming(...positions: number[]): Call {
    const { lockSet } = payments.addresses;
    return { kind: "claimLocks", lockSet, terms: locks.terms, asset: NATIVE, ...locks.tree.prove(positions) };
  }

  const owned = () => ethers.provider.getBalance(payments.bob.account);

  it("are opened by preimages, several at once", async () => {
    const call: Call = {
      kind: "revealPreimages",
      registry: payments.addresses.preimages,
      preimages: [preimage, secretOf("b").preimage],
    };
    expect(await send("reveal", call)).to.include({ kind: "mined" });
    for (const one of [key, secretOf("b").key]) expect(await payments.preimages.knownSince(one)).to.equal(await now());
  });

  it("are opened by private keys, several at once", async () => {
    const points = [5n, 6n].map((n) => evenScalar(ethers.toBeHex(n, 32) as Hex));
    const call: Call = {
      kind: "revealScalars",
      registry: payments.addresses.scalars,
      keys: points.map((point) => point.key),
      scalars: points.map(({ scalar }) => scalar),
    };
    expect(await send("reveal", call)).to.include({ kind: "mined" });
    for (const point of points) expect(await payments.scalars.knownSince(point.key)).to.equal(await now());
  });

  it("are claimed for either side, many at once, and only once", async () => {
    const registry = payments.addresses.preimages;
    const soon = (await now()) + 100n;
    const positions = Array.from(
      { length: 64 },
      (_, i) =>
        locks.tree.add({ registry, key: i % 2 === 0 ? key : secretOf(`${i}`).key, amount: 3n, expiry: soon }).position,
    );
    locks.tree.add({ registry, key: secretOf("far").key, amount: 3n, expiry: FAR });
    await locks.fund();
    const before = await owned();
    expect(await send("early", claiming(...positions))).to.deep.equal({ kind: "reverted", error: "LockUndecided" });
    await payments.preimages.reveal(preimage);
    await time.increaseTo(soon + 1n);
    expect(await send("claim", claiming(...positions))).to.include({ kind: "mined" });
    expect((await owned()) - before).to.equal(96n);
    expect(await send("again", claiming(...positions))).to.deep.equal({ kind: "reverted", error: "NothingToClaim" });
    expect(await locks.held()).to.equal(3n);
  });
});
