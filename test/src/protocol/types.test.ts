import { expect } from "chai";
import { getAddress } from "ethers";
import fc from "fast-check";
import { toAddress } from "../../../src";
import { hex } from "../../properties/arbitraries";
import { runs, USUAL_RUNS } from "../../properties/runs";

describe("addresses", () => {
  it("are checksummed whatever their case, and refused with a wrong checksum even when they are known", () => {
    fc.assert(
      fc.property(hex(20), (digits) => {
        const expected = getAddress(digits);
        const swapped = swapCase(expected);
        for (let again = 0; again < 2; again++) {
          expect(toAddress(expected)).to.equal(expected);
          expect(toAddress(digits)).to.equal(expected);
          if (isMixed(swapped))
            expect(() => toAddress(swapped))
              .to.throw()
              .with.property("code", "ADDRESS_INVALID");
        }
      }),
      runs(USUAL_RUNS),
    );
  });
});

function swapCase(address: string): string {
  const digits = address.slice(2);
  return `0x${digits.replace(/[a-f]/gi, (digit) => (digit < "a" ? digit.toLowerCase() : digit.toUpperCase()))}`;
}

/** An address in one case alone claims no checksum. */
function isMixed(address: string): boolean {
  return /[a-f]/.test(address) && /[A-F]/.test(address);
}
