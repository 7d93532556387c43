import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { percentile, percentileRows, perSecond, type Row } from "../../scripts/bench/harness";
import { figure, renderMarkdown, type BenchReport } from "../../scripts/bench/report";
import { ROOT, runScript } from "../support/command";

const SCRIPT = "scripts/bench/index.ts";

describe("npm run bench", () => {
  it("explains itself", async () => {
    const { code, stdout } = await runScript(SCRIPT, ["--help"]);
    expect(code).to.equal(0);
    expect(stdout).to.match(/^Usage: npm run bench/);
  });

  it("refuses what it does not know, and says what it takes", async () => {
    const topic = await runScript(SCRIPT, ["--only", "toString"]);
    expect([topic.code, topic.stdout]).to.deep.equal([1, ""]);
    expect(topic.stderr).to.match(/^ARGUMENT_INVALID: There is no topic "toString"\. Take one of: crypto/);
    const option = await runScript(SCRIPT, ["--fast"]);
    expect(option.code).to.equal(1);
    expect(option.stderr).to.match(/^ARGUMENT_INVALID: .*npm run bench -- --help/s);
  });

  it("prints one topic as JSON alone, says meanwhile that it works, and writes no report", async () => {
    const existed = existsSync(join(ROOT, "reports/bench.json"));
    const { code, stdout, stderr } = await runScript(SCRIPT, ["--only", "crypto", "--json"]);
    expect(code).to.equal(0);
    const { machine, rows } = JSON.parse(stdout) as BenchReport;
    expect(machine).to.have.all.keys("cpu", "cores", "memoryGiB", "system", "node");
    expect(rows.map(({ name }: Row) => name)).to.include.members(["signatures, native", "verifications, JavaScript"]);
    for (const { name, value } of rows) expect(value, name).to.be.above(0);
    expect(stderr).to.match(/^crypto: measuring for \d+ s …$/m);
    expect(existsSync(join(ROOT, "reports/bench.json"))).to.equal(existed);
  });
});

describe("percentiles", () => {
  it("are numbers that were measured, by the nearest rank", () => {
    const values = [50, 15, 40, 20, 35];
    const ranks = [0, 5, 30, 40, 50, 100].map((percent) => percentile(values, percent));
    expect(ranks).to.deep.equal([15, 15, 20, 20, 35, 50]);
    expect(values).to.deep.equal([50, 15, 40, 20, 35]);
  });

  it("become rows", () => {
    expect(percentileRows("latency", [2, 1], "ms")).to.deep.equal([
      { name: "latency-p50-ms", value: 1, unit: "ms" },
      { name: "latency-p99-ms", value: 2, unit: "ms" },
    ]);
  });

  it("do not exist for no numbers", () => {
    expect(() => percentile([], 50)).to.throw("Nothing was measured");
  });
});

describe("rates", () => {
  it("count what was done", async () => {
    let count = 0;
    const { unit, value } = await perSecond("counting", () => count++);
    expect(unit).to.equal("1/s");
    expect(count).to.be.above(0);
    expect(value).to.be.above(0);
  });
});

describe("the page of measurements", () => {
  it("shows every row to three digits, and the machine", () => {
    const machine = { cpu: "Some CPU", cores: 2, memoryGiB: 8, system: "linux x64", node: "v20.0.0" };
    const page = renderMarkdown({ machine, rows: [{ name: "signatures", value: 31_415.9, unit: "1/s" }] });
    expect(page).to.include("| signatures | 31,400 | 1/s |");
    expect(page).to.include("Node v20.0.0 on linux x64: Some CPU, 2 cores, 8 GiB.");
    expect([0.05236, 1_234_567, 0].map(figure)).to.deep.equal(["0.0524", "1,230,000", "0"]);
  });
});
