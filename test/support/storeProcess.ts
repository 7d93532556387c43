import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { lockKey, openDataFolder } from "../../src/adapters/dataFolder";
import { LmdbStore } from "../../src/adapters/lmdb/lmdbStore";
import { SluiceError } from "../../src/errors";
import { toAddress } from "../../src/protocol/types";
import { cleanEnvironment } from "../../scripts/lib/environment";
import { TYPESCRIPT } from "../../scripts/lib/typescript";
import { ROOT } from "./command";

/** Programs that use the disk in a process of their own, which can be killed. Each says a line per step. */
const PROGRAMS: Readonly<Record<string, (say: (line: string) => void, args: string[]) => Promise<void>>> = {
  /** Writes numbers under `n/<number>`, and says each when it is durable. */
  async write(say, [file, first]) {
    const store = await LmdbStore.open(file!);
    for (let n = Number(first); ; n++) {
      await store.write([{ key: `n/${n}`, value: numberBytes(n) }]);
      say(String(n));
    }
  },
  /** Creates a store. */
  async create(say, [file]) {
    await LmdbStore.create(file!).then(
      () => say("created"),
      (error: unknown) => say(codeOf(error)),
    );
  },
  /** Writes numbers until that fails; then says the code of this error, of the next, and how many entries it can read. */
  async fill(say, [file]) {
    const store = await LmdbStore.open(file!);
    const codes: string[] = [];
    for (let n = 0; codes.length < 2; n++) {
      await store
        .write([{ key: `n/${n}`, value: Buffer.alloc(5000, n) }])
        .catch((error: unknown) => codes.push(codeOf(error)));
      if (codes.length === 0) say(String(n));
    }
    say(`${codes.join(" ")} ${[...store.entries("n/")].length}`);
    await store.close();
  },
  /** Opens a data folder, and keeps it. */
  async open(say, [folder]) {
    await openDataFolder(folder!).then(
      () => say("open"),
      (error: unknown) => say(codeOf(error)),
    );
  },
  /** Locks a key, and keeps the lock. */
  async lockKey(say, [address, folder]) {
    await lockKey(toAddress(address!), folder).then(
      () => say("locked"),
      (error: unknown) => say(codeOf(error)),
    );
  },
};

export function numberBytes(n: number): Buffer {
  return Buffer.alloc(100 + (n % 3000), n);
}

function codeOf(error: unknown): string {
  return error instanceof SluiceError ? error.code : String(error);
}

/** A program that is running. */
export interface StoreProcess {
  readonly pid: number;
  /** The next line it says; undefined once it has ended. */
  line(): Promise<string | undefined>;
  /** Ends it with SIGKILL. Returns what else it had said. */
  kill(): Promise<string[]>;
}

/** @param fileBlocks limits the size of files, in blocks of 1024 bytes */
export function startStoreProcess(program: string, args: readonly string[], fileBlocks?: number): StoreProcess {
  const node = [process.execPath, ...TYPESCRIPT, __filename, program, ...args];
  const limited =
    fileBlocks === undefined ? node : ["bash", "-c", `ulimit -f ${fileBlocks}; exec "$@"`, "bash", ...node];
  const child = spawn(limited[0]!, limited.slice(1), {
    cwd: ROOT,
    env: cleanEnvironment(),
    stdio: ["pipe", "pipe", "inherit"],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const line = async () => {
    const next = await lines.next();
    return next.done === true ? undefined : next.value;
  };
  return {
    pid: child.pid!,
    line,
    kill: async () => {
      child.kill("SIGKILL");
      const rest: string[] = [];
      for (let said = await line(); said !== undefined; said = await line()) rest.push(said);
      if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
      return rest;
    },
  };
}

if (require.main === module) {
  process.stdin.resume().once("end", () => process.exit()); // with the process that started it
  const [program, ...args] = process.argv.slice(2);
  void PROGRAMS[program!]!((line) => void process.stdout.write(`${line}\n`), args);
}
