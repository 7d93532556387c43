import { expect } from "chai";
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { dataFolderOf, formatEndpoint, readConfig, writeConfig, type ConfigFile } from "../../../src/cli/config";
import { routingOf } from "../../../src/cli/routingConfig";
import { temporaryFolder } from "../../support/cli";
import { ALICE, BOB } from "../../support/memoryNode";

const LEAST: ConfigFile = { chainId: "31337", rpc: ["http://127.0.0.1:8545"], adjudicator: BOB };

describe("the configuration", () => {
  let folder: string;
  let remove: () => void;

  beforeEach(() => {
    ({ path: folder, remove } = temporaryFolder());
  });

  afterEach(() => {
    remove();
  });

  it("needs little, and has defaults for the rest, which are written down", () => {
    const file = writeConfig(folder, LEAST, false);
    expect(JSON.parse(readFileSync(file, "utf8"))).to.deep.equal({
      ...LEAST,
      fromBlock: 0,
      confirmations: 12,
      api: "127.0.0.1:8646",
      challengePeriod: "86400",
    });
    expect(readConfig(folder)).to.deep.include({ chainId: 31337n, api: { host: "127.0.0.1", port: 8646 } });
  });

  it("is read as it was written", () => {
    const full: ConfigFile = {
      ...LEAST,
      fromBlock: 7,
      confirmations: 0,
      listen: "[::]:9646",
      api: "localhost:1",
      payout: ALICE,
      challengePeriod: "3600",
      feeCap: "100000000000",
      ticTacToe: BOB,
      announce: false,
      routing: {
        feeMillionths: "50",
        assets: [{ asset: BOB, feeBase: "2" }],
        rates: [{ give: { asset: BOB, amount: "3000" }, get: { asset: ALICE, amount: "1" } }],
      },
      join: { maxBond: "5", maxContribution: [{ asset: BOB, amount: "9" }] },
    };
    const file = writeConfig(folder, full, false);
    expect(JSON.parse(readFileSync(file, "utf8"))).to.deep.equal(full);
    const config = readConfig(folder);
    expect(config.join).to.deep.equal({ maxBond: 5n, maxContribution: [{ asset: BOB, amount: 9n }] });
    const { policy, policies, rates } = routingOf(config.routing);
    expect(policy).to.include({ feeBase: 0n, feeMillionths: 50n });
    expect(policies.get(BOB)).to.include({ feeBase: 2n, feeMillionths: 50n });
    expect([...rates]).to.deep.equal([[`${BOB}/${ALICE}`, { give: 3_000n, get: 1n }]]);
    expect(config.listen).to.deep.equal({ host: "::", port: 9646 });
    expect(formatEndpoint(config.listen!)).to.equal("[::]:9646");
  });

  it("is for the eyes of its owner alone, because endpoints contain access keys", () => {
    expect(statSync(writeConfig(folder, LEAST, false)).mode & 0o777).to.equal(0o600);
  });

  it("is replaced only on purpose", () => {
    writeConfig(folder, LEAST, false);
    const again = { ...LEAST, confirmations: 1 };
    expect(() => writeConfig(folder, again, false))
      .to.throw("already")
      .with.property("code", "CONFIG_EXISTS");
    expect(readConfig(folder).confirmations).to.equal(12);
    writeConfig(folder, again, true);
    expect(readConfig(folder).confirmations).to.equal(1);
  });

  it("says so when it is missing", () => {
    expect(() => readConfig(folder))
      .to.throw("There is no")
      .with.property("code", "CONFIG_MISSING");
  });

  const wrong: Readonly<Record<string, readonly [Record<string, unknown>, string]>> = {
    "a misspelt name": [{ confirmation: 3 }, '"confirmation"'],
    "a chain id that is a number": [{ chainId: 1 }, '"chainId": expected a whole number as a decimal string'],
    "no endpoint": [{ rpc: [] }, '"rpc"'],
    "an endpoint that is none": [{ rpc: ["127.0.0.1:8545"] }, '"rpc.0": expected a URL'],
    "a contract that is none": [{ adjudicator: "0x12" }, '"adjudicator": expected an address'],
    "a port that is none": [{ api: "127.0.0.1:65536" }, '"api": expected a host and a port'],
    "a host without a port": [{ listen: "127.0.0.1" }, '"listen": expected a host and a port'],
  };
  for (const [title, [part, message]] of Object.entries(wrong)) {
    it(`names what is wrong with ${title}`, () => {
      writeFileSync(join(folder, "sluice.json"), JSON.stringify({ ...LEAST, ...part }));
      expect(() => readConfig(folder))
        .to.throw(message)
        .with.property("code", "CONFIG_INVALID");
    });
  }

  it("says so when it is not JSON", () => {
    writeFileSync(join(folder, "sluice.json"), "chainId: 1");
    expect(() => readConfig(folder))
      .to.throw("sluice.json is wrong")
      .with.property("code", "CONFIG_INVALID");
  });
});

describe("the data folder", () => {
  it("is that of the option, else of the environment, else in the home of the user", () => {
    expect(dataFolderOf("a", { SLUICE_DATA: "/b" })).to.equal(resolve("a"));
    expect(dataFolderOf(undefined, { SLUICE_DATA: "/b" })).to.equal("/b");
    expect(dataFolderOf(undefined, {})).to.equal(join(homedir(), ".sluice"));
  });
});
