import type { ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { join } from "node:path";
import type { Address } from "../../src";
import type { NodeApi } from "../../src/node/api";
import { startNode, type StartOptions } from "../../src/node/start";
import { connectRpc, type RemoteNode } from "../../src/rpc/client";
import { answerOf, spawnScript } from "../lib/children";
import type { Name } from "./network";
import type { Doors, Task } from "./program";
import { watching, type Promised } from "./promises";

/** Somebody with a node of its own: its own disk, and sockets to the others. */
export interface Person {
  readonly name: Name;
  readonly address: Address;
  /** The account that channels pay. */
  readonly payout: Address;
  readonly node: NodeApi | RemoteNode;
  /** Where peers connect. */
  readonly listening: string;
  /** What the node has promised to others, in the order in which it was sent. */
  readonly promises: readonly Promised[];
  stop(): Promise<void>;
}

/** Somebody whose node runs in a process of its own, to which anything may happen. */
export interface Exposed extends Person {
  /** Ends the process in the middle of whatever it does, without a chance to do anything about it. */
  kill(): Promise<void>;
  /** Starts the node again, on what its folder holds. */
  restart(): Promise<void>;
  /** Lets the process hang: its sockets stay open, and nobody answers. */
  freeze(): void;
  thaw(): void;
}

/** Starts a node in this process. */
export async function enter(name: Name, options: StartOptions): Promise<Person> {
  const promises: Promised[] = [];
  const node = await startNode(
    options,
    watching((promised) => promises.push(promised)),
  );
  const { address } = options.key;
  const listening = node.info().listening!;
  return { name, address, payout: options.settings!.payout!, node, listening, promises, stop: () => node.stop() };
}

/** Starts a node in a process of its own, which its user reaches by its API. */
export async function enterApart(name: Name, options: StartOptions): Promise<Exposed> {
  const token = randomBytes(32).toString("hex");
  const promises: Promised[] = [];
  const start = () => startProcess({ options, token }, promises);
  let running = await start();
  return {
    name,
    address: options.key.address,
    payout: options.settings!.payout!,
    promises,
    get node() {
      return running.node;
    },
    get listening() {
      return running.listening;
    },
    kill: () => ended(running.child, () => running.child.kill("SIGKILL")),
    restart: async () => {
      running = await start();
    },
    freeze: () => void running.child.kill("SIGSTOP"),
    thaw: () => void running.child.kill("SIGCONT"),
    stop: () => {
      const { child } = running;
      child.kill("SIGCONT"); // it may still be frozen
      return ended(child, () => child.disconnect());
    },
  };
}

interface Running {
  readonly child: ChildProcess;
  readonly node: RemoteNode;
  readonly listening: string;
}

async function startProcess(task: Task, promises: Promised[]): Promise<Running> {
  const child = spawnScript(join(__dirname, "program"), task);
  const { listening, api } = await answerOf<Doors>(child);
  child.on("message", (promised: Promised) => promises.push(promised));
  return { child, listening, node: connectRpc(api, task.token) };
}

async function ended(child: ChildProcess, end: () => unknown): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, "exit");
  end();
  await exited;
}
