import { expect } from "chai";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { renderApi } from "../../../scripts/docs/api";
import { METHODS, type Method } from "../../../src/rpc/schema";
import { ROOT } from "../../support/command";

describe("the documentation of the API", function () {
  this.timeout(60_000); // the formatter takes a while to load

  it("is what is made from the table of methods; if not, run `npm run docs`", async () => {
    expect(readFileSync(resolve(ROOT, "docs/api.md"), "utf8")).to.equal(await renderApi());
  });

  for (const [name, { params, example }] of Object.entries(METHODS as unknown as Record<string, Method>)) {
    it(`has an example of "${name}" that the node takes`, () => {
      expect(params.safeParse(example).error?.message).to.equal(undefined);
    });
  }
});
