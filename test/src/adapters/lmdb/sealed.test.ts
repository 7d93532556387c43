import { expect } from "chai";
import { seal, unseal } from "../../../../src/adapters/lmdb/sealed";

describe("sealed values", () => {
  const key = Buffer.from("key");

  it("come back as they were, also those of no bytes", () => {
    for (const value of [new Uint8Array(), new TextEncoder().encode(""), Buffer.alloc(0), Buffer.from("value")]) {
      expect([...unseal(key, seal(key, value))]).to.deep.equal([...value]);
    }
  });

  it("belong to their key, also those of no bytes", () => {
    for (const value of [new TextEncoder().encode(""), Buffer.from("value")]) {
      expect(() => unseal(Buffer.from("yek"), seal(key, value))).to.throw("a checksum is wrong");
    }
  });
});
