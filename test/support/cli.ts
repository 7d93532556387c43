import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "../../src/cli/program";
import { writeConfig } from "../../src/cli/config";
import type { Io } from "../../src/cli/io";
import type { CommandResult } from "./command";
import { TOKEN, type Served } from "./rpc";

/** How a command is run. */
export interface Circumstances {
  readonly env?: Readonly<Record<string, string>>;
  /** What the user types when asked; nobody is there if omitted. */
  readonly typed?: readonly string[];
  readonly signal?: AbortSignal;
  /** Called with every line that is written. */
  readonly seen?: (line: string) => void;
}

/** Runs the command line in this process. */
export async function runCli(args: readonly string[], circumstances: Circumstances = {}): Promise<CommandResult> {
  const { env = {}, typed, signal = new AbortController().signal, seen = () => undefined } = circumstances;
  const lines = typed === undefined ? undefined : [...typed];
  const written = { stdout: "", stderr: "" };
  const write = (stream: keyof typeof written) => (line: string) => {
    written[stream] += `${line}\n`;
    seen(line);
  };
  const io: Io = {
    env,
    signal,
    out: write("stdout"),
    err: write("stderr"),
    ask: () => Promise.resolve(lines?.shift()),
  };
  const code = await run(args, io);
  return { code, ...written };
}

/** A folder that is gone after the test. */
export function temporaryFolder(): { readonly path: string; readonly remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), "sluice-cli-"));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** Makes a folder look like the data folder of a served node. */
export function asDataFolderOf({ server }: Served, folder: string): void {
  const adjudicator = "0x5FbDB2315678afecb367f032d93F642f64180aa3";
  const api = new URL(server.url).host;
  writeConfig(folder, { chainId: "31337", rpc: ["http://127.0.0.1:8545"], adjudicator, api }, true);
  writeFileSync(join(folder, "api-token"), TOKEN, { mode: 0o600 });
}
