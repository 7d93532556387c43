import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

const RELATIVE_IMPORT = /\b(from |import\(|import )"(\.{1,2}\/[^"]+)"/g;

/** Completes relative imports in a folder of compiled modules: ECMAScript modules name files, `./x.js`, not `./x`. */
export function completeImports(folder: string): void {
  for (const entry of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
    const path = join(folder, entry);
    if (!/\.(js|d\.ts)$/.test(path)) continue;
    const complete = (_: string, keyword: string, target: string) =>
      `${keyword}"${target}${extensionOf(join(dirname(path), target))}"`;
    writeFileSync(path, readFileSync(path, "utf8").replace(RELATIVE_IMPORT, complete));
  }
}

function extensionOf(target: string): string {
  const extension = [".js", "/index.js"].find((candidate) => existsSync(target + candidate));
  if (extension === undefined) throw new Error(`A compiled module imports ${target}, which is not there.`);
  return extension;
}
