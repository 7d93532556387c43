import { expect } from "chai";
import fc from "fast-check";
import { NATIVE, SluiceError, toAddress, type ChannelId, type Hex } from "../../../../src";
import {
  decodePayload,
  encodePayload,
  MAX_FINAL_SIZE,
  MAX_FORWARD_SIZE,
  type FinalPayload,
  type ForwardPayload,
  type HopPayload,
} from "../../../../src/payments";
import { runs, USUAL_RUNS } from "../../../properties/runs";
import { refusal } from "../../wire/refusal";
import { hex } from "../people";

const ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
const word = (byte: string): Hex => `0x${byte.repeat(32)}`;

const FORWARD: ForwardPayload = {
  kind: "forward",
  channelId: word("c1") as ChannelId,
  amount: 1_000n,
  expiry: 1_800_000_000n,
};
const FINAL: FinalPayload = {
  kind: "final",
  amount: 1_000n,
  expiry: 1_800_000_000n,
  total: 3_000n,
  secret: word("5e"),
};

/** The bytes that payloads have had from the start. */
const GOLDEN: [string, HopPayload, string][] = [
  ["a hop's", FORWARD, `00${"c1".repeat(32)}${"3e8".padStart(32, "0")}00006b49d200`],
  [
    "a hop's on a point",
    { ...FORWARD, tweak: 7n },
    `02${"c1".repeat(32)}${"3e8".padStart(32, "0")}00006b49d200${"7".padStart(64, "0")}`,
  ],
  [
    "a hop's that exchanges",
    { ...FORWARD, asset: NATIVE },
    `04${"c1".repeat(32)}${"3e8".padStart(32, "0")}00006b49d200${"00".repeat(20)}`,
  ],
  ["the payee's", FINAL, `01${"3e8".padStart(32, "0")}00006b49d200${"bb8".padStart(32, "0")}${"5e".repeat(32)}`],
  [
    "the payee's on a point",
    { ...FINAL, tweak: 7n },
    `03${"3e8".padStart(32, "0")}00006b49d200${"bb8".padStart(32, "0")}${"5e".repeat(32)}${"7".padStart(64, "0")}`,
  ],
];

const uint = (bits: number) => fc.bigInt({ min: 0n, max: 2n ** BigInt(bits) - 1n });
const bytes32 = fc.uint8Array({ minLength: 32, maxLength: 32 }).map(hex);
const tweaked = { tweak: fc.bigInt({ min: 1n, max: ORDER - 1n }) };
const exchanging = { asset: fc.uint8Array({ minLength: 20, maxLength: 20 }).map((bytes) => toAddress(hex(bytes))) };
const forward = {
  kind: fc.constant("forward" as const),
  channelId: bytes32 as fc.Arbitrary<ChannelId>,
  amount: uint(128),
  expiry: uint(48),
};
const final = {
  kind: fc.constant("final" as const),
  amount: uint(128),
  expiry: uint(48),
  total: uint(128),
  secret: bytes32,
};
const payload: fc.Arbitrary<HopPayload> = fc.oneof(
  fc.record(forward),
  fc.record({ ...forward, ...tweaked }),
  fc.record({ ...forward, ...exchanging }),
  fc.record({ ...forward, ...tweaked, ...exchanging }),
  fc.record(final),
  fc.record({ ...final, ...tweaked }),
);

describe("what a hop is told", () => {
  for (const [whose, fields, bytes] of GOLDEN) {
    it(`has the same bytes as ever: ${whose}`, () => {
      expect(hex(encodePayload(fields))).to.equal(`0x${bytes}`);
      expect(decodePayload(Buffer.from(bytes, "hex"))).to.deep.equal(fields);
    });
  }

  it("comes out as it went in, and is no longer than onions have room for", () => {
    fc.assert(
      fc.property(payload, (fields) => {
        const bytes = encodePayload(fields);
        expect(decodePayload(bytes)).to.deep.equal(fields);
        const most = fields.kind === "final" ? MAX_FINAL_SIZE : MAX_FORWARD_SIZE;
        const exchange = "asset" in fields ? 20 : 0;
        expect(bytes.length - exchange).to.equal(fields.tweak === undefined ? most - 32 : most);
      }),
      runs(USUAL_RUNS),
    );
  });

  it("is refused or understood in one way when it is random", () => {
    const start = fc.integer({ min: 0, max: 8 });
    const random = fc.tuple(start, fc.uint8Array({ minLength: 50, maxLength: 110 }));
    fc.assert(
      fc.property(random, ([first, rest]) => {
        const bytes = Uint8Array.of(first, ...rest);
        let read;
        try {
          read = decodePayload(bytes);
        } catch (error) {
          expect(error).to.be.instanceOf(SluiceError).and.to.include({ code: "ONION_INVALID" });
          return;
        }
        expect(encodePayload(read)).to.deep.equal(bytes);
      }),
      runs(5 * USUAL_RUNS),
    );
  });

  it("is refused when it is cut off or goes on", () => {
    for (const [, fields] of GOLDEN) {
      const bytes = encodePayload(fields);
      for (let length = 0; length < bytes.length; length++) {
        expect(refusal(() => decodePayload(bytes.subarray(0, length)))).to.include({ code: "ONION_INVALID" });
      }
      expect(refusal(() => decodePayload(Uint8Array.of(...bytes, 0)))).to.include({ code: "ONION_INVALID" });
    }
  });

  it("is refused when a payee is to exchange", () => {
    const bytes = encodePayload(FINAL);
    bytes[0]! |= 4;
    expect(refusal(() => decodePayload(Uint8Array.of(...bytes, ...new Uint8Array(20))))).to.include({
      code: "ONION_INVALID",
    });
  });

  it("is refused with a tweak that is no scalar", () => {
    const bytes = encodePayload({ ...FORWARD, tweak: ORDER - 1n });
    expect(decodePayload(bytes)).to.include({ tweak: ORDER - 1n });
    bytes[bytes.length - 1]! += 1;
    expect(refusal(() => decodePayload(bytes))).to.include({ code: "ONION_INVALID" });
    expect(refusal(() => decodePayload(bytes.fill(0, -32)))).to.include({ code: "ONION_INVALID" });
  });

  const MISFITS: [string, HopPayload, string?][] = [
    ["too much", { ...FORWARD, amount: 2n ** 128n }],
    ["less than nothing", { ...FINAL, total: -1n }],
    ["an expiry beyond time", { ...FINAL, expiry: 2n ** 48n }],
    ["no tweak", { ...FINAL, tweak: 0n }],
    ["a tweak beyond the curve", { ...FORWARD, tweak: ORDER }],
    ["a short secret", { ...FINAL, secret: "0x5e" }, "HEX_INVALID"],
    ["a short channel id", { ...FORWARD, channelId: "0xc1" as ChannelId }, "HEX_INVALID"],
  ];

  for (const [what, fields, code = "ROUTE_INVALID"] of MISFITS) {
    it(`is not written with ${what}`, () => {
      expect(refusal(() => encodePayload(fields))).to.include({ code });
    });
  }
});
