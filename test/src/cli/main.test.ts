import { expect } from "chai";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { resolve } from "node:path";
import { cleanEnvironment } from "../../../scripts/lib/environment";
import { EXIT } from "../../../src/cli/exitCodes";
import { VERSION } from "../../../src/version";
import { asDataFolderOf, runCli, temporaryFolder } from "../../support/cli";
import { TYPESCRIPT } from "../../../scripts/lib/typescript";
import { ROOT, runScript } from "../../support/command";
import { BOB } from "../../support/memoryNode";
import { serveMemory, type Served } from "../../support/rpc";

const MAIN = "src/cli/main.ts";
const COMMANDS = [
  ...["keys create", "keys import", "keys show", "init", "node", "info", "connect", "open", "pay", "channels", "show"],
  ...["invoice", "route", "payments", "swap"],
  ...["questions", "answer", "events", "splice", "close", "challenge", "withdraw", "backup", "restore", "doctor"],
];

describe("sluice", function () {
  this.timeout(60_000); // processes of their own

  let served: Served;
  let folder: string;
  let remove: () => void;

  before(async () => {
    served = await serveMemory();
    ({ path: folder, remove } = temporaryFolder());
    asDataFolderOf(served, folder);
  });

  after(async () => {
    remove();
    await served.server.close();
  });

  it("opens a channel and prints one JSON document and nothing else", async () => {
    const args = ["open", `${BOB}@ws://bob.example`, "--mine", "1", "--json"];
    const { code, stdout, stderr } = await runScript(MAIN, args, { SLUICE_DATA: folder });
    expect({ code, stderr }).to.deep.equal({ code: 0, stderr: "" });
    expect(JSON.parse(stdout)).to.deep.include({ phase: "open" });
  });

  it("fails with the exit code of the error", async () => {
    const { code, stdout, stderr } = await runScript(MAIN, ["show", "0x123456", "--data", folder]);
    expect({ code, stdout }).to.deep.equal({ code: EXIT.NOT_FOUND, stdout: "" });
    expect(stderr).to.match(/^No channel begins with 0x123456\.\n.*sluice channels.*\n$/);
  });

  it("does not wait for a password if nobody can type one", async () => {
    const { code, stderr } = await runScript(MAIN, ["keys", "create", "--data", folder]);
    expect(code).to.equal(EXIT.USAGE);
    expect(stderr).to.include("There is no password.");
  });

  it("ends in order when it is interrupted", async () => {
    const args = [...TYPESCRIPT, resolve(ROOT, MAIN), "events", "--follow", "--after", "0", "--data", folder];
    const child = spawn(process.execPath, args, {
      cwd: ROOT,
      stdio: ["ignore", "pipe", "inherit"],
      env: cleanEnvironment(),
    });
    const ended = once(child, "exit");
    served.node.tell({ type: "connected", peer: BOB });
    await once(createInterface(child.stdout), "line");
    child.kill("SIGINT");
    expect(await ended).to.deep.equal([0, null]);
  });

  it("has a version, which is that of the package", async () => {
    const { version } = JSON.parse(readFileSync(resolve(ROOT, "package.json"), "utf8")) as { version: string };
    expect(VERSION).to.equal(version);
    expect(await runCli(["--version"])).to.deep.equal({ code: 0, stdout: `${version}\n`, stderr: "" });
  });

  it("lists all its commands", async () => {
    const { code, stdout } = await runCli(["--help"]);
    expect(code).to.equal(0);
    for (const command of COMMANDS) expect(stdout).to.match(new RegExp(`^  ${command.split(" ")[0]!} `, "m"));
    const listed = [...stdout.matchAll(/^ {2}(\w+) .*(?:\n {8,}.*)*/gm)].map(([, name]) => name);
    expect(new Set(listed)).to.deep.equal(new Set([...COMMANDS.map((command) => command.split(" ")[0]), "sluice"]));
  });

  for (const command of COMMANDS) {
    it(`explains "${command}" with an example that the command takes`, async () => {
      const { code, stdout, stderr } = await runCli([...command.split(" "), "--help"]);
      expect({ code, stderr }).to.deep.equal({ code: 0, stderr: "" });
      expect(stdout).to.include("--data <folder>").and.include("--json");
      const example = new RegExp(`^Example:\n {2}sluice (${command}\\b.*)$`, "m").exec(stdout)?.[1];
      expect(example, "an example").to.be.a("string");
      const options = [...example!.matchAll(/--[\w-]+/g)].map(([option]) => option);
      for (const option of options) expect(stdout).to.match(new RegExp(`^ {2}${option}\\b`, "m"));
    });
  }

  const wrong: Readonly<Record<string, readonly [string[], RegExp]>> = {
    "no command": [[], /^Which command\?\n.*--help/],
    "a command that there is not": [["payy"], /^Unknown command 'payy'\n\(Did you mean pay\?\)\n/],
    "an argument too many": [["channels", "all"], /^Too many arguments/],
    "an option without its value": [["pay", "0x123456", "--amount"], /^Option '--amount <amount>' argument missing/],
  };
  for (const [title, [args, message]] of Object.entries(wrong)) {
    it(`explains what is wrong with ${title}`, async () => {
      const { code, stdout, stderr } = await runCli(args);
      expect({ code, stdout }).to.deep.equal({ code: EXIT.USAGE, stdout: "" });
      expect(stderr).to.match(message);
    });
  }
});
