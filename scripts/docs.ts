/** Writes the documentation that is made from the sources. */
import { writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { renderApi } from "./docs/api";

async function main(): Promise<void> {
  writeFileSync(resolve(__dirname, "../docs/api.md"), await renderApi());
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
