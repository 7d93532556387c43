import { expect } from "chai";
import { useNativeKeccak } from "../../../src/adapters/crypto/nativeKeccak";
import type { LaneEvent } from "../../../src/engine/effects";
import { accountDestination } from "../../../src/protocol/destination";
import { ENDING } from "../../../src/engine/change";
import { digitsOf, keccakOf } from "../../../src/protocol/words";
import { scalarHex } from "../../../src/payments/bytes";
import type { RouterEffect } from "../../../src/router/context";
import { secp256k1 } from "@noble/curves/secp256k1";
import { NATIVE, type Hex } from "../../../src";
import { hashOf } from "../engine/world/keyring";
import { PERIOD } from "../engine/world/terms";
import { FORTUNE } from "../engine/world/world";
import { forge } from "./forger";
import { Town } from "./world";

const PATH = ["alice", "ingrid", "bob"];

describe("whoever attacks payments over several hops", () => {
  before(useNativeKeccak);

  /** Mallory and Carol, with Ingrid between them, agree to leave her out. @returns what each has won in all channels */
  function wormhole(kind: "hash" | "point"): Record<string, bigint> {
    const path = ["alice", "mallory", "ingrid", "carol", "bob"];
    const town = new Town(path);
    const channels = town.line(path);
    const told: { secret?: Hex; tweaks: bigint[] } = { tweaks: [] };
    takeOver(town, "carol", (event, honest) => {
      if (event.type !== "settled") return honest();
      const passage = town.clerk("carol").router.memory.passages.get(event.origin)!;
      Object.assign(told, { secret: event.secret, tweaks: [passage.tweak ?? 0n] });
      const { channelId, name } = passage.incoming;
      return [{ type: "channel", channelId, event: { type: "giveUp", name, failure: "0x" } }];
    });
    takeOver(town, "mallory", (event, honest) => {
      if (event.type !== "failed" || told.secret === undefined) return honest();
      const { incoming, tweak } = town.clerk("mallory").router.memory.passages.get(event.origin)!;
      const { lane, position, serial } = incoming.name;
      for (const secret of guesses(told.secret, [...told.tweaks, tweak ?? 0n])) {
        const claims = [{ position, serial, secret }];
        const [from, to] = [town.world.node("mallory").address, town.world.node("alice").address];
        town.world.post({ from, to, message: { type: "claim", channelId: incoming.channelId, lane, claims } });
      }
      return [];
    });
    const invoice = town.clerk("bob").invoice({ amount: 1_000n, kind });
    town.clerk("alice").pay({ invoice, maxFee: 50n });
    town.settle();
    const won = Object.fromEntries(path.map((name) => [name, 0n]));
    for (const [i, id] of channels.entries())
      for (const name of path.slice(i, i + 2)) won[name]! += town.balance(name, id);
    return won;
  }

  it("can skip an honest hop and take its fee where all locks are on one hash", () => {
    expect(wormhole("hash")).to.deep.equal({
      alice: -1_008n,
      mallory: 1_008n,
      ingrid: 0n,
      carol: -1_000n,
      bob: 1_000n,
    });
  });

  it("cannot skip an honest hop where locks are on points: what one colluder learns opens no lock of the other", () => {
    expect(wormhole("point")).to.deep.equal({ alice: 0n, mallory: 0n, ingrid: 0n, carol: -1_000n, bob: 1_000n });
  });

  it("learns by probing whether an amount passes, and nothing of who is paid or for what", () => {
    const town = new Town(PATH);
    const channels = [town.connect("alice", "ingrid", [10_000n, 0n]), town.connect("ingrid", "bob", [2_000n, 0n])];
    town.clerk("bob").invoice({ amount: 1_500n });
    const probe = (amount: bigint): unknown => {
      const { fate } = forge(town, PATH, channels, { amounts: [amount + 5n, amount] });
      town.world.deliverAll();
      return fate();
    };
    expect(probe(1_500n)).to.deep.equal({ by: "bob", reason: "PAYMENT_UNKNOWN" });
    expect(probe(2_000n)).to.deep.equal({ by: "bob", reason: "PAYMENT_UNKNOWN" });
    expect(probe(2_001n)).to.deep.equal({ by: "ingrid", reason: "CHANNEL_BUSY" });
    town.expectQuiet();
  });

  it("gets nothing by never answering: when the locks expire, everybody has everything back", () => {
    const town = new Town(PATH);
    const channels = town.line(PATH);
    const invoice = town.clerk("bob").invoice({ amount: 1_000n });
    hold(town, "bob");
    const { id } = town.clerk("alice").pay({ invoice, maxFee: 10n });
    town.world.deliverAll();
    town.silence("bob");
    for (let i = 0; i < 42; i++) town.world.run(1, 100n);
    expect(town.clerk("alice").payment(id)).to.include({ status: "pending" });
    town.world.run(6);
    expect(town.clerk("alice").payment(id)).to.include({ status: "failed" });
    town.hearAgain();
    town.world.run(2);
    town.expectQuiet();
    expect(town.balance("ingrid", channels[1]!)).to.equal(0n);
    expect(town.balance("alice", channels[0]!)).to.equal(0n);
  });

  it("cannot make a hop pay so late that it cannot collect: a late secret is left to the chain, where all hops see it", () => {
    const town = new Town(PATH);
    const channels = town.line(PATH);
    const secret = hashOf("late");
    const bob = hold(town, "bob");
    const { fate } = forge(town, PATH, channels, {
      key: keccakOf(digitsOf(secret)),
      amounts: [1_002n, 1_000n],
      expiries: [1_000n, 1_000n],
    });
    town.world.deliverAll();
    town.world.mine(881n); // 119 seconds are left, and a hop keeps 120 to show a secret in
    bob.claim([secret]);
    town.world.deliverAll();
    expect(town.balance("bob", channels[1]!), "what Ingrid pays for a late secret").to.equal(0n);
    town.world.run(6, 15n);
    expect(fate(), "what Alice learns from the chain").to.deep.equal({ secret });
    town.world.run(4, 15n);
    expect(town.balance("bob", channels[1]!)).to.equal(1_000n);
    expect(town.balance("ingrid", channels[0]!)).to.equal(1_002n);
    town.expectQuiet();
  });

  it("cannot loot a hop with many locks that all come due at once: one transaction shows all their secrets", () => {
    const town = new Town(["mallory", "ingrid", "carol"]);
    const path = ["mallory", "ingrid", "carol"];
    const channels = town.line(path, 50_000n);
    const secrets = Array.from({ length: 22 }, (_, i) => hashOf(`loot ${i}`));
    const carol = hold(town, "carol");
    const locks = secrets.map((secret) =>
      forge(town, path, channels, {
        key: keccakOf(digitsOf(secret)),
        amounts: [1_002n, 1_000n],
        expiries: [1_000n, 1_000n],
      }),
    );
    town.settle();
    const refused = locks.filter(({ fate }) => fate() !== "pending");
    expect(refused.map(({ fate }) => fate())).to.deep.equal(Array(2).fill({ by: "ingrid", reason: "TOO_MANY" }));
    town.world.mine(860n);
    town.silence("mallory");
    carol.claim(secrets);
    town.world.deliverAll();
    expect(town.balance("carol", channels[1]!)).to.equal(20_000n);
    town.world.run(8, 15n);
    const shown = town.world.chain.blocks.flatMap(({ transactions }) =>
      transactions.filter(({ call }) => call.kind === "revealPreimages"),
    );
    expect(shown.map(({ sender }) => sender)).to.deep.equal([town.world.node("ingrid").address]);
    town.world.run(8, 100n); // Mallory does not pay what the chain says, so Ingrid leaves
    town.world.run(4, PERIOD);
    town.world.run(8);
    town.world.node("ingrid").wish(channels[1]!, ENDING);
    town.world.run(8);
    const { owned } = town.world.chain.head;
    const account = accountDestination(town.world.node("ingrid").address);
    expect(owned.of(account, NATIVE) - FORTUNE, "what Ingrid has won").to.equal(20n * 2n);
  });
});

type Handle = (event: LaneEvent, honest: () => RouterEffect[]) => RouterEffect[];

/** Lets somebody do something else about some events. */
function takeOver(town: Town, name: string, handle: Handle): void {
  const { router } = town.clerk(name);
  const honest = router.handle.bind(router);
  router.handle = (context, event) => handle(event, () => honest(context, event));
}

/** Lets somebody keep what it is paid until it likes to claim it. */
function hold(town: Town, name: string): { claim: (secrets: readonly Hex[]) => void } {
  const locks: Extract<LaneEvent, { type: "locked" }>[] = [];
  takeOver(town, name, (event, honest) => {
    if (event.type !== "locked") return honest();
    locks.push(event);
    return [];
  });
  const claim = (secrets: readonly Hex[]): void => {
    for (const { channelId, lane, lock } of locks) {
      const secret = secrets.find((one) => keccakOf(digitsOf(one)) === lock.key)!;
      const { position, serial } = lock;
      town.world.node(name).dispatch(channelId, { type: "claim", name: { lane, position, serial }, secret });
    }
  };
  return { claim };
}

/** What two who collude can make of a secret and their tweaks. */
function guesses(secret: Hex, tweaks: readonly bigint[]): Hex[] {
  const { Fn } = secp256k1.Point;
  const scalar = Fn.create(BigInt(secret));
  const sums = tweaks.reduce<bigint[]>(
    (known, tweak) => known.flatMap((one) => [one, Fn.add(one, tweak), Fn.sub(one, tweak)]),
    [scalar, Fn.neg(scalar)],
  );
  return [secret, ...sums.map(scalarHex)];
}
