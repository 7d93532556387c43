import { expect } from "chai";
import { CommandError, type CommandErrorCode } from "../../scripts/lib/errors";
import { configuredNetworks, explorers, NETWORKS, readNetwork } from "../../scripts/lib/networks";

const KEY = "ab".repeat(32);
const SEPOLIA = { SLUICE_RPC_SEPOLIA: "https://example.org/access-key", SLUICE_DEPLOYER_KEY: KEY };

function errorOf(action: () => unknown): CommandError {
  try {
    action();
  } catch (error) {
    if (error instanceof CommandError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}

function expectError(action: () => unknown, code: CommandErrorCode, ...words: string[]): void {
  const error = errorOf(action);
  expect(error.code).to.equal(code);
  for (const word of words) expect(error.message).to.include(word);
}

describe("networks", () => {
  describe("readNetwork", () => {
    it("reads the endpoint and the key of the chosen network", () => {
      expect(readNetwork("sepolia", SEPOLIA)).to.deep.equal({
        name: "sepolia",
        chainId: 11155111,
        rpcVariable: "SLUICE_RPC_SEPOLIA",
        url: "https://example.org/access-key",
        key: `0x${KEY}`,
      });
    });

    it("needs no variable for localhost", () => {
      expect(readNetwork("localhost", {})).to.include({ url: "http://127.0.0.1:8545", key: undefined });
    });

    for (const [name, { rpcVariable }] of Object.entries(NETWORKS)) {
      if (name === "localhost") continue;
      it(`names ${rpcVariable} when it is missing or empty`, () => {
        const others = { ...SEPOLIA, SLUICE_RPC_SEPOLIA: undefined };
        expectError(() => readNetwork(name, others), "VARIABLE_MISSING", rpcVariable, name);
        expectError(() => readNetwork(name, { ...others, [rpcVariable]: "" }), "VARIABLE_MISSING", rpcVariable, name);
      });
    }

    it("names SLUICE_DEPLOYER_KEY when it is missing", () => {
      const environment = { ...SEPOLIA, SLUICE_DEPLOYER_KEY: undefined };
      expectError(() => readNetwork("sepolia", environment), "VARIABLE_MISSING", "SLUICE_DEPLOYER_KEY");
    });

    it("refuses an endpoint that is no web address, without repeating it", () => {
      for (const url of ["secret", "ftp://secret", "wss://secret"]) {
        const error = errorOf(() => readNetwork("sepolia", { ...SEPOLIA, SLUICE_RPC_SEPOLIA: url }));
        expect(error.code).to.equal("VARIABLE_INVALID");
        expect(error.message).to.include("SLUICE_RPC_SEPOLIA").and.not.include("secret");
      }
    });

    it("refuses a malformed key, without repeating it", () => {
      const order = "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141";
      for (const key of [KEY.slice(1), `${KEY}0`, `x${KEY.slice(1)}`, "00".repeat(32), order]) {
        const error = errorOf(() => readNetwork("sepolia", { ...SEPOLIA, SLUICE_DEPLOYER_KEY: key }));
        expect(error.code).to.equal("KEY_MALFORMED");
        expect(error.message).to.include("SLUICE_DEPLOYER_KEY").and.not.include(key.slice(0, 16));
      }
    });

    it("refuses names that are no networks", () => {
      for (const name of ["mainnet", "", "toString"]) {
        expectError(() => readNetwork(name, SEPOLIA), "NETWORK_UNKNOWN", "optimism-sepolia");
      }
    });
  });

  describe("configuredNetworks", () => {
    it("leaves out networks that are not set up", () => {
      expect(Object.keys(configuredNetworks({}))).to.deep.equal(["localhost"]);
    });

    it("offers the others with their chain id and key", () => {
      const { url, key } = readNetwork("sepolia", SEPOLIA);
      expect(configuredNetworks(SEPOLIA)["sepolia"]).to.deep.equal({ url, chainId: 11155111, accounts: [key] });
    });

    it("is not disturbed by a malformed key", () => {
      const environment = { ...SEPOLIA, SLUICE_DEPLOYER_KEY: "malformed" };
      expect(Object.keys(configuredNetworks(environment))).to.deep.equal(["localhost"]);
    });
  });

  describe("explorers", () => {
    it("tells the verification plugin of the chains that it does not know", () => {
      expect(explorers().map(({ chainId }) => chainId)).to.deep.equal([560048, 11155420]);
    });
  });
});
