import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { StartOptions } from "../../src/node/start";
import type { PayingCommand } from "./payingNode";
import { answerOf, spawnScript } from "../lib/children";

/** A node in a process of its own. */
export interface Child {
  /** Where it listens. */
  readonly url: string;
  stop(): Promise<void>;
}

/** Starts a node in a process of its own, which ends with this one at the latest. */
export async function startChild(options: StartOptions): Promise<Child> {
  const child = spawn("listeningNode", options);
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
  /** Resolves with the answer to a command, if it has one. */
  tell<T>(command: PayingCommand): Promise<T>;
}

/** Starts a node that pays, in a process of its own. */
export async function startPayingChild(options: StartOptions): Promise<PayingChild> {
  const child = spawn("payingNode", options);
  const exited = once(child, "exit");
  const url = await answerOf<string>(child);
  const waiting: ((answer: unknown) => void)[] = [];
  child.on("message", ({ answer }: { readonly answer: unknown }) => waiting.shift()!(answer));
  const died = exited.then(() => Promise.reject(new Error("A node has ended.")));
  died.catch(() => undefined); // it ends some time, in any case
  return {
    url,
    tell: <T>(command: PayingCommand) => {
      const answer = new Promise<unknown>((resolve) => waiting.push(resolve));
      child.send(command);
      return Promise.race([answer, died]) as Promise<T>;
    },
    stop: async () => {
      child.disconnect();
      await exited;
    },
  };
}

/** What a script next to this one answers, in a process of its own. */
export async function runChild<T>(script: string, task: object, nodeArguments: readonly string[] = []): Promise<T> {
  const child = spawn(script, task, nodeArguments);
  const exited = once(child, "exit");
  const answer = await answerOf<T>(child);
  child.disconnect();
  await exited;
  return answer;
}

function spawn(script: string, task: object, nodeArguments: readonly string[] = []): ChildProcess {
  return spawnScript(join(__dirname, script), task, nodeArguments);
}
