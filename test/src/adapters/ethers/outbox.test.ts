import { expect } from "chai";
import { ethers, network } from "hardhat";
import { channelDestination, NATIVE, type Address, type ChannelId, type Destination } from "../../../../src";
import type { EthersChain, EthersChainOptions } from "../../../../src/adapters/ethers";
import type { Call } from "../../../../src/engine/calls";
import { Harness, Journal, mine } from "../../../support/chainHarness";
import { MapStore } from "../../../support/mapStore";
import { honest, stall, type Behaviour } from "../../../support/rpcServer";
import { addressOf, ETHER, freshSluice, TestChannel, type Sluice } from "../../../support/sluice";

/** What the outbox asks endpoints. */
const SENDING = new Set([
  "eth_getTransactionCount",
  "eth_feeHistory",
  "eth_estimateGas",
  "eth_call",
  "eth_getBalance",
  "eth_sendRawTransaction",
  "eth_getTransactionReceipt",
]);

describe("the outbox", () => {
  let sluice: Sluice;
  let harness: Harness;
  let channel: TestChannel;
  let token: Address;
  let journal: Journal;

  beforeEach(async () => {
    sluice = await freshSluice();
    harness = await Harness.create(sluice);
    channel = new TestChannel(sluice, [sluice.alice, sluice.bob]);
    token = await addressOf(sluice.token);
    journal = new Journal();
  });

  afterEach(() => harness.close());

  const nativeDeposit = (amount: bigint): Call => ({
    kind: "depositNative",
    destination: destination(),
    expectedHeld: 0n,
    amount,
  });
  const tokenDeposit = (amount: bigint, of = token): Call => ({
    kind: "deposit",
    destination: destination(),
    token: of,
    expectedHeld: 0n,
    amount,
  });
  const destination = (): Destination => channelDestination(channel.id);
  const held = (asset: Address = NATIVE) => sluice.adjudicator.held(channel.id, asset);
  const manually = () => network.provider.send("evm_setAutomine", [false]);
  const spent = () => ethers.provider.getTransactionCount(sluice.alice.account.address);

  async function started(options: Partial<EthersChainOptions> = {}): Promise<EthersChain> {
    const chain = harness.open(options);
    await chain.start(journal);
    return chain;
  }

  /** Hashes of what waits to be mined, and what it pays. */
  async function pool(): Promise<
    { hash: string; nonce: number; maxFeePerGas: bigint; maxPriorityFeePerGas: bigint }[]
  > {
    const { transactions } = (await network.provider.send("eth_getBlockByNumber", ["pending", true])) as {
      transactions: { hash: string; nonce: string; maxFeePerGas: string; maxPriorityFeePerGas: string }[];
    };
    return transactions.map(({ hash, nonce, maxFeePerGas, maxPriorityFeePerGas }) => ({
      hash,
      nonce: Number(nonce),
      maxFeePerGas: BigInt(maxFeePerGas),
      maxPriorityFeePerGas: BigInt(maxPriorityFeePerGas),
    }));
  }

  async function untilPool(condition: (hashes: Awaited<ReturnType<typeof pool>>) => boolean): Promise<void> {
    while (!condition(await pool())) await new Promise((resolve) => setImmediate(resolve));
  }

  it("says why a call would revert, spends nothing, and takes it again afterwards", async () => {
    const chain = await started();
    const before = await spent();
    const call: Call = { kind: "withdraw", asset: NATIVE, to: token, amount: 1n };
    await chain.submit({ id: "withdraw", call });
    await journal.until(() => journal.fates.has("withdraw"));
    expect(journal.fates.get("withdraw")).to.deep.equal({ kind: "reverted", error: "HeldTooLittle" });
    expect(await spent()).to.equal(before);
    await sluice.adjudicator.depositNative(sluice.alice.destination, 0n, { value: 1n });
    journal.fates.clear();
    await chain.submit({ id: "withdraw", call: { ...call, to: sluice.bob.account.address as Address } });
    await journal.until(() => journal.fates.has("withdraw"));
    expect(journal.fates.get("withdraw")).to.include({ kind: "mined" });
  });

  it("does nothing when something is submitted again that is under way or mined, but tells its end again", async () => {
    const chain = await started();
    await Promise.all([1, 2, 3].map(() => chain.submit({ id: "deposit", call: nativeDeposit(5n) })));
    await journal.until(() => journal.fates.has("deposit"));
    journal.fates.clear();
    await chain.submit({ id: "deposit", call: nativeDeposit(5n) });
    expect(journal.fates.get("deposit")).to.include({ kind: "mined" });
    await chain.submit({ id: "other", call: nativeDeposit(7n) });
    await journal.until(() => journal.fates.has("other"));
    expect(await held()).to.equal(12n);
  });

  it("sends many at once and one after the other, each once", async () => {
    await manually();
    const chain = await started({ maxInFlight: 3 });
    for (let i = 0; i < 7; i++) await chain.submit({ id: `deposit ${i}`, call: nativeDeposit(1n << BigInt(i)) });
    await untilPool((waiting) => waiting.length === 3);
    await network.provider.send("evm_setAutomine", [true]);
    while (journal.fates.size < 7) {
      await mine();
      await journal.until(() => journal.blocks.at(-1)!.hash !== undefined);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(await held()).to.equal(127n);
  });

  it("reports a transaction when it has its confirmations, not before", async () => {
    const chain = await started({ confirmations: 2 });
    await chain.submit({ id: "deposit", call: nativeDeposit(5n) });
    await journal.until(() => journal.lines.filter((line) => line.startsWith("block")).length === 2);
    await mine();
    await journal.until(() => journal.lines.filter((line) => line.startsWith("block")).length === 3);
    await chain.head();
    expect(journal.fates.size).to.equal(0);
    await mine();
    await journal.until(() => journal.fates.has("deposit"));
  });

  describe("when prices rise", () => {
    it("offers more until it is mined, at the same nonce", async () => {
      await manually();
      const chain = await started({ patience: 2 });
      await chain.submit({ id: "deposit", call: nativeDeposit(5n) });
      await untilPool((waiting) => waiting.length === 1);
      const [first] = await pool();
      for (let i = 0; i < 2; i++) {
        await network.provider.send("hardhat_setNextBlockBaseFeePerGas", ["0x174876e800"]); // 100 gwei
        await mine();
      }
      await untilPool(([one]) => one !== undefined && one.hash !== first!.hash);
      const [second] = await pool();
      expect(second!.nonce).to.equal(first!.nonce);
      expect(second!.maxFeePerGas > first!.maxFeePerGas).to.equal(true);
      expect(second!.maxPriorityFeePerGas * 8n >= first!.maxPriorityFeePerGas * 9n).to.equal(true);
      await mine();
      await journal.until(() => journal.fates.has("deposit"));
      expect(journal.fates.get("deposit")).to.include({ kind: "mined", hash: second!.hash });
      expect(await held()).to.equal(5n);
    });
  });

  describe("when it crashes and starts again", () => {
    it("sends everything exactly once, whatever it was doing", async () => {
      let crashes = 0;
      for (const when of ["before", "after"] as const) {
        for (let at = 1; ; at++) {
          const crashed = await crashAt(at, when);
          if (!crashed) break;
          crashes++;
        }
      }
      expect(crashes).to.be.greaterThan(40);
    }).timeout(120_000);

    /** Sends a deposit with its approval; the machine dies at the given request, before or after it is heard. */
    async function crashAt(at: number, when: "before" | "after"): Promise<boolean> {
      const snapshot = await network.provider.send("evm_snapshot", []);
      channel = new TestChannel(sluice, [sluice.alice, sluice.bob]);
      await sluice.token.connect(sluice.alice.account).approve(sluice.adjudicator, 1n);
      const store = new MapStore();
      const [server] = harness.servers;
      journal = new Journal();
      let count = 0;
      let die: () => void = () => undefined;
      const death = new Promise<void>((resolve) => (die = resolve));
      const fatal: Behaviour = async ({ method }, forward) => {
        if (!SENDING.has(method) || ++count < at) return forward();
        if (count === at && when === "after") await forward();
        die();
        return stall();
      };
      server!.behaviour = fatal;
      const first = await started({ store });
      await first.submit({ id: "deposit", call: tokenDeposit(50n) });
      const outcome = await Promise.race([death, journal.until(() => journal.fates.has("deposit"))]);
      const crashed = count >= at;
      const found = store.afterCrash();
      await first.close();
      server!.behaviour = honest;
      journal = new Journal();
      const second = await started({ store: found });
      await second.submit({ id: "deposit", call: tokenDeposit(50n) });
      await journal.until(() => journal.fates.has("deposit"));
      expect(journal.fates.get("deposit"), `${when} request ${at}`).to.include({ kind: "mined" });
      expect(await held(token), `${when} request ${at}`).to.equal(50n);
      expect(outcome).to.equal(undefined);
      await second.close();
      await network.provider.send("evm_revert", [snapshot]);
      return crashed;
    }
  });
});

export type Unused = ChannelId | typeof ETHER;
