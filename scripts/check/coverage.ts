import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { findUncovered, type CoverageSummary } from "./uncovered";

const ROOT = resolve(__dirname, "../..");
const SUMMARY = "coverage/coverage-summary.json";

/** The last step of `npm run coverage`: fails unless all of the product's Solidity is covered. */
function main(): void {
  const summary = JSON.parse(readFileSync(resolve(ROOT, SUMMARY), "utf8")) as CoverageSummary;
  const uncovered = findUncovered(summary);
  if (uncovered.length === 0) {
    console.log("Every statement, branch, function and line under contracts/ is covered.");
    return;
  }
  for (const gap of uncovered) console.error(`✖ ${gap.replace(`${ROOT}/`, "")}`);
  console.error(`All of contracts/ (but contracts/test/) must be tested; ${SUMMARY} says what is not.`);
  console.error("Open coverage/index.html to see the lines, and add tests for them.");
  process.exitCode = 1;
}

main();
