import { execFile, spawn, type ChildProcess } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import untypedSolc from "solc";
import { freePort } from "../support/freePort";

const ROOT = resolve(__dirname, "../..");
const MODULES = join(ROOT, "node_modules");
const FIXTURE = join(__dirname, "fixture");
const OWN_DEPENDENCIES = Object.keys(
  (JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as { dependencies: Record<string, string> })
    .dependencies,
);
const NODE_READY = "Started HTTP and WebSocket JSON-RPC server";

const runFile = promisify(execFile);

/** The part of the compiler used here; it comes without types. */
const solc = untypedSolc as {
  compile(input: string, callbacks: { import(path: string): { contents: string } | { error: string } }): string;
};

/** How the stranger's project loads modules. */
export type ModuleSystem = "module" | "commonjs";

/** Projects of strangers in a temporary folder, each with the packed package installed. */
export class Strangers {
  private constructor(
    private readonly folder: string,
    private readonly tarball: string,
    /** What the tarball holds. */
    readonly files: readonly string[],
  ) {}

  /** Builds and packs the package, as a release does. */
  static async pack(): Promise<Strangers> {
    const folder = mkdtempSync(join(tmpdir(), "sluice-package-"));
    await runFile("npm", ["run", "build"], { cwd: ROOT });
    const { stdout } = await runFile("npm", ["pack", "--json", "--ignore-scripts", "--pack-destination", folder], {
      cwd: ROOT,
    });
    const [packed] = JSON.parse(stdout) as [{ filename: string; files: readonly { path: string }[] }];
    return new Strangers(
      folder,
      join(folder, packed.filename),
      packed.files.map(({ path }) => path),
    );
  }

  /** A fresh project that depends on the tarball. What that depends on comes from here, so that no network is needed. */
  async install(type: ModuleSystem): Promise<string> {
    const project = join(this.folder, type);
    mkdirSync(project);
    cpSync(FIXTURE, project, { recursive: true });
    const local = (name: string) => `file:${join(MODULES, name)}`;
    writeJson(join(project, "package.json"), {
      name: `stranger-${type}`,
      version: "1.0.0",
      private: true,
      type,
      dependencies: {
        ...Object.fromEntries(["@types/node", ...OWN_DEPENDENCIES].map((name) => [name, local(name)])),
        sluice: `file:${this.tarball}`,
      },
    });
    writeJson(join(project, "tsconfig.json"), {
      compilerOptions: {
        target: "ES2022",
        lib: ["ES2022", "DOM"],
        module: "node16",
        moduleResolution: "node16",
        strict: true,
        noUncheckedIndexedAccess: true,
        exactOptionalPropertyTypes: true,
        skipLibCheck: false,
        types: ["node"],
        outDir: "out",
      },
      include: ["index.ts", "node.ts"],
    });
    await runFile("npm", ["install", "--offline", "--ignore-scripts", "--no-audit", "--no-fund"], { cwd: project });
    return project;
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Type-checks and compiles a project; returns what the compiler says, which is nothing when all is well. */
export async function compileTypeScript(project: string): Promise<string> {
  try {
    const { stdout } = await runFile(process.execPath, [join(MODULES, "typescript/bin/tsc"), "-p", "."], {
      cwd: project,
    });
    return stdout;
  } catch (error) {
    return (error as { stdout: string }).stdout;
  }
}

/** Runs a program of a compiled project against a node; returns what it prints. */
export async function runProgram(project: string, program: string, url: string): Promise<unknown> {
  const { stdout } = await runFile(process.execPath, [`out/${program}.js`, url], { cwd: project });
  return JSON.parse(stdout);
}

interface SolcOutput {
  readonly errors?: readonly { severity: string; formattedMessage: string }[];
  readonly contracts?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

/** Compiles the project's Solidity with nothing but what is installed in it. */
export function compileSolidity(project: string, file: string): { errors: string[]; contracts: string[] } {
  const input = {
    language: "Solidity",
    sources: { [file]: { content: readFileSync(join(project, file), "utf8") } },
    settings: { evmVersion: "prague", outputSelection: { "*": { "*": ["evm.bytecode.object"] } } },
  };
  const findImport = (path: string) => {
    try {
      return { contents: readFileSync(join(project, "node_modules", path), "utf8") };
    } catch {
      return { error: `${path} is not installed` };
    }
  };
  const output = JSON.parse(solc.compile(JSON.stringify(input), { import: findImport })) as SolcOutput;
  const errors = (output.errors ?? []).filter(({ severity }) => severity === "error");
  return {
    errors: errors.map(({ formattedMessage }) => formattedMessage),
    contracts: Object.keys(output.contracts?.[file] ?? {}),
  };
}

/** A node in a process of its own. */
export class LocalNode {
  private constructor(
    private readonly child: ChildProcess,
    readonly url: string,
  ) {}

  static async start(): Promise<LocalNode> {
    const port = await freePort();
    const hardhat = join(MODULES, "hardhat/internal/cli/bootstrap.js");
    const child = spawn(process.execPath, [hardhat, "node", "--port", `${port}`], {
      cwd: ROOT,
      stdio: ["ignore", "pipe", "inherit"],
    });
    await new Promise<void>((ready, failed) => {
      child.stdout.on("data", (text: Buffer) => text.includes(NODE_READY) && ready());
      child.once("exit", (code) => failed(new Error(`The node ended with code ${code} before it was ready.`)));
    });
    return new LocalNode(child, `http://127.0.0.1:${port}`);
  }

  stop(): void {
    this.child.kill();
  }
}

function writeJson(path: string, value: unknown): void {
  writeFileSync(path, JSON.stringify(value, null, 2));
}
