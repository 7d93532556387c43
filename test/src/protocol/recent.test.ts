import { expect } from "chai";
import { Recent } from "../../../src/protocol/recent";

describe("recent entries", () => {
  it("are kept up to the limit, the oldest forgotten first", () => {
    const recent = new Recent<string, number>(2);
    recent.set("one", 1);
    recent.set("two", 2);
    recent.set("three", 3);
    expect(["one", "two", "three"].map((key) => recent.get(key))).to.deep.equal([undefined, 2, 3]);
  });
});
