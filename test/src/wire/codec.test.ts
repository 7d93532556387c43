import { expect } from "chai";
import fc from "fast-check";
import { FINAL_VERSION, NATIVE, type Hex } from "../../../src";
import type { Message } from "../../../src/engine/messages";
import { decodeMessage, encodeMessage } from "../../../src/wire";
import { KINDS } from "../../../src/wire/formats";
import { MAX_MESSAGE_SIZE } from "../../../src/wire/limits";
import { runs, USUAL_RUNS } from "../../properties/runs";
import { BYTES, MESSAGES } from "./golden";
import { message } from "./messages";
import { refusal } from "./refusal";

const zeros = (size: number): Hex => `0x${"00".repeat(size)}`;

describe("the wire form of messages", () => {
  for (const kind of KINDS) {
    it(`has not changed for "${kind}"`, () => {
      expect(Buffer.from(encodeMessage(MESSAGES[kind])).toString("hex")).to.equal(BYTES[kind]);
      expect(decodeMessage(Buffer.from(BYTES[kind], "hex"))).to.deep.equal(MESSAGES[kind]);
    });
  }

  it("brings every message to the other side as it was", () => {
    fc.assert(
      fc.property(message, (sent) => {
        const encoded = encodeMessage(sent);
        expect(encoded.length).to.be.at.most(MAX_MESSAGE_SIZE);
        expect(decodeMessage(encoded)).to.deep.equal(sent);
      }),
      runs(USUAL_RUNS),
    );
  });

  it("reads a message in the middle of a larger buffer", () => {
    const framed = Buffer.concat([Buffer.alloc(5, 0xff), encodeMessage(MESSAGES.sign), Buffer.alloc(5, 0xff)]);
    expect(decodeMessage(framed.subarray(5, -5))).to.deep.equal(MESSAGES.sign);
  });

  it("does not depend on the case of hex", () => {
    const shouting = MESSAGES.move.channelId.toUpperCase().replace("0X", "0x") as typeof MESSAGES.move.channelId;
    expect(encodeMessage({ ...MESSAGES.move, channelId: shouting })).to.deep.equal(encodeMessage(MESSAGES.move));
  });
});

describe("the limits of messages", () => {
  const { open, request, propose, sign, commit, move, reject, sync, authorize, voucher, claim, giveUp } = MESSAGES;
  const gift = { kind: "pay", amount: 1n, note: "0x" } as const;
  const transfers = (count: number) => Array.from({ length: count }, () => propose.change.transfers[0]!);
  const state = (outcome: number, appData: number, version = 1n) => ({
    version,
    outcome: zeros(outcome),
    appData: zeros(appData),
  });
  const channel = (participants: number) => ({ ...open.channel, participants: Array(participants).fill(NATIVE) });
  const LIMITS: [string, Message, Message][] = [
    ["participants", { ...open, channel: channel(32) }, { ...open, channel: channel(33) }],
    [
      "destinations",
      { ...open, destinations: Array(32).fill(zeros(32)) },
      { ...open, destinations: Array(33).fill(zeros(32)) },
    ],
    [
      "an amount",
      { ...open, channel: { ...open.channel, bond: 2n ** 256n - 1n } },
      { ...open, channel: { ...open.channel, bond: 2n ** 256n } },
    ],
    ["a request id", { ...request, id: Number.MAX_SAFE_INTEGER }, { ...request, id: Number.MAX_SAFE_INTEGER + 1 }],
    [
      "transfers",
      { ...propose, change: { final: true, transfers: transfers(128) } },
      { ...propose, change: { final: true, transfers: transfers(129) } },
    ],
    [
      "new data for the app",
      { ...sign, change: { ...sign.change, appData: zeros(65_536) } },
      { ...sign, change: { ...sign.change, appData: zeros(65_537) } },
    ],
    ["data for the app", { ...move, state: state(5_440, 65_536) }, { ...move, state: state(5_440, 65_537) }],
    ["an outcome", { ...move, state: state(5_440, 0) }, { ...move, state: state(5_441, 0) }],
    ["a version", { ...move, state: state(0, 0, FINAL_VERSION) }, { ...move, state: state(0, 0, FINAL_VERSION + 1n) }],
    [
      "signatures",
      { ...commit, signatures: Array(32).fill(sign.signature) },
      { ...commit, signatures: Array(33).fill(sign.signature) },
    ],
    ["answers", { ...commit, answered: Array(32).fill(1) }, { ...commit, answered: Array(33).fill(1) }],
    [
      "a whole message",
      {
        ...commit,
        state: state(5_440, 65_536),
        next: { ...propose, change: { ...propose.change, appData: zeros(50_000) } },
      },
      {
        ...commit,
        state: state(5_440, 65_536),
        next: { ...propose, change: { ...propose.change, appData: zeros(65_000) } },
      },
    ],
    ["a text", { ...reject, text: "é".repeat(200) }, { ...reject, text: "a".repeat(201) }],
    [
      "authorizations",
      { ...authorize, authorizations: Array(64).fill(authorize.authorizations[0]) },
      { ...authorize, authorizations: Array(65).fill(authorize.authorizations[0]) },
    ],
    ["a point in time", sync, { ...sync, newest: -1n }],
    [
      "what a voucher does",
      { ...voucher, operations: Array(256).fill(gift) },
      { ...voucher, operations: Array(257).fill(gift) },
    ],
    [
      "an amount of a voucher",
      { ...voucher, operations: [{ ...gift, amount: 2n ** 128n - 1n }] },
      { ...voucher, operations: [{ ...gift, amount: 2n ** 128n }] },
    ],
    [
      "a note",
      { ...voucher, operations: [{ ...gift, note: zeros(32) }] },
      { ...voucher, operations: [{ ...gift, note: zeros(33) }] },
    ],
    ["a lane", { ...voucher, lane: 15 }, { ...voucher, lane: 16 }],
    ["the lanes of a sync", { ...sync, taken: Array(16).fill(1n) }, { ...sync, taken: Array(17).fill(1n) }],
    [
      "claims",
      { ...claim, claims: Array(64).fill(claim.claims[0]) },
      { ...claim, claims: Array(65).fill(claim.claims[0]) },
    ],
    [
      "what is given up",
      { ...giveUp, locks: Array(32).fill(giveUp.locks[0]) },
      { ...giveUp, locks: Array(33).fill(giveUp.locks[0]) },
    ],
    [
      "a failure",
      { ...giveUp, locks: [{ ...giveUp.locks[0]!, failure: zeros(65_535) }] },
      { ...giveUp, locks: [{ ...giveUp.locks[0]!, failure: zeros(65_536) }] },
    ],
  ];

  for (const [what, most, more] of LIMITS) {
    it(`hold for ${what}`, () => {
      expect(decodeMessage(encodeMessage(most))).to.deep.equal(most);
      expect(refusal(() => encodeMessage(more))).to.include({ code: "MESSAGE_MALFORMED" });
    });
  }

  const MISFITS: [string, Message][] = [
    ["an id that is too short", { ...move, channelId: "0x12" as typeof move.channelId }],
    ["an id that is no hex", { ...move, channelId: `0x${"zz".repeat(32)}` as typeof move.channelId }],
    ["half a byte", { ...move, state: { ...move.state, appData: "0x123" } }],
    ["a signature whose halves only fit together", { ...move, signature: { r: zeros(31), vs: zeros(33) } }],
    ["a negative payment", { ...voucher, operations: [{ ...gift, amount: -1n }] }],
    ["half a byte of a note", { ...voucher, operations: [{ ...gift, note: "0x123" }] }],
    ["a note that is no hex", { ...voucher, operations: [{ ...gift, note: "0xzz" }] }],
    ["a position that is no integer", { ...voucher, operations: [{ kind: "drop", position: 0.5 }] }],
    ["a secret that is too short", { ...claim, claims: [{ ...claim.claims[0]!, secret: zeros(31) }] }],
    ["less than nothing", { ...propose, change: { final: true, transfers: [{ ...transfers(1)[0]!, amount: -1n }] } }],
  ];
  for (const [what, misfit] of MISFITS) {
    it(`keep ${what} from being sent`, () => {
      expect(refusal(() => encodeMessage(misfit)).remedy).to.contain("Nothing was sent");
    });
  }
});
