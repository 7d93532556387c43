import { expect } from "chai";
import fc from "fast-check";
import { ethers, network } from "hardhat";
import { channelDestination, disputeHashOf, NATIVE, type ChannelId, type Destination } from "../../../../src";
import { Endpoints } from "../../../../src/adapters/ethers/endpoints";
import { Follower, type FollowerOptions, type Report } from "../../../../src/adapters/ethers/follower";
import { Reader } from "../../../../src/adapters/ethers/reader";
import { runs } from "../../../properties/runs";
import { machineClock, mine } from "../../../support/chainHarness";
import { MapStore } from "../../../support/mapStore";
import { honest, Raw, refusal, RpcServer, type Behaviour } from "../../../support/rpcServer";
import { freshSluice, TestChannel, type Sluice } from "../../../support/sluice";

describe("the follower", () => {
  let sluice: Sluice;
  let server: RpcServer;
  let endpoints: Endpoints;
  let channels: TestChannel[];
  let snapshot: unknown;
  let start: number;

  beforeEach(async () => {
    sluice = await freshSluice();
    snapshot = await network.provider.send("evm_snapshot", []);
    start = await ethers.provider.getBlockNumber();
    channels = [1, 2, 3].map(() => new TestChannel(sluice, [sluice.alice, sluice.bob]));
    server = await RpcServer.start(network.provider);
    const { chainId } = sluice.deployment;
    const limits = { timeout: 10_000, rest: 0, maxLag: 10, maxAnswer: 20_000 };
    endpoints = new Endpoints({ urls: [server.url], chainId, clock: machineClock, alarm: () => undefined, ...limits });
  });

  afterEach(async () => {
    endpoints.close();
    await server.close();
    await network.provider.send("evm_revert", [snapshot]);
  });

  async function open(options: Partial<FollowerOptions> = {}): Promise<Follower> {
    const { adjudicator } = sluice.deployment;
    const reader = new Reader(endpoints, adjudicator);
    const store = new MapStore();
    const follower = new Follower({ reader, store, adjudicator, fromBlock: 0, confirmations: 2, depth: 4, ...options });
    await follower.open();
    return follower;
  }

  async function read(follower: Follower): Promise<Report[]> {
    await follower.advance();
    await follower.readHistories();
    return follower.report();
  }

  const idOf = (i: number): Destination => channelDestination(channels[i]!.id);
  const pay = (i: number, amount: bigint) => channels[i]!.fundNative(amount);

  /** What is held as of a block. */
  async function expectHeld(report: Report, latest: bigint, confirmed: bigint): Promise<void> {
    expect(await sluice.adjudicator.held(report.destination, NATIVE), "on the chain").to.equal(latest);
    expect([report.latest.held[NATIVE] ?? 0n, report.confirmed.held[NATIVE] ?? 0n]).to.deep.equal([latest, confirmed]);
  }

  it("reports at once what it watches, and then what changes, as of the head and confirmed", async () => {
    await pay(0, 5n);
    const follower = await open();
    follower.watch(idOf(0));
    follower.watch(idOf(1));
    const first = await read(follower);
    expect(first.map(({ destination }) => destination)).to.have.members([idOf(0), idOf(1)]);
    await expectHeld(
      first.find(({ destination }) => destination === idOf(0))!,
      5n,
      0n,
    );
    await mine();
    expect(await read(follower)).to.deep.equal([]);
    await mine();
    await expectHeld((await read(follower))[0]!, 5n, 5n);
    await mine(20);
    await pay(0, 2n);
    await pay(2, 2n);
    const [report, ...others] = await read(follower);
    await expectHeld(report!, 7n, 5n);
    expect(others).to.deep.equal([]);
  });

  it("finds what happened to a channel long before it was watched", async () => {
    await pay(0, 5n);
    await mine(30);
    const follower = await open();
    await read(follower);
    await mine(30);
    await read(follower);
    follower.watch(idOf(0));
    await expectHeld((await read(follower))[0]!, 5n, 5n);
  });

  it("does not look into the past of a channel that has none", async () => {
    const follower = await open();
    await read(follower);
    await mine(30);
    await read(follower);
    follower.watch(idOf(0), true);
    await follower.advance();
    expect(follower.report().map(({ destination }) => destination)).to.deep.equal([idOf(0)]);
    await pay(0, 5n);
    await expectHeld((await read(follower))[0]!, 5n, 0n);
  });

  it("reads only what is new after a restart", async () => {
    const store = new MapStore();
    const first = await open({ store });
    for (const i of [0, 1, 2]) first.watch(idOf(i));
    await pay(0, 5n);
    await read(first);
    await mine(20);
    await read(first);
    await pay(1, 3n);
    const ranges: number[] = [];
    server.behaviour = ({ method, params }, forward) => {
      const { fromBlock, blockHash } = (params[0] ?? {}) as { fromBlock?: string; blockHash?: string };
      if (method === "eth_getLogs" && blockHash === undefined) ranges.push(Number(fromBlock));
      return forward();
    };
    const second = await open({ store: store.afterCrash() });
    for (const i of [0, 1, 2]) second.watch(idOf(i));
    const reports = await read(second);
    const amounts = reports.map(({ destination, latest }) => [destination, latest.held[NATIVE] ?? 0n]);
    expect(Object.fromEntries(amounts)).to.deep.equal({ [idOf(0)]: 5n, [idOf(1)]: 3n, [idOf(2)]: 0n });
    expect(
      ranges.every((from) => from > start + 5),
      `read from ${ranges.join()}`,
    ).to.equal(true);
  });

  it("forgets channels that are no longer watched, on disk as well", async () => {
    const store = new MapStore();
    const follower = await open({ store });
    follower.watch(idOf(0));
    await read(follower);
    const stored = store.map.size;
    follower.unwatch(idOf(0));
    expect(store.map.size).to.equal(stored - 1);
    await pay(0, 5n);
    expect(await read(follower)).to.deep.equal([]);
    follower.watch(idOf(0));
    await expectHeld((await read(follower))[0]!, 5n, 0n);
  });

  it("does not take what another adjudicator has stored for its own", async () => {
    const store = new MapStore();
    const first = await open({ store, adjudicator: sluice.deployment.adjudicator });
    first.watch(idOf(0));
    await read(first);
    const other = await open({ store, adjudicator: channels[0]!.terms.app });
    await pay(0, 5n);
    await mine(20);
    other.watch(idOf(0));
    await expectHeld((await read(other))[0]!, 5n, 5n);
  });

  const STINGY: [string, Behaviour][] = [
    [
      "refuses many blocks at once",
      ({ params }, forward) => {
        const { fromBlock, toBlock } = params[0] as { fromBlock?: string; toBlock?: string };
        if (Number(toBlock) - Number(fromBlock) >= 7) throw refusal(-32005, "range too large");
        return forward();
      },
    ],
    [
      "fails over many blocks at once",
      ({ params }, forward) => {
        const { fromBlock, toBlock } = params[0] as { fromBlock?: string; toBlock?: string };
        return Number(toBlock) - Number(fromBlock) >= 7 ? Promise.resolve(new Raw(504, "")) : forward();
      },
    ],
    ["is asked for more than it should say at once", honest],
  ];

  for (const [what, behaviour] of STINGY) {
    it(`reads everything from an endpoint that ${what}`, async () => {
      const follower = await open();
      follower.watch(idOf(0));
      await read(follower);
      for (let i = 0; i < 50; i++) await pay(0, 1n);
      server.behaviour = (request, forward) =>
        request.method === "eth_getLogs" ? behaviour(request, forward) : forward();
      let reports: Report[] = [];
      for (let tries = 0; tries < 20 && reports.length === 0; tries++) reports = await read(follower).catch(() => []);
      await expectHeld(reports[0]!, 50n, 48n);
    });
  }

  it("does not go back for an endpoint that lags", async () => {
    const follower = await open();
    follower.watch(idOf(0));
    await pay(0, 5n);
    await mine(12);
    await read(follower);
    for (const lag of [1, 3, 6, 9]) {
      server.behaviour = async ({ method, params }, forward) => {
        if (method !== "eth_getBlockByNumber" || params[0] !== "latest") return forward();
        const number = (await ethers.provider.getBlockNumber()) - lag;
        return network.provider.send(method, [ethers.toQuantity(number), false]);
      };
      const { head } = follower;
      expect(await read(follower)).to.deep.equal([]);
      expect(follower.head).to.deep.equal(head);
    }
  });

  it("says nothing new while an endpoint fails in the middle", async () => {
    const follower = await open();
    follower.watch(idOf(0));
    await read(follower);
    await pay(0, 5n);
    server.behaviour = ({ method }, forward) =>
      method === "eth_getLogs" ? Promise.resolve([{ nonsense: true }]) : forward();
    expect(await read(follower).catch((error: unknown) => error)).to.include({ code: "RPC_UNREACHABLE" });
    expect(follower.isCurrent).to.equal(false);
    server.behaviour = honest;
    await expectHeld((await read(follower))[0]!, 5n, 0n);
  });

  it("shows what counts after any reorganisation, however deep, and after restarts", async () => {
    const action = fc.oneof(
      { weight: 3, arbitrary: fc.record({ kind: fc.constant("pay" as const), channel: fc.nat(2) }) },
      { weight: 2, arbitrary: fc.record({ kind: fc.constant("dispute" as const), channel: fc.nat(2) }) },
      {
        weight: 2,
        arbitrary: fc.record({ kind: fc.constant("mine" as const), blocks: fc.integer({ min: 1, max: 12 }) }),
      },
      { weight: 2, arbitrary: fc.record({ kind: fc.constant("fork" as const), past: fc.nat(9) }) },
      { weight: 3, arbitrary: fc.record({ kind: fc.constant("read" as const) }) },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant("restart" as const) }) },
    );
    let origin: unknown = await network.provider.send("evm_snapshot", []);
    await fc.assert(
      fc.asyncProperty(fc.array(action, { maxLength: 30 }), async (actions) => {
        await network.provider.send("evm_revert", [origin]);
        origin = await network.provider.send("evm_snapshot", []);
        const states = channels.map((channel) => channel.state(1n, []));
        let store = new MapStore();
        let follower = await open({ store });
        const watchAll = () => channels.forEach((_, i) => follower.watch(idOf(i)));
        watchAll();
        let forks: unknown[] = [];
        const told = new Map<Destination, Report>();
        let highest = 0;
        for (const act of actions) {
          highest = Math.max(highest, await ethers.provider.getBlockNumber());
          if (act.kind === "read") for (const report of await read(follower)) told.set(report.destination, report);
          else if (act.kind === "restart") {
            await mine(Math.max(0, highest - (await ethers.provider.getBlockNumber())));
            follower = await open({ store: (store = store.afterCrash()) });
            watchAll();
          } else if (act.kind === "fork") {
            if (forks.length === 0) continue;
            const at = Math.max(0, forks.length - 1 - act.past);
            await network.provider.send("evm_revert", [forks[at]]);
            forks = forks.slice(0, at);
            await network.provider.send("evm_increaseTime", [1 + act.past]); // other blocks than before
            await mine();
          } else {
            forks.push(await network.provider.send("evm_snapshot", []));
            if (act.kind === "mine") await mine(act.blocks);
            else if (act.kind === "pay") await pay(act.channel, 1n);
            else {
              const { recordOf } = sluice.adjudicator;
              if (BigInt(await recordOf(channels[act.channel]!.id)) !== 0n) continue;
              await channels[act.channel]!.challenge(states[act.channel]!);
            }
          }
        }
        await mine(Math.max(15, highest + 1 - (await ethers.provider.getBlockNumber()))); // higher than before, as a chain that wins is
        for (const report of await read(follower)) told.set(report.destination, report);
        for (const { id } of channels) await expectView(id, told.get(channelDestination(id))!);
      }),
      runs(25),
    );
  }).timeout(0);

  /** What was reported last is what the contract has stored. */
  async function expectView(id: ChannelId, { latest }: Report): Promise<void> {
    const { adjudicator } = sluice;
    expect(latest.held[NATIVE] ?? 0n).to.equal(await adjudicator.held(id, NATIVE));
    const { record } = latest;
    const word = record.kind === "dispute" ? disputeHashOf(record.dispute) : ethers.ZeroHash;
    expect(word).to.equal(await adjudicator.recordOf(id));
  }
});
