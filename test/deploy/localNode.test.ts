import { expect } from "chai";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { setTimeout } from "node:timers/promises";
import { cleanEnvironment } from "../../scripts/lib/environment";
import { CommandError } from "../../scripts/lib/errors";
import { startLocalNode } from "../../scripts/lib/localNode";
import { TYPESCRIPT } from "../../scripts/lib/typescript";
import { ROOT } from "../support/command";

describe("startLocalNode", function () {
  this.timeout(180_000);

  it("serves a chain until it is stopped", async () => {
    const node = await startLocalNode();
    expect(await answers(node.url)).to.equal(true);
    await node.stop();
    expect(await answers(node.url)).to.equal(false);
  });

  it("gives each node a port of its own", async () => {
    const nodes = await Promise.all([startLocalNode(), startLocalNode()]);
    await Promise.all(nodes.map((node) => node.stop()));
    expect(nodes[0].url).to.not.equal(nodes[1].url);
  });

  it("reports what a node that cannot start has said", async () => {
    await expect(startLocalNode({ config: "missing.config.ts" })).to.be.rejectedWith(CommandError, "missing.config.ts");
  });

  for (const signal of ["SIGINT", "SIGKILL"] as const) {
    it(`ends when its parent gets ${signal}`, async () => {
      const { parent, url } = await startInParent("");
      parent.kill(signal);
      expect(await goesAway(url)).to.equal(true);
    });
  }

  it("ends when its parent fails", async () => {
    const { url } = await startInParent('throw new Error("unforeseen")');
    expect(await goesAway(url)).to.equal(true);
  });
});

/** Starts a node from another process, which then runs `code`. */
async function startInParent(code: string): Promise<{ parent: ChildProcess; url: string }> {
  const script = `require("./scripts/lib/localNode").startLocalNode().then(({ url }) => {
    process.stdout.write(url + "\\n", () => { ${code} });
  })`;
  const parent = spawn(process.execPath, [...TYPESCRIPT, "--eval", script], {
    cwd: ROOT,
    stdio: ["ignore", "pipe", "ignore"],
    env: cleanEnvironment(),
  });
  const [line] = (await once(parent.stdout, "data")) as [Buffer];
  return { parent, url: line.toString().trim() };
}

async function answers(url: string): Promise<boolean> {
  return fetch(url, { method: "POST", body: "{}" }).then(
    () => true,
    () => false,
  );
}

/** Whether a node stops to answer; gives it a while. */
async function goesAway(url: string): Promise<boolean> {
  for (let i = 0; i < 100; i++) {
    if (!(await answers(url))) return true;
    await setTimeout(200);
  }
  return false;
}
