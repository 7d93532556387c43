/** The command line of `npm run demo:payments`. */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, relative, resolve } from "node:path";
import { parseArgs } from "node:util";
import { onLocalChain } from "./demo/localChain";
import { decimals, silentNarrator, terminalNarrator } from "./demo/narrator";
import { renderPicture } from "./demo-payments/picture";
import { tell } from "./demo-payments/story";
import { CommandError, describeError } from "./lib/errors";

const HELP = `Usage: npm run demo:payments [-- --json] [-- --svg <file>]

Starts a chain of its own on this machine and five nodes, two of them in processes of their own, and pays over three hops:
in two currencies, by hash and by point, around a node that stalls and through one that is killed. Needs no keys, no
accounts and no settings, takes about half a minute, and leaves a picture behind.

  --json         prints one JSON document and nothing else; amounts are in the smallest unit
  --svg <file>   where to draw the network and the money that moved; reports/payments-network.svg if omitted
  --help         prints this

NO_COLOR turns colours off.`;

const PICTURE = resolve(__dirname, "../reports/payments-network.svg");

async function main(): Promise<void> {
  const { json, svg, help } = readOptions();
  if (help) {
    console.log(HELP);
    return;
  }
  const startedAt = performance.now();
  const narrator = json ? silentNarrator : terminalNarrator(process.stdout);
  narrator.title("Sluice: payments over several hops, by five nodes on a chain of this machine");
  const story = await onLocalChain(narrator, (url) => tell(url, narrator));
  const picture = svg === undefined ? PICTURE : resolve(svg);
  mkdirSync(dirname(picture), { recursive: true });
  writeFileSync(picture, renderPicture(story.payments));
  const seconds = (performance.now() - startedAt) / 1000;
  if (json) {
    console.log(JSON.stringify({ ...story, picture, seconds }, decimals, 2));
    return;
  }
  narrator.say("");
  narrator.title(`Told in ${seconds.toFixed(1)} seconds, and drawn in ${relative(process.cwd(), picture)}.`);
}

function readOptions(): { json?: boolean | undefined; svg?: string | undefined; help?: boolean | undefined } {
  const options = {
    json: { type: "boolean" },
    svg: { type: "string" },
    help: { type: "boolean", short: "h" },
  } as const;
  try {
    return parseArgs({ options }).values;
  } catch (error) {
    throw new CommandError("ARGUMENT_INVALID", `${describeError(error)} See --help.`);
  }
}

main().catch((error: unknown) => {
  console.error(describeError(error));
  process.exitCode = 1;
});
