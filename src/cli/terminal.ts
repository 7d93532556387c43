import { createInterface } from "node:readline/promises";
import { Writable } from "node:stream";
import type { Io } from "./io";

/**
 * The terminal, or whatever this process reads from and writes to.
 * @param interrupt called when the user wants to end a question
 */
export function terminal(signal: AbortSignal, interrupt: () => void): Io {
  return {
    env: process.env,
    signal,
    out: (line) => void process.stdout.write(`${line}\n`),
    err: (line) => void process.stderr.write(`${line}\n`),
    ask: (question) => (process.stdin.isTTY ? askHidden(question, signal, interrupt) : Promise.resolve(undefined)),
  };
}

/** Reads a line that nobody sees. */
async function askHidden(question: string, signal: AbortSignal, interrupt: () => void): Promise<string> {
  process.stderr.write(question);
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: process.stdin, output: nowhere, terminal: true });
  lines.once("SIGINT", interrupt);
  try {
    return await lines.question("", { signal });
  } finally {
    lines.close();
    process.stderr.write("\n");
  }
}
