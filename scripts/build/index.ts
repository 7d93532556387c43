import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import hre from "hardhat";
import { productContracts } from "./contracts";
import { completeImports } from "./extensions";

const ROOT = resolve(__dirname, "../..");
const DIST = join(ROOT, "dist");

/**
 * Builds what the package ships: CommonJS and ECMAScript modules with their declarations (both, because the types of
 * ethers differ between the two), and a compact file per contract with ABI and bytecode.
 */
async function main(): Promise<void> {
  await hre.run("compile", { quiet: true });
  rmSync(DIST, { recursive: true, force: true });
  compileTypeScript("tsconfig.build.json");
  compileTypeScript("tsconfig.build.esm.json");
  writeFileSync(join(DIST, "esm", "package.json"), '{ "type": "module" }\n');
  completeImports(join(DIST, "esm"));
  const contracts = await productContracts(hre);
  mkdirSync(join(DIST, "abi"));
  for (const { contractName, abi, bytecode } of contracts) {
    writeFileSync(join(DIST, "abi", `${contractName}.json`), `${JSON.stringify({ contractName, abi, bytecode })}\n`);
  }
  console.log(`Built dist/ with the bindings and ABIs of ${contracts.length} contracts.`);
}

function compileTypeScript(config: string): void {
  const compiler = require.resolve("typescript/bin/tsc");
  execFileSync(process.execPath, [compiler, "-p", config], { cwd: ROOT, stdio: "inherit" });
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
