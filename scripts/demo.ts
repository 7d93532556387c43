/** The command line of `npm run demo`. */
import { parseArgs } from "node:util";
import { onLocalChain } from "./demo/localChain";
import { decimals, silentNarrator, terminalNarrator } from "./demo/narrator";
import { tell } from "./demo/story";
import { CommandError, describeError } from "./lib/errors";

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
  narrator.title("Sluice: state channels, told by real nodes with real transactions on a chain of this machine");
  const story = await onLocalChain(narrator, (url) => tell(url, narrator));
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

main().catch((error: unknown) => {
  console.error(describeError(error));
  process.exitCode = 1;
});
