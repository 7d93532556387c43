import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { expect } from "chai";
import { cleanEnvironment } from "../../scripts/lib/environment";
import { enrich, startChain, type LocalChain } from "../../scripts/lib/nodes";
import { TYPESCRIPT } from "../../scripts/lib/typescript";
import { EXIT } from "../../src/cli/exitCodes";
import { toAddress } from "../../src";
import { runCli, temporaryFolder } from "../support/cli";
import { ROOT } from "../support/command";
import { freePort } from "../support/freePort";

const PASSWORD = "correct horse";

/** Somebody with a data folder, who types commands; its node is a process of its own. */
class User {
  address = "";
  url = "";
  private process: ChildProcess | undefined;

  constructor(readonly folder: string) {}

  /** Runs a command; returns the document that it prints. */
  async type(...args: readonly string[]): Promise<Record<string, unknown>> {
    const { code, stdout, stderr } = await this.try(...args, "--json");
    expect(code, stdout + stderr).to.equal(EXIT.OK);
    return JSON.parse(stdout) as Record<string, unknown>;
  }

  try(...args: readonly string[]) {
    return runCli([...args, "--data", this.folder], { env: { SLUICE_PASSWORD: PASSWORD } });
  }

  /** Sets everything up as the documentation says, and starts the node. */
  async settle(chain: LocalChain, deployment: string): Promise<void> {
    const api = `127.0.0.1:${await freePort()}`;
    const chainOptions = ["--rpc", chain.url, "--deployment", deployment, "--confirmations", "0"];
    await this.type("init", ...chainOptions, "--listen", "127.0.0.1:0", "--api", api);
    const { address } = await this.type("keys", "create");
    this.address = address as string;
    await enrich(chain, toAddress(this.address));
    await this.start();
  }

  async start(): Promise<void> {
    const args = [...TYPESCRIPT, resolve(ROOT, "src/cli/main.ts"), "node", "--json", "--data", this.folder];
    const env = { ...cleanEnvironment(), SLUICE_PASSWORD: PASSWORD };
    this.process = spawn(process.execPath, args, { cwd: ROOT, env, stdio: ["ignore", "pipe", "ignore"] });
    const [line] = (await once(createInterface(this.process.stdout!), "line")) as [string];
    this.url = (JSON.parse(line) as { listening: string }).listening;
  }

  /** Interrupts the node, as Ctrl-C does. Returns its exit code. */
  async stop(): Promise<number | null> {
    if (this.process === undefined) return null;
    const ended = once(this.process, "exit");
    this.process.kill("SIGINT");
    this.process = undefined;
    return ((await ended) as [number | null])[0];
  }
}

describe("two people with nodes and command lines", function () {
  this.timeout(180_000);

  let chain: LocalChain;
  let remove: () => void;
  let alice: User;
  let bob: User;
  let id: string;

  before(async () => {
    chain = await startChain();
    const folder = temporaryFolder();
    remove = folder.remove;
    const { chainId, adjudicator, ticTacToe, payments } = chain;
    const deployment = join(folder.path, "deployment.json");
    const contracts = {
      Adjudicator: adjudicator,
      TicTacToe: ticTacToe,
      PaymentApp: payments.app,
      LockSet: payments.lockSet,
      PreimageRegistry: payments.preimages,
      ScalarRegistry: payments.scalars,
    };
    writeFileSync(deployment, JSON.stringify({ chainId: Number(chainId), contracts }));
    alice = new User(join(folder.path, "alice"));
    bob = new User(join(folder.path, "bob"));
    await Promise.all([alice.settle(chain, deployment), bob.settle(chain, deployment)]);
  });

  after(async () => {
    await Promise.all([alice.stop(), bob.stop()]);
    await chain.stop();
    remove();
  });

  it("open a channel", async () => {
    const channel = await alice.type("open", `${bob.address}@${bob.url}`, "--mine", "10");
    id = channel["id"] as string;
    expect(channel).to.deep.include({ phase: "open", online: true, peers: [bob.address], payments: true });
  });

  it("pay each other", async () => {
    const paid = await alice.type("pay", id, "--amount", "2.5", "--note", "for lunch");
    expect(paid).to.have.nested.property("canPay.0.amount", (75n * 10n ** 17n).toString());
    await bob.type("pay", id.slice(0, 10), "--amount", "0.5");
    const shown = await bob.type("show", id.slice(0, 10));
    expect(shown["mine"]).to.deep.equal([{ asset: `0x${"00".repeat(20)}`, amount: (2n * 10n ** 18n).toString() }]);
  });

  it("are told why a payment cannot be made", async () => {
    const { code, stdout } = await bob.try("pay", id, "--amount", "1000", "--json");
    expect(code).to.equal(EXIT.FAILED);
    expect(JSON.parse(stdout)).to.have.nested.property("error.code", "FUNDS_INSUFFICIENT");
  });

  it("see that all is well", async () => {
    expect(await alice.type("doctor")).to.include({ ok: true });
    expect(await bob.type("info")).to.include({ address: bob.address });
    const { stdout } = await bob.try("events");
    expect(stdout).to.include("funded").and.include('2.5 eth "for lunch"');
  });

  it("take some money out without closing", async () => {
    const successor = await alice.type("splice", id, "--take", "1");
    expect(successor).to.include({ phase: "open" });
    expect(successor["id"]).not.to.equal(id);
    await eventually(async () => (await bob.type("show", id))["phase"] === "closed"); // as soon as its node sees the block
    id = successor["id"] as string;
  });

  it("go on where they were after a restart", async () => {
    expect(await bob.stop()).to.equal(EXIT.OK);
    await bob.start();
    await alice.type("connect", `${bob.address}@${bob.url}`);
    await bob.type("pay", id, "--amount", "0.25");
  });

  it("keep a backup, and get the node back from it", async () => {
    const file = join(bob.folder, "..", "bob.backup");
    await bob.type("backup", file);
    await bob.stop();
    const restored = new User(join(bob.folder, "..", "restored"));
    await restored.type("restore", file);
    expect(await restored.type("keys", "show")).to.include({ address: bob.address });
    await bob.start();
    await alice.type("connect", `${bob.address}@${bob.url}`);
    await alice.type("pay", id, "--amount", "0.25");
  });

  it("close, and are paid", async () => {
    const before = BigInt((await chain.request("eth_getBalance", [bob.address, "latest"])) as string);
    expect(await alice.type("close", id)).to.include({ phase: "closed" });
    const after = BigInt((await chain.request("eth_getBalance", [bob.address, "latest"])) as string);
    expect(after > before).to.equal(true);
  });

  it("leave through the chain when the other one is gone", async () => {
    const { id: other } = await alice.type("open", `${bob.address}@${bob.url}`, "--mine", "1");
    await bob.stop();
    const left = alice.type("challenge", other as string);
    while ((await alice.type("show", other as string))["phase"] !== "disputed");
    await eventually(async () => {
      const { onChain } = (await alice.type("show", other as string)) as { onChain: { kind: string } };
      return onChain.kind === "dispute";
    });
    await chain.request("evm_increaseTime", [86_400]);
    await chain.request("evm_mine");
    expect(await left).to.include({ phase: "closed" });
  });

  it("find nothing that waits when everybody was paid", async () => {
    expect(await alice.type("withdraw")).to.deep.equal({ withdrawn: [] });
  });
});

async function eventually(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((next) => setTimeout(next, 50));
}
