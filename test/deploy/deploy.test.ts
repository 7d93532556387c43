import { expect } from "chai";
import { JsonRpcProvider, parseEther, toQuantity, Wallet } from "ethers";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CONTRACTS, FACTORY, SALT } from "../../deploy/contracts";
import { startLocalNode, type LocalNode } from "../../scripts/lib/localNode";
import { runScript, type CommandResult } from "../support/command";

interface Report {
  readonly network: string;
  readonly chainId: number;
  readonly deployed: string[];
  readonly contracts: Record<string, string>;
  readonly file: string;
}

const KEY = `0x${"0123456789abcdef".repeat(4)}`;

describe("npm run deploy", function () {
  this.timeout(240_000);

  let out: string;
  let node: LocalNode;
  let provider: JsonRpcProvider;

  before(async () => {
    out = mkdtempSync(join(tmpdir(), "sluice-deploy-"));
    node = await startLocalNode();
    provider = new JsonRpcProvider(node.url, undefined, { staticNetwork: true });
  });

  after(async () => {
    provider.destroy();
    await node.stop();
    rmSync(out, { recursive: true });
  });

  function deploy(args: readonly string[], settings: Readonly<Record<string, string>> = {}): Promise<CommandResult> {
    return runScript("scripts/deploy.ts", [...args, "--out", out], settings);
  }

  function reportOf({ code, stdout, stderr }: CommandResult): Report {
    expect({ code, stderr }).to.deep.equal({ code: 0, stderr: "" });
    return JSON.parse(stdout) as Report;
  }

  describe("to a local node", () => {
    let first: Report;

    before(async () => {
      const settings = { SLUICE_RPC_LOCALHOST: node.url };
      first = reportOf(await deploy(["--network", "localhost", "--json"], settings));
    });

    it("deploys every contract", async () => {
      expect(first).to.deep.include({ network: "localhost", chainId: 31337, deployed: [...CONTRACTS] });
      const codes = await Promise.all(Object.values(first.contracts).map((address) => provider.getCode(address)));
      expect(codes).to.have.length(CONTRACTS.length).and.not.include("0x");
    });

    it("saves the addresses under the chain id", () => {
      expect(first.file).to.equal(join(out, "31337.json"));
      expect(JSON.parse(readFileSync(first.file, "utf8"))).to.deep.equal({
        chainId: 31337,
        network: "localhost",
        factory: FACTORY,
        salt: SALT,
        contracts: first.contracts,
      });
    });

    it("changes nothing in a second run, and says so", async () => {
      const before = [await provider.getBlockNumber(), readFileSync(first.file, "utf8")];
      const { code, stdout } = await deploy(["--network", "localhost"], { SLUICE_RPC_LOCALHOST: node.url });
      expect(code).to.equal(0);
      expect(stdout).to.include("Nothing to do");
      expect([await provider.getBlockNumber(), readFileSync(first.file, "utf8")]).to.deep.equal(before);
    });

    it("refuses to call it another network", async () => {
      const { code, stdout, stderr } = await deploy(["--network", "hoodi"], {
        SLUICE_RPC_HOODI: node.url,
        SLUICE_DEPLOYER_KEY: KEY,
      });
      expect({ code, stdout }).to.deep.equal({ code: 1, stdout: "" });
      expect(stderr).to.match(/^CHAIN_WRONG: SLUICE_RPC_HOODI leads to chain 31337, but hoodi is chain 560048\./);
    });

    describe("and to a public chain", () => {
      let sepolia: LocalNode;
      let sepoliaProvider: JsonRpcProvider;
      const wallet = new Wallet(KEY);

      before(async () => {
        sepolia = await startLocalNode({ config: "test/deploy/sepolia.config.ts" });
        sepoliaProvider = new JsonRpcProvider(sepolia.url, undefined, { staticNetwork: true });
      });

      after(async () => {
        sepoliaProvider.destroy();
        await sepolia.stop();
      });

      function deployToSepolia(): Promise<CommandResult> {
        const settings = { SLUICE_RPC_SEPOLIA: sepolia.url, SLUICE_DEPLOYER_KEY: KEY };
        return deploy(["--network", "sepolia", "--json"], settings);
      }

      it("refuses a chain without the factory", async () => {
        const { code, stderr } = await deployToSepolia();
        expect(code).to.equal(1);
        expect(stderr).to.match(/^FACTORY_MISSING: /);
      });

      it("refuses an account without money, before it sends anything", async () => {
        await sepoliaProvider.send("hardhat_setCode", [FACTORY, await provider.getCode(FACTORY)]);
        const { code, stderr } = await deployToSepolia();
        expect(code).to.equal(1);
        expect(stderr).to.match(new RegExp(`^FUNDS_MISSING: ${wallet.address} has 0 wei;`, "i"));
        expect(await sepoliaProvider.getBlockNumber()).to.equal(0);
      });

      it("uses the same addresses, although chain and deployer differ", async () => {
        await sepoliaProvider.send("hardhat_setBalance", [wallet.address, toQuantity(parseEther("1"))]);
        const report = reportOf(await deployToSepolia());
        expect(report).to.deep.include({ chainId: 11155111, deployed: [...CONTRACTS], contracts: first.contracts });
        expect(await sepoliaProvider.getTransactionCount(wallet.address)).to.equal(CONTRACTS.length);
      });
    });
  });

  describe("with a mistake", () => {
    const mistakes: readonly (readonly [string, string[], Record<string, string>, RegExp])[] = [
      ["names a missing network", [], {}, /^ARGUMENT_INVALID: Name a chain with --network\./],
      ["names an unknown network", ["--network", "mainnet"], {}, /^NETWORK_UNKNOWN: There is no network "mainnet"\./],
      ["names an unknown option", ["--netwrok", "sepolia"], {}, /^ARGUMENT_INVALID: .*--netwrok/],
      ["names a missing variable", ["--network", "sepolia"], {}, /^VARIABLE_MISSING: Set SLUICE_RPC_SEPOLIA to/],
      [
        "says that nobody answers",
        ["--network", "localhost"],
        { SLUICE_RPC_LOCALHOST: "http://127.0.0.1:1" },
        /^RPC_FAILED: No Ethereum node answers for localhost\./,
      ],
      [
        "says that an explorer key is missing",
        ["--network", "sepolia", "--verify"],
        { SLUICE_RPC_SEPOLIA: "http://127.0.0.1:1", SLUICE_DEPLOYER_KEY: KEY },
        /^VARIABLE_MISSING: Set SLUICE_EXPLORER_KEY to/,
      ],
    ];

    for (const [title, args, settings, message] of mistakes) {
      it(title, async () => {
        const { code, stdout, stderr } = await deploy(args, settings);
        expect({ code, stdout }).to.deep.equal({ code: 1, stdout: "" });
        expect(stderr).to.match(message);
      });
    }
  });

  it("explains itself with --help", async () => {
    const { code, stdout } = await deploy(["--help"]);
    expect(code).to.equal(0);
    expect(stdout).to.include("--network").and.include("SLUICE_DEPLOYER_KEY").and.include("optimism-sepolia");
  });
});
