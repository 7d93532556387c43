import { parseArgs } from "node:util";
import { readLimits, readReport, writeFiles } from "./files";
import { measure } from "./measure";
import { findImprovements, findOverLimit, findRegressions, group, type GasReport } from "./report";

const HELP = `Usage: npm run gas [-- --check | --json | --help]

Measures what every operation costs, in the scenarios of data/peers/gas.json.

  (nothing)  writes reports/gas.json, reports/gas.md and docs/images/gas.svg
  --check    writes nothing; fails if a row costs more than reports/gas.json or scripts/gas/limits.json says
  --json     also prints the report, and nothing else, to standard output
  --help     prints this`;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { check: { type: "boolean" }, json: { type: "boolean" }, help: { type: "boolean" } },
  });
  if (values.help) {
    console.log(HELP);
    return;
  }
  const report = await measure();
  if (values.json) console.log(JSON.stringify(report, null, 2));
  else print(report);
  const failures = values.check ? check(report) : accept(report);
  for (const failure of failures) console.error(`✖ ${failure}`);
  if (failures.length > 0) process.exitCode = 1;
}

function check(report: GasReport): string[] {
  const committed = readReport();
  const improvements = findImprovements(committed, report);
  for (const improvement of improvements) console.error(`Cheaper than the baseline: ${improvement}`);
  if (improvements.length > 0) console.error("To keep it so: npm run gas, and commit what it writes.");
  return findRegressions(committed, report, readLimits());
}

function accept(report: GasReport): string[] {
  writeFiles(report);
  return findOverLimit(report, readLimits());
}

function print({ compiler, evmVersion, rows }: GasReport): void {
  console.log(`Gas with ${compiler}, ${evmVersion} rules`);
  for (const [row, gas] of Object.entries(rows)) console.log(`${row.padEnd(42)}${group(gas).padStart(10)}`);
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
