import { expect } from "chai";
import { encode } from "msgpackr";
import { NATIVE, type Address, type ChannelId, type Destination, type Hex } from "../../../src";
import type { ChannelRecord } from "../../../src/engine/channel";
import { decodeRecord, encodeRecord } from "../../../src/node/records";

describe("stored records", () => {
  const word: Hex = `0x${"5a".repeat(32)}`;
  const id = word as ChannelId;
  const destination = word as Destination;
  const signature = { r: word, vs: word };
  const stateAt = (version: bigint) => ({ version, outcome: "0x1234", appData: "0x" }) as const;
  const transfer = { asset: NATIVE, from: destination, to: destination, amount: 2n ** 255n };
  const participants = ["11", "22"].map((byte) => `0x${byte.repeat(20)}` as Address);
  const fresh: ChannelRecord = {
    id,
    terms: { participants, nonce: word, app: NATIVE, challengePeriod: 3_600n, bond: 0n },
    self: 1,
    destinations: [destination],
    funding: { kind: "splice", predecessor: id, carried: [{ asset: NATIVE, amounts: [1n, 2n ** 200n] }] },
    opening: stateAt(0n),
    agreed: undefined,
    moves: [],
    signed: -1n,
    promised: undefined,
    answered: [0, 0],
    requested: 0,
    authorizations: [[], []],
    depositing: [],
    funded: false,
    leaving: false,
    closed: false,
    settled: undefined,
  };
  const used: ChannelRecord = {
    ...fresh,
    agreed: { state: stateAt(2n ** 48n - 1n), signatures: [signature, signature] },
    moves: [{ by: 0, state: stateAt(8n), signature: undefined }],
    promised: { base: 7n, change: { transfers: [transfer], final: false }, state: stateAt(9n), signature },
    answered: [3, 4],
    depositing: [NATIVE],
    funded: true,
    settled: stateAt(9n),
  };

  it("come back as they were, at every stage of a channel", () => {
    for (const record of [fresh, used, { ...used, leaving: true, closed: true }]) {
      expect(decodeRecord(id, encodeRecord(record))).to.deep.equal(record);
    }
  });

  it("differ for two participants that share what they have agreed on", () => {
    encodeRecord(used);
    expect(decodeRecord(id, encodeRecord({ ...used, self: 0 })).self).to.equal(0);
  });

  it("of a format that is not known are refused", () => {
    expect(() => decodeRecord(id, encode([2])))
      .to.throw()
      .with.property("code", "STORE_VERSION");
  });
});
