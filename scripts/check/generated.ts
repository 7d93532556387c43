import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import hre from "hardhat";
import { glob, runTypeChain } from "typechain";

const ROOT = resolve(__dirname, "../..");
const COMMITTED = "typechain-types";

/**
 * Fails unless `typechain-types/` is exactly what TypeChain generates from the contracts; in CI also unless that is what
 * is committed (a compilation on the way here may have repaired the working tree).
 */
async function main(): Promise<void> {
  await hre.run("compile", { quiet: true });
  const problems = [...(await findStale()), ...(process.env["CI"] ? findUncommitted() : [])];
  for (const problem of problems) console.error(`✖ ${problem}`);
  if (problems.length > 0) {
    console.error(`To repair it: npm run generate, and commit ${COMMITTED}/.`);
    process.exitCode = 1;
  } else {
    console.log(`${COMMITTED}/ is fresh.`);
  }
}

/** Files that differ from what is generated now, are missing, or belong to no contract any more. */
async function findStale(): Promise<string[]> {
  // Inside the project, because TypeChain formats with the settings it finds on the way up.
  const fresh = mkdtempSync(join(ROOT, "cache", "typechain-"));
  try {
    const allFiles = glob(ROOT, [`${hre.config.paths.artifacts}/!(build-info)/**/+([a-zA-Z0-9_]).json`]);
    await runTypeChain({
      cwd: ROOT,
      allFiles,
      filesToProcess: allFiles,
      outDir: fresh,
      target: hre.config.typechain.target,
      flags: { ...hre.config.typechain, environment: "hardhat" },
    });
    const paths = new Set([...filesIn(fresh), ...filesIn(join(ROOT, COMMITTED))]);
    return [...paths]
      .filter((path) => read(join(fresh, path)) !== read(join(ROOT, COMMITTED, path)))
      .map((path) => `${COMMITTED}/${path} is not what is generated from the contracts.`);
  } finally {
    rmSync(fresh, { recursive: true });
  }
}

function findUncommitted(): string[] {
  const status = execFileSync("git", ["status", "--porcelain", "--", COMMITTED], { cwd: ROOT, encoding: "utf8" });
  const paths = status.split("\n").filter((line) => line !== "");
  return paths.map((line) => `${line.slice(3)} is not what is committed.`);
}

function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((path) => path.endsWith(".ts"));
}

function read(path: string): string | undefined {
  return existsSync(path) ? readFileSync(path, "utf8") : undefined;
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
