import "@nomicfoundation/hardhat-toolbox";
import { TASK_COMPILE_SOLIDITY_GET_SOLC_BUILD, TASK_TEST_GET_TEST_FILES } from "hardhat/builtin-tasks/task-names";
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

// The package test builds, packs and installs: it runs on its own, with `npm run test:package`.
subtask(TASK_TEST_GET_TEST_FILES, async (args: { testFiles: string[] }, _hre, runSuper) => {
  const files = (await runSuper(args)) as string[];
  return args.testFiles.length > 0 ? files : files.filter((file) => !file.includes("/test/package/"));
});

// Instrumented contracts are kept apart, so that `npm run coverage` leaves nothing to compile again.
const coveragePaths = { artifacts: "coverage/artifacts", cache: "coverage/cache" };

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
  paths: { ignition: "deploy", ...(process.env["SOLIDITY_COVERAGE"] === "true" && coveragePaths) },
  ignition: { strategyConfig: { create2: { salt: SALT } } },
  etherscan: { apiKey: process.env[EXPLORER_VARIABLE] ?? "", customChains: explorers() },
  sourcify: { enabled: false },
  typechain: { outDir: "typechain-types", target: "ethers-v6" },
  gasReporter: { enabled: process.env["REPORT_GAS"] === "1", offline: true, noColors: true },
};

export default config;
