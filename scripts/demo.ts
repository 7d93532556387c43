/** The command line of `npm run demo`. */
import { parseArgs } from "node:util";
import { catchFraud } from "./demo/fraud";
import { close } from "./demo/closing";
import { silentNarrator, terminalNarrator, type Narrator } from "./demo/narrator";
import { open } from "./demo/opening";
import { pay } from "./demo/payments";
import { payRejecting } from "./demo/rejection";
import { onStage, type Stage } from "./demo/stage";
import { playTicTacToe } from "./demo/ticTacToe";
import { compile } from "./lib/compile";
import { CommandError, describeError } from "./lib/errors";
import { startLocalNode } from "./lib/localNode";

const HELP = `Usage: npm run demo [-- --json]

Starts a chain of its own on this machine, deploys Sluice and tells its story in six chapters, with real transactions
and real signatures. Needs no keys, no accounts and no settings, takes less than a minute and leaves nothing behind.

  --json     prints one JSON document and nothing else; amounts are in the smallest unit
  --help     prints this

NO_COLOR turns colours off.`;

interface Options {
  readonly json: boolean;
  readonly help: boolean;
}

async function main(): Promise<void> {
  const options = readOptions();
  if (options.help) {
    console.log(HELP);
    return;
  }
  const startedAt = performance.now();
  const narrator = options.json ? silentNarrator : terminalNarrator(process.stdout);
  const story = await withLocalChain(narrator, tell);
  const seconds = (performance.now() - startedAt) / 1000;
  if (options.json) {
    console.log(JSON.stringify({ ...story, seconds }, decimals, 2));
    return;
  }
  narrator.say("");
  narrator.title(`Told in ${seconds.toFixed(1)} seconds. The chain it happened on is gone.`);
}

function readOptions(): Options {
  try {
    const { values } = parseArgs({
      options: {
        json: { type: "boolean", default: false },
        help: { type: "boolean", short: "h", default: false },
      },
    });
    return values;
  } catch (error) {
    throw new CommandError("ARGUMENT_INVALID", `${describeError(error)} See --help.`);
  }
}

/** Plays on a chain of its own, which ends whatever happens. */
async function withLocalChain<T>(narrator: Narrator, play: (stage: Stage) => Promise<T>): Promise<T> {
  narrator.title("Sluice: state channels, told by real nodes with real transactions on a chain of this machine");
  narrator.progress("Starting a local chain, and compiling the contracts if this is the first time (half a minute)");
  const starting = startLocalNode();
  starting.catch(() => undefined); // reported when it is awaited
  try {
    await compile((await import("hardhat")).default);
    const { url } = await starting;
    narrator.progress("Deploying");
    return await onStage(url, narrator, play);
  } finally {
    await (await starting).stop();
  }
}

/** The six chapters; what each returns is what happened. */
async function tell(stage: Stage) {
  const { channel, facts: opening } = await open(stage);
  const payments = await pay(stage, channel);
  const closing = await close(stage, channel, payments, opening.gas);
  const fraud = await catchFraud(stage);
  const ticTacToe = await playTicTacToe(stage);
  const rejection = await payRejecting(stage);
  const { chainId, adjudicator } = stage.deployment;
  return { chainId, adjudicator, chapters: { opening, payments, closing, fraud, ticTacToe, rejection } };
}

function decimals(_key: string, value: unknown): unknown {
  return typeof value === "bigint" ? value.toString() : value;
}

main().catch((error: unknown) => {
  console.error(describeError(error));
  process.exitCode = 1;
});
