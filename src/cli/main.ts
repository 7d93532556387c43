#!/usr/bin/env node
/** The command `sluice`. */
import { run } from "./program";
import { terminal } from "./terminal";

const interruption = new AbortController();
const interrupt = () => interruption.abort();
// Only the first one ends in order: whoever cannot wait for that sends another.
process.once("SIGINT", interrupt).once("SIGTERM", interrupt);

void run(process.argv.slice(2), terminal(interruption.signal, interrupt)).then((code) => {
  process.exitCode = code;
});
