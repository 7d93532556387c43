import { expect } from "chai";
import fc from "fast-check";
import { createSigner, verifySignature } from "../../../src/adapters/crypto/native";
import { ENDING } from "../../../src/engine/change";
import type { Message } from "../../../src/engine/messages";
import { step, type ChannelEvent } from "../../../src/engine/step";
import { hashOf } from "./world/keyring";
import {
  endOf,
  errorOf,
  expectClosed,
  gains,
  openGame,
  openInLedger,
  openScene,
  outlast,
  play,
  sharesIn,
} from "./world/scene";
import { payment, termsOf } from "./world/terms";
import { World } from "./world/world";
import { anyEvent } from "./world/anything";

describe("step", () => {
  for (const payer of ["alice", "bob"]) {
    it(`gives up what waited too long, not what was wanted just now (${payer} pays)`, () => {
      const { world, id } = openScene();
      const [one, other] =
        payer === "alice" ? [world.node("alice"), world.node("bob")] : [world.node("bob"), world.node("alice")];
      other.crash();
      const first = one.wish(id, payment(one, other, 1n));
      world.pass(world.settings.patience - 1);
      const second = one.wish(id, payment(one, other, 2n));
      world.pass(1);
      expect(errorOf(one, first).code).to.equal("PEER_SILENT");
      expect(one.ends.has(second)).to.equal(false);
      world.pass(world.settings.patience);
      expect(errorOf(one, second).code).to.equal("PEER_SILENT");
    });
  }

  for (const opener of ["alice", "bob"]) {
    for (const closer of ["alice", "bob"]) {
      it(`opens for ${opener}, pays both ways and closes for ${closer}`, () => {
        const world = new World(["alice", "bob"]);
        const [alice, bob] = world.nodes;
        const id = world.node(opener).open(termsOf(world.nodes));
        world.run(10);
        const there = alice!.wish(id, payment(alice!, bob!, 7n));
        const back = bob!.wish(id, payment(bob!, alice!, 2n));
        world.deliverAll();
        endOf(alice!, there);
        endOf(bob!, back);
        world.node(closer).wish(id, ENDING);
        world.run();
        expectClosed(world, id);
        expect(gains(world)).to.deep.equal([-5n, 5n]);
      });
    }
  }

  it("does the same with real keys", () => {
    const signers = ["alice", "bob"].map((name) => createSigner(hashOf(`the key of ${name}`)));
    const sorted = signers.sort((a, b) => (BigInt(a.address) < BigInt(b.address) ? -1 : 1));
    const world = new World(["alice", "bob"], {
      signerOf: (_, i) => sorted[i]!,
      verify: verifySignature,
    });
    const [alice, bob] = world.nodes;
    const id = alice!.open(termsOf(world.nodes, { bond: 3n }));
    world.run(8);
    bob!.wish(id, payment(bob!, alice!, 5n));
    alice!.wish(id, payment(alice!, bob!, 1n));
    world.deliverAll();
    bob!.dispatch(id, { type: "leave" });
    outlast(world);
    expectClosed(world, id);
    expect(sharesIn(bob!, id)).to.deep.equal([104n, 96n]);
  });

  it("leaves through the chain with the newest state", () => {
    for (const leaver of ["alice", "bob"]) {
      const { world, nodes, alice, bob, id } = openScene();
      bob.wish(id, payment(bob, alice, 5n));
      world.deliverAll();
      world.node(leaver).dispatch(id, { type: "leave" });
      outlast(world);
      expectClosed({ nodes }, id);
      expect(gains(world)).to.deep.equal([5n, -5n]);
    }
  });

  it("funds an app channel from a ledger channel, and takes its money back when it ends", () => {
    const scene = openScene();
    const { world, alice, bob, id } = scene;
    const child = openInLedger(scene, [10n, 20n]);
    bob.wish(child, payment(bob, alice, 5n));
    bob.wish(child, ENDING);
    world.run();
    expectClosed(scene, child);
    alice.wish(id, ENDING);
    world.run();
    expectClosed(scene, id);
    expect(gains(world)).to.deep.equal([5n, -5n]);
  });

  it("plays a game, and enforces its last move", () => {
    const scene = openGame();
    let state = scene.start;
    for (const field of [0, 3, 1, 4, 2]) state = play(scene, state, field);
    scene.alice.dispatch(scene.id, { type: "leave" });
    outlast(scene.world);
    expectClosed(scene, scene.id);
    const winner = Number(state.version % 2n);
    expect(gains(scene.world)[winner]).to.equal(100n);
  });

  it("serves three people at once", () => {
    const { world, nodes, id } = openScene({}, "carol");
    for (const a of nodes) for (const b of nodes) if (a !== b) a.wish(id, payment(a, b, 5n));
    world.run(5);
    nodes[2]!.wish(id, ENDING);
    world.run();
    expectClosed({ nodes }, id);
    expect(gains(world)).to.deep.equal([0n, 0n, 0n]);
  });

  it("survives the loss of every single message of a payment", () => {
    for (const payer of [0, 1, 2]) {
      for (let lost = 0; lost < 8; lost++) {
        const { world, nodes, id } = openScene({}, "carol");
        const payee = nodes[(payer + 1) % 3]!;
        const ticket = nodes[payer]!.wish(id, payment(nodes[payer]!, payee, 5n));
        for (let i = 0; world.network.letters.length > 0; i++) {
          if (i === lost) world.network.take(0);
          else world.deliver(0);
        }
        for (let i = 0; i < 3; i++) {
          world.pass(1_000);
          world.deliverAll();
        }
        endOf(nodes[payer]!, ticket);
        for (const node of nodes) expect(node.record(id).agreed!.state.version, `${payer} ${lost}`).to.equal(1n);
      }
    }
  });

  it("says again what is not answered, and nothing else", () => {
    const { world, alice, bob, id } = openScene();
    world.pass(5_000);
    expect(world.network.letters, "nobody waits").to.deep.equal([]);
    bob.wish(id, payment(bob, alice, 1n));
    world.network.letters = [];
    world.pass(999);
    expect(world.network.letters).to.deep.equal([]);
    world.pass(1);
    expect(world.network.letters.map(({ message }) => message.type)).to.deep.equal(["sign"]);
  });

  it("tells whoever waits too long, but not what is signed that it is not", () => {
    const { world, alice, bob, id } = openScene();
    bob.crash();
    const unsigned = alice.wish(id, payment(alice, bob, 1n));
    world.pass(10_000);
    expect(errorOf(alice, unsigned).remedy).to.contain("Nobody has signed this");
    bob.restart();
    world.deliverAll();
    world.censor = ({ from }) => from !== bob.address;
    const signed = bob.wish(id, payment(bob, alice, 1n));
    const waiting = bob.wish(id, payment(bob, alice, 2n));
    world.pass(10_000);
    expect(errorOf(bob, signed).remedy).to.contain("may count yet");
    expect(errorOf(bob, waiting).remedy).to.contain("Nobody has signed this");
  });

  it("waits anew whenever something gets on", () => {
    const { world, alice, bob, id } = openScene();
    world.censor = ({ message }) => message.type !== "commit";
    for (let i = 0; i < 30; i++) {
      bob.wish(id, payment(bob, alice, 1n));
      world.deliverAll();
      world.pass(9_000);
      world.censor = undefined;
      bob.receive(alice.address, { type: "commit", channelId: id, ...alice.record(id).agreed!, answered: [0, 0] });
      world.deliverAll();
      world.censor = ({ message }) => message.type !== "commit";
    }
    expect(bob.record(id).leaving).to.equal(false);
    for (const end of bob.ends.values()) expect(end).to.have.property("state");
  });

  it("leaves when a signature, a move or a close is not answered for long", () => {
    const { world, alice, bob, id } = openScene();
    alice.crash();
    bob.wish(id, ENDING);
    world.pass(59_999);
    expect(bob.record(id).leaving).to.equal(false);
    world.pass(1);
    expect(bob.record(id).leaving).to.equal(true);
    outlast(world);
    expect(bob.record(id).closed).to.equal(true);
    expect(gains(world)).to.deep.equal([0n, 0n]);
  });

  it("forgets what nobody waits for any more", () => {
    const { world, alice, bob, id } = openScene();
    world.disconnect(alice, bob);
    const ticket = bob.wish(id, payment(bob, alice, 1n));
    bob.dispatch(id, { type: "withdrawn", ticket });
    world.connect(alice, bob);
    world.deliverAll();
    expect(sharesIn(alice, id)).to.deep.equal([100n, 100n]);
    expect(bob.ends.has(ticket)).to.equal(false);
  });

  it("wants nothing in a channel that is closed", () => {
    const { world, alice, bob, id } = openScene();
    alice.wish(id, ENDING);
    world.run();
    expect(errorOf(bob, bob.wish(id, payment(bob, alice, 1n))).code).to.equal("CHANNEL_NOT_OPEN");
    expect(errorOf(bob, bob.move(id, bob.record(id).opening)).code).to.equal("CHANNEL_NOT_OPEN");
  });

  it("never throws, never goes back and keeps within bounds, whatever it is told", () => {
    const { bob, id } = openScene();
    const game = openGame();
    const context = bob.context();
    for (const [start, node] of [
      [bob.states.get(id)!, bob],
      [game.alice.states.get(game.id)!, game.alice],
    ] as const) {
      fc.assert(
        fc.property(fc.array(anyEvent(node.record(start.record.id)), { maxLength: 30 }), (events: ChannelEvent[]) => {
          let state = start;
          for (const event of events) {
            const next = step({ ...context, signer: node.signer }, state, event).state;
            expect(next.record.signed >= state.record.signed).to.equal(true);
            const { questions, consents, submitted, ahead } = next.session;
            expect(questions.length + consents.length + submitted.length + ahead.length).to.be.lessThan(40);
            state = next;
          }
        }),
        { numRuns: 300 },
      );
    }
  });

  it("keeps no more of what peers say than there is room for", () => {
    const { alice, bob, id } = openScene();
    for (let i = 0; i < 500; i++) {
      const change = { ...payment(alice, bob, BigInt(i + 1)), final: i % 2 === 0 };
      const messages: Message[] = [
        { type: "request", channelId: id, id: i, change },
        { type: "propose", channelId: id, base: 0n, version: 1n, change },
        { type: "sync", channelId: id, agreed: BigInt(i), newest: BigInt(i), ask: true },
      ];
      for (const message of messages) alice.receive(bob.address, message);
    }
    const { questions, wishes, consents, ahead } = alice.states.get(id)!.session;
    expect(questions.length + wishes.length + consents.length + ahead.length).to.be.lessThan(4);
  });
});
