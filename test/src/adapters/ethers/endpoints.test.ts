import { expect } from "chai";
import { SluiceError } from "../../../../src";
import { Endpoints, type EndpointsOptions } from "../../../../src/adapters/ethers/endpoints";
import { RpcError } from "../../../../src/adapters/ethers/rpc";
import { parseNumber } from "../../../../src/adapters/ethers/shapes";
import type { ChainAlarm } from "../../../../src/ports/chain";
import { ManualClock } from "../../../support/manualClock";
import { honest, Raw, refusal, RpcServer, stall, type Behaviour } from "../../../support/rpcServer";

/** A chain with as many blocks as it is told. */
const answers = (height: number, chainId = 7) => ({
  send: (method: string) => Promise.resolve(`0x${(method === "eth_chainId" ? chainId : height).toString(16)}`),
});

const except =
  (method: string, behaviour: Behaviour): Behaviour =>
  (request, forward) =>
    request.method === method ? behaviour(request, forward) : forward();

describe("endpoints", () => {
  const clock = new ManualClock();
  let servers: RpcServer[] = [];
  let alarms: ChainAlarm[] = [];
  let endpoints: Endpoints;

  async function open(...providers: ReturnType<typeof answers>[]): Promise<void> {
    servers = await Promise.all(providers.map((provider) => RpcServer.start(provider)));
    alarms = [];
    endpoints = connect(servers.map(({ url }) => url));
  }

  function connect(urls: readonly string[], options: Partial<EndpointsOptions> = {}): Endpoints {
    return new Endpoints({
      urls,
      chainId: 7n,
      clock,
      alarm: (alarm) => alarms.push(alarm),
      timeout: 1_000,
      rest: 30_000,
      maxLag: 10,
      maxAnswer: 10_000,
      ...options,
    });
  }

  afterEach(async () => {
    endpoints.close();
    await Promise.all(servers.map((server) => server.close()));
  });

  const height = () => endpoints.request("eth_blockNumber", [], parseNumber);

  async function failure(act: () => Promise<unknown>): Promise<SluiceError | RpcError> {
    try {
      await act();
    } catch (error) {
      if (error instanceof SluiceError || error instanceof RpcError) return error;
      throw error;
    }
    throw new Error("It succeeded.");
  }

  const FAULTS: [string, Behaviour][] = [
    ["closes its door", () => Promise.resolve(new Raw(503, ""))],
    ["has had enough", () => Promise.resolve(new Raw(429, '{"error":{"code":-32005,"message":"slow down"}}'))],
    ["fails inside", () => Promise.resolve(new Raw(500, "<html>oops</html>"))],
    ["talks gibberish", () => Promise.resolve(new Raw(200, "}{"))],
    ["answers with another shape", () => Promise.resolve({ number: "many" })],
    ["answers another question", () => Promise.resolve(new Raw(200, '{"jsonrpc":"2.0","id":77,"result":"0x5"}'))],
    ["says nothing", () => Promise.resolve(new Raw(200, '{"jsonrpc":"2.0"}'))],
    ["never stops talking", () => Promise.resolve(new Raw(200, " ".repeat(20_000)))],
    ["refuses", () => Promise.reject(refusal(-32601, "method not found"))],
    [
      "refuses with a status of its own",
      () => Promise.resolve(new Raw(400, '{"error":{"code":-32005,"message":"limit"}}')),
    ],
  ];

  for (const [what, behaviour] of FAULTS) {
    it(`goes on with the next one when the preferred one ${what}, and comes back later`, async () => {
      await open(answers(1), answers(2));
      servers[0]!.behaviour = except("eth_blockNumber", behaviour);
      expect(await height()).to.equal(2);
      servers[0]!.behaviour = honest;
      expect(await height(), "it rests").to.equal(2);
      clock.advance(30_000);
      expect(await height(), "it is preferred again").to.equal(1);
    });
  }

  it("goes on with the next one when the preferred one does not answer in time", async () => {
    await open(answers(1), answers(2));
    servers[0]!.behaviour = except("eth_blockNumber", () => {
      clock.advance(1_000);
      return stall();
    });
    expect(await height()).to.equal(2);
  });

  it("goes on with the next one when the preferred one is gone, and never says where they are", async () => {
    await open(answers(1), answers(2));
    await servers[0]!.close();
    expect(await height()).to.equal(2);
    await servers[1]!.close();
    const error = await failure(height);
    expect(error.code).to.equal("RPC_UNREACHABLE");
    expect(JSON.stringify([error.message, error.stack, error.cause, alarms])).to.not.match(/127\.0\.0\.1|SECRET/);
  });

  it("asks one that rests rather than none", async () => {
    await open(answers(1));
    servers[0]!.behaviour = except("eth_blockNumber", () => Promise.resolve(new Raw(503, "")));
    await failure(height);
    servers[0]!.behaviour = honest;
    expect(await height()).to.equal(1);
  });

  it("does not ask an endpoint of another chain anything, and tells once", async () => {
    await open(answers(1, 8), answers(2));
    expect(await height()).to.equal(2);
    clock.advance(30_000);
    expect(await height()).to.equal(2);
    expect(servers[0]!.asked).to.deep.equal(["eth_chainId", "eth_chainId"]);
    expect(alarms.map(({ code }) => code)).to.deep.equal(["CHAIN_WRONG"]);
    expect(alarms[0]!.message).to.match(/^Endpoint 1 belongs to chain 8, not 7\./);
  });

  it("notices an endpoint that comes back as one of another chain", async () => {
    await open(answers(1), answers(2));
    expect(await height()).to.equal(1);
    servers[0]!.behaviour = () => Promise.resolve(new Raw(503, ""));
    expect(await height()).to.equal(2);
    servers[0]!.behaviour = () => Promise.resolve("0x8");
    clock.advance(30_000);
    expect(await height()).to.equal(2);
    expect(alarms.map(({ code }) => code)).to.deep.equal(["CHAIN_WRONG"]);
  });

  it("says so when all endpoints belong to other chains", async () => {
    await open(answers(1, 8), answers(2, 9));
    expect((await failure(height)).code).to.equal("CHAIN_WRONG");
  });

  it("passes over an endpoint that lags, until it has caught up", async () => {
    const late = answers(89);
    await open(late, answers(100));
    await endpoints.survey();
    expect(await height()).to.equal(100);
    late.send = answers(90).send;
    clock.advance(30_000);
    await endpoints.survey();
    expect(await height()).to.equal(90);
  });

  it("passes a revert on, and asks nobody else", async () => {
    await open(answers(1), answers(2));
    servers[0]!.behaviour = except("eth_blockNumber", () => Promise.reject(refusal(3, "execution reverted")));
    const error = await failure(height);
    expect(error).to.be.instanceOf(RpcError);
    expect(servers[1]!.asked).to.deep.equal([]);
  });

  it("passes a refusal on that all agree on, and lets nobody rest for it", async () => {
    await open(answers(1), answers(2));
    for (const server of servers) {
      server.behaviour = except("eth_blockNumber", () => Promise.reject(refusal(-32005, "too many results")));
    }
    expect(await failure(height)).to.include({ code: -32005, message: "too many results" });
    servers[0]!.behaviour = honest;
    expect(await height()).to.equal(1);
  });

  it("hands a transaction to all that are well, and is content if one takes it", async () => {
    await open(answers(1), answers(2), answers(3));
    servers[0]!.behaviour = except("eth_sendRawTransaction", () => Promise.reject(refusal(-32000, "already known")));
    servers[1]!.behaviour = except("eth_sendRawTransaction", () => Promise.resolve(new Raw(503, "")));
    servers[2]!.behaviour = except("eth_sendRawTransaction", () => Promise.resolve(`0x${"ab".repeat(32)}`));
    expect(await endpoints.broadcast("0x02")).to.equal(undefined);
    servers[2]!.behaviour = servers[0]!.behaviour;
    expect(await endpoints.broadcast("0x02")).to.include({ message: "already known" });
    for (const server of servers) server.behaviour = () => Promise.resolve(new Raw(503, ""));
    expect(await failure(() => endpoints.broadcast("0x02"))).to.include({ code: "RPC_UNREACHABLE" });
  });

  it("breaks off what is under way when it is closed", async () => {
    await open(answers(1));
    let asked: () => void;
    const arrived = new Promise<void>((resolve) => (asked = resolve));
    servers[0]!.behaviour = except("eth_blockNumber", () => (asked(), stall()));
    const waiting = failure(height);
    await arrived;
    endpoints.close();
    expect(await waiting).to.include({ code: "RPC_UNREACHABLE" });
  });
});
