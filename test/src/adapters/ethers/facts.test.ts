import { time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { ethers, network } from "hardhat";
import { evenScalar, toAddress, type Address, type Hex } from "../../../../src";
import type { EthersChain } from "../../../../src/adapters/ethers";
import { Harness, Journal, mine } from "../../../support/chainHarness";
import { delegate, freshPayments, secretOf, type Payments } from "../../../support/payments";
import { Raw } from "../../../support/rpcServer";
import { addressOf } from "../../../support/sluice";

describe("keys of registries", () => {
  let payments: Payments;
  let harness: Harness;
  let journal: Journal;
  let chain: EthersChain;
  let preimages: Address;
  let scalars: Address;
  const { preimage, key } = secretOf("a");

  beforeEach(async () => {
    payments = await freshPayments();
    ({ preimages, scalars } = payments.addresses);
    harness = await Harness.create(payments);
    journal = new Journal();
    chain = harness.open({ confirmations: 2 });
    await chain.start(journal);
  });

  afterEach(() => harness.close());

  const factOf = (registry: Address, of: Hex) => journal.known.get(registry + of);
  const isKnown = (registry: Address, of: Hex) => factOf(registry, of)?.secret !== undefined;

  /** Hears of a key first that it is not known. */
  async function follow(registry: Address, of: Hex): Promise<void> {
    chain.follow(registry, of);
    await journal.until(() => factOf(registry, of) !== undefined);
    expect(factOf(registry, of)).to.deep.equal({ latest: 0n, confirmed: 0n, secret: undefined });
  }

  async function expectShown(secret: Hex = preimage): Promise<void> {
    await journal.until(() => isKnown(preimages, key));
    const latest = await payments.preimages.knownSince(key);
    expect(latest).to.not.equal(0n);
    expect(factOf(preimages, key)).to.deep.equal({ latest, confirmed: 0n, secret });
  }

  describe("are found with their secrets", () => {
    it("in the log of several at once", async () => {
      await follow(preimages, key);
      await payments.preimages.revealSeveral([secretOf("b").preimage, preimage]);
      await expectShown();
    });

    it("in what an account sends itself, which leaves no log", async () => {
      await follow(preimages, key);
      const receipt = await (await payments.preimages.reveal(preimage)).wait();
      expect(receipt!.logs).to.deep.equal([]);
      await expectShown();
    });

    it("in what an account with code sends", async () => {
      await follow(preimages, key);
      await delegate(payments.alice, preimages);
      await payments.preimages.connect(payments.alice.account).reveal(preimage);
      await expectShown();
    });

    it("in what a contract passes on", async () => {
      await follow(preimages, key);
      const data = payments.preimages.interface.encodeFunctionData("reveal", [preimage]);
      // The code of a contract that calls the registry with what it gets.
      const code = `0x36600060003760006000366000600073${preimages.slice(2)}5af100`;
      const caller = "0x00000000000000000000000000000000000ca11e";
      await network.provider.send("hardhat_setCode", [caller, code]);
      await payments.alice.account.sendTransaction({ to: caller, data });
      await expectShown();
    });

    it("among others in one block, and beside what failed", async () => {
      await follow(preimages, key);
      await network.provider.send("evm_setAutomine", [false]);
      const { alice, bob } = payments;
      const gasLimit = 100_000;
      await payments.preimages.connect(alice.account).reveal(secretOf("b").preimage, { gasLimit });
      await payments.scalars.connect(alice.account).reveal(key, 7n, { gasLimit });
      await payments.preimages.connect(bob.account).reveal(preimage, { gasLimit });
      await mine();
      await network.provider.send("evm_setAutomine", [true]);
      await expectShown();
    });

    for (const several of [false, true]) {
      it(`in the registry of points (${several ? "several at once" : "by an account itself"})`, async () => {
        const secret = ethers.toBeHex(12_345n, 32) as Hex;
        const { key: point, scalar } = evenScalar(secret);
        await follow(scalars, point);
        if (several) await payments.scalars.revealSeveral([point], [scalar]);
        else await payments.scalars.reveal(point, scalar);
        await journal.until(() => isKnown(scalars, point));
        expect(evenScalar(factOf(scalars, point)!.secret!)).to.deep.equal({ key: point, scalar });
      });
    }

    for (const depth of [1, 5, 37]) {
      it(`${depth} blocks before they are followed`, async () => {
        await payments.preimages.reveal(preimage);
        await mine(depth);
        chain.follow(preimages, key);
        await journal.until(() => isKnown(preimages, key));
        const latest = await payments.preimages.knownSince(key);
        expect(factOf(preimages, key)).to.deep.equal({ latest, confirmed: depth >= 2 ? latest : 0n, secret: preimage });
      });
    }

    it("a thousand at once, with few requests", async () => {
      const secrets = Array.from({ length: 1_100 }, (_, i) => secretOf(`secret ${i}`));
      for (const one of secrets) chain.follow(preimages, one.key);
      await journal.until(() => journal.known.size === secrets.length);
      const shown = secrets.slice(500, 520);
      const asked = harness.servers[0]!.asked.length;
      await payments.preimages.revealSeveral(shown.map((one) => one.preimage));
      await journal.until(() => shown.every((one) => isKnown(preimages, one.key)));
      const calls = harness.servers[0]!.asked.slice(asked).filter((method) => method === "eth_call");
      expect(calls.length).to.be.lessThan(40);
      expect(secrets.filter((one) => isKnown(preimages, one.key))).to.deep.equal(shown);
    });
  });

  it("are confirmed when the block is, and not asked about any more then", async () => {
    await follow(preimages, key);
    await payments.preimages.reveal(preimage);
    await expectShown();
    await mine(2);
    await journal.until(() => factOf(preimages, key)!.confirmed !== 0n);
    expect(factOf(preimages, key)!.confirmed).to.equal(factOf(preimages, key)!.latest);
    const asked = harness.servers[0]!.asked.length;
    const { blocks } = journal;
    const height = blocks.length;
    await mine(3);
    await journal.until(() => blocks.length > height);
    expect(harness.servers[0]!.asked.slice(asked)).to.not.include("eth_call");
  });

  it("are told of before the block, whose trusted time is that of a confirmed block", async () => {
    await follow(preimages, key);
    const told = journal.lines.length;
    await payments.preimages.reveal(preimage);
    const number = await time.latestBlock();
    await journal.until(() => journal.lines.includes(`block ${number}`));
    const kinds = journal.lines.slice(told).map((line) => line.split(" ")[0]);
    expect(kinds.indexOf("facts")).to.be.lessThan(kinds.lastIndexOf("block"));
    const trusted = await ethers.provider.getBlock(number - 2);
    expect(journal.confirmedTime <= BigInt(trusted!.timestamp)).to.equal(true);
  });

  it("are unknown again when a reorganisation takes the block away, though not their secret", async () => {
    await follow(preimages, key);
    await mine(3);
    const before: unknown = await network.provider.send("evm_snapshot", []);
    await payments.preimages.reveal(preimage);
    await expectShown();
    await network.provider.send("evm_revert", [before]);
    await network.provider.send("evm_increaseTime", [7]);
    await mine(3);
    await journal.until(() => factOf(preimages, key)!.latest === 0n);
    expect(factOf(preimages, key)).to.deep.equal({ latest: 0n, confirmed: 0n, secret: preimage });
    await payments.preimages.reveal(preimage);
    const latest = await payments.preimages.knownSince(key);
    await mine(2);
    await journal.until(() => factOf(preimages, key)!.confirmed === latest);
  });

  it("are not asked about any more once they are not followed", async () => {
    await follow(preimages, key);
    chain.unfollow(preimages, key);
    await payments.preimages.reveal(preimage);
    const number = await time.latestBlock();
    await journal.until(() => journal.lines.includes(`block ${number}`));
    expect(isKnown(preimages, key)).to.equal(false);
  });

  it("cannot be asked for a while, and nothing is missed: no block is trusted meanwhile, but blocks go on", async () => {
    await follow(preimages, key);
    const trusted = journal.confirmedTime;
    const [server] = harness.servers;
    server!.behaviour = ({ method }, forward) =>
      method === "eth_call" ? Promise.resolve(new Raw(503, "")) : forward();
    await payments.preimages.reveal(preimage);
    await mine(4);
    const number = await time.latestBlock();
    await journal.until(() => journal.lines.includes(`block ${number}`));
    expect(journal.alarms.map(({ code }) => code)).to.deep.equal(["RPC_UNREACHABLE"]);
    expect(journal.confirmedTime).to.equal(trusted);
    server!.behaviour = (_, forward) => forward();
    await journal.until(() => isKnown(preimages, key));
    expect(factOf(preimages, key)!.confirmed).to.equal(await payments.preimages.knownSince(key));
    await mine();
    await journal.until(() => journal.confirmedTime > trusted);
  });

  it("are no keys where there is no registry", async () => {
    chain.follow(toAddress(payments.alice.account.address), key);
    await journal.until(() => journal.alarms.length > 0);
    expect(journal.known.size).to.equal(0);
    expect(await addressOf(payments.preimages)).to.equal(preimages);
  });
});
