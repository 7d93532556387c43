import { parseArgs } from "node:util";
import { CommandError, describeError } from "../lib/errors";
import { concurrent } from "./concurrent";
import { crypto } from "./crypto";
import { idle } from "./idle";
import { withProgress, type Row, type Topic } from "./harness";
import { thisMachine } from "./machine";
import { hops } from "./hops";
import { payments } from "./payments";
import { sequential } from "./sequential";
import { figure, writeReport, type BenchReport } from "./report";

/** Every topic, by the name that `--only` takes. */
const TOPICS: Readonly<Record<string, Topic>> = { crypto, sequential, concurrent, payments, hops, idle };

const HELP = `Usage: npm run bench [-- --only <topic> | --json | --help]

Measures how fast Sluice is on this machine. Leave it alone meanwhile.

  (nothing)       writes reports/bench.json and reports/bench.md
  --only <topic>  measures one topic and writes nothing: ${Object.keys(TOPICS).join(", ")}
  --json          prints the report, and nothing else, to standard output
  --help          prints this`;

async function main(): Promise<void> {
  const { only, json, help } = readOptions();
  if (help) {
    console.log(HELP);
    return;
  }
  const rows: Row[] = [];
  for (const [name, topic] of topicsOf(only)) {
    const measured = await withProgress(name, topic);
    if (!json) measured.forEach(print);
    rows.push(...measured);
  }
  const report: BenchReport = { machine: thisMachine(), rows };
  if (json) console.log(JSON.stringify(report, null, 2));
  if (only === undefined) writeReport(report);
}

function readOptions(): { only?: string | undefined; json?: boolean | undefined; help?: boolean | undefined } {
  const options = { only: { type: "string" }, json: { type: "boolean" }, help: { type: "boolean" } } as const;
  try {
    return parseArgs({ options }).values;
  } catch (error) {
    throw new CommandError("ARGUMENT_INVALID", `${describeError(error)} See: npm run bench -- --help`);
  }
}

function topicsOf(only: string | undefined): (readonly [string, Topic])[] {
  if (only === undefined) return Object.entries(TOPICS);
  const topic = Object.hasOwn(TOPICS, only) ? TOPICS[only] : undefined;
  if (topic !== undefined) return [[only, topic]];
  throw new CommandError(
    "ARGUMENT_INVALID",
    `There is no topic "${only}". Take one of: ${Object.keys(TOPICS).join(", ")}`,
  );
}

function print({ name, value, unit }: Row): void {
  console.log(`${name.padEnd(42)}${figure(value).padStart(12)} ${unit}`);
}

main().catch((error: unknown) => {
  console.error(describeError(error));
  process.exitCode = 1;
});
