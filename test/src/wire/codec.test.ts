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
  const { open, request, propose, sign, commit, move, reject, sync, authorize } = MESSAGES;
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
    ["less than nothing", { ...propose, change: { final: true, transfers: [{ ...transfers(1)[0]!, amount: -1n }] } }],
  ];
  for (const [what, misfit] of MISFITS) {
    it(`keep ${what} from being sent`, () => {
      expect(refusal(() => encodeMessage(misfit)).remedy).to.contain("Nothing was sent");
    });
  }
});
