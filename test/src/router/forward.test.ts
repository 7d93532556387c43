import { expect } from "chai";
import { useNativeKeccak } from "../../../src/adapters/crypto/nativeKeccak";
import type { RouterSettings } from "../../../src/router/context";
import { scalarKey } from "../../../src/payments/points";
import { Shelf } from "../../../src/router/memory";
import { SeenPackets, type SeenPacket } from "../../../src/router/seen";
import { NATIVE, type ChannelId } from "../../../src";
import { SCALARS, TOKEN } from "../engine/world/world";
import { hashOf } from "../engine/world/keyring";
import { forge, type Forgery } from "./forger";
import { POLICY, Town } from "./world";

const PATH = ["alice", "ingrid", "bob"];

/** Alice, Ingrid in between, and Bob. */
function open(settings: Partial<RouterSettings> = {}): { town: Town; channels: ChannelId[] } {
  const town = new Town(PATH);
  const channels = town.line(PATH);
  town.clerk("ingrid").settings = { ...town.clerk("ingrid").settings, ...settings };
  return { town, channels };
}

describe("a hop", () => {
  before(useNativeKeccak);

  /** @returns why Ingrid refuses a payment, after checking that nothing is left of it */
  function refusal(wanted: Partial<Forgery>, settings: Partial<RouterSettings> = {}): string | undefined {
    const { town, channels } = open(settings);
    const forged = forge(town, PATH, channels, { amounts: [1_002n, 1_000n], ...wanted });
    town.world.deliverAll();
    const fate = forged.fate();
    if (typeof fate === "string" || !("by" in fate)) throw new Error(`It is not refused, but ${JSON.stringify(fate)}.`);
    expect(fate.by).to.equal("ingrid");
    town.expectQuiet();
    return fate.reason;
  }

  it("passes on what pays its fee exactly", () => {
    const { town, channels } = open();
    const invoice = town.clerk("bob").invoice({ amount: 1_000n });
    const forged = forge(town, PATH, channels, { invoice, amounts: [1_002n, 1_000n] });
    town.world.deliverAll();
    expect(forged.fate()).to.have.property("secret");
    expect(town.clerk("ingrid").notices).to.deep.equal([{ type: "passed", asset: NATIVE, amount: 1_002n, fee: 2n }]);
  });

  it("refuses a fee that is too low by one", () => {
    expect(refusal({ amounts: [1_001n, 1_000n] })).to.equal("FEE_TOO_LOW");
  });

  it("refuses amounts below and above what it passes on", () => {
    const policy = { ...POLICY, minimum: 100n, maximum: 999n };
    expect(refusal({}, { policy })).to.equal("AMOUNT_UNSUITABLE");
    expect(refusal({ amounts: [101n, 99n] }, { policy })).to.equal("AMOUNT_UNSUITABLE");
  });

  it("has other terms for other assets", () => {
    const dear = { ...POLICY, feeBase: 50n };
    expect(refusal({}, { policies: new Map([[NATIVE, dear]]) })).to.equal("FEE_TOO_LOW");
    const { town, channels } = open({ policies: new Map([[TOKEN, dear]]) });
    const forged = forge(town, PATH, channels, { amounts: [1_002n, 1_000n] });
    town.world.deliverAll();
    expect(forged.fate()).to.deep.equal({ by: "bob", reason: "PAYMENT_UNKNOWN" });
  });

  it("refuses to lock money for longer than it is paid for", () => {
    expect(refusal({ expiries: [3_599n, 3_600n] })).to.equal("EXPIRY_TOO_SOON");
  });

  it("refuses a lock that leaves too little time to collect", () => {
    expect(refusal({ expiries: [599n, 599n] })).to.equal("EXPIRY_TOO_SOON");
    expect(refusal({ expiries: [3_600n, 599n] })).to.equal("EXPIRY_TOO_SOON");
  });

  it("refuses a lock that lasts for too long", () => {
    expect(refusal({ expiries: [86_401n, 3_600n] })).to.equal("EXPIRY_TOO_FAR");
  });

  it("refuses to pay through a channel that it does not have", () => {
    expect(refusal({ forward: { channelId: hashOf("elsewhere") as ChannelId } })).to.equal("CHANNEL_UNKNOWN");
  });

  it("refuses to pay back through the channel that a payment came by", () => {
    const { town, channels } = open();
    const forward = { channelId: channels[0]! };
    const forged = forge(town, ["alice", "ingrid", "alice"], channels, { amounts: [1_002n, 1_000n], forward });
    town.world.deliverAll();
    expect(forged.fate()).to.deep.equal({ by: "ingrid", reason: "CHANNEL_UNKNOWN" });
  });

  it("refuses a payment to nobody", () => {
    const { town, channels } = open();
    const final = { kind: "forward", channelId: channels[1]! } as object; // the last layer says to pass it on
    const forged = forge(town, ["alice", "ingrid"], channels, { amounts: [1_002n], final });
    town.world.deliverAll();
    expect(forged.fate()).to.deep.equal({ by: "ingrid", reason: "CHANNEL_UNKNOWN" });
  });

  it("refuses a payment that the next channel cannot carry", () => {
    const { town, channels } = open();
    const forged = forge(town, PATH, channels, { amounts: [10_000n, 9_989n] });
    const other = forge(town, PATH, channels, { amounts: [10n, 8n] });
    const town2 = new Town(PATH);
    const poor = [town2.connect("alice", "ingrid", [10_000n, 0n]), town2.connect("ingrid", "bob", [999n, 0n])];
    const refused = forge(town2, PATH, poor, { amounts: [1_002n, 1_000n] });
    for (const { world } of [town, town2]) world.deliverAll();
    expect(forged.fate()).to.deep.equal({ by: "bob", reason: "PAYMENT_UNKNOWN" });
    expect(other.fate()).to.equal("refused");
    expect(refused.fate()).to.deep.equal({ by: "ingrid", reason: "CHANNEL_BUSY" });
  });

  it("locks no money for a neighbour that is away", () => {
    const { town, channels } = open();
    town.world.disconnect(town.world.node("ingrid"), town.world.node("bob"));
    const forged = forge(town, PATH, channels, { amounts: [1_002n, 1_000n] });
    town.world.deliverAll();
    expect(forged.fate()).to.deep.equal({ by: "ingrid", reason: "CHANNEL_BUSY" });
    town.expectQuiet();
  });

  for (const [what, settings] of [
    ["many payments", { maxLocksPerPeer: 2 }],
    ["much money", { maxValuePerPeer: new Map([[NATIVE, 2_500n]]) }],
  ] as const) {
    it(`lets one neighbour have only so ${what} under way, and others theirs`, () => {
      const town = new Town(["alice", "mallory", "ingrid", "bob"]);
      town.clerk("ingrid").settings = { ...town.clerk("ingrid").settings, ...settings };
      const path = ["mallory", "ingrid", "bob"];
      const channels = town.line(path);
      const others = [town.connect("alice", "ingrid", [10_000n, 0n]), channels[1]!];
      const invoice = town.clerk("bob").invoice({ amount: 1_000n });
      town.silence("bob");
      const jams = [1, 2].map(() => forge(town, path, channels, { amounts: [1_002n, 1_000n] }));
      town.world.deliverAll();
      const third = forge(town, path, channels, { amounts: [1_002n, 1_000n] });
      const honest = forge(town, ["alice", "ingrid", "bob"], others, { invoice, amounts: [1_002n, 1_000n] });
      town.world.deliverAll();
      expect(jams.map(({ fate }) => fate())).to.deep.equal(["pending", "pending"]);
      expect(third.fate()).to.deep.equal({ by: "ingrid", reason: "TOO_MANY" });
      town.hearAgain();
      expect(honest.fate()).to.have.property("secret");
      const later = forge(town, path, channels, { amounts: [1_002n, 1_000n] });
      town.world.deliverAll();
      expect(later.fate(), "what ended counts no more").to.deep.equal({ by: "bob", reason: "PAYMENT_UNKNOWN" });
    });
  }

  it("gives each lock on a point another key, and locks on a hash the same", () => {
    for (const kind of ["hash", "point"] as const) {
      const { town, channels } = open();
      const invoice = town.clerk("bob").invoice({ amount: 1_000n, kind });
      forge(town, PATH, channels, { invoice, amounts: [1_002n, 1_000n] });
      town.world.deliverAll();
      const keys = ["ingrid", "bob"].flatMap((name) =>
        town.world.node(name).events.flatMap((event) => (event.type === "locked" ? [event.lock.key] : [])),
      );
      expect(keys).to.have.length(2);
      expect(new Set(keys).size).to.equal(kind === "hash" ? 1 : 2);
    }
  });

  it("takes a lock on a point only if it outlasts the next one by the time to show a secret of its own", () => {
    const { town, channels } = open();
    const invoice = town.clerk("bob").invoice({ amount: 1_000n, kind: "point" });
    const amounts = [1_002n, 1_000n];
    const late = forge(town, PATH, channels, { invoice, amounts, expiries: [4_499n, 3_600n] });
    town.world.deliverAll();
    expect(late.fate()).to.deep.equal({ by: "ingrid", reason: "EXPIRY_TOO_SOON" });
    const intime = forge(town, PATH, channels, { invoice, amounts, expiries: [4_500n, 3_600n] });
    town.world.deliverAll();
    expect(intime.fate()).to.have.property("secret");
  });

  it("takes no tweak for a hash, and no point without one", () => {
    expect(refusal({ forward: { tweak: 1n } })).to.equal("CHANNEL_UNKNOWN");
    const { town, channels } = open();
    const registry = SCALARS;
    const key = GENERATOR;
    const forged = forge(town, PATH, channels, {
      kind: "point",
      amounts: [1_002n, 1_000n],
      forward: { tweak: undefined } as object,
      lock: { registry, key },
    });
    town.world.deliverAll();
    expect(forged.fate()).to.deep.equal({ by: "ingrid", reason: "CHANNEL_UNKNOWN" });
  });

  it("takes no tweak that leaves no key", () => {
    expect(refusal({ kind: "point", lock: { key: GENERATOR }, forward: { tweak: 1n } })).to.equal("CHANNEL_UNKNOWN");
  });

  it("gives back what has no instructions that it can read", () => {
    const { town, channels } = open();
    const forged = forge(town, PATH, channels, { amounts: [1_002n, 1_000n], packet: "0x1234" });
    town.world.deliverAll();
    expect(forged.fate()).to.deep.equal({ by: "nobody knows" });
    town.expectQuiet();
  });

  it("says that the next channel is busy when the next hop cannot read its instructions", () => {
    const town = new Town(["alice", "ingrid", "bob", "carol"]);
    const channels = town.line(PATH);
    const forged = forge(town, ["alice", "ingrid", "carol"], channels, { amounts: [1_002n, 1_000n] });
    town.world.deliverAll();
    expect(forged.fate()).to.deep.equal({ by: "ingrid", reason: "CHANNEL_BUSY" });
    town.expectQuiet();
  });

  it("takes a packet once, even after it has started again", () => {
    const { town, channels } = open();
    const first = forge(town, PATH, channels, { amounts: [1_002n, 1_000n] });
    town.world.deliverAll();
    expect(first.fate()).to.have.property("by", "bob");
    const replay = (): void => {
      const { packet, lock } = first;
      const again = forge(town, PATH, channels, { amounts: [1_002n, 1_000n], packet, lock });
      town.settle();
      expect(again.fate()).to.deep.equal({ by: "nobody knows" });
    };
    replay();
    town.world.node("ingrid").crash();
    town.world.node("ingrid").restart();
    town.settle();
    replay();
    const seen = (): number => town.world.node("bob").events.filter(({ type }) => type === "locked").length;
    expect(seen(), "what Bob gets to see").to.equal(1);
  });

  it("forgets packets when their locks have expired, and those of one neighbour alone when they are too many", () => {
    const shelf = new Shelf<SeenPacket>("seen/");
    const seen = new SeenPackets(shelf, 2);
    const [mallory, alice] = [TOKEN, NATIVE];
    expect(seen.take("0x01", { from: mallory, until: 10n })).to.equal(true);
    expect(seen.take("0x02", { from: mallory, until: 20n })).to.equal(true);
    expect(seen.take("0x03", { from: mallory, until: 20n })).to.equal(false);
    expect(seen.take("0x03", { from: alice, until: 20n })).to.equal(true);
    seen.prune(11n);
    expect(seen.take("0x04", { from: mallory, until: 20n })).to.equal(true);
    expect(new SeenPackets(shelf, 2).take("0x05", { from: mallory, until: 20n }), "after a restart").to.equal(false);
  });
});

/** The point whose scalar is 1. */
const GENERATOR = scalarKey(1n);
