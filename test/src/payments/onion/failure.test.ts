import { concatBytes } from "@noble/curves/utils";
import { expect } from "chai";
import fc from "fast-check";
import { FAILURE_SIZE, MAX_FAILURE_SIZE, readFailure, relayFailure, wrapFailure } from "../../../../src/payments";
import { authenticate, deriveKey, obscure } from "../../../../src/payments/onion/keys";
import { runs, USUAL_RUNS } from "../../../properties/runs";
import { refusal } from "../../wire/refusal";

const secretsOf = (hops: number) => Array.from({ length: hops }, (_, hop) => new Uint8Array(32).fill(hop + 1));

/** Everything that goes from hop to hop when one fails, the packet that the payer gets last. */
function travel(secrets: readonly Uint8Array[], hop: number, failure: Uint8Array): Uint8Array[] {
  const packets = [wrapFailure(secrets[hop]!, failure)];
  for (let i = hop - 1; i >= 0; i--) packets.push(relayFailure(secrets[i]!, packets[packets.length - 1]!));
  return packets;
}

const last = (packets: readonly Uint8Array[]): Uint8Array => packets[packets.length - 1]!;

const story = fc
  .integer({ min: 1, max: 20 })
  .chain((hops) => fc.record({ hops: fc.constant(hops), hop: fc.nat(hops - 1), said: said() }));

function said() {
  return fc.uint8Array({ maxLength: MAX_FAILURE_SIZE });
}

describe("a failure", () => {
  it("tells the payer, whole, who failed and why, in one size", () => {
    fc.assert(
      fc.property(story, ({ hops, hop, said: failure }) => {
        const secrets = secretsOf(hops);
        const packets = travel(secrets, hop, failure);
        expect(new Set(packets.map(({ length }) => length))).to.deep.equal(new Set([FAILURE_SIZE]));
        expect(readFailure(secrets, last(packets))).to.deep.equal({ hop, failure });
      }),
      runs(USUAL_RUNS),
    );
  });

  it("looks different at every hop", () => {
    const words = travel(secretsOf(5), 4, new Uint8Array(0)).flatMap((packet) =>
      Array.from({ length: FAILURE_SIZE - 8 }, (_, i) => Buffer.from(packet.subarray(i, i + 8)).toString("hex")),
    );
    expect(new Set(words).size).to.equal(words.length);
  });

  it("is nobody's once a hop has changed a bit of it", () => {
    const secrets = secretsOf(5);
    const packets = travel(secrets, 4, Uint8Array.of(1, 2, 3));
    fc.assert(
      fc.property(fc.nat(4), fc.nat(8 * FAILURE_SIZE - 1), (place, bit) => {
        let packet: Uint8Array = packets[place]!.slice();
        packet[bit >> 3]! ^= 1 << (bit & 7);
        for (let i = 3 - place; i >= 0; i--) packet = relayFailure(secrets[i]!, packet);
        expect(readFailure(secrets, packet)).to.equal(undefined);
      }),
      runs(USUAL_RUNS),
    );
  });

  it("cannot be made in the name of another hop", () => {
    const secrets = secretsOf(3);
    const forged = relayFailure(secrets[0]!, wrapFailure(secrets[1]!, Uint8Array.of(1))); // hop 1 is the liar
    expect(readFailure(secrets, forged)).to.deep.include({ hop: 1 });
    expect(readFailure(secrets, relayFailure(secrets[0]!, new Uint8Array(FAILURE_SIZE)))).to.equal(undefined);
  });

  it("is that of its maker even if nobody can read what it says", () => {
    const secrets = secretsOf(2);
    const content = new Uint8Array(FAILURE_SIZE - 32).fill(0xff);
    const packet = concatBytes(authenticate(deriveKey("um", secrets[1]!), content), content);
    const sent = relayFailure(secrets[0]!, obscure(deriveKey("ammag", secrets[1]!), packet));
    expect(readFailure(secrets, sent)).to.deep.equal({ hop: 1, failure: undefined });
  });

  it("is refused when it is too long, or had another size", () => {
    const [secret] = secretsOf(1);
    const tooLong = new Uint8Array(MAX_FAILURE_SIZE + 1);
    expect(refusal(() => wrapFailure(secret!, tooLong))).to.include({ code: "ONION_INVALID" });
    for (const size of [0, FAILURE_SIZE - 1, FAILURE_SIZE + 1]) {
      expect(refusal(() => relayFailure(secret!, new Uint8Array(size)))).to.include({ code: "ONION_INVALID" });
      expect(readFailure([secret!], new Uint8Array(size))).to.equal(undefined);
    }
  });
});
