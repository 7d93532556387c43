import { expect } from "chai";
import { keccak256 } from "ethers";
import fc from "fast-check";
import { useNativeKeccak } from "../../../../src/adapters/crypto/nativeKeccak";
import { runs, USUAL_RUNS } from "../../../properties/runs";

describe("native keccak256", () => {
  before(useNativeKeccak);
  after(() => keccak256.register(keccak256._));

  it("gives the hashes of the pure one, one after the other", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 600 }), { minLength: 1 }), (messages) => {
        const expected = messages.map((message) => `0x${Buffer.from(keccak256._(message)).toString("hex")}`);
        expect(messages.map((message) => keccak256(message))).to.deep.equal(expected);
      }),
      runs(USUAL_RUNS),
    );
  });

  it("hashes a part of a larger buffer", () => {
    const whole = Uint8Array.from({ length: 100 }, (_, i) => i);
    expect(keccak256(whole.subarray(10, 50))).to.equal(keccak256(whole.slice(10, 50)));
  });

  it("leaves what it hashes as it is, and earlier hashes too", () => {
    const message = new Uint8Array(40).fill(7);
    const first = keccak256(message);
    keccak256(new Uint8Array(40));
    expect(message).to.deep.equal(new Uint8Array(40).fill(7));
    expect(keccak256(message)).to.equal(first);
  });
});
