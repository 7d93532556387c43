/** The command line of `npm run demo:payments`. */
import { onLocalChain } from "./demo/localChain";
import { silentNarrator, terminalNarrator, decimals } from "./demo/narrator";
import { tell } from "./demo-payments/story";
async function main() {
  const narrator = process.argv.includes("--json") ? silentNarrator : terminalNarrator(process.stdout);
  console.log(JSON.stringify(await onLocalChain(narrator, (url) => tell(url, narrator)), decimals, 2));
}
main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
