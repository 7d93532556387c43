import { expect } from "chai";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { NATIVE, SluiceError, toHex, type ChannelId } from "../../../src";
import { connectRpc, type RemoteNode } from "../../../src/rpc/client";
import { provideToken, readToken } from "../../../src/rpc/token";
import { BOB, MALLORY } from "../../support/memoryNode";
import { serveMemory, TOKEN, type Served } from "../../support/rpc";

describe("the JSON-RPC client", () => {
  let served: Served;
  let alice: RemoteNode;

  beforeEach(async () => {
    served = await serveMemory();
    alice = connectRpc(served.server.url, TOKEN);
  });

  afterEach(() => served.server.close());

  const open = () =>
    alice.open({
      peers: [{ address: BOB, url: "ws://bob.example" }],
      mine: [{ asset: NATIVE, amount: 2n ** 200n }],
      theirs: [[{ asset: NATIVE, amount: 5n }]],
    });

  it("gives back exactly what the node says, for every method that reads", async () => {
    const { node } = served;
    const { id } = await open();
    node.waits = [{ asset: NATIVE, amount: 3n }];
    expect(await alice.info()).to.deep.equal(node.info());
    expect(await alice.health()).to.deep.equal(await node.health());
    expect(await alice.channels()).to.deep.equal(node.channels());
    expect(await alice.channel(id)).to.deep.equal(node.channel(id));
    expect(await alice.waiting()).to.deep.equal(node.waits);
    expect(await alice.metrics()).to.equal(await node.metrics());
  });

  it("passes on every method that acts", async () => {
    const { node } = served;
    const { id } = await open();
    expect(await alice.funded(id)).to.deep.include({ id, phase: "open" });
    expect(await alice.pay({ channelId: id, asset: NATIVE, amount: 7n })).to.deep.equal(node.channel(id).state);
    const [from, to] = node.channel(id).destinations as [never, never];
    const change = { transfers: [{ asset: NATIVE, from, to, amount: 2n }], appData: toHex("0x01"), final: false };
    expect(await alice.update(id, change)).to.deep.include({ version: 2n, appData: "0x01" });
    node.ask(id, change);
    await alice.answer(id, change, true);
    expect(node.channel(id)).to.deep.include({ version: 3n, questions: [] });
    const { state } = node.channel(id);
    expect(await alice.move(id, { ...state, version: 9n })).to.deep.equal({ ...state, version: 9n });
    const successor = await alice.splice({ channelId: id, add: [[{ asset: NATIVE, amount: 1n }]] });
    expect(successor.id).not.to.equal(id);
    expect(await alice.challenge(successor.id)).to.deep.include({ phase: "closed" });
    const second = await open();
    expect(await alice.close(second.id)).to.deep.include({ phase: "closed" });
    expect(await alice.withdraw(NATIVE, BOB)).to.match(/^0x[0-9a-f]{64}$/);
    await alice.connect(MALLORY, "ws://mallory.example");
    expect(node.info().peers).to.deep.include({ address: MALLORY, connected: false });
  });

  it("rejects with the error of the node", async () => {
    const error = await failureOf(alice.channel(`0x${"00".repeat(32)}` as ChannelId));
    expect(error).to.deep.include({ code: "CHANNEL_UNKNOWN", remedy: "Nothing was done; check the id." });
  });

  it("says so when the token is wrong", async () => {
    const mallory = connectRpc(served.server.url, "00".repeat(32));
    expect(await failureOf(mallory.info())).to.deep.include({ code: "API_TOKEN_WRONG" });
    expect(await failureOf(mallory.metrics())).to.deep.include({ code: "API_TOKEN_WRONG" });
  });

  it("says so when nobody listens", async () => {
    await served.server.close();
    const error = await failureOf(alice.info());
    expect(error).to.deep.include({ code: "NODE_UNREACHABLE" });
    expect(error.summary).to.include("ECONNREFUSED");
  });

  it("says so when something else listens", async () => {
    const other = createServer((_, response) => response.end("<html>")).listen(0, "127.0.0.1");
    await once(other, "listening");
    const { port } = other.address() as AddressInfo;
    const error = await failureOf(connectRpc(`http://127.0.0.1:${port}`, TOKEN).info());
    expect(error).to.deep.include({ code: "API_FAILED" });
    other.close();
  });

  it("gives a call up when its signal is aborted, and so does the node", async () => {
    const patience = new AbortController();
    const opening = alice.open({ peers: [{ address: MALLORY }], mine: [] }, patience.signal);
    while (served.node.pending === 0) await new Promise((next) => setImmediate(next));
    patience.abort();
    const error = await opening.then(
      () => undefined,
      (reason: unknown) => reason as Error,
    );
    expect(error).to.have.property("name", "AbortError");
    while (served.node.pending > 0) await new Promise((next) => setImmediate(next));
  });

  it("hears of an event as soon as it happens", async () => {
    const page = alice.events({ wait: 60 });
    const { id } = await open();
    const { events } = await page;
    expect(events[0]).to.deep.equal({ type: "opened", channelId: id, sequence: 1 });
  });

  it("hears on a new connection what it missed, once", async () => {
    const { run } = await alice.events({ wait: 0 });
    const { id } = await open();
    await alice.pay({ channelId: id, asset: NATIVE, amount: 7n });
    const bobAgain = connectRpc(served.server.url, TOKEN);
    const page = await bobAgain.events({ run, after: 1, wait: 0 });
    expect(page.events.map(({ type, sequence }) => [type, sequence])).to.deep.equal([
      ["funded", 2],
      ["updated", 3],
    ]);
    expect(page).to.deep.include({ run, next: 3, missed: false });
    expect(await bobAgain.events({ run, after: page.next, wait: 0 })).to.deep.include({ events: [], next: 3 });
  });
});

describe("the token of the API", () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "sluice-token-"));
  });

  afterEach(() => rmSync(folder, { recursive: true }));

  it("is made once, of 32 random bytes, in a file for its owner alone", () => {
    expect(readToken(folder)).to.equal(undefined);
    const token = provideToken(folder);
    expect(token).to.match(/^[0-9a-f]{64}$/);
    expect(provideToken(folder)).to.equal(token);
    expect(readToken(folder)).to.equal(token);
    expect(statSync(join(folder, "api-token")).mode & 0o777).to.equal(0o600);
  });

  it("is made anew, and closed to others, where the file is damaged", () => {
    const file = join(folder, "api-token");
    writeFileSync(file, "guess", { mode: 0o644 });
    const token = provideToken(folder);
    expect(readFileSync(file, "utf8")).to.equal(`${token}\n`).and.not.include("guess");
    expect(statSync(file).mode & 0o777).to.equal(0o600);
  });
});

async function failureOf(promise: Promise<unknown>): Promise<SluiceError> {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).to.be.instanceOf(SluiceError);
  return error as SluiceError;
}
