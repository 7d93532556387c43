import { expect } from "chai";
import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { writeBackup } from "../../../src/adapters/backup/backup";
import { MemoryStore } from "../../../src/adapters/memoryStore";
import { runCli, temporaryFolder, type Circumstances } from "../../support/cli";
import { ALICE, BOB } from "../../support/memoryNode";

const ALICE_KEY = "59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d";
const RPC = "--rpc http://127.0.0.1:8545";

describe("commands that need no node", function () {
  this.timeout(60_000); // keys are encrypted for real

  let folder: string;
  let data: string;
  let remove: () => void;

  beforeEach(() => {
    ({ path: folder, remove } = temporaryFolder());
    data = join(folder, "data");
  });

  afterEach(() => {
    remove();
  });

  const sluice = (line: string, circumstances: Circumstances = {}) =>
    runCli([...line.split(" "), "--data", data], circumstances);

  function fileWith(name: string, content: string): string {
    writeFileSync(join(folder, name), content);
    return join(folder, name);
  }

  async function failureOf(line: string, circumstances: Circumstances = {}) {
    const { code: exit, stdout, stderr } = await sluice(`${line} --json`, circumstances);
    expect(stderr).to.equal("");
    return { exit, ...(JSON.parse(stdout) as { error: { code: string; message: string } }).error };
  }

  describe("keys", () => {
    it("creates a key for its owner alone, and shows its address without the password", async () => {
      const { code, stdout } = await sluice("keys create --json", { env: { SLUICE_PASSWORD: "secret" } });
      expect(code).to.equal(0);
      const { address, file } = JSON.parse(stdout) as { address: string; file: string };
      expect(statSync(file).mode & 0o777).to.equal(0o600);
      expect(statSync(data).mode & 0o777).to.equal(0o700);
      expect(await sluice("keys show")).to.deep.equal({ code: 0, stdout: `${address}\n`, stderr: "" });
    });

    it("imports a key that is typed or lies in a file, but never one from the command line", async () => {
      const typed = await sluice("keys import", { typed: [`0x${ALICE_KEY}`, "secret", "secret"] });
      expect(typed.stdout).to.include(`Imported ${ALICE}`);
      data = join(folder, "second");
      const keyFile = fileWith("key", `${ALICE_KEY}\n`);
      await sluice(`keys import --key-file ${keyFile}`, { env: { SLUICE_PASSWORD: "secret" } });
      expect(await sluice("keys show --json")).to.deep.include({ stdout: `{"address":"${ALICE}"}\n` });
      expect(await failureOf(`keys import 0x${ALICE_KEY}`)).to.deep.include({ exit: 2 });
    });

    it("refuses to replace a key", async () => {
      const env = { SLUICE_PASSWORD: "secret" };
      await sluice("keys create", { env });
      const before = readFileSync(join(data, "key.json"), "utf8");
      expect(await failureOf("keys create", { env })).to.deep.include({ exit: 1, code: "KEY_EXISTS" });
      expect(readFileSync(join(data, "key.json"), "utf8")).to.equal(before);
    });

    it("refuses what is no key, and does not repeat it", async () => {
      const keyFile = fileWith("key", "not-a-key");
      const failure = await failureOf(`keys import --key-file ${keyFile}`, { env: { SLUICE_PASSWORD: "secret" } });
      expect(failure).to.deep.include({ exit: 5, code: "KEY_MALFORMED" });
      expect(JSON.stringify(failure)).not.to.include("not-a-key");
    });

    it("asks for what it needs", async () => {
      expect(await failureOf("keys create")).to.deep.include({ exit: 2, message: "There is no password." });
      expect(await failureOf("keys import")).to.deep.include({ exit: 2, message: "There is no private key." });
      expect(await failureOf("keys show")).to.deep.include({ exit: 4, code: "KEY_MISSING" });
      expect(await runCli(["keys"])).to.deep.include({ code: 2, stdout: "" });
    });
  });

  describe("init", () => {
    it("sets a folder up with an empty store, from the file of a deployment", async () => {
      const deployment = fileWith("31337.json", JSON.stringify({ chainId: 31337, contracts: { Adjudicator: BOB } }));
      const { code, stdout } = await sluice(`init ${RPC} --deployment ${deployment} --listen 127.0.0.1:0 --json`);
      expect(code).to.equal(0);
      expect(JSON.parse(stdout)).to.deep.equal({ file: join(data, "sluice.json"), chainId: "31337", adjudicator: BOB });
      expect(existsSync(join(data, "store.mdb"))).to.equal(true);
    });

    it("takes the contracts of payment channels from the file of a deployment, if all of them are there", async () => {
      const contracts = { Adjudicator: BOB, PaymentApp: ALICE, LockSet: BOB, PreimageRegistry: ALICE };
      const written = async (found: object) => {
        const file = fileWith("31337.json", JSON.stringify({ chainId: 31337, contracts: found }));
        expect((await sluice(`init ${RPC} --deployment ${file} --force`)).code).to.equal(0);
        return (JSON.parse(readFileSync(join(data, "sluice.json"), "utf8")) as Record<string, unknown>)["payments"];
      };
      expect(await written(contracts)).to.equal(undefined);
      const payments = { app: ALICE, lockSet: BOB, preimages: ALICE, scalars: BOB };
      expect(await written({ ...contracts, ScalarRegistry: BOB })).to.deep.equal(payments);
    });

    it("writes down every option", async () => {
      const where = `--chain-id 5 --adjudicator ${BOB} --from-block 7 --confirmations 3 --listen [::]:1 --api localhost:2`;
      const { stdout } = await sluice(
        `init ${RPC} --rpc https://b.example ${where} --payout ${ALICE} --challenge-period 2h`,
      );
      expect(stdout).to.include("for chain 5");
      expect(JSON.parse(readFileSync(join(data, "sluice.json"), "utf8"))).to.deep.equal({
        chainId: "5",
        rpc: ["http://127.0.0.1:8545", "https://b.example"],
        adjudicator: BOB,
        fromBlock: 7,
        confirmations: 3,
        listen: "[::]:1",
        api: "localhost:2",
        payout: ALICE,
        challengePeriod: "7200",
      });
    });

    it("replaces a configuration only on purpose, and never makes up for a lost store", async () => {
      const line = `init ${RPC} --chain-id 5 --adjudicator ${BOB}`;
      await sluice(line);
      expect(await failureOf(line)).to.deep.include({ exit: 1, code: "CONFIG_EXISTS" });
      rmSync(join(data, "store.mdb"));
      expect((await sluice(`${line} --force`)).code).to.equal(0);
      expect(existsSync(join(data, "store.mdb"))).to.equal(false);
    });

    const wrong: Readonly<Record<string, readonly [string, string]>> = {
      "without an endpoint": ["init --chain-id 5", "--rpc"],
      "without an adjudicator": [`init ${RPC} --chain-id 5`, "Where is the adjudicator?"],
      "with the file of no deployment": [`init ${RPC} --deployment /dev/null`, "/dev/null does not say"],
      "with half an address": [`init ${RPC} --chain-id 5 --adjudicator 0x12`, '"adjudicator": expected an address'],
      "with an endpoint that is none": [`init --rpc x --chain-id 5 --adjudicator ${BOB}`, '"rpc.0"'],
    };
    for (const [title, [line, message]] of Object.entries(wrong)) {
      it(`refuses ${title}, and leaves nothing behind`, async () => {
        const failure = await failureOf(line);
        expect(failure.exit).to.equal(2);
        expect(failure.message).to.include(message);
        expect(existsSync(data)).to.equal(false);
      });
    }
  });

  describe("restore", () => {
    it("makes a data folder from a backup", async () => {
      const file = await backupOf(folder, "secret");
      const { code, stdout } = await sluice(`restore ${file}`, { env: { SLUICE_PASSWORD: "secret" } });
      expect(code).to.equal(0);
      expect(stdout).to.include(`Restored ${data}.`);
      expect(existsSync(join(data, "store.mdb"))).to.equal(true);
      expect((await sluice(`init ${RPC} --chain-id 5 --adjudicator ${BOB}`)).code).to.equal(0);
    });

    it("tells a wrong password from a wrong file, and leaves nothing behind", async () => {
      const env = { SLUICE_PASSWORD: "guess" };
      const file = await backupOf(folder, "secret");
      expect(await failureOf(`restore ${file}`, { env })).to.deep.include({ exit: 5, code: "PASSWORD_WRONG" });
      expect(await failureOf(`restore ${fileWith("text", "hello")}`, { env })).to.deep.include({
        exit: 1,
        code: "BACKUP_MALFORMED",
      });
      expect(await failureOf(`restore ${file}x`, { env })).to.deep.include({ exit: 2, code: "ARGUMENT_INVALID" });
      expect(existsSync(data)).to.equal(false);
    });

    it("refuses to mix with what is there", async () => {
      await sluice(`init ${RPC} --chain-id 5 --adjudicator ${BOB}`);
      const file = await backupOf(folder, "secret");
      const failure = await failureOf(`restore ${file}`, { env: { SLUICE_PASSWORD: "secret" } });
      expect(failure).to.deep.include({ exit: 1, code: "FOLDER_NOT_EMPTY" });
    });
  });

  describe("node", () => {
    const env = { SLUICE_PASSWORD: "secret" };

    it("needs a configuration, a key and the password of the key", async () => {
      expect(await failureOf("node", { env })).to.deep.include({ exit: 4, code: "CONFIG_MISSING" });
      await sluice(`init ${RPC} --chain-id 5 --adjudicator ${BOB}`);
      expect(await failureOf("node", { env })).to.deep.include({ exit: 4, code: "KEY_MISSING" });
      await sluice("keys create", { env });
      const guess = { env: { SLUICE_PASSWORD: "guess" } };
      expect(await failureOf("node", guess)).to.deep.include({ exit: 5, code: "PASSWORD_WRONG" });
      expect(await failureOf("node --log-level loud", { env })).to.deep.include({ exit: 2, code: "ARGUMENT_INVALID" });
    });
  });
});

async function backupOf(folder: string, password: string): Promise<string> {
  const file = join(folder, "sluice.backup");
  await writeBackup(new MemoryStore(), file, password, { scryptCost: 4 });
  return file;
}
