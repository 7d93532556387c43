import { expect } from "chai";
import fc from "fast-check";
import { request } from "node:http";
import { once } from "node:events";
import { connect } from "node:net";
import { NATIVE, SluiceError } from "../../../src";
import { MAX_BATCH } from "../../../src/rpc/dispatch";
import { METHODS } from "../../../src/rpc/schema";
import { MAX_REQUEST, serveRpc } from "../../../src/rpc/server";
import { BOB, MALLORY, MemoryNode } from "../../support/memoryNode";
import { sendRaw, serveMemory, TOKEN, type RawRequest, type Served } from "../../support/rpc";

interface Answer {
  readonly id: unknown;
  readonly result?: unknown;
  readonly error?: { readonly code: number; readonly message: string; readonly data?: unknown };
}

const call = (method: string, params: unknown = {}, id: unknown = 1) => ({ jsonrpc: "2.0", id, method, params });

describe("the JSON-RPC server", () => {
  let served: Served;

  beforeEach(async () => {
    served = await serveMemory();
  });

  afterEach(() => served.server.close());

  async function ask(body: unknown): Promise<Answer> {
    const { status, body: answer } = await sendRaw(served, { body: JSON.stringify(body) });
    expect(status).to.equal(200);
    return JSON.parse(answer) as Answer;
  }

  async function openWithBob(): Promise<string> {
    const params = { peers: [{ address: BOB }], mine: [{ asset: NATIVE, amount: "1000" }] };
    const { result } = await ask(call("open", params));
    return (result as { id: string }).id;
  }

  const refusals: Readonly<Record<string, readonly [RawRequest, number]>> = {
    "without a token": [{ headers: { Authorization: "" } }, 401],
    "with a wrong token": [{ headers: { Authorization: `Bearer ${"00".repeat(32)}` } }, 401],
    "with the token in another scheme": [{ headers: { Authorization: `Basic ${TOKEN}` } }, 401],
    "for metrics without a token": [{ method: "GET", path: "/metrics", headers: { Authorization: "" } }, 401],
    "for health without a token": [{ method: "GET", path: "/health", headers: { Authorization: "" } }, 401],
    "under the name of another host": [{ headers: { Host: "mallory.example" } }, 403],
    "under a name that only begins like this machine": [{ headers: { Host: "localhost.mallory.example:80" } }, 403],
    "of another path": [{ path: "/admin" }, 404],
    "of another method": [{ method: "OPTIONS" }, 404],
    "that is too long": [{ body: "x".repeat(MAX_REQUEST + 1) }, 413],
  };
  for (const [title, [raw, status]] of Object.entries(refusals)) {
    it(`refuses a request ${title}`, async () => {
      const reply = await sendRaw(served, raw);
      expect(reply.status).to.equal(status);
      expect(JSON.parse(reply.body)).to.have.nested.property("error.message").that.is.a("string");
      expect(reply.headers).not.to.have.property("access-control-allow-origin");
    });
  }

  for (const host of ["localhost", "LOCALHOST:1", "127.0.0.1:9", "[::1]:9"]) {
    it(`answers under the name ${host}`, async () => {
      const { status } = await sendRaw(served, { headers: { Host: host }, body: JSON.stringify(call("info")) });
      expect(status).to.equal(200);
    });
  }

  it("takes a request of exactly the greatest length", async () => {
    const { status } = await sendRaw(served, { body: JSON.stringify(call("info")).padEnd(MAX_REQUEST) });
    expect(status).to.equal(200);
  });

  it("writes whole numbers as decimal strings", async () => {
    const channelId = await openWithBob();
    const { result } = await ask(call("pay", { channelId, asset: NATIVE, amount: "400" }));
    expect(result).to.deep.include({ version: "1" });
  });

  it("answers methods without a result with null", async () => {
    expect(await ask(call("connect", { peer: BOB, url: "ws://bob.example" }))).to.deep.equal({
      jsonrpc: "2.0",
      id: 1,
      result: null,
    });
  });

  const malformed: Readonly<Record<string, readonly [string, number]>> = {
    "what is not JSON": ["{", -32700],
    nothing: ["", -32700],
    "a number": ["7", -32600],
    "an empty batch": ["[]", -32600],
    "another version": [JSON.stringify({ ...call("info"), jsonrpc: "1.0" }), -32600],
    "an id that is an object": [JSON.stringify(call("info", {}, {})), -32600],
    "too large a batch": [JSON.stringify(Array(MAX_BATCH + 1).fill(call("info"))), -32600],
    "an unknown method": [JSON.stringify(call("steal")), -32601],
    "the name of an inherited property": [JSON.stringify(call("constructor")), -32601],
    "a method of the node that is not offered": [JSON.stringify(call("stop")), -32601],
    "parameters by position": [JSON.stringify(call("info", [])), -32602],
  };
  for (const [title, [body, code]] of Object.entries(malformed)) {
    it(`answers ${title} with ${code}`, async () => {
      const reply = await sendRaw(served, { body });
      expect(reply.status).to.equal(200);
      expect(JSON.parse(reply.body)).to.have.nested.property("error.code", code);
    });
  }

  const wrong: Readonly<Record<string, readonly [string, unknown, string]>> = {
    "an amount that is a number": ["pay", { amount: 5 }, '"amount": expected a whole number as a decimal string'],
    "an amount with a fraction": ["pay", { amount: "1.5" }, '"amount": expected a whole number'],
    "an amount below zero": ["pay", { amount: "-1" }, '"amount": expected a whole number'],
    "an amount beyond 2^256": ["pay", { amount: "9".repeat(78) }, '"amount": expected a whole number'],
    "an address with a wrong checksum": ["pay", { asset: BOB.replace("C", "c") }, '"asset": expected an address'],
    "a short channel id": ["pay", { channelId: "0x12" }, '"channelId": expected a channel\'s id'],
    "an unknown parameter": ["pay", { ammount: "5" }, '"ammount"'],
    "a position that is too high": ["pay", { to: 32 }, '"to"'],
    "a relative path for a backup": ["backup", { file: "backup" }, '"file": expected an absolute path'],
  };
  for (const [title, [method, part, message]] of Object.entries(wrong)) {
    it(`names what is wrong with ${title}`, async () => {
      const { example } = METHODS[method as "pay"];
      const { error } = await ask(call(method, { ...(example as object), ...(part as object) }));
      expect(error).to.deep.include({ code: -32602 });
      expect(error!.message).to.include(`${method}: `).and.include(message);
    });
  }

  it("passes on errors of the node with their code and remedy", async () => {
    const { error } = await ask(call("channel", METHODS.channel.example));
    expect(error).to.deep.include({ code: -32000 });
    expect(error!.message).to.match(/^There is no channel 0x\w+\.$/);
    expect(error!.data).to.deep.equal({ code: "CHANNEL_UNKNOWN", remedy: "Nothing was done; check the id." });
    expect(served.unexpected).to.deep.equal([]);
  });

  it("keeps the text of unforeseen errors from the caller, and reports them", async () => {
    const failure = new TypeError("the password is 1234");
    served.node.channels = () => {
      throw failure;
    };
    const { error } = await ask(call("channels"));
    expect(error).to.deep.equal({ code: -32603, message: "The node could not answer. Its log says why." });
    expect(served.unexpected).to.deep.equal([failure]);
  });

  it("answers each request of a batch under its id, and no notification", async () => {
    const { jsonrpc, method } = call("info");
    const batch = [call("info", {}, "a"), { jsonrpc, method }, 5, call("steal", {}, 7), call("channels", {}, null)];
    const answers = (await ask(batch)) as unknown as Answer[];
    expect(answers.map(({ id, error }) => [id, error?.code])).to.deep.equal([
      ["a", undefined],
      [null, -32600],
      [7, -32601],
      [null, undefined],
    ]);
  });

  it("carries out a notification and answers it with nothing", async () => {
    const body = JSON.stringify({ jsonrpc: "2.0", method: "connect", params: { peer: BOB, url: "ws://bob.example" } });
    const reply = await sendRaw(served, { body });
    expect([reply.status, reply.body]).to.deep.equal([204, ""]);
    expect(served.node.info().peers).to.deep.equal([{ address: BOB, connected: true }]);
  });

  it("tells its health, and by the status whether all is well", async () => {
    expect((await sendRaw(served, { method: "GET", path: "/health" })).status).to.equal(200);
    served.node.checks = [{ name: "gas", ok: false, detail: "0 wei", remedy: "Send some." }];
    const { status, body } = await sendRaw(served, { method: "GET", path: "/health" });
    expect(status).to.equal(503);
    expect(JSON.parse(body)).to.deep.equal({ ok: false, checks: served.node.checks });
  });

  it("offers metrics as text", async () => {
    const { headers, body } = await sendRaw(served, { method: "GET", path: "/metrics" });
    expect(headers["content-type"]).to.match(/^text\/plain/);
    expect(body).to.equal(await served.node.metrics());
  });

  it("aborts a call whose caller goes away", async () => {
    const headers = { Authorization: `Bearer ${TOKEN}` };
    const sent = request(served.server.url, { method: "POST", headers, agent: false });
    const gone = once(sent, "error");
    sent.end(JSON.stringify(call("open", { peers: [{ address: MALLORY }], mine: [] })));
    await until(() => served.node.pending === 1);
    sent.destroy(new Error("The caller has had enough."));
    await gone;
    await until(() => served.node.pending === 0);
    expect(served.unexpected).to.deep.equal([]);
  });

  it("answers calls under way when it closes, even if the node ignores that", async () => {
    let asked = false;
    served.node.close = () => {
      asked = true;
      return new Promise(() => undefined);
    };
    const answers = ask([call("close", METHODS.close.example), call("events", { wait: 60 })]);
    await until(() => asked);
    await served.server.close();
    for (const { error } of (await answers) as unknown as Answer[]) {
      expect(error).to.deep.include({ code: -32000, message: "The node is stopping." });
      expect(error!.data).to.deep.include({ code: "NODE_STOPPED" });
    }
  });

  it("closes although callers keep connections open or never finish a request", async () => {
    const { port } = new URL(served.server.url);
    const idle = connect(Number(port), "127.0.0.1");
    const slow = connect(Number(port), "127.0.0.1");
    const ends = [idle, slow].map((socket) => once(socket.on("error", () => undefined).resume(), "close"));
    await Promise.all([once(idle, "connect"), once(slow, "connect")]);
    slow.write(`POST / HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${TOKEN}\r\nContent-Length: 9\r\n\r\n{`);
    await ask(call("info"));
    await served.server.close();
    await Promise.all(ends);
    expect(served.unexpected).to.deep.equal([]);
  });

  it("says why it cannot listen", async () => {
    const port = Number(new URL(served.server.url).port);
    const second = serveRpc({ node: new MemoryNode(), token: TOKEN, port, unexpected: () => undefined });
    const error = await second.then(
      () => undefined,
      (refusal: unknown) => refusal,
    );
    expect(error).to.be.instanceOf(SluiceError).with.property("code", "API_FAILED");
  });

  it("survives whatever it is sent, and never fails by itself", async () => {
    const names = fc.constantFrom(...Object.keys(METHODS), "stop", "__proto__", "toString");
    const params = fc.oneof(
      fc.jsonValue(),
      ...Object.values(METHODS).map(({ example }) =>
        fc
          .tuple(fc.constantFrom("channelId", "amount", "peers", "change", "wait", "file", "url"), fc.jsonValue())
          .map(([key, value]) => ({ ...(example as object), [key]: value })),
      ),
    );
    const requests = fc.record({ jsonrpc: fc.constant("2.0"), id: fc.jsonValue(), method: names, params });
    const bodies = fc.oneof(
      fc.string().map((text) => Buffer.from(text)),
      fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
      fc.oneof(requests, fc.array(requests, { maxLength: 5 }), fc.jsonValue()).map((json) => {
        // No fuzzed call may wait, or write a file.
        const text = JSON.stringify(json).replaceAll('"backup"', '"back"').replaceAll('"events"', '"event"');
        return Buffer.from(text);
      }),
    );
    await fc.assert(
      fc.asyncProperty(bodies, async (body) => {
        const { status } = await sendRaw(served, { body });
        expect(status).to.be.oneOf([200, 204]);
      }),
      { numRuns: 300 },
    );
    expect(served.unexpected).to.deep.equal([]);
    expect(await ask(call("info"))).to.have.property("result");
  });
});

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((next) => setImmediate(next));
}
