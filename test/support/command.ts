import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";
import { resolve } from "node:path";
import { cleanEnvironment } from "../../scripts/lib/environment";
import { TYPESCRIPT } from "../../scripts/lib/typescript";

/** How a command ended, and what it wrote. */
export interface CommandResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export const ROOT = resolve(__dirname, "../..");

/** Runs a script of this repository in a process of its own, with these settings and none of the caller's. */
export async function runScript(
  script: string,
  args: readonly string[],
  settings: Readonly<Record<string, string>> = {},
): Promise<CommandResult> {
  const child = spawn(process.execPath, [...TYPESCRIPT, resolve(ROOT, script), ...args], {
    cwd: ROOT,
    stdio: ["ignore", "pipe", "pipe"],
    env: cleanEnvironment(settings),
  });
  const code = new Promise<number | null>((done, fail) => child.once("close", done).once("error", fail));
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return { code: await code, stdout, stderr };
}
