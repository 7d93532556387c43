import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { ROOT } from "../support/command";

/** Rows of the catalogue: `| number | attack | tests |`. */
const ROW = /^\| (\d+) \| ([^|]+) \| ([^|]+) \|$/gm;
/** Titles of tests, in italics; what stands for other words is written as an ellipsis. */
const TITLE = /(?<![\w`])_([^_`]+)_(?![\w`])/g;

describe("the table of threats in docs/security.md", () => {
  const text = readFileSync(join(ROOT, "docs/security.md"), "utf8");
  const rows = [...text.matchAll(ROW)].map(([, number, , tests]) => ({ number: Number(number), tests: tests! }));

  it("has one row for each threat of the catalogue", () => {
    expect(rows.map(({ number }) => number)).to.deep.equal(Array.from({ length: 53 }, (_, i) => i + 1));
  });

  it("names only tests that there are", () => {
    const sources = sourcesOf(join(ROOT, "test"));
    const missing = rows.flatMap(({ number, tests }) =>
      [...tests.matchAll(TITLE)]
        .flatMap(([, title]) => title!.split("…"))
        .map((part) => part.trim())
        .filter((part) => part !== "" && !sources.includes(part))
        .map((part) => `${number}: ${part}`),
    );
    expect(missing).to.deep.equal([]);
  });
});

/** Everything that is written in tests; what is put into titles is left out, so that they can be told by their parts. */
function sourcesOf(folder: string): string {
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((path) => path.endsWith(".ts"));
  return files.map((path) => readFileSync(join(folder, path), "utf8")).join("\n");
}
