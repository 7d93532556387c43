import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { resolve } from "node:path";
import { cleanEnvironment } from "./environment";
import { CommandError } from "./errors";

/** A chain of its own, in a process of its own. */
export interface LocalNode {
  /** Where its JSON-RPC is served: a free port of this machine. */
  readonly url: string;
  /** Ends the process; may be called more than once. */
  stop(): Promise<void>;
}

export interface LocalNodeOptions {
  /** A Hardhat configuration other than that of this repository. */
  readonly config?: string;
  /** Seconds to wait until it answers. */
  readonly patience?: number;
}

const ROOT = resolve(__dirname, "../..");
/** Run by the node first: it ends as soon as the process that started it is gone, even if that was killed. */
const LEASH = `data:text/javascript,${encodeURIComponent('process.once("disconnect", () => process.exit())')}`;
const READY = /JSON-RPC server at (http:\/\/[\d.]+:\d+)/;

/**
 * Starts a Hardhat node on a free port. It ends with this process, whatever ends that: an error, Ctrl-C or a kill.
 * @throws CommandError `NODE_FAILED` with what the node said
 */
export async function startLocalNode({ config, patience = 60 }: LocalNodeOptions = {}): Promise<LocalNode> {
  const cli = require.resolve("hardhat/internal/cli/cli.js");
  const configArguments = config === undefined ? [] : ["--config", config];
  const nodeArguments = ["--network", "hardhat", "node", "--hostname", "127.0.0.1", "--port", "0"];
  const child = spawn(process.execPath, ["--import", LEASH, cli, ...configArguments, ...nodeArguments], {
    cwd: ROOT,
    stdio: ["ignore", "pipe", "pipe", "ipc"],
    env: cleanEnvironment(),
  });
  const stop = () => end(child);
  try {
    return { url: await addressOf(child, patience * 1000), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Waits until the node says where it listens. Goes on reading afterwards, so that its output never blocks it. */
function addressOf(child: ChildProcess, patience: number): Promise<string> {
  return new Promise((resolve, reject) => {
    let output = "";
    const fail = (what: string) => {
      clearTimeout(timer);
      reject(new CommandError("NODE_FAILED", `The local node ${what}. ${output.trim()}`));
    };
    const timer = setTimeout(() => fail("did not start in time"), patience);
    const read = (chunk: Buffer) => {
      if (output.length < 10_000) output += chunk.toString();
      const url = READY.exec(output)?.[1];
      if (url === undefined) return;
      clearTimeout(timer);
      resolve(url);
    };
    child.stdout!.on("data", read);
    child.stderr!.on("data", read);
    child.once("error", ({ message }) => fail(`could not be started: ${message}`));
    child.once("exit", (code) => fail(`ended with code ${code}`));
  });
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, "exit");
  child.kill("SIGKILL"); // it has nothing to save
  await exited;
}
