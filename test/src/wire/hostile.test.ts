import { expect } from "chai";
import fc from "fast-check";
import { Packr } from "msgpackr";
import { SluiceError } from "../../../src";
import { decodeMessage, encodeMessage } from "../../../src/wire";
import { KINDS } from "../../../src/wire/formats";
import { MAX_MESSAGE_SIZE, WIRE_VERSION } from "../../../src/wire/limits";
import { runs } from "../../properties/runs";
import { BYTES } from "./golden";
import { message } from "./messages";
import { refusal } from "./refusal";

const RUNS = 2_000;
const REMEDY = "It was dropped; nothing changed.";
const messagePack = new Packr({ useRecords: false });

/** Bytes are either refused in the one way there is, or are the one encoding of what they mean. */
function expectSafe(bytes: Uint8Array): void {
  let decoded;
  try {
    decoded = decodeMessage(bytes);
  } catch (error) {
    expect(error).to.be.instanceOf(SluiceError).and.to.include({ code: "MESSAGE_MALFORMED", remedy: REMEDY });
    return;
  }
  expect(Buffer.from(encodeMessage(decoded))).to.deep.equal(Buffer.from(bytes));
}

const behind = (kind: number, body: Uint8Array) => Buffer.concat([Buffer.of(WIRE_VERSION, kind), body]);
const kind = fc.nat(KINDS.length - 1);
const encoded = message.map(encodeMessage);

describe("messages from Mallory", () => {
  it("are refused or understood in one way when they are random bytes", () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), expectSafe), runs(RUNS));
    fc.assert(
      fc.property(kind, fc.uint8Array({ maxLength: 300 }), (k, body) => expectSafe(behind(k, body))),
      runs(RUNS),
    );
  });

  it("are refused when they are cut off or continued", () => {
    const property = fc.property(encoded, fc.nat(), fc.uint8Array({ minLength: 1 }), (bytes, cut, more) => {
      const refused = [bytes.subarray(0, cut % bytes.length), Buffer.concat([bytes, more])];
      for (const each of refused) expect(refusal(() => decodeMessage(each)).code).to.equal("MESSAGE_MALFORMED");
    });
    fc.assert(property, runs(RUNS));
  });

  it("are refused or understood in one way when bits are flipped", () => {
    const flips = fc.array(fc.nat(), { minLength: 1, maxLength: 4 });
    const property = fc.property(encoded, flips, fc.boolean(), (bytes, places, near) => {
      const flipped = Uint8Array.from(bytes);
      for (const place of places) {
        const bit = place % (8 * (near ? Math.min(48, flipped.length) : flipped.length));
        flipped[bit >> 3]! ^= 1 << (bit & 7);
      }
      expectSafe(flipped);
    });
    fc.assert(property, runs(RUNS));
  });

  it("are refused or understood in one way when a field is of another type", () => {
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof(
        { depthSize: "small" },
        fc.constantFrom<unknown>(null, true, false, 0, -1, 1.5, NaN, Infinity, 2 ** 48, 2 ** 53, 2n ** 63n, "text"),
        fc.uint8Array({ maxLength: 70 }).map((bytes) => Buffer.from(bytes)),
        fc.date(),
        fc.array(tie("value"), { maxLength: 40 }),
        fc.dictionary(fc.oneof(fc.constant("__proto__"), fc.string()), tie("value")),
      ),
    }));
    const property = fc.property(
      encoded,
      fc.array(fc.nat(), { minLength: 1, maxLength: 3 }),
      value,
      (bytes, path, bad) => {
        const fields = messagePack.unpack(bytes.subarray(2)) as unknown[];
        replace(fields, path, bad);
        expectSafe(behind(bytes[1]!, messagePack.pack(fields)));
      },
    );
    fc.assert(property, runs(RUNS));
  });

  it("are refused when they are of another version or an unknown kind", () => {
    const bytes = Buffer.from(BYTES.sync, "hex");
    for (let byte = 0; byte < 256; byte++) {
      const version = Buffer.from(bytes);
      version[0] = byte;
      if (byte !== WIRE_VERSION) expect(refusal(() => decodeMessage(version)).message).to.contain("version");
      if (byte >= KINDS.length)
        expect(refusal(() => decodeMessage(behind(byte, bytes.subarray(2)))).message).to.contain("kind");
    }
  });

  it("are refused when they are too large", () => {
    const large = behind(5, Buffer.alloc(MAX_MESSAGE_SIZE - 1));
    expect(refusal(() => decodeMessage(large)).message).to.contain(`more than ${MAX_MESSAGE_SIZE} bytes`);
  });

  it("are refused, at little cost, when they have far too many parts", () => {
    const part = { voucher: "0200000000", claim: "00".repeat(42), giveUp: "00".repeat(12) };
    for (const [type, hex] of Object.entries(part) as [keyof typeof part, string][]) {
      const fields = messagePack.unpack(Buffer.from(BYTES[type], "hex").subarray(2)) as unknown[];
      const parts = Buffer.from(hex.repeat(Math.floor(130_000 / (hex.length / 2))), "hex");
      fields[type === "voucher" ? 4 : 2] = parts;
      const message = behind(KINDS.indexOf(type), messagePack.pack(fields));
      const before = memory();
      for (let i = 0; i < 100; i++) expect(refusal(() => decodeMessage(message)).message).to.contain("parts");
      expect(memory() - before).to.be.below(KINDS.length * 1024 * 1024);
    }
  });

  const LONGER: [string, keyof typeof BYTES, string, string][] = [
    ["a number in two bytes instead of one", "reject", "080503", "cc080503"],
    ["a number in three bytes instead of two", "sync", "ccc8", "cd00c8"],
    ["a small number as a double", "sync", "ccc8", "cb4069000000000000"],
    ["a short list with a long header", "sync", "95c420", "dc0005c420"],
    ["a short byte string with a long header", "sync", "c420", "c50020"],
    ["a short byte string with the longest header", "sync", "c420", "c600000020"],
  ];
  for (const [what, type, short, long] of LONGER) {
    it(`are refused when they have ${what}`, () => {
      expect(BYTES[type]).to.contain(short);
      const bytes = Buffer.from(BYTES[type].replace(short, long), "hex");
      expect(refusal(() => decodeMessage(bytes)).message).to.contain("shortest form");
    });
  }

  const FOREIGN: [string, string][] = [
    ["a map", "81a161c0"],
    ["a map that names __proto__", "81a95f5f70726f746f5f5f81a8706f6c6c75746564c3"],
    ["a large map", "df00000001a161c0"],
    ["a string", "a161"],
    ["a record that defines code", "d4724092a161a162c0c0"],
    ["a date", "d6ff00000000"],
    ["a regular expression", "d4780092a12ea167"],
    ["an error", "d4650093a14590a16d"],
    ["a set", "d4730091c0"],
    ["a typed array", "c7057403000000ff"],
    ["a reference", "d66900000000"],
    ["bundled strings", "d6620000000500a161"],
    ["an unused byte", "c1"],
    ["a 64-bit integer", "cf0000000100000000"],
    ["a negative integer", "ff"],
    ["a float", "ca3f800000"],
    ["a huge list", "ddffffffff"],
    ["lists within lists", "91".repeat(100_000)],
    ["a list of lists", `dc0020${"dc0020".repeat(31)}90`],
    ["a huge byte string", "c6ffffffff00"],
  ];
  for (const [what, hex] of FOREIGN) {
    it(`are refused, at little cost, when they hold ${what}`, () => {
      const body = Buffer.from(hex, "hex");
      const places = [
        body,
        Buffer.concat([Buffer.from("95", "hex"), body]),
        Buffer.concat([Buffer.from("9592", "hex"), body]),
      ];
      const messages = places.flatMap((place) => [...KINDS.keys()].map((k) => behind(k, place)));
      const before = memory();
      for (const message of messages) expect(refusal(() => decodeMessage(message)).remedy).to.equal(REMEDY);
      expect(memory() - before).to.be.below(8 * 1024 * 1024);
      expect({}).to.not.have.property("polluted");
    });
  }
});

/** What the process holds, whatever kind of memory it is. */
function memory(): number {
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** Puts `value` into nested lists, at a place that the numbers of `path` lead to. */
function replace(list: unknown[], [first, ...rest]: readonly number[], value: unknown): void {
  const index = first! % Math.max(1, list.length);
  const inner = list[index];
  if (rest.length > 0 && Array.isArray(inner)) replace(inner, rest, value);
  else list[index] = value;
}
