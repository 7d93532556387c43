/** The parent's side of a node in a process of its own. */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import type { Command } from "./program";

/** Milliseconds after which a node will never answer. */
const PATIENCE = 60_000;

interface Waiter {
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** One life of a node: from the start of a process to its end. */
export class Life {
  private readonly ended: Promise<unknown>;
  private readonly child: ChildProcess;
  private readonly ready: Promise<unknown>;
  private readonly waiting = new Map<number, Waiter>();
  private next = 0;
  private output = "";

  /** @param home where the node finds the locks of its user */
  constructor(entry: string, home: string) {
    this.child = spawn(process.execPath, [entry], {
      stdio: ["ignore", "ignore", "pipe", "ipc"],
      serialization: "advanced",
      env: { ...process.env, HOME: home, USERPROFILE: home, NODE_OPTIONS: "" },
    });
    this.child.stderr!.on("data", (chunk: Buffer) => (this.output += chunk.toString()));
    this.ended = once(this.child, "exit").then(() => this.end());
    this.ready = Promise.race([once(this.child, "message"), this.ended]);
    this.child.on("message", (message) => this.hear(message));
  }

  get hasEnded(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }

  /** Rejects when the node cannot do it, and with `LifeEnded` when it dies over it. */
  async tell(command: Command): Promise<unknown> {
    await this.ready;
    if (this.hasEnded || !this.child.connected) throw new LifeEnded(this.output);
    const id = this.next++;
    const answer = new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject });
      this.child.send({ id, command }, () => undefined); // if it comes too late, the end follows
    });
    return this.patiently(answer, `does not answer to "${command.type}"`);
  }

  kill(): void {
    this.child.kill("SIGKILL");
  }

  /** Resolves when the process has ended, which it will. */
  async dead(): Promise<void> {
    await this.patiently(this.ended, "does not die");
  }

  private async patiently<T>(awaited: Promise<T>, otherwise: string): Promise<T> {
    const late = new AbortController();
    const silence = sleep(PATIENCE, undefined, late).then(() => {
      throw new Error(`A node ${otherwise}. ${this.output}`);
    });
    return Promise.race([awaited, silence]).finally(() => late.abort());
  }

  private hear(message: unknown): void {
    const { id, answer, error } = message as { id?: number; answer?: unknown; error?: string };
    const waiter = this.waiting.get(id ?? -1);
    this.waiting.delete(id ?? -1);
    if (error === undefined) waiter?.resolve(answer);
    else waiter?.reject(new Error(error));
  }

  private end(): void {
    for (const { reject } of this.waiting.values()) reject(new LifeEnded(this.output));
    this.waiting.clear();
  }
}

/** The process ended before it answered. */
export class LifeEnded extends Error {
  constructor(readonly output: string) {
    super(`The process has ended. ${output}`);
  }
}

/** Processes that have loaded everything and wait for their first command: to start a node is quick then. */
export class Lives {
  private readonly waiting: Life[] = [];

  constructor(
    private readonly entry: string,
    private readonly home: string,
    reserve: number,
  ) {
    for (let i = 0; i < reserve; i++) this.waiting.push(this.create());
  }

  take(): Life {
    this.waiting.push(this.create());
    return this.waiting.shift()!;
  }

  async close(): Promise<void> {
    for (const life of this.waiting) life.kill();
    await Promise.all(this.waiting.map((life) => life.dead()));
  }

  private create(): Life {
    return new Life(this.entry, this.home);
  }
}
