import { expect } from "chai";
import type { ChannelId } from "../../../src";
import { findId, formatDuration, parseDuration, parseInteger, parsePeer } from "../../../src/cli/arguments";
import { BOB } from "../../support/memoryNode";

const id = (start: string) => `0x${start.padEnd(64, "0")}` as ChannelId;

describe("arguments of the command line", () => {
  const durations: Readonly<Record<string, bigint>> = {
    "90": 90n,
    "90s": 90n,
    "15m": 900n,
    "12h": 43_200n,
    "1d": 86_400n,
  };
  for (const [text, seconds] of Object.entries(durations)) {
    it(`take ${text} for ${seconds} seconds`, () => expect(parseDuration(text)).to.equal(seconds));
  }
  for (const text of ["", "d", "1w", "-1h", "1.5h", "1 h", "9999999999"]) {
    it(`refuse "${text}" as a time span`, () => {
      expect(() => parseDuration(text))
        .to.throw("not a time span")
        .with.property("code", "ARGUMENT_INVALID");
    });
  }

  it("show time spans as they are written", () => {
    for (const text of ["90s", "15m", "12h", "1d", "0s"]) expect(formatDuration(parseDuration(text))).to.equal(text);
  });

  it("name a peer by its address, with or without where it listens", () => {
    expect(parsePeer(BOB)).to.deep.equal({ address: BOB });
    expect(parsePeer(`${BOB}@wss://bob.example/x`)).to.deep.equal({ address: BOB, url: "wss://bob.example/x" });
  });

  for (const url of ["bob.example:9646", "http://bob.example", "ws://", ""]) {
    it(`refuse "${url}" as a place where a peer listens`, () => {
      expect(() => parsePeer(`${BOB}@${url}`)).to.throw("not where a peer listens");
    });
  }

  it("keep numbers in their range", () => {
    expect(parseInteger("31", "a position", 0, 31)).to.equal(31);
    for (const text of ["32", "-1", "1.5", "", "0x1", "a"]) {
      expect(() => parseInteger(text, "a position", 0, 31)).to.throw("not a position");
    }
  });

  describe("that name a channel", () => {
    const ids = [id("aabbcc1"), id("aabbcc2"), id("ddeeff")];

    it("may be the beginning of its id, with or without 0x, in any case", () => {
      for (const text of ["0xddeeff", "ddeeff", "0xDDEEFF", ids[2]!]) expect(findId(ids, text)).to.equal(ids[2]);
      expect(findId(ids, "aabbcc2")).to.equal(ids[1]);
    });

    it("must not be the beginning of several", () => {
      expect(() => findId(ids, "aabbcc"))
        .to.throw("2 channels begin with 0xaabbcc")
        .with.property("code", "ARGUMENT_INVALID");
    });

    it("must be the beginning of one", () => {
      expect(() => findId(ids, "123456"))
        .to.throw("No channel begins")
        .with.property("code", "CHANNEL_UNKNOWN");
    });

    for (const text of ["ddeef", "0xddeef", "", "0x", "bobsid", `${id("ddeeff")}0`]) {
      it(`must not be "${text}"`, () => {
        expect(() => findId(ids, text))
          .to.throw("not the id of a channel")
          .with.property("code", "ARGUMENT_INVALID");
      });
    }
  });
});
