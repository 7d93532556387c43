import { expect } from "chai";
import { chmodSync, existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { accountDestination, NATIVE, type ChannelId } from "../../../src";
import type { Change } from "../../../src/engine/change";
import { asDataFolderOf, runCli, temporaryFolder, type Circumstances } from "../../support/cli";
import type { CommandResult } from "../../support/command";
import { ALICE, BOB, MALLORY } from "../../support/memoryNode";
import { serveMemory, type Served } from "../../support/rpc";

const ETH = 10n ** 18n;
const CAROL_TOKEN = MALLORY;
const PAYMENT: Change = {
  transfers: [{ asset: NATIVE, from: accountDestination(ALICE), to: accountDestination(BOB), amount: ETH }],
  final: false,
};

describe("commands that talk to a node", () => {
  let served: Served;
  let folder: string;
  let remove: () => void;

  beforeEach(async () => {
    served = await serveMemory();
    ({ path: folder, remove } = temporaryFolder());
    asDataFolderOf(served, folder);
  });

  afterEach(async () => {
    remove();
    await served.server.close();
  });

  const sluice = (line: string, circumstances: Circumstances = {}): Promise<CommandResult> =>
    runCli([...line.split(" "), "--data", folder], circumstances);

  /** What a command says to people. */
  async function textOf(line: string): Promise<string> {
    const { code, stdout, stderr } = await sluice(line);
    expect({ code, stderr }).to.deep.equal({ code: 0, stderr: "" });
    return stdout;
  }

  /** What a command says to programs. */
  async function jsonOf(line: string): Promise<Record<string, unknown>> {
    return JSON.parse(await textOf(`${line} --json`)) as Record<string, unknown>;
  }

  /** How a command fails, which it says in the same words to people and to programs. */
  async function failureOf(line: string, circumstances: Circumstances = {}) {
    const forPeople = await sluice(line, circumstances);
    const forPrograms = await sluice(`${line} --json`, circumstances);
    const { error } = JSON.parse(forPrograms.stdout) as { error: Record<"code" | "message" | "remedy", string> };
    expect(forPrograms).to.deep.include({ code: forPeople.code, stderr: "" });
    expect(forPeople).to.deep.include({ stdout: "", stderr: `${error.message}\n${error.remedy}\n` });
    return { exit: forPeople.code, ...error };
  }

  async function openWithBob(): Promise<ChannelId> {
    const { id } = await served.node.open({
      peers: [{ address: BOB }],
      mine: [{ asset: NATIVE, amount: 10n * ETH }],
      theirs: [[{ asset: NATIVE, amount: 5n * ETH }]],
    });
    return id;
  }

  const shareOf = (id: ChannelId, who = 0) =>
    served.node.channel(id).outcome[0]!.allocations[
      who === 0 ? served.node.channel(id).self : 1 - served.node.channel(id).self
    ]!.amount;

  describe("info", () => {
    it("tells who the node is", async () => {
      served.node.connect(BOB, "ws://bob.example");
      expect(await textOf("info"))
        .to.include(`address      ${ALICE}\n`)
        .and.include(`peers        ${BOB}  connected\n`);
      expect(await jsonOf("info")).to.deep.include({ address: ALICE, chainId: "31337", block: "100" });
    });
  });

  describe("connect", () => {
    it("tells the node where a peer listens", async () => {
      expect(await textOf(`connect ${BOB}@ws://bob.example:1`)).to.include(BOB);
      expect(await jsonOf(`connect ${BOB}@ws://bob.example:1`)).to.deep.equal({ peer: BOB, url: "ws://bob.example:1" });
      expect(served.node.info().peers).to.deep.equal([{ address: BOB, connected: true }]);
    });

    it("needs to know where that is", async () => {
      expect(await failureOf(`connect ${BOB}`)).to.deep.include({ exit: 2, message: "Where does the peer listen?" });
    });
  });

  describe("open", () => {
    it("opens a channel, and says how to pay in it", async () => {
      const text = await textOf(`open ${BOB}@ws://bob.example --mine 1.5 --theirs 2`);
      const [channel] = served.node.channels();
      expect(text)
        .to.include(`Opened ${channel!.id}.`)
        .and.include("1.5 eth")
        .and.include(`sluice pay ${channel!.id.slice(0, 10)}`);
      expect(shareOf(channel!.id)).to.equal((15n * ETH) / 10n);
      expect(shareOf(channel!.id, 1)).to.equal(2n * ETH);
    });

    it("passes on every term", async () => {
      const terms = `--mine 1 --asset ${CAROL_TOKEN} --decimals 6 --challenge-period 2h --bond 0.1 --app ${BOB}`;
      const { id } = await jsonOf(`open ${BOB} ${terms} --authorizations --no-wait`);
      const channel = served.node.channel(id as ChannelId);
      expect(channel.terms).to.deep.include({ challengePeriod: 7200n, bond: ETH / 10n, app: BOB });
      expect(channel.mine).to.deep.equal([{ asset: CAROL_TOKEN, amount: 1_000_000n }]);
    });

    it("passes on whether it is to be a payment channel", async () => {
      const kinds = [await jsonOf(`open ${BOB} --payments`), await jsonOf(`open ${BOB} --no-payments`)];
      expect(kinds.map(({ payments }) => payments)).to.deep.equal([true, false]);
      expect(await textOf(`show ${kinds[0]!["id"] as string}`)).to.include("app           payments (0x");
    });

    it("can be interrupted, and says that the node may go on", async () => {
      const patience = new AbortController();
      const opening = sluice(`open ${MALLORY} --mine 1`, { signal: patience.signal });
      while (served.node.pending === 0) await new Promise((next) => setImmediate(next));
      patience.abort();
      const { code, stdout, stderr } = await opening;
      expect({ code, stdout }).to.deep.equal({ code: 130, stdout: "" });
      expect(stderr).to.include("Stopped waiting.").and.include("may go on");
    });

    const wrong: Readonly<Record<string, readonly [string, string]>> = {
      "no peer": ["open --mine 1", "Missing required argument 'peer'"],
      "a peer that is none": ["open bob --mine 1", '"bob" is not an address.'],
      "too exact an amount": [`open ${BOB} --mine 0.1234567890123456789`, "more decimals than the 18"],
      "a token without decimals": [`open ${BOB} --mine 1 --asset ${CAROL_TOKEN}`, "How many decimals"],
      "more contributions than peers": [`open ${BOB} --theirs 1 --theirs 2`, "more --theirs than peers"],
      "a time that is none": [`open ${BOB} --challenge-period soon`, "not a time span"],
      "two ways of funding": [`open ${BOB} --authorizations --ledger 0x123456`, "two ways of funding"],
      "an option that there is not": [`open ${BOB} --mime 1`, "Unknown option '--mime'"],
    };
    for (const [title, [line, message]] of Object.entries(wrong)) {
      it(`refuses ${title}, before anything is done`, async () => {
        const failure = await failureOf(line);
        expect(failure.exit).to.equal(2);
        expect(failure.message).to.include(message);
        expect(served.node.channels()).to.deep.equal([]);
      });
    }
  });

  describe("pay", () => {
    it("pays in the channel whose id begins like this", async () => {
      const id = await openWithBob();
      const prefix = id.slice(0, 8);
      expect(await textOf(`pay ${prefix} --amount 1.5`)).to.equal(
        `Paid 1.5 eth in ${id.slice(0, 10)}. Left to pay: 8.5 eth.\n`,
      );
      const paid = await jsonOf(`pay ${prefix} --amount 7 --raw --to ${1 - served.node.channel(id).self}`);
      expect(paid).to.deep.include({ channelId: id, asset: NATIVE, amount: "7" });
      expect(paid["state"]).to.deep.include({ version: "2" });
      expect(shareOf(id)).to.equal(10n * ETH - (15n * ETH) / 10n - 7n);
    });

    it("passes on a note, as text or as hex", async () => {
      const id = await openWithBob();
      for (const note of ["invoice-7", "0xc0ffee", "é"]) await textOf(`pay ${id} --amount 1 --note ${note}`);
      const text = `0x${Buffer.from("invoice-7").toString("hex")}`;
      expect(served.node.notes).to.deep.equal([text, "0xc0ffee", "0xc3a9"]);
      const failure = await failureOf(`pay ${id} --amount 1 --note ${"é".repeat(17)}`);
      expect(failure).to.deep.include({ exit: 2, message: "The note has 34 bytes." });
    });

    it("passes on why the node refuses", async () => {
      const id = await openWithBob();
      expect(await failureOf(`pay ${id} --amount 11`)).to.deep.include({ exit: 1, code: "FUNDS_INSUFFICIENT" });
    });

    it("does not find a channel that there is not", async () => {
      expect(await failureOf("pay 0x123456 --amount 1")).to.deep.include({ exit: 4, code: "CHANNEL_UNKNOWN" });
    });

    const wrong = [
      "pay 0x123456",
      "pay 0x123456 --amount 0",
      "pay 0x12345 --amount 1",
      "pay 0x123456 --amount 1 --to Bob",
    ];
    for (const line of wrong) {
      it(`refuses "${line}"`, async () => {
        expect(await failureOf(line)).to.deep.include({ exit: 2, code: "ARGUMENT_INVALID" });
      });
    }
  });

  describe("invoice, route, pay and payments", () => {
    const invoiceFor = async (line: string) => String((await jsonOf(`invoice ${line}`))["text"]);

    it("make an invoice, show the way, pay it and remember it", async () => {
      const invoice = await invoiceFor("--amount 1 --description Coffee");
      expect(await textOf(`route ${invoice}`))
        .to.include("1 eth arrive; the fee is 0.001 eth.")
        .and.include(BOB);
      expect(await textOf(`pay ${invoice}`)).to.match(/^Paid 1 eth; the fee was 0.001 eth. Proof: 0x/);
      expect(await textOf("payments"))
        .to.include("paid    1 eth   0.001 eth")
        .and.include("Coffee");
      expect(await jsonOf("payments")).to.have.nested.property("payments[0].status", "paid");
      expect(await textOf("events")).to.match(/payment .*paid/);
    });

    it("ask for any amount, and then the payer has to say it", async () => {
      const invoice = await invoiceFor("--valid-for 15m --point");
      expect(await failureOf(`pay ${invoice}`)).to.include({ exit: 2, code: "ARGUMENT_INVALID" });
      expect(await jsonOf(`pay ${invoice.toUpperCase()} --amount 2`)).to.include({ amount: (2n * ETH).toString() });
    });

    it("pay no more for fees than they are told", async () => {
      const invoice = await invoiceFor("--amount 1");
      expect(await failureOf(`pay ${invoice} --max-fee 0.0009`)).to.include({ code: "ROUTE_NOT_FOUND" });
      expect(await jsonOf(`pay ${invoice} --max-fee 0.001`)).to.include({ maxFee: (ETH / 1_000n).toString() });
    });

    it("say when what was given is no invoice, before anything is sent", async () => {
      const invoice = await invoiceFor("--amount 1");
      expect(await failureOf(`pay ${invoice.slice(0, -1)}`)).to.include({ code: "INVOICE_INVALID" });
      expect(await textOf("payments")).to.include("Nothing was paid by invoice.");
    });
  });

  describe("swap", () => {
    const line = `swap ${BOB} --give 2 --get ${CAROL_TOKEN} --raw`;

    it("asks for the rate, and exchanges at it", async () => {
      expect(await textOf(`${line} --dry`)).to.equal(
        `It would exchange 0.000000000000000002 eth for 0 × ${CAROL_TOKEN}.\n`,
      );
      const whole = `swap ${BOB} --give ${2n * ETH} --get ${CAROL_TOKEN} --raw`;
      expect(await jsonOf(whole)).to.deep.include({
        status: "paid",
        exchange: { asset: CAROL_TOKEN, amount: "6000000" },
      });
      expect(await failureOf(`${whole} --at-least 6000001`)).to.include({ code: "ARGUMENT_INVALID" });
      expect(await failureOf(`swap ${BOB} --give 1 --of ${CAROL_TOKEN} --get eth --raw`)).to.include({
        code: "RATE_UNKNOWN",
      });
    });
  });

  describe("channels and show", () => {
    it("say so when there are none", async () => {
      expect(await textOf("channels")).to.equal("There are no channels. Open one with `sluice open`.\n");
      expect(await jsonOf("channels")).to.deep.equal([]);
    });

    it("list channels in aligned columns", async () => {
      const id = await openWithBob();
      const [heading, line] = (await textOf("channels")).split("\n");
      expect(line).to.include(id.slice(0, 10)).and.include("10 eth");
      expect(heading!.indexOf("PHASE")).to.equal(line!.indexOf("open"));
      expect(heading!.indexOf("MINE")).to.equal(line!.indexOf("10 eth"));
      expect(heading!.indexOf("CAN PAY")).to.equal(line!.lastIndexOf("10 eth"));
      expect(heading!.indexOf("CAN RECEIVE")).to.equal(line!.indexOf(" 5 eth") + 1);
      expect(await jsonOf("channels")).to.have.nested.property("0.version", "0");
    });

    it("show everything about one", async () => {
      const id = await openWithBob();
      served.node.ask(id, PAYMENT);
      const text = await textOf(`show ${id.slice(0, 9)}`);
      expect(text).to.include(`channel       ${id}\n`).and.include(`${ALICE}  (this node)`);
      expect(text).to.include(`5 eth to ${BOB}`).and.include("to answer     1d\n");
      expect(text).to.include(`wants to move 1 eth from ${ALICE} to ${BOB}`);
      expect(await jsonOf(`show ${id}`)).to.have.nested.property("terms.challengePeriod", "86400");
    });
  });

  describe("questions and answer", () => {
    it("say so when nobody wants anything", async () => {
      expect(await textOf("questions")).to.equal("Nobody wants anything.\n");
      expect(await jsonOf("questions")).to.deep.equal({ proposals: [], questions: [] });
    });

    it("list what peers want", async () => {
      const id = await openWithBob();
      served.node.ask(id, PAYMENT);
      const { id: proposal } = served.node.propose({ mine: [{ asset: NATIVE, amount: 3n * ETH }] });
      const text = await textOf("questions");
      expect(text).to.include(proposal.slice(0, 10)).and.include("3 eth").and.include("wants to move 1 eth");
      expect(await jsonOf("questions")).to.have.nested.property("questions[0].channelId", id);
    });

    it("join a channel, or do not", async () => {
      const [first, second] = [1n, 2n].map((amount) => served.node.propose({ mine: [{ asset: NATIVE, amount }] }));
      expect(await textOf(`answer ${first!.id} --accept`)).to.equal(`Joined ${first!.id}.\n`);
      expect(await jsonOf(`answer ${second!.id} --refuse`)).to.deep.equal({ channelId: second!.id, accept: false });
      expect(served.node.channels().map(({ id }) => id)).to.deep.equal([first!.id]);
      expect(served.node.proposals()).to.deep.equal([]);
    });

    it("accept a change, or do not", async () => {
      const id = await openWithBob();
      served.node.ask(id, PAYMENT);
      served.node.ask(id, { ...PAYMENT, appData: "0x01" });
      expect(await failureOf(`answer ${id} --accept`)).to.deep.include({
        exit: 2,
        message: "There are 2 questions in this channel.",
      });
      expect(await textOf(`answer ${id} --refuse --question 1`)).to.match(
        /^Refused .* set the app's data to 0x01\.\n$/,
      );
      expect(await jsonOf(`answer ${id} --accept`)).to.deep.include({ channelId: id, accept: true });
      expect(shareOf(id)).to.equal(9n * ETH);
      expect(await failureOf(`answer ${id} --accept`)).to.deep.include({ exit: 2 });
    });

    it("want a clear answer", async () => {
      for (const options of ["", " --accept --refuse"]) {
        expect(await failureOf(`answer 0x123456${options}`)).to.deep.include({ exit: 2, message: "Yes or no?" });
      }
    });
  });

  describe("splice", () => {
    it("adds money to the part of this node, and goes on under another id", async () => {
      const id = await openWithBob();
      const text = await textOf(`splice ${id} --add 2`);
      const successor = served.node.channels().find(({ phase }) => phase === "open")!.id;
      expect(text).to.include(`goes on as ${successor}`);
      expect(shareOf(successor)).to.equal(12n * ETH);
    });

    it("takes money out of the part of another", async () => {
      const id = await openWithBob();
      const bob = 1 - served.node.channel(id).self;
      const { id: successor } = await jsonOf(`splice ${id} --take 1 --participant ${bob}`);
      expect(shareOf(successor as ChannelId, 1)).to.equal(4n * ETH);
    });

    it("refuses to change nothing, or the part of nobody", async () => {
      const id = await openWithBob();
      expect(await failureOf(`splice ${id}`)).to.deep.include({ exit: 2, message: "Nothing would change." });
      expect(await failureOf(`splice ${id} --add 1 --participant 2`)).to.deep.include({ exit: 2 });
    });
  });

  for (const command of ["close", "challenge"]) {
    describe(command, () => {
      it("ends a channel and says what this node got", async () => {
        const [first, second] = [await openWithBob(), await openWithBob()];
        expect(await textOf(`${command} ${first}`)).to.equal(`Closed ${first.slice(0, 10)}. My part was 10 eth.\n`);
        expect(await jsonOf(`${command} ${second}`)).to.deep.include({ id: second, phase: "closed" });
      });

      it("does not find a channel that there is not", async () => {
        expect(await failureOf(`${command} abcdef`)).to.deep.include({ exit: 4, code: "CHANNEL_UNKNOWN" });
      });
    });
  }

  describe("withdraw", () => {
    it("takes out all that waits", async () => {
      served.node.waits = [
        { asset: NATIVE, amount: ETH },
        { asset: CAROL_TOKEN, amount: 5n },
      ];
      const text = await textOf("withdraw");
      expect(text).to.match(/^Withdrew 1 eth: 0x\w{64}\nWithdrew 5 × 0x\w{40}: 0x\w{64}\n$/);
      expect(await textOf("withdraw")).to.equal("Nothing waits.\n");
    });

    it("takes out one asset", async () => {
      served.node.waits = [
        { asset: NATIVE, amount: ETH },
        { asset: CAROL_TOKEN, amount: 5n },
      ];
      const { withdrawn } = await jsonOf(`withdraw --asset ${CAROL_TOKEN} --to ${BOB}`);
      expect(withdrawn).to.have.nested.property("[0].amount", "5");
      expect(served.node.waits).to.deep.equal([{ asset: NATIVE, amount: ETH }]);
    });
  });

  describe("events", () => {
    it("shows what happened", async () => {
      const id = await openWithBob();
      await served.node.pay({ channelId: id, asset: NATIVE, amount: ETH });
      served.node.tell({ type: "alarm", code: "GAS_LOW", message: "Send some eth." });
      const lines = (await textOf("events")).trimEnd().split("\n");
      expect(lines.map((line) => line.trim().split(/ +/)[1])).to.deep.equal(["opened", "funded", "updated", "alarm"]);
      expect(lines[2]).to.include(`version 1: move 1 eth from ${ALICE} to ${BOB}`);
      const events = (await jsonOf("events --after 2")) as unknown as { sequence: number }[];
      expect(events.map(({ sequence }) => sequence)).to.deep.equal([3, 4]);
    });

    it("tells of payments and their notes", async () => {
      const channelId = await openWithBob();
      const payments = [
        { amount: ETH, note: "0x696e766f6963652037" },
        { amount: 2n * ETH, note: "0xff00" },
        { amount: 3n * ETH, note: "0x" },
      ] as const;
      served.node.tell({ type: "paid", channelId, asset: NATIVE, payments });
      const line = (await textOf("events")).trimEnd().split("\n").at(-1);
      expect(line).to.include('1 eth "invoice 7", 2 eth 0xff00, 3 eth');
      const events = (await jsonOf("events --after 2")) as unknown as { payments: { amount: string }[] }[];
      expect(events[0]!.payments.map(({ amount }) => amount)).to.deep.equal(payments.map(({ amount }) => `${amount}`));
    });

    it("says so when nothing happened", async () => {
      expect(await textOf("events")).to.equal("Nothing happened.\n");
    });

    it("follows what happens, one document per line, until it is interrupted", async () => {
      const patience = new AbortController();
      await openWithBob();
      const following = sluice("events --follow --after 1 --json", {
        signal: patience.signal,
        seen: (line) => {
          if (line.includes('"funded"')) served.node.tell({ type: "connected", peer: BOB });
          if (line.includes('"connected"')) patience.abort();
        },
      });
      const { code, stdout } = await following;
      expect(code).to.equal(0);
      const documents = stdout
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line) as Record<string, unknown>);
      expect(documents.map(({ sequence }) => sequence)).to.deep.equal([2, 3]);
    });

    it("says when events are lost", async () => {
      served.node.tell({ type: "connected", peer: BOB });
      const { stderr } = await sluice("events --after 7");
      expect(stderr).to.include("not kept any more");
    });
  });

  describe("backup", () => {
    it("has the node write one, under a password that is typed twice", async () => {
      const file = join(folder, "sluice.backup");
      const { code, stdout } = await sluice(`backup ${file}`, { typed: ["secret", "secret"] });
      expect({ code, stdout }).to.deep.equal({ code: 0, stdout: `Wrote ${file}. Keep its password elsewhere.\n` });
      expect(readFileSync(file, "utf8")).to.equal("sealed with 6 characters");
    });

    it("takes the password from the environment, or from the first line of a file", async () => {
      const file = join(folder, "sluice.backup");
      await sluice(`backup ${file} --json`, { env: { SLUICE_PASSWORD: "four" } });
      expect(readFileSync(file, "utf8")).to.equal("sealed with 4 characters");
      writeFileSync(join(folder, "password"), "seventy\nnot this\n");
      await sluice(`backup ${file} --password-file ${join(folder, "password")}`, { env: { SLUICE_PASSWORD: "four" } });
      expect(readFileSync(file, "utf8")).to.equal("sealed with 7 characters");
    });

    it("refuses without a password, or with two that differ", async () => {
      const line = `backup ${join(folder, "sluice.backup")}`;
      expect(await failureOf(line)).to.deep.include({ exit: 2, message: "There is no password." });
      expect(await failureOf(line, { typed: ["one", "two"] })).to.deep.include({
        exit: 2,
        message: "The two passwords differ.",
      });
      expect(await failureOf(`${line} --password-file ${folder}`)).to.deep.include({ exit: 2 });
      expect(existsSync(join(folder, "sluice.backup"))).to.equal(false);
    });
  });

  describe("doctor", () => {
    it("finds what is missing, on this machine and in the node, and says what to do", async () => {
      served.node.checks = [{ name: "gas", ok: false, detail: "0 eth", remedy: "Send some eth." }];
      chmodSync(folder, 0o755);
      const { code, stdout } = await sluice("doctor");
      expect(code).to.equal(1);
      expect(stdout).to.include("✗ data folder").and.include(`chmod 700 ${folder}`);
      expect(stdout).to.include("✓ configuration   chain 31337\n").and.include("✗ key").and.include("✓ node");
      expect(stdout).to.include("✗ gas             0 eth\n").and.include("Send some eth.");
    });

    it("tells programs the same", async () => {
      const { code, stdout } = await sluice("doctor --json");
      expect(code).to.equal(1);
      const { ok, checks } = JSON.parse(stdout) as { ok: boolean; checks: { name: string; ok: boolean }[] };
      expect(ok).to.equal(false);
      expect(checks.map((check) => [check.name, check.ok])).to.deep.equal([
        ["data folder", true],
        ["configuration", true],
        ["key", false],
        ["payments", true],
        ["node", true],
        ["chain", true],
      ]);
    });

    it("also works while no node runs", async () => {
      await served.server.close();
      const { code, stdout } = await sluice("doctor");
      expect(code).to.equal(1);
      expect(stdout).to.include("✗ node").and.include("sluice node");
    });
  });

  describe("without their node", () => {
    it("say that none answers", async () => {
      await served.server.close();
      expect(await failureOf("channels")).to.deep.include({ exit: 3, code: "NODE_UNREACHABLE" });
    });

    it("say that none has ever run", async () => {
      rmSync(join(folder, "api-token"));
      expect(await failureOf("channels")).to.deep.include({ exit: 3, code: "NODE_UNREACHABLE" });
    });

    it("say that the folder is not set up", async () => {
      rmSync(join(folder, "sluice.json"));
      expect(await failureOf("channels")).to.deep.include({ exit: 4, code: "CONFIG_MISSING" });
    });

    it("say that it is another one, which does not know the token", async () => {
      writeFileSync(join(folder, "api-token"), "00".repeat(32));
      expect(await failureOf("channels")).to.deep.include({ exit: 5, code: "API_TOKEN_WRONG" });
    });

    it("find it where the environment says", async () => {
      const env = { SLUICE_API: served.server.url };
      rmSync(join(folder, "sluice.json"));
      expect(await sluice("channels --json", { env })).to.deep.include({ code: 0, stdout: "[]\n" });
    });
  });
});
