import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { renderChart } from "./chart";
import { renderMarkdown, type GasReport, type Limits, type Peers } from "./report";

const ROOT = resolve(__dirname, "../..");
const REPORT = "reports/gas.json";

export function readReport(): GasReport {
  return readJson(REPORT) as GasReport;
}

export function readPeers(): Peers {
  return readJson("data/peers/gas.json") as Peers;
}

export function readLimits(): Limits {
  return readJson("scripts/gas/limits.json") as Limits;
}

/** Every file that follows from a measurement, by its path. */
export function filesOf(report: GasReport): Readonly<Record<string, string>> {
  const peers = readPeers();
  return {
    [REPORT]: `${JSON.stringify(report, null, 2)}\n`,
    "reports/gas.md": renderMarkdown(report, peers),
    "docs/images/gas.svg": renderChart(report, peers),
  };
}

export function writeFiles(report: GasReport): void {
  for (const [path, content] of Object.entries(filesOf(report))) {
    mkdirSync(dirname(join(ROOT, path)), { recursive: true });
    writeFileSync(join(ROOT, path), content);
  }
}

export function readText(path: string): string {
  return readFileSync(join(ROOT, path), "utf8");
}

function readJson(path: string): unknown {
  try {
    return JSON.parse(readText(path));
  } catch (error) {
    throw new Error(`Cannot read ${path}. Restore it from git; reports are also written anew by: npm run gas.`, {
      cause: error,
    });
  }
}
