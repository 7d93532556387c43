import { expect } from "chai";
import fc from "fast-check";
import type { ChannelId, Hex } from "../../../../src";
import type { LaneEvent } from "../../../../src/engine/effects";
import { accountDestination } from "../../../../src/protocol/destination";
import { evenScalar } from "../../../../src/protocol/scalars";
import { keccakOf, digitsOf, uintWord } from "../../../../src/protocol/words";
import { NATIVE } from "../../../../src/protocol/types";
import { runs } from "../../../properties/runs";
import { BLOCK_TIME } from "../world/chain";
import { hashOf } from "../world/keyring";
import type { SimulatedNode } from "../world/node";
import { expectClosed, gains, openScene, type Scene } from "../world/scene";
import { PERIOD } from "../world/terms";
import { FORTUNE, PAYMENTS, PREIMAGES, SCALARS, SETTINGS, START, type World } from "../world/world";

/** Seconds that a lock lives here, unless it is told otherwise. */
const LIFE = 1_200n;

/** A promise to pay 10, and what it takes to be paid. */
interface Promised {
  readonly origin: string;
  readonly secret: Hex;
  readonly key: Hex;
  readonly expiry: bigint;
}

function payingScene(): Scene {
  return openScene({ app: PAYMENTS });
}

/** Locks money, whose secret only its name is needed for. */
function lock({ world, id }: Scene, payer: SimulatedNode, origin: string, amount = 10n, life = LIFE): Promised {
  const secret = hashOf(origin);
  const key = keccakOf(digitsOf(secret));
  const expiry = world.chain.timestamp + life;
  const wanted = { registry: PREIMAGES, key, amount, expiry };
  payer.dispatch(id, { type: "lock", asset: NATIVE, lock: wanted, packet: "0x", origin });
  world.deliverAll();
  return { origin, secret, key, expiry };
}

/** Whoever is promised something shows the secret, which is all that it does by itself. */
function claim({ id }: Scene, payee: SimulatedNode, { key, secret }: Promised): void {
  const held = [...payee.states.get(id)!.lanes[0]!.theirs.locks.locks()].find((one) => one.key === key)!;
  payee.dispatch(id, { type: "claim", name: { lane: 0, position: held.position, serial: held.serial }, secret });
}

/** Lets everything go its way until a time. */
function runTo(world: World, time: bigint, blockTime = BLOCK_TIME): void {
  while (world.chain.timestamp + blockTime <= time) world.run(1, blockTime);
}

/** What became of what a node has promised, by name. */
function fatesOf({ events }: SimulatedNode): Record<string, string[]> {
  const fates: Record<string, string[]> = {};
  for (const event of events) if (event.type !== "locked") (fates[event.origin] ??= []).push(event.type);
  return fates;
}

function secretsOf({ events }: SimulatedNode): Hex[] {
  return events.flatMap((event: LaneEvent) => (event.type === "settled" ? [event.secret] : []));
}

function paidBy(node: SimulatedNode, id: ChannelId): bigint {
  return node.states.get(id)!.lanes[0]!.mine.tally.transferred;
}

function locksOf(node: SimulatedNode, id: ChannelId): number {
  const { mine, theirs } = node.states.get(id)!.lanes[0]!;
  return mine.locks.size + theirs.locks.size;
}

function sentBy(node: SimulatedNode, world: World): string[] {
  const all = world.chain.blocks.flatMap(({ transactions }) => transactions);
  return all.filter(({ sender, error }) => sender === node.address && error === undefined).map(({ call }) => call.kind);
}

/** Keeps messages of one kind back, of everybody or of one. */
function censor(world: World, types: readonly string[], from?: SimulatedNode): void {
  world.censor = (letter) =>
    !types.includes(letter.message.type) || (from !== undefined && letter.from !== from.address);
}

/** Everybody is done, nothing is left in escrow, and no money came or went. */
function expectOver(scene: Scene, expected: readonly bigint[]): void {
  const { world, id } = scene;
  expectClosed(scene, id);
  expect(gains(world)).to.deep.equal(expected);
  expect(world.chain.head.total(NATIVE)).to.equal(FORTUNE * BigInt(world.nodes.length));
}

describe("locks and the chain", () => {
  describe("while a channel is open", () => {
    it("ask nothing of the chain where both do what they should", () => {
      const scene = payingScene();
      const { world, alice, bob, id } = scene;
      claim(scene, bob, lock(scene, alice, "a"));
      world.deliverAll();
      runTo(world, world.chain.timestamp + 2n * LIFE);
      expect(paidBy(alice, id)).to.equal(10n);
      expect(fatesOf(alice)).to.deep.equal({ a: ["settled"] });
      expect([...sentBy(alice, world), ...sentBy(bob, world)]).to.not.include("revealPreimages");
    });

    it("show their secrets to the chain in time if the payer does not hear them, and are paid by voucher then", () => {
      const scene = payingScene();
      const { world, alice, bob, id } = scene;
      censor(world, ["claim"]);
      const promises = ["a", "b", "c"].map((name) => lock(scene, alice, name));
      for (const one of promises) claim(scene, bob, one);
      runTo(world, promises[0]!.expiry - SETTINGS.claimMargin - BLOCK_TIME);
      expect(sentBy(bob, world)).to.not.include("revealPreimages");
      world.run(8);
      expect(sentBy(bob, world).filter((kind) => kind === "revealPreimages")).to.have.length(1);
      expect(paidBy(alice, id)).to.equal(30n);
      expect(locksOf(alice, id) + locksOf(bob, id)).to.equal(0);
      expect(secretsOf(alice)).to.have.members(promises.map(({ secret }) => secret));
      runTo(world, world.chain.timestamp + LIFE);
      expect(alice.record(id).leaving || bob.record(id).leaving).to.equal(false);
      expect(fatesOf(alice)).to.deep.equal({ a: ["settled"], b: ["settled"], c: ["settled"] });
    });

    it("show private keys as the registry of points takes them", () => {
      const scene = payingScene();
      const { world, alice, bob, id } = scene;
      censor(world, ["claim"]);
      const promises = [1n, 2n, 3n, 4n].map((i) => {
        const secret: Hex = `0x${uintWord(1_000n + i)}`;
        const { key } = evenScalar(secret);
        const expiry = world.chain.timestamp + LIFE;
        const wanted = { registry: SCALARS, key, amount: 5n, expiry };
        alice.dispatch(id, { type: "lock", asset: NATIVE, lock: wanted, packet: "0x", origin: `${i}` });
        world.deliverAll();
        return { origin: `${i}`, secret, key, expiry };
      });
      for (const one of promises) claim(scene, bob, one);
      runTo(world, promises[0]!.expiry);
      expect(paidBy(alice, id)).to.equal(20n);
      expect(secretsOf(alice).map((secret) => evenScalar(secret).key)).to.have.members(promises.map(({ key }) => key));
    });

    it("are paid after they have expired, if the chain has heard the secret at the last moment", () => {
      const scene = payingScene();
      const { world, alice, bob, id } = scene;
      const promise = lock(scene, alice, "a");
      runTo(world, promise.expiry - 2n * BLOCK_TIME);
      claim(scene, bob, promise);
      world.deliverAll();
      expect(fatesOf(alice), "what comes so late is left to the chain").to.deep.equal({});
      world.run(1);
      world.run(1);
      expect(world.chain.head.registries.get(PREIMAGES, promise.key)!.since <= promise.expiry).to.equal(true);
      expect(fatesOf(alice), "the secret is handed on at once").to.deep.equal({ a: ["settled"] });
      expect(paidBy(alice, id), "but it is not certain yet").to.equal(0n);
      world.run(6);
      expect(paidBy(alice, id)).to.equal(10n);
      expect(fatesOf(alice)).to.deep.equal({ a: ["settled"] });
    });

    it("make whoever is paid learn a secret that somebody else shows", () => {
      const scene = payingScene();
      const { world, alice, bob, id } = scene;
      const promise = lock(scene, alice, "a");
      const call = { kind: "revealPreimages", registry: PREIMAGES, preimages: [promise.secret] } as const;
      world.chain.submit(alice.address, "by chance", call);
      censor(world, ["voucher"], alice);
      runTo(world, promise.expiry);
      const [held] = bob.states.get(id)!.lanes[0]!.theirs.locks.locks();
      expect(held!.secret).to.equal(promise.secret);
      world.censor = undefined;
      world.run(4);
      expect(paidBy(alice, id)).to.equal(10n);
    });

    it("go back once they have certainly expired, and are told of then", () => {
      const scene = payingScene();
      const { world, alice, bob, id } = scene;
      const promise = lock(scene, alice, "a");
      runTo(world, promise.expiry + BLOCK_TIME);
      expect(locksOf(alice, id), "it is not certain yet").to.equal(1);
      expect(fatesOf(alice)).to.deep.equal({});
      world.run(6);
      expect(locksOf(alice, id) + locksOf(bob, id)).to.equal(0);
      expect(fatesOf(alice)).to.deep.equal({ a: ["failed"] });
      expect(paidBy(alice, id)).to.equal(0n);
    });

    it("are not given away by a payee that hears of the end before it is certain", () => {
      const scene = payingScene();
      const { world, alice, bob, id } = scene;
      const promise = lock(scene, alice, "a");
      claim(scene, bob, promise);
      world.network.letters = [];
      censor(world, ["claim"]);
      alice.dispatch(id, { type: "tick" });
      runTo(world, promise.expiry - SETTINGS.claimMargin);
      world.chain.spike(200); // the secret does not get on chain
      runTo(world, promise.expiry + 6n * BLOCK_TIME);
      expect(locksOf(bob, id)).to.equal(0);
      expect(fatesOf(alice)).to.deep.equal({ a: ["failed"] });
    });

    it("wait for a payee that does not stand behind their end; the money comes back by the chain if need be", () => {
      const scene = payingScene();
      const { world, alice, bob, id } = scene;
      const promise = lock(scene, alice, "a");
      bob.pay(id, 1n); // acknowledges it
      world.deliverAll();
      censor(world, ["voucher"], bob);
      runTo(world, promise.expiry + 20n * BLOCK_TIME);
      expect(fatesOf(alice)).to.deep.equal({});
      alice.dispatch(id, { type: "leave" });
      bob.crash();
      runTo(world, world.chain.timestamp + PERIOD + 10n * BLOCK_TIME);
      expect(alice.record(id).closed).to.equal(true);
      expect(fatesOf(alice)).to.deep.equal({ a: ["failed"] });
      expect(gains(world)).to.deep.equal([1n, -1n]);
    });

    it("reach the chain although gas is dear for long", () => {
      const scene = payingScene();
      const { world, alice, bob, id } = scene;
      censor(world, ["claim"]);
      const promise = lock(scene, alice, "a");
      claim(scene, bob, promise);
      runTo(world, promise.expiry - SETTINGS.claimMargin);
      world.chain.spike(7);
      runTo(world, promise.expiry + 6n * BLOCK_TIME);
      expect(paidBy(alice, id)).to.equal(10n);
    });

    it("are shown again when a reorganisation takes a stranger's transaction away, and told of once", () => {
      const scene = payingScene();
      const { world, alice, bob, id } = scene;
      censor(world, ["claim"]);
      const promise = lock(scene, alice, "a");
      claim(scene, bob, promise);
      runTo(world, promise.expiry - SETTINGS.claimMargin - 2n * BLOCK_TIME);
      const call = { kind: "revealPreimages", registry: PREIMAGES, preimages: [promise.secret] } as const;
      world.chain.submit(alice.address, "stranger", call);
      world.run(2);
      world.chain.reorganise(2);
      world.chain.cancel(alice.address, "stranger");
      expect(world.chain.head.registries.get(PREIMAGES, promise.key)).to.equal(undefined);
      runTo(world, promise.expiry + 6n * BLOCK_TIME);
      expect(world.chain.head.registries.get(PREIMAGES, promise.key)!.since <= promise.expiry).to.equal(true);
      expect(paidBy(alice, id)).to.equal(10n);
      expect(fatesOf(alice)).to.deep.equal({ a: ["settled"] });
    });

    it("are not taken for failed after their secret was handed on, whatever a reorganisation does", () => {
      const scene = payingScene();
      const { world, alice, bob, id } = scene;
      const promise = lock(scene, alice, "a");
      bob.crash();
      runTo(world, promise.expiry - 2n * BLOCK_TIME);
      const call = { kind: "revealPreimages", registry: PREIMAGES, preimages: [promise.secret] } as const;
      world.chain.submit(bob.address, "stranger", call);
      world.run(1);
      expect(fatesOf(alice)).to.deep.equal({ a: ["settled"] });
      world.chain.reorganise(1);
      world.chain.cancel(bob.address, "stranger");
      runTo(world, promise.expiry + 6n * BLOCK_TIME);
      bob.restart();
      world.run(6);
      expect(locksOf(alice, id) + locksOf(bob, id)).to.equal(0);
      expect(fatesOf(alice)).to.deep.equal({ a: ["settled"] });
      expect(paidBy(alice, id)).to.equal(0n);
    });
  });

  describe("that nobody should have to believe", () => {
    it("are refused if their registry is not known, by payer and payee", () => {
      const scene = payingScene();
      const { world, alice, bob, id } = scene;
      const registry = PAYMENTS;
      const wanted = { registry, key: hashOf("k"), amount: 10n, expiry: world.chain.timestamp + LIFE };
      alice.dispatch(id, { type: "lock", asset: NATIVE, lock: wanted, packet: "0x", origin: "a" });
      expect(fatesOf(alice)).to.deep.equal({ a: ["refused"] });
      lock(scene, alice, "b");
      world.network.letters = [];
      alice.pay(id, 1n);
      const [letter] = world.network.letters;
      if (letter?.message.type !== "voucher") throw new Error("Alice has not paid.");
      const operation = { kind: "lock" as const, lock: { ...wanted, position: 1 }, packet: "0x" as const };
      bob.receive(alice.address, { ...letter.message, operations: [operation] });
      const answers = world.network.letters.map(({ message }) => message);
      const refusal = answers.find((message) => message.type === "reject");
      expect(refusal).to.have.property("text").that.includes(registry);
    });

    it("do not keep others from the chain whose secrets are wrong", () => {
      const scene = payingScene();
      const { world, alice, bob, id } = scene;
      censor(world, ["claim"]);
      const [right, wrong] = ["a", "b"].map((name) => lock(scene, alice, name)) as [Promised, Promised];
      claim(scene, bob, right);
      claim(scene, bob, { ...wrong, secret: hashOf("nonsense") });
      runTo(world, right.expiry);
      const shown = world.chain.blocks.flatMap(({ transactions }) => transactions.map(({ call }) => call));
      const preimages = shown.flatMap((call) => (call.kind === "revealPreimages" ? call.preimages : []));
      expect(preimages).to.deep.equal([right.secret]);
      expect(paidBy(alice, id)).to.equal(10n);
    });

    it("are paid though they were given up, if the chain has heard their secret first", () => {
      const scene = payingScene();
      const { world, alice, bob, id } = scene;
      const promise = lock(scene, alice, "a");
      alice.pay(id, 1n);
      world.deliverAll();
      world.disconnect(alice, bob);
      const held = [...bob.states.get(id)!.lanes[0]!.theirs.locks.locks()][0]!;
      const name = { lane: 0, position: held.position, serial: held.serial };
      const message = {
        type: "giveUp" as const,
        channelId: id,
        lane: 0,
        locks: [{ ...name, failure: "0x01" as const }],
      };
      alice.dispatch(id, { type: "message", from: 1, message });
      runTo(world, promise.expiry - SETTINGS.claimMargin);
      const call = { kind: "revealPreimages", registry: PREIMAGES, preimages: [promise.secret] } as const;
      world.chain.submit(bob.address, "all the same", call);
      world.run(4);
      expect(fatesOf(alice)).to.deep.equal({ a: ["settled"] });
      alice.dispatch(id, { type: "leave" });
      runTo(world, START + 3n * PERIOD, 60n);
      expect(fatesOf(alice)).to.deep.equal({ a: ["settled"] });
      expect(gains(world)).to.deep.equal([-11n, 11n]);
    });
  });

  describe("in a channel that is left", () => {
    for (const when of ["is left", "is settled"]) {
      it(`hand on what the payee says after the channel ${when}, even if it does not reach the chain then`, () => {
        const scene = payingScene();
        const { world, alice, bob, id } = scene;
        const promise = lock(scene, alice, "a", 10n, 3n * PERIOD);
        bob.pay(id, 1n);
        world.deliverAll();
        bob.crash();
        alice.dispatch(id, { type: "leave" });
        if (when === "is settled") runTo(world, START + 2n * PERIOD, 60n);
        expect(alice.record(id).settled !== undefined).to.equal(when === "is settled");
        const { position, serial } = [...alice.states.get(id)!.lanes[0]!.mine.locks.locks()][0]!;
        const claims = [{ position, serial, secret: promise.secret }];
        alice.dispatch(id, { type: "message", from: 1, message: { type: "claim", channelId: id, lane: 0, claims } });
        expect(fatesOf(alice)).to.deep.equal({ a: ["settled"] });
        runTo(world, START + 4n * PERIOD, 60n);
        expect(alice.record(id).closed).to.equal(true);
        expect(fatesOf(alice)).to.deep.equal({ a: ["settled"] });
        expect(gains(world)).to.deep.equal([1n, -1n]);
      });
    }

    it("are told of once, though the voucher that was to pay them was never given", () => {
      const scene = payingScene();
      const { world, alice, bob, id } = scene;
      const promise = lock(scene, alice, "a", 10n, PERIOD);
      bob.pay(id, 1n);
      world.deliverAll();
      world.disconnect(alice, bob);
      const { position, serial } = [...alice.states.get(id)!.lanes[0]!.mine.locks.locks()][0]!;
      const claims = [{ position, serial, secret: promise.secret }];
      alice.dispatch(id, { type: "message", from: 1, message: { type: "claim", channelId: id, lane: 0, claims } });
      expect(alice.states.get(id)!.lanes[0]!.mine.queue).to.have.length(1);
      bob.crash();
      alice.dispatch(id, { type: "leave" });
      runTo(world, START + 3n * PERIOD, 60n);
      expect(alice.record(id).closed).to.equal(true);
      expect(fatesOf(alice)).to.deep.equal({ a: ["settled"] });
      expect(gains(world)).to.deep.equal([1n, -1n]);
    });

    it("are claimed again if a reorganisation takes somebody else's claim away", () => {
      const scene = payingScene();
      const { world, alice, bob, id } = scene;
      const promise = lock(scene, alice, "a", 10n, PERIOD);
      claim(scene, bob, promise);
      censor(world, ["voucher", "claim"]);
      bob.dispatch(id, { type: "leave" });
      alice.crash();
      let claims = 0;
      world.chain.submit = ((submit) => (sender, name, call, first) => {
        submit(sender, name, call, first);
        if (call.kind === "claimLocks" && claims++ === 0) submit(alice.address, "kind", call, true);
      })(world.chain.submit.bind(world.chain));
      while (claims === 0) world.run(1, 60n);
      world.run(1);
      expect(world.chain.reverts.get("claimLocks: NothingToClaim")).to.equal(1);
      world.chain.reorganise(1);
      world.chain.cancel(alice.address, "kind");
      world.run(20);
      expect(bob.record(id).closed).to.equal(true);
      expect(gains(world)).to.deep.equal([-10n, 10n]);
    });

    it("end for everybody as the chain says, whatever happens on the way", () => {
      const promise = fc.record({
        from: fc.nat(1),
        amount: fc.bigInt(1n, 8n),
        life: fc.bigInt(200n, 3n * PERIOD),
        /** When the payee shows the secret; after how many blocks. */
        shown: fc.option(fc.nat(120), { nil: undefined }),
      });
      const disturbance = fc.oneof(
        fc.record({ kind: fc.constant("crash" as const), who: fc.nat(1) }),
        fc.record({ kind: fc.constant("restart" as const), who: fc.nat(1) }),
        fc.record({ kind: fc.constant("part" as const), who: fc.constant(0) }),
        fc.record({ kind: fc.constant("meet" as const), who: fc.constant(0) }),
        fc.record({ kind: fc.constant("leave" as const), who: fc.nat(1) }),
      );
      const plan = fc.record({
        promises: fc.array(promise, { minLength: 1, maxLength: 8 }),
        disturbances: fc.array(fc.tuple(fc.nat(120), disturbance), { maxLength: 6 }),
      });
      fc.assert(fc.property(plan, play), runs(20));
    }).timeout(0);

    interface Plan {
      readonly promises: readonly { from: number; amount: bigint; life: bigint; shown: number | undefined }[];
      readonly disturbances: readonly (readonly [number, { kind: string; who: number }])[];
    }

    function play({ promises, disturbances }: Plan): void {
      const scene = payingScene();
      const { world, nodes, id } = scene;
      const made = promises.map(({ from, amount, life }, i) => lock(scene, nodes[from]!, `${i}`, amount, life));
      for (let block = 0; block <= 120; block++) {
        for (const [at, { kind, who }] of disturbances) if (at === block) disturb(scene, kind, nodes[who]!);
        for (const [i, { from, shown }] of promises.entries()) {
          if (shown === block && nodes[1 - from]!.up) tryClaim(scene, nodes[1 - from]!, made[i]!);
        }
        world.run(1, 30n);
      }
      for (const node of nodes) node.restart();
      world.connect(nodes[0]!, nodes[1]!);
      nodes[0]!.dispatch(id, { type: "leave" });
      runTo(world, START + 4n * PERIOD, 30n);
      const [alice, bob] = nodes.map(fatesOf) as [ReturnType<typeof fatesOf>, ReturnType<typeof fatesOf>];
      const paid = promises.map(({ from, amount }, i) => {
        const fate = (from === 0 ? alice : bob)[`${i}`];
        expect(fate, `what becomes of ${i} is told once`).to.have.length(1);
        return fate![0] === "settled" ? (from === 0 ? amount : -amount) : 0n;
      });
      const toBob = paid.reduce((sum, amount) => sum + amount, 0n);
      expectOver(scene, [-toBob, toBob]);
    }

    function disturb({ world, nodes, id }: Scene, kind: string, node: SimulatedNode): void {
      if (kind === "crash") node.crash();
      if (kind === "restart") node.restart();
      if (kind === "part") world.disconnect(nodes[0]!, nodes[1]!);
      if (kind === "meet") world.connect(nodes[0]!, nodes[1]!);
      if (kind === "leave") node.dispatch(id, { type: "leave" });
    }

    /** The lock may be gone already. */
    function tryClaim(scene: Scene, payee: SimulatedNode, promise: Promised): void {
      const locks = [...payee.states.get(scene.id)!.lanes[0]!.theirs.locks.locks()];
      if (locks.some(({ key }) => key === promise.key)) claim(scene, payee, promise);
    }

    it("are paid by the chain, if their payer does not pay what the chain knows", () => {
      const scene = payingScene();
      const { world, alice, bob, id } = scene;
      const promise = lock(scene, alice, "a");
      bob.pay(id, 1n);
      world.deliverAll();
      censor(world, ["voucher"], alice);
      claim(scene, bob, promise);
      runTo(world, promise.expiry - SETTINGS.claimMargin + 5n * BLOCK_TIME);
      expect(sentBy(bob, world)).to.include("revealPreimages");
      expect(bob.record(id).leaving, "it is given time").to.equal(false);
      runTo(world, promise.expiry + PERIOD + 20n * BLOCK_TIME);
      expect(bob.notices.filter(({ type }) => type === "leaving")).to.have.length(1);
      expect(fatesOf(alice)).to.deep.equal({ a: ["settled"] });
      expect(sentBy(bob, world)).to.include("claimLocks");
      expectOver(scene, [-9n, 9n]);
    });

    for (const leaver of ["alice", "bob"]) {
      for (const life of [LIFE, 2n * PERIOD]) {
        it(`are shared out to the last coin (${leaver} leaves, locks live for ${life} seconds)`, () => {
          const scene = payingScene();
          const { world, alice, bob, id } = scene;
          const toBob = ["a", "b", "c"].map((name) => lock(scene, alice, name, 10n, life));
          const toAlice = ["d", "e"].map((name) => lock(scene, bob, name, 7n, life));
          censor(world, ["claim"]);
          claim(scene, bob, toBob[0]!);
          claim(scene, alice, toAlice[1]!);
          world.node(leaver).dispatch(id, { type: "leave" });
          runTo(world, START + 3n * PERIOD, 60n);
          expect(fatesOf(alice)).to.deep.equal({ a: ["settled"], b: ["failed"], c: ["failed"] });
          expect(fatesOf(bob)).to.deep.equal({ d: ["failed"], e: ["settled"] });
          expectOver(scene, [-3n, 3n]);
        });
      }
    }

    it("are told of once, and claimed, whenever a machine crashes", () => {
      for (let crash = 0; crash < 40; crash++) {
        const scene = payingScene();
        const { world, alice, bob, id } = scene;
        const toBob = ["a", "b"].map((name) => lock(scene, alice, name, 10n, 2n * PERIOD));
        const toAlice = lock(scene, bob, "d", 7n, 2n * PERIOD);
        censor(world, ["claim"]);
        claim(scene, bob, toBob[0]!);
        claim(scene, alice, toAlice);
        alice.dispatch(id, { type: "leave" });
        world.run(3);
        world.mine(PERIOD);
        for (let block = 0; block < 40; block++) {
          if (block === crash) alice.crash();
          world.mine(block < 20 ? BLOCK_TIME : PERIOD / 4n);
          if (block === crash) alice.restart();
          world.deliverAll();
        }
        expect(fatesOf(alice)).to.deep.equal({ a: ["settled"], b: ["failed"] });
        expect(fatesOf(bob)).to.deep.equal({ d: ["settled"] });
        expectOver(scene, [-3n, 3n]);
      }
    }).timeout(0);

    it("are found again as they were when an older voucher counts", () => {
      const scene = payingScene();
      const { world, alice, bob, id } = scene;
      lock(scene, alice, "a", 10n, PERIOD);
      lock(scene, alice, "b", 10n, PERIOD);
      bob.pay(id, 1n); // acknowledges both
      world.deliverAll();
      const [first] = alice.states.get(id)!.lanes[0]!.mine.locks.locks();
      // Alice pays one, gives a third, and nothing of that arrives.
      world.censor = () => false;
      const name = { lane: 0, position: first!.position, serial: first!.serial };
      const secret = hashOf("a");
      alice.dispatch(id, {
        type: "message",
        from: 1,
        message: { type: "claim", channelId: id, lane: 0, claims: [{ ...name, secret }] },
      });
      lock(scene, alice, "c", 10n, PERIOD);
      expect(paidBy(alice, id)).to.equal(10n);
      alice.dispatch(id, { type: "leave" });
      bob.crash();
      runTo(world, START + 3n * PERIOD, 60n);
      expect(alice.record(id).closed).to.equal(true);
      expect(alice.notices.some(({ type }) => type === "unprovable")).to.equal(false);
      expect(fatesOf(alice)).to.deep.equal({ a: ["settled"], b: ["failed"], c: ["refused"] });
      expect(gains(world)).to.deep.equal([1n, -1n]);
    });

    it("do not keep it open when somebody else claims for everybody", () => {
      const scene = payingScene();
      const { world, alice, bob, id } = scene;
      const promise = lock(scene, alice, "a", 10n, PERIOD);
      claim(scene, bob, promise);
      censor(world, ["voucher", "claim"]);
      bob.dispatch(id, { type: "leave" });
      world.chain.submit = ((submit) => (sender, name, call, first) => {
        submit(sender, name, call, first);
        if (call.kind === "claimLocks") submit(alice.address, "kind", call, true);
      })(world.chain.submit.bind(world.chain));
      runTo(world, START + 3n * PERIOD, 60n);
      expect(world.chain.reverts.has("claimLocks: NothingToClaim")).to.equal(true);
      expectOver(scene, [-10n, 10n]);
    });

    it("are many, and claimed many at once", () => {
      const scene = openScene({ app: PAYMENTS, amounts: [1_000n, 1_000n] });
      const { world, alice, bob, id } = scene;
      const promises = Array.from({ length: 150 }, (_, i) => lock(scene, alice, `${i}`, 2n, 2n * PERIOD));
      censor(world, ["claim"]);
      for (const [i, promise] of promises.entries()) if (i % 3 === 0) claim(scene, bob, promise);
      bob.dispatch(id, { type: "leave" });
      runTo(world, START + 3n * PERIOD, 60n);
      const fates = Object.values(fatesOf(alice));
      expect(fates.filter(([fate]) => fate === "settled")).to.have.length(50);
      expect(fates.filter(([fate]) => fate === "failed")).to.have.length(100);
      expect(
        [alice, bob].map((node) => sentBy(node, world).filter((kind) => kind === "claimLocks").length),
      ).to.deep.equal([3, 3]);
      expectOver(scene, [-100n, 100n]);
    }).timeout(0);

    it("are not claimed where nobody knows which they were, and a person hears of that", () => {
      const scene = payingScene();
      const { world, alice, bob, id } = scene;
      lock(scene, bob, "a", 10n, PERIOD);
      alice.crash();
      const state = bob.states.get(id)!;
      const lane = state.lanes[0]!;
      const forgotten = { ...lane, mine: { ...lane.mine, locks: lane.mine.locks.copy() } };
      forgotten.mine.locks.remove([...forgotten.mine.locks.locks()][0]!.position);
      bob.states.set(id, { ...state, lanes: [forgotten] });
      bob.dispatch(id, { type: "leave" });
      runTo(world, START + 3n * PERIOD, 60n);
      expect(bob.notices.filter(({ type }) => type === "unprovable")).to.have.length(1);
      expect(bob.record(id).closed).to.equal(true);
      expect(world.chain.head.owned.of(accountDestination(bob.address), NATIVE)).to.equal(FORTUNE - 10n);
    });
  });
});
