/** Scripts in processes of their own, which are told at the start what they have to do. */
import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { Packr } from "msgpackr";
import { TYPESCRIPT } from "./typescript";

/** Process arguments and messages are text; keys and options hold bigints and maps. */
const packr = new Packr({ moreTypes: true, useBigIntExtension: true });

/** Runs a script. @param file path without its extension */
export function spawnScript(file: string, task: object, nodeArguments: readonly string[] = []): ChildProcess {
  const argument = packr.pack(task).toString("base64");
  return fork(file, [argument], { execArgv: [...nodeArguments, ...TYPESCRIPT] });
}

/** What this process, if it is such a child, has to do. */
export function readTask(): unknown {
  return packr.unpack(Buffer.from(process.argv[2]!, "base64")) as unknown;
}

/** The first message of a child. @throws Error if it ends without one */
export async function answerOf<T>(child: ChildProcess): Promise<T> {
  const ended = once(child, "exit").then(([code]) => {
    throw new Error(`A process ended with code ${code as number} before it was done.`);
  });
  ended.catch(() => undefined); // it ends some time, in any case
  const [answer] = (await Promise.race([once(child, "message"), ended])) as [T];
  return answer;
}
