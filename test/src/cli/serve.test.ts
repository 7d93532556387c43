import { expect } from "chai";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pino } from "pino";
import { SluiceError } from "../../../src";
import { serve } from "../../../src/cli/serve";
import type { Session } from "../../../src/cli/session";
import { connectRpc } from "../../../src/rpc/client";
import { serveRpc } from "../../../src/rpc/server";
import { temporaryFolder } from "../../support/cli";
import { ALICE, MALLORY, MemoryNode } from "../../support/memoryNode";

const SILENT = pino({ level: "silent" });

describe("a node in the foreground", () => {
  let folder: string;
  let remove: () => void;
  let node: MemoryNode;
  let user: AbortController;

  beforeEach(() => {
    ({ path: folder, remove } = temporaryFolder());
    node = new MemoryNode();
    user = new AbortController();
  });

  afterEach(() => {
    remove();
  });

  /** Starts to serve; gives what is announced, and when it is over. */
  async function start(port = 0): Promise<{ announced: { api: string; address: string }; ended: Promise<void> }> {
    let ended!: Promise<void>;
    const line = await new Promise<string>((announce, failed) => {
      const io: Session["io"] = {
        env: {},
        signal: user.signal,
        out: announce,
        err: () => undefined,
        ask: () => Promise.resolve(undefined),
      };
      ended = serve({ io, folder, json: true }, node, { host: "127.0.0.1", port }, SILENT);
      ended.catch(failed);
    });
    return { announced: JSON.parse(line) as { api: string; address: string }, ended };
  }

  it("announces where it can be reached, and lets in whoever can read its folder", async () => {
    const { announced, ended } = await start();
    expect(announced).to.deep.include({ address: ALICE, chainId: "31337" });
    const token = readFileSync(join(folder, "api-token"), "utf8").trim();
    expect(await connectRpc(announced.api, token).info()).to.deep.equal(node.info());
    user.abort();
    await ended;
  });

  it("stops the node when the user ends it, after it has answered those who wait", async () => {
    const { announced, ended } = await start();
    const token = readFileSync(join(folder, "api-token"), "utf8").trim();
    const opening = connectRpc(announced.api, token).open({ peers: [{ address: MALLORY }], mine: [] });
    while (node.pending === 0) await new Promise((next) => setImmediate(next));
    user.abort();
    expect(await reasonOf(opening)).to.deep.include({ code: "NODE_STOPPED" });
    await ended;
    expect(node.stopped).to.equal(true);
  });

  it("ends with the reason when the node cannot go on", async () => {
    const { ended } = await start();
    node.tell({ type: "alarm", code: "GAS_LOW", message: "is no reason" });
    node.tell({ type: "alarm", code: "STOPPED", message: "The disk is full." });
    const error = await reasonOf(ended);
    expect(error).to.deep.include({ code: "NODE_STOPPED", summary: "The node stopped: The disk is full." });
    expect(node.stopped).to.equal(true);
  });

  it("stops the node when the API cannot be served", async () => {
    const other = await serveRpc({ node: new MemoryNode(), token: "", unexpected: () => undefined });
    const error = await reasonOf(start(Number(new URL(other.url).port)));
    expect(error).to.deep.include({ code: "API_FAILED" });
    expect(node.stopped).to.equal(true);
    await other.close();
  });
});

async function reasonOf(promise: Promise<unknown>): Promise<SluiceError> {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).to.be.instanceOf(SluiceError);
  return error as SluiceError;
}
