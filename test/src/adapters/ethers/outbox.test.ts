import { expect } from "chai";
import { ethers, network } from "hardhat";
import { channelDestination, NATIVE, type Address, type Destination } from "../../../../src";
import type { EthersChain, EthersChainOptions } from "../../../../src/adapters/ethers";
import type { Call } from "../../../../src/engine/calls";
import { Harness, Journal, mine } from "../../../support/chainHarness";
import { MapStore } from "../../../support/mapStore";
import { honest, stall } from "../../../support/rpcServer";
import { addressOf, freshSluice, TestChannel, type Sluice } from "../../../support/sluice";

const GWEI = 10n ** 9n;

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
    const transactions = (await network.provider.send("eth_pendingTransactions", [])) as {
      hash: string;
      nonce: string;
      maxFeePerGas: string;
      maxPriorityFeePerGas: string;
    }[];
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
    await journal.until(() => journal.fates.has("deposit"));
    await chain.submit({ id: "other", call: nativeDeposit(7n) });
    await journal.until(() => journal.fates.has("other"));
    expect(await held()).to.equal(12n);
  });

  it("takes back what was not sent yet, and takes it again if it is wanted after all", async () => {
    await manually();
    const chain = await started({ maxInFlight: 1 });
    await chain.submit({ id: "sent", call: nativeDeposit(1n) });
    await untilPool((waiting) => waiting.length === 1);
    await chain.submit({ id: "waiting", call: nativeDeposit(2n) });
    for (const id of ["sent", "waiting", "unknown"]) chain.cancel(id);
    await network.provider.send("evm_setAutomine", [true]);
    await mine(3);
    await journal.until(() => journal.fates.has("sent"));
    await chain.submit({ id: "next", call: nativeDeposit(4n) });
    await journal.until(() => journal.fates.has("next"));
    expect([...journal.fates.keys()]).to.deep.equal(["sent", "next"]);
    expect(await held()).to.equal(5n);
    await chain.submit({ id: "waiting", call: nativeDeposit(2n) });
    await journal.until(() => journal.fates.has("waiting"));
    expect(await held()).to.equal(7n);
  });

  it("sends many at once and one after the other, each once", async () => {
    await manually();
    const chain = await started({ maxInFlight: 3 });
    for (let i = 0; i < 7; i++) await chain.submit({ id: `deposit ${i}`, call: nativeDeposit(1n << BigInt(i)) });
    await untilPool((waiting) => waiting.length === 3);
    await network.provider.send("evm_setAutomine", [true]);
    while (journal.fates.size < 7) {
      await mine();
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

    it("climbs to the cap as the deadline comes near, and says when it can offer no more", async () => {
      await manually();
      const quiet = { baseFeePerGas: ["0x3b9aca00"], reward: [["0x1"]] }; // 1 gwei
      harness.servers[0]!.behaviour = ({ method }, forward) =>
        method === "eth_feeHistory" ? Promise.resolve(quiet) : forward();
      const chain = await started({ patience: 1, feeCap: 50n * GWEI });
      const { timestamp } = await chain.head();
      await chain.submit({ id: "deposit", call: nativeDeposit(5n), deadline: timestamp + 1_000n });
      const offers: bigint[] = [];
      const next = async () => {
        const last = offers.at(-1) ?? 0n;
        await untilPool(([one]) => one !== undefined && one.maxFeePerGas > last);
        offers.push((await pool())[0]!.maxFeePerGas);
      };
      await next();
      /** A block comes in which there is no room, this long after the start. */
      const overlook = async (seconds: bigint) => {
        await network.provider.send("hardhat_setNextBlockBaseFeePerGas", [ethers.toQuantity(999n * GWEI)]);
        await network.provider.send("evm_setNextBlockTimestamp", [ethers.toQuantity(timestamp + seconds)]);
        await mine();
      };
      for (const seconds of [500n, 800n, 990n]) {
        await overlook(seconds);
        await next();
      }
      expect(offers[0]! < 10n * GWEI, "there is time").to.equal(true);
      expect(offers.at(-1)! >= 45n * GWEI && offers.at(-1)! <= 50n * GWEI, "hardly any is left").to.equal(true);
      await overlook(991n);
      await journal.until(() => journal.alarms.some(({ code }) => code === "TRANSACTION_STUCK"));
      expect(journal.alarms.map(({ code }) => code)).to.include("DEADLINE_NEAR");
    });

    it("pays for the haste of those that wait behind", async () => {
      await manually();
      const chain = await started({ patience: 1, feeCap: 50n * GWEI });
      const { timestamp } = await chain.head();
      await chain.submit({ id: "leisurely", call: nativeDeposit(5n) });
      await untilPool((waiting) => waiting.length === 1);
      await chain.submit({ id: "urgent", call: nativeDeposit(6n), deadline: timestamp + 10n });
      await untilPool((waiting) => waiting.length === 2);
      await network.provider.send("evm_increaseTime", [20]);
      await network.provider.send("hardhat_setNextBlockBaseFeePerGas", [ethers.toQuantity(49n * GWEI)]);
      await mine();
      await untilPool((waiting) => waiting.length === 2 && waiting.every((one) => one.maxFeePerGas === 50n * GWEI));
      await mine();
      await journal.until(() => journal.fates.size === 2);
    });
  });

  describe("when tokens are deposited", () => {
    it("allows exactly what it deposits, also when several deposits come at once", async () => {
      await sluice.token.connect(sluice.alice.account).approve(sluice.adjudicator, 0n);
      const chain = await started();
      for (const amount of [5n, 7n, 3n]) await chain.submit({ id: `deposit ${amount}`, call: tokenDeposit(amount) });
      await journal.until(() => journal.fates.size === 3);
      expect([...journal.fates.values()].map(({ kind }) => kind)).to.deep.equal(["mined", "mined", "mined"]);
      expect(await held(token)).to.equal(15n);
      expect(await sluice.token.allowance(sluice.alice.account, sluice.adjudicator)).to.equal(0n);
    });

    it("takes back an allowance first where the token demands it", async () => {
      const wary = await ethers.deployContract("WaryToken");
      const { account } = sluice.alice;
      await wary.mint(account, 100n);
      await wary.connect(account).approve(sluice.adjudicator, 10n);
      const chain = await started();
      const before = await spent();
      await chain.submit({ id: "deposit", call: tokenDeposit(50n, await addressOf(wary)) });
      await journal.until(() => journal.fates.has("deposit"));
      expect(journal.fates.get("deposit")).to.include({ kind: "mined" });
      expect(await held(await addressOf(wary))).to.equal(50n);
      expect((await spent()) - before).to.equal(3);
    });

    it("gives up when the account does not own as much", async () => {
      const chain = await started();
      await chain.submit({ id: "deposit", call: tokenDeposit(10n ** 30n) });
      await journal.until(() => journal.fates.has("deposit"));
      expect(journal.fates.get("deposit")).to.deep.equal({ kind: "reverted", error: "ERC20InsufficientBalance" });
    });
  });

  describe("when somebody else uses the account", () => {
    const abroad = (nonce: number) =>
      sluice.alice.account.sendTransaction({
        to: sluice.bob.account,
        value: 1n,
        nonce,
        maxFeePerGas: 90n * GWEI,
        maxPriorityFeePerGas: 9n * GWEI,
      });

    it("takes another nonce once it is sure that its own is lost", async () => {
      await manually();
      const chain = await started({ confirmations: 2, patience: 100 });
      await chain.submit({ id: "deposit", call: nativeDeposit(5n) });
      await untilPool((waiting) => waiting.length === 1);
      const [own] = await pool();
      await abroad(own!.nonce);
      await mine(); // the other one
      const seen = journal.blocks.length;
      await journal.until(() => journal.blocks.length >= seen);
      expect(await pool()).to.deep.equal([]);
      await mine(2);
      await untilPool((waiting) => waiting.length === 1 && waiting[0]!.nonce > own!.nonce);
      await mine(3);
      await journal.until(() => journal.fates.has("deposit"));
      expect(await held()).to.equal(5n);
    });

    it("goes behind what others have sent, and fills the gap when that gets lost", async () => {
      await manually();
      const chain = await started({ patience: 2 });
      const nonce = await spent();
      const { hash } = await abroad(nonce);
      await chain.submit({ id: "deposit", call: nativeDeposit(5n) });
      await untilPool((waiting) => waiting.length === 2);
      expect((await pool()).map((one) => one.nonce)).to.deep.equal([nonce, nonce + 1]);
      await network.provider.send("hardhat_dropTransaction", [hash]);
      while (!journal.fates.has("deposit")) {
        await mine();
        await new Promise((resolve) => setImmediate(resolve));
      }
      expect(await held()).to.equal(5n);
      expect(await spent()).to.equal(nonce + 2);
    });
  });

  it("sends again what a reorganisation takes away, even after it was reported", async () => {
    const chain = await started({ depth: 10 });
    const before: unknown = await network.provider.send("evm_snapshot", []);
    await chain.submit({ id: "deposit", call: nativeDeposit(5n) });
    await journal.until(() => journal.fates.has("deposit"));
    await manually();
    await network.provider.send("evm_revert", [before]);
    await network.provider.send("hardhat_mine", ["0x2", "0x9"]);
    await untilPool((waiting) => waiting.length === 1);
    expect((await pool())[0]!.hash).to.equal((journal.fates.get("deposit") as { hash: string }).hash);
    await mine();
    await journal.until(
      () => journal.views.size === 0 && journal.lines.filter((line) => line.startsWith("done")).length === 2,
    );
    expect(await held()).to.equal(5n);
  });

  it("keeps no more of what is long over than its name, and not too many of these", async () => {
    const store = new MapStore();
    const chain = await started({ store, depth: 3, remembered: 2 });
    for (let i = 0; i < 4; i++) {
      await chain.submit({ id: `deposit ${i}`, call: nativeDeposit(5n) });
      await journal.until(() => journal.fates.has(`deposit ${i}`));
    }
    while (store.entries("outbox/entry/").length > 0) {
      await mine();
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(store.entries("outbox/").map(([key]) => key)).to.deep.equal([
      "outbox/done/deposit 2",
      "outbox/done/deposit 3",
    ]);
    await chain.submit({ id: "deposit 3", call: nativeDeposit(5n) });
    expect(await held()).to.equal(20n);
    expect(store.entries("outbox/entry/")).to.deep.equal([]);
  });

  it("warns of an account that cannot pay for disputes, and keeps what it cannot pay for", async () => {
    const { address } = sluice.alice.account;
    const chain = harness.open();
    chain.watch(channel.id);
    await network.provider.send("hardhat_setBalance", [address, "0x1"]);
    await chain.start(journal);
    await journal.until(() => journal.alarms.some(({ code }) => code === "GAS_LOW"));
    await chain.submit({ id: "deposit", call: nativeDeposit(5n) });
    await journal.until(() => journal.alarms.length === 2);
    expect(journal.alarms.map(({ code }) => code)).to.deep.equal(["GAS_LOW", "GAS_LOW"]);
    await network.provider.send("hardhat_setBalance", [address, ethers.toQuantity(10n ** 20n)]);
    await mine();
    await journal.until(() => journal.fates.has("deposit"));
    expect(await held()).to.equal(5n);
  });

  describe("when it crashes and starts again", () => {
    for (const moment of [
      "before a request arrives",
      "after a request arrived",
      "before something is written",
    ] as const) {
      it(`sends everything exactly once, if it dies ${moment}`, async () => {
        let snapshot: unknown = await network.provider.send("evm_snapshot", []);
        const doing = new Set<string>();
        for (let at = 1; ; at++) {
          const died = await dieAt(at, moment);
          await network.provider.send("evm_revert", [snapshot]);
          snapshot = await network.provider.send("evm_snapshot", []);
          if (died === undefined) break;
          doing.add(died);
        }
        const everything = moment === "before something is written" ? ["a write"] : [...SENDING];
        expect([...doing]).to.have.members(everything);
      }).timeout(120_000);
    }

    /** Sends a deposit with its approval, dies on the way, and goes on. Returns what it was doing when it died. */
    async function dieAt(at: number, moment: string): Promise<string | undefined> {
      const [server] = harness.servers;
      await sluice.token.connect(sluice.alice.account).approve(sluice.adjudicator, 1n);
      const before = await spent();
      const store = new MapStore();
      let found = store;
      let died: string | undefined;
      let count = 0;
      let die: () => void = () => undefined;
      const death = new Promise<void>((resolve) => (die = resolve));
      const dying = (doing: string) => {
        if (++count !== at) return false;
        found = store.afterCrash();
        died = doing;
        die();
        return true;
      };
      server!.behaviour = async ({ method }, forward) => {
        if (died !== undefined) return stall();
        if (moment.includes("written") || !SENDING.has(method)) return forward();
        const arrives = moment.startsWith("after") && count + 1 === at;
        if (arrives) await forward();
        return dying(method) ? stall() : forward();
      };
      store.beforeWrite = ([{ key } = { key: "" }]) => {
        if (moment.includes("written") && key.startsWith("outbox/")) dying("a write");
      };
      journal = new Journal();
      const first = await started({ store });
      await first.submit({ id: "deposit", call: tokenDeposit(50n) });
      await Promise.race([death, journal.until(() => journal.fates.has("deposit"))]);
      if (died === undefined) found = store.afterCrash();
      await first.close();
      store.beforeWrite = () => undefined;
      server!.behaviour = honest;
      journal = new Journal();
      const second = await started({ store: found });
      await second.submit({ id: "deposit", call: tokenDeposit(50n) });
      await journal.until(() => journal.fates.has("deposit"));
      expect(journal.fates.get("deposit"), `death ${at}`).to.include({ kind: "mined" });
      expect(await held(token), `death ${at}`).to.equal(50n);
      expect((await spent()) - before, `death ${at}`).to.equal(2);
      await second.close();
      return died;
    }
  });
});
