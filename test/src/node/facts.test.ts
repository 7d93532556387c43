import { expect } from "chai";
import { toAddress, type ChannelId, type Hex } from "../../../src";
import { Facts } from "../../../src/node/facts";

const REGISTRY = toAddress(`0x${"b3".repeat(20)}`);
const KEY: Hex = `0x${"aa".repeat(32)}`;
const [FIRST, SECOND] = ["11", "22"].map((byte) => `0x${byte.repeat(32)}`) as [ChannelId, ChannelId];
const FACT = { latest: 7n, confirmed: 0n, secret: KEY };

describe("what a node knows of keys", () => {
  let asked: string[];
  let facts: Facts;

  beforeEach(() => {
    asked = [];
    facts = new Facts({
      follow: (_, key) => asked.push(`follow ${key}`),
      unfollow: (_, key) => asked.push(`unfollow ${key}`),
    });
  });

  it("is asked for once, however many channels want to know it, and as long as one does", () => {
    for (const id of [FIRST, SECOND, FIRST]) facts.follow(id, REGISTRY, KEY);
    facts.unfollow(FIRST, REGISTRY, KEY);
    facts.unfollow(FIRST, REGISTRY, KEY);
    expect(asked).to.deep.equal([`follow ${KEY}`]);
    facts.unfollow(SECOND, REGISTRY, KEY);
    expect(asked).to.deep.equal([`follow ${KEY}`, `unfollow ${KEY}`]);
  });

  it("is told to those channels, once each", () => {
    const other: Hex = `0x${"bb".repeat(32)}`;
    for (const id of [FIRST, SECOND]) facts.follow(id, REGISTRY, KEY);
    facts.follow(FIRST, REGISTRY, other);
    const reports = [KEY, other].map((key) => ({ registry: REGISTRY, key, ...FACT }));
    expect([...facts.hear(reports)]).to.deep.equal([FIRST, SECOND]);
    expect([facts.get(REGISTRY, KEY), facts.get(REGISTRY, other)]).to.deep.equal([FACT, FACT]);
  });

  it("is nothing before the chain has said something, and after nobody wants to know it", () => {
    facts.follow(FIRST, REGISTRY, KEY);
    expect(facts.get(REGISTRY, KEY)).to.equal(undefined);
    facts.hear([{ registry: REGISTRY, key: KEY, ...FACT }]);
    facts.unfollow(FIRST, REGISTRY, KEY);
    expect(facts.get(REGISTRY, KEY)).to.equal(undefined);
    expect(facts.hear([{ registry: REGISTRY, key: KEY, ...FACT }]).size).to.equal(0);
  });
});
