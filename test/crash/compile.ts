/** Compiles a program once, so that starting it again and again is quick. */
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, relative, resolve } from "node:path";
import { ModuleKind, preProcessFile, ScriptTarget, sys, transpileModule } from "typescript";

const ROOT = resolve(__dirname, "../..");

export interface Program {
  /** What to run. */
  readonly entry: string;
  remove(): Promise<void>;
}

/** Compiles a file of this repository and all files that it needs into a folder of their own. */
export async function compile(file: string): Promise<Program> {
  const folder = await mkdtemp(join(tmpdir(), "sluice-program-"));
  const target = (source: string) => join(folder, relative(ROOT, source).replace(/\.ts$/, ".js"));
  const seen = new Set([file]);
  for (const source of seen) {
    const text = await readFile(source, "utf8");
    await mkdir(dirname(target(source)), { recursive: true });
    await writeFile(target(source), transpile(text));
    for (const { fileName } of preProcessFile(text).importedFiles) {
      if (fileName.startsWith(".")) seen.add(sourceOf(resolve(dirname(source), fileName)));
    }
  }
  await symlink(join(ROOT, "node_modules"), join(folder, "node_modules"), "junction");
  return { entry: target(file), remove: () => rm(folder, { recursive: true, force: true }) };
}

function transpile(text: string): string {
  const compilerOptions = { module: ModuleKind.CommonJS, target: ScriptTarget.ES2022, esModuleInterop: true };
  return transpileModule(text, { compilerOptions }).outputText;
}

function sourceOf(path: string): string {
  return [`${path}.ts`, join(path, "index.ts")].find((candidate) => sys.fileExists(candidate))!;
}
