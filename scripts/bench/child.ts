import { fork } from "node:child_process";
import { once } from "node:events";
import { Packr } from "msgpackr";
import { startNode, type StartOptions } from "../../src/node/start";
import { TYPESCRIPT } from "../lib/typescript";

const packr = new Packr({ moreTypes: true, useBigIntExtension: true });

/** A node in a process of its own. */
export interface Child {
  /** Where it listens. */
  readonly url: string;
  stop(): Promise<void>;
}

/** Starts a node in a process of its own, which ends with this one at the latest. */
export async function startChild(options: StartOptions): Promise<Child> {
  const child = fork(__filename, [packr.pack(options).toString("base64")], { execArgv: TYPESCRIPT });
  const exited = once(child, "exit");
  const [first] = (await Promise.race([once(child, "message"), exited])) as [string | number | null];
  if (typeof first !== "string") throw new Error(`A node ended with code ${first} before it was ready.`);
  return {
    url: first,
    stop: async () => {
      if (child.connected) child.disconnect();
      await exited;
    },
  };
}

async function run(options: StartOptions): Promise<void> {
  const node = await startNode(options);
  process.once("disconnect", () => void node.stop().then(() => process.exit()));
  process.send!(node.info().listening);
}

if (require.main === module) void run(packr.unpack(Buffer.from(process.argv[2]!, "base64")) as StartOptions);
