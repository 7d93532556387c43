import { expect } from "chai";
import { id } from "ethers";
import { recoverSigner, type Hex } from "../../../src";

describe("recovering a signer", () => {
  it("refuses an r or vs that the contracts cannot take, though padding would make it valid", () => {
    const digest = id("digest") as Hex;
    const r: Hex = `0x00${"11".repeat(31)}`;
    const vs: Hex = `0x00${"11".repeat(31)}`;
    const short: Hex = `0x${"11".repeat(31)}`;
    expect(recoverSigner(digest, { r, vs })).to.match(/^0x/);
    for (const signature of [
      { r: short, vs },
      { r, vs: short },
    ]) {
      expect(() => recoverSigner(digest, signature))
        .to.throw()
        .with.property("code", "SIGNATURE_WRONG");
    }
  });
});
