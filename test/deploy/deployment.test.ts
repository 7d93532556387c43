import { expect } from "chai";
import hre from "hardhat";
import { CONTRACTS, FACTORY } from "../../deploy/contracts";
import { deployMissing, predictAddresses } from "../../scripts/lib/deployment";
import { verificationsOf } from "../../scripts/lib/verification";

describe("deployment", () => {
  let snapshot: unknown;

  beforeEach(async () => {
    snapshot = await hre.network.provider.send("evm_snapshot");
  });

  afterEach(async () => {
    await hre.network.provider.send("evm_revert", [snapshot]);
  });

  describe("deployMissing", () => {
    it("deploys to the predicted addresses", async () => {
      const expected = await predictAddresses(hre);
      const report = await deployMissing(hre, hre.network.provider);
      expect(report).to.deep.equal({ chainId: 31337, contracts: expected, deployed: [...CONTRACTS] });
    });

    it("deploys what the artifacts say", async () => {
      const { contracts } = await deployMissing(hre, hre.network.provider);
      for (const name of CONTRACTS) {
        const { deployedBytecode } = await hre.artifacts.readArtifact(name);
        expect(await hre.ethers.provider.getCode(contracts[name])).to.equal(deployedBytecode);
      }
    });

    it("deploys only what is missing", async () => {
      const { TicTacToe } = await predictAddresses(hre);
      await hre.network.provider.send("hardhat_setCode", [TicTacToe, "0x00"]);
      const { deployed } = await deployMissing(hre, hre.network.provider);
      expect(deployed).to.deep.equal(["Adjudicator"]);
    });

    it("sends nothing when nothing is missing", async () => {
      await deployMissing(hre, hre.network.provider);
      const block = await hre.ethers.provider.getBlockNumber();
      const { deployed } = await deployMissing(hre, hre.network.provider);
      expect(deployed).to.deep.equal([]);
      expect(await hre.ethers.provider.getBlockNumber()).to.equal(block);
    });

    it("uses the factory of every other chain", async () => {
      await deployMissing(hre, hre.network.provider);
      expect(await hre.ethers.provider.getCode(FACTORY)).to.not.equal("0x");
    });
  });

  describe("verificationsOf", () => {
    it("asks for each contract by its full name, without constructor arguments", async () => {
      const contracts = await predictAddresses(hre);
      expect(await verificationsOf(hre, contracts)).to.deep.equal([
        {
          address: contracts.Adjudicator,
          contract: "contracts/Adjudicator.sol:Adjudicator",
          constructorArguments: [],
        },
        {
          address: contracts.TicTacToe,
          contract: "contracts/apps/TicTacToe.sol:TicTacToe",
          constructorArguments: [],
        },
      ]);
    });
  });
});
