import { expect } from "chai";
import hre from "hardhat";
import { ARGUMENTS, CONTRACTS, FACTORY } from "../../deploy/contracts";
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
      for (const name of CONTRACTS.filter((contract) => ARGUMENTS[contract] === undefined)) {
        const { deployedBytecode } = await hre.artifacts.readArtifact(name);
        expect(await hre.ethers.provider.getCode(contracts[name])).to.equal(deployedBytecode);
      }
    });

    it("tells each contract where the others are", async () => {
      const { contracts } = await deployMissing(hre, hre.network.provider);
      const lockSet = await hre.ethers.getContractAt("LockSet", contracts.LockSet);
      const paymentApp = await hre.ethers.getContractAt("PaymentApp", contracts.PaymentApp);
      expect(await lockSet.HOLDER()).to.equal(contracts.Adjudicator);
      expect(await paymentApp.LOCK_SET()).to.equal(contracts.LockSet);
    });

    it("deploys only what is missing", async () => {
      const { TicTacToe, LockSet } = await predictAddresses(hre);
      for (const there of [TicTacToe, LockSet]) {
        await hre.network.provider.send("hardhat_setCode", [there, "0x00"]);
      }
      const { deployed } = await deployMissing(hre, hre.network.provider);
      expect(deployed).to.deep.equal(CONTRACTS.filter((name) => name !== "TicTacToe" && name !== "LockSet"));
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
    it("asks for each contract by its full name and with its constructor arguments", async () => {
      const contracts = await predictAddresses(hre);
      const expected = [
        ["contracts/Adjudicator.sol:Adjudicator"],
        ["contracts/apps/TicTacToe.sol:TicTacToe"],
        ["contracts/registries/PreimageRegistry.sol:PreimageRegistry"],
        ["contracts/registries/ScalarRegistry.sol:ScalarRegistry"],
        ["contracts/registries/ThresholdRegistry.sol:ThresholdRegistry"],
        ["contracts/escrows/LockSet.sol:LockSet", contracts.Adjudicator],
        ["contracts/apps/PaymentApp.sol:PaymentApp", contracts.LockSet],
      ].map(([contract, ...constructorArguments], i) => ({
        address: contracts[CONTRACTS[i]!],
        contract,
        constructorArguments,
      }));
      expect(await verificationsOf(hre, contracts)).to.deep.equal(expected);
    });
  });
});
