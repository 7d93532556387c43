import { takeSnapshot } from "@nomicfoundation/hardhat-network-helpers";
import hre from "hardhat";
import type { GasReport } from "./report";
import { SCENARIOS } from "./scenarios";
import { Stage } from "./stage";

/** Compiles, then measures every row from the same starting point, so that no row depends on another. */
export async function measure(): Promise<GasReport> {
  await hre.run("compile", { quiet: true });
  const start = await takeSnapshot();
  const rows: Record<string, number> = {};
  for (const [row, scenario] of Object.entries(SCENARIOS)) {
    await start.restore();
    rows[row] = Number(await scenario(await Stage.prepare()));
  }
  return { ...compilerOf(hre.config.solidity.compilers), rows };
}

function compilerOf(compilers: typeof hre.config.solidity.compilers): { compiler: string; evmVersion: string } {
  const [compiler] = compilers;
  if (compiler === undefined) throw new Error("hardhat.config.ts names no compiler.");
  const settings = compiler.settings as { evmVersion: string; viaIR: boolean; optimizer: { runs: number } };
  const pipeline = settings.viaIR ? ", via IR" : "";
  return {
    compiler: `solc ${compiler.version}${pipeline}, optimizer runs ${settings.optimizer.runs}`,
    evmVersion: settings.evmVersion,
  };
}
