import { expect } from "chai";
import { nativeCurve } from "../../../../src/adapters/crypto/nativeOnion";
import { createOnion, peelOnion, readFailure, relayFailure, wrapFailure } from "../../../../src/payments";
import { pureCurve } from "../../../../src/payments/onion/curve";
import { ASSOCIATED_DATA, BOLT4_AREA, FAILURE, FAILURE_PACKET, HOPS, PACKET, SESSION_KEY } from "./bolt4";

const bytes = (digits: string): Uint8Array => Uint8Array.from(Buffer.from(digits, "hex"));
const digits = (value: Uint8Array): string => Buffer.from(value).toString("hex");

for (const [name, curve] of Object.entries({ pureCurve, nativeCurve })) {
  describe(`onions on ${name}`, () => {
    it("are those of BOLT 4 in the size of BOLT 4", () => {
      const hops = HOPS.map(({ publicKey, payload }) => ({ publicKey: bytes(publicKey), payload: bytes(payload) }));
      const onion = createOnion(hops, bytes(SESSION_KEY), bytes(ASSOCIATED_DATA), curve, BOLT4_AREA);
      expect(digits(onion.packet)).to.equal(PACKET);
      expect(onion.sharedSecrets.map(digits)).to.deep.equal(HOPS.map(({ sharedSecret }) => sharedSecret));
    });

    it("are read as those of BOLT 4", () => {
      let packet: Uint8Array | undefined = bytes(PACKET);
      for (const { privateKey, payload, sharedSecret } of HOPS) {
        const peeled = peelOnion(packet!, bytes(privateKey), bytes(ASSOCIATED_DATA), curve, BOLT4_AREA);
        expect(digits(peeled.payload)).to.equal(payload);
        expect(digits(peeled.sharedSecret)).to.equal(sharedSecret);
        packet = peeled.next;
      }
      expect(packet).to.equal(undefined);
    });
  });
}

describe("failures", () => {
  const secrets = HOPS.map(({ sharedSecret }) => bytes(sharedSecret));

  it("reach the payer as those of BOLT 4", () => {
    const [last, ...others] = [...secrets].reverse();
    const packet = others.reduce(
      (failure, secret) => relayFailure(secret, failure),
      wrapFailure(last!, bytes(FAILURE)),
    );
    expect(digits(packet)).to.equal(FAILURE_PACKET);
    expect(readFailure(secrets, packet)).to.deep.equal({ hop: 4, failure: bytes(FAILURE) });
  });
});
