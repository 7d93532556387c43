import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { Packr } from "msgpackr";
import type { StartOptions } from "../../src/node/start";
import type { PayingCommand } from "./payingNode";
import { TYPESCRIPT } from "../lib/typescript";

/** Process arguments and messages are text; keys and options hold bigints and maps. */
const packr = new Packr({ moreTypes: true, useBigIntExtension: true });

/** A node in a process of its own. */
export interface Child {
  /** Where it listens. */
  readonly url: string;
  stop(): Promise<void>;
}

/** Starts a node in a process of its own, which ends with this one at the latest. */
export async function startChild(options: StartOptions): Promise<Child> {
  const child = spawnScript("listeningNode", options);
  const exited = once(child, "exit");
  return {
    url: await answerOf<string>(child),
    stop: async () => {
      child.disconnect();
      await exited;
    },
  };
}

/** A node that does what it is told, in a process of its own. */
export interface PayingChild extends Child {
  tell(command: PayingCommand): Promise<number | null>;
}

/** Starts a node that pays, in a process of its own. */
export async function startPayingChild(options: StartOptions): Promise<PayingChild> {
  const child = spawnScript("payingNode", options);
  const exited = once(child, "exit");
  const url = await answerOf<string>(child);
  const waiting: ((answer: number | null) => void)[] = [];
  child.on("message", ({ answer }: { readonly answer: number | null }) => waiting.shift()!(answer));
  const died = exited.then(() => Promise.reject(new Error("A node has ended.")));
  died.catch(() => undefined); // it ends some time, in any case
  return {
    url,
    tell: (command) => {
      const answer = new Promise<number | null>((resolve) => waiting.push(resolve));
      child.send(command);
      return Promise.race([answer, died]);
    },
    stop: async () => {
      child.disconnect();
      await exited;
    },
  };
}

/** What a script next to this one answers, in a process of its own. */
export async function runChild<T>(script: string, task: object, nodeArguments: readonly string[] = []): Promise<T> {
  const child = spawnScript(script, task, nodeArguments);
  const exited = once(child, "exit");
  const answer = await answerOf<T>(child);
  child.disconnect();
  await exited;
  return answer;
}

/** What this process, if it is such a child, has to do. */
export function readTask(): unknown {
  return packr.unpack(Buffer.from(process.argv[2]!, "base64")) as unknown;
}

function spawnScript(script: string, task: object, nodeArguments: readonly string[] = []): ChildProcess {
  const argument = packr.pack(task).toString("base64");
  return fork(join(__dirname, script), [argument], { execArgv: [...nodeArguments, ...TYPESCRIPT] });
}

async function answerOf<T>(child: ChildProcess): Promise<T> {
  const ended = once(child, "exit").then(([code]) => {
    throw new Error(`A process ended with code ${code as number} before it was done.`);
  });
  ended.catch(() => undefined); // it ends some time, in any case
  const [answer] = (await Promise.race([once(child, "message"), ended])) as [T];
  return answer;
}
