import { expect } from "chai";
import { list, short, table } from "../../../src/cli/text";

describe("text on the command line", () => {
  it("has tables whose columns are aligned and whose lines end with their last word", () => {
    const rows = [
      ["NAME", "AMOUNT", ""],
      ["Alice", "1", "x"],
      ["Bob", "1000000", ""],
    ];
    expect(table(rows)).to.equal(["NAME   AMOUNT", "Alice  1        x", "Bob    1000000"].join("\n"));
  });

  it("has lists whose values are aligned, also over several lines", () => {
    expect(
      list([
        ["id", "1"],
        ["owners", ["Alice", "Bob"]],
      ]),
    ).to.equal("id      1\nowners  Alice\n        Bob");
  });

  it("shortens ids to what the next command takes", () => {
    expect(short("0x12345678abcdef")).to.equal("0x12345678");
  });
});
