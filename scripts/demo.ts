/** The command line of `npm run demo`. */
import { parseArgs } from "node:util";
import { silentNarrator, terminalNarrator, type Narrator } from "./demo/narrator";
import { tell, type Story } from "./demo/story";
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
  const story = await tellOnLocalChain(narrator);
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

/** Tells the story on a chain of its own, which ends whatever happens. */
async function tellOnLocalChain(narrator: Narrator): Promise<Story> {
  narrator.title("Sluice: state channels, told by real nodes with real transactions on a chain of this machine");
  narrator.progress("Starting a local chain, and compiling the contracts if this is the first time (half a minute)");
  const starting = startLocalNode();
  starting.catch(() => undefined); // reported when it is awaited
  try {
    await compile((await import("hardhat")).default);
    const { url } = await starting;
    narrator.progress("Deploying, and starting the nodes");
    return await tell(url, narrator);
  } finally {
    await (await starting).stop();
  }
}

function decimals(_key: string, value: unknown): unknown {
  return typeof value === "bigint" ? value.toString() : value;
}

main().catch((error: unknown) => {
  console.error(describeError(error));
  process.exitCode = 1;
});
