import "@nomicfoundation/hardhat-toolbox";
import { TASK_COMPILE_SOLIDITY_GET_SOLC_BUILD } from "hardhat/builtin-tasks/task-names";
import { subtask, type HardhatUserConfig } from "hardhat/config";
import solc from "solc";
import { SALT } from "./deploy/contracts";
import { configuredNetworks, EXPLORER_VARIABLE, explorers } from "./scripts/lib/networks";

// The compiler comes from npm, so that nothing is downloaded at build time.
const SOLC_VERSION = "0.8.37";

subtask(TASK_COMPILE_SOLIDITY_GET_SOLC_BUILD, async (args: { solcVersion: string }, _hre, runSuper) => {
  if (args.solcVersion !== SOLC_VERSION) return runSuper();
  return {
    compilerPath: require.resolve("solc/soljson.js"),
    isSolcJs: true,
    version: SOLC_VERSION,
    longVersion: solc.version().replace(/\.Emscripten.*$/, ""),
  };
});

const config: HardhatUserConfig = {
  solidity: {
    version: SOLC_VERSION,
    settings: {
      evmVersion: "prague",
      viaIR: true,
      // Few enough runs to keep the deployment small; see docs/decisions/0006-compiler.md.
      optimizer: { enabled: true, runs: 500 },
    },
  },
  networks: { hardhat: { hardfork: "prague" }, ...configuredNetworks(process.env) },
  paths: { ignition: "deploy" },
  ignition: { strategyConfig: { create2: { salt: SALT } } },
  etherscan: { apiKey: process.env[EXPLORER_VARIABLE] ?? "", customChains: explorers() },
  sourcify: { enabled: false },
  typechain: { outDir: "typechain-types", target: "ethers-v6" },
  gasReporter: { enabled: process.env["REPORT_GAS"] === "1", offline: true, noColors: true },
};

export default config;
