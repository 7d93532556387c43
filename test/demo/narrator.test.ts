import { expect } from "chai";
import { parseEther } from "ethers";
import { PassThrough } from "node:stream";
import { grouped, money, terminalNarrator } from "../../scripts/demo/narrator";

describe("narrator", () => {
  let noColor: string | undefined;

  beforeEach(() => {
    noColor = process.env["NO_COLOR"];
    delete process.env["NO_COLOR"];
  });

  afterEach(() => {
    delete process.env["NO_COLOR"];
    if (noColor !== undefined) process.env["NO_COLOR"] = noColor;
  });

  function told(isTTY: boolean): string {
    const stream = Object.assign(new PassThrough(), { isTTY });
    const narrator = terminalNarrator(stream);
    narrator.chapter(1, "Opening");
    narrator.progress("Waiting");
    narrator.figure("Cost", "5 gas");
    return (stream.read() as Buffer).toString();
  }

  it("paints on a terminal", () => {
    expect(told(true)).to.include("\u001b[36m1  Opening\u001b[0m");
  });

  it("does not paint when NO_COLOR is set", () => {
    process.env["NO_COLOR"] = "1";
    expect(told(true)).to.include("1  Opening").and.not.include("\u001b[36m").and.not.include("\u001b[0m");
  });

  it("writes plain lines to a file", () => {
    expect(told(false)).to.equal(`\n1  Opening\n\n   Waiting …\n   ${"Cost".padEnd(44)}${"5 gas".padStart(22)}\n`);
  });

  it("overwrites progress on a terminal", () => {
    expect(told(true)).to.include("   Waiting …\r\u001b[K   Cost");
  });

  it("groups digits and keeps at most four decimals", () => {
    expect(grouped(1_234_567n)).to.equal("1,234,567");
    expect(money(parseEther("1250.5"), "TUSD")).to.equal("1,250.50 TUSD");
    expect(money(parseEther("0.00019"), "ETH")).to.equal("0.0001 ETH");
  });
});
