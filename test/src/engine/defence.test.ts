import { expect } from "chai";
import { ENDING } from "../../../src/engine/change";
import type { Agreed } from "../../../src/engine/channel";
import { accountDestination, channelDestination } from "../../../src/protocol/destination";
import { challengeDigest, stateHashOf, stoppedAt } from "../../../src/protocol/hashing";
import { NATIVE, NO_DISPUTE, NO_SIGNATURE, type ChannelId } from "../../../src/protocol/types";
import type { SimulatedNode } from "./world/node";
import { expectClosed, gains, openScene, outlast, type Scene } from "./world/scene";
import { payment, PERIOD, type Wanted } from "./world/terms";
import { START, TOKEN } from "./world/world";

/** A channel in which Bob has paid Alice five times one coin, and everything that was ever agreed. */
function paidScene(wanted: Wanted = {}): Scene & { readonly history: readonly Agreed[] } {
  const scene = openScene(wanted);
  const { world, alice, bob, id } = scene;
  const history = [alice.record(id).agreed!];
  for (let i = 0; i < 5; i++) {
    bob.wish(id, payment(bob, alice, 1n, wanted.asset));
    world.deliverAll();
    history.push(alice.record(id).agreed!);
  }
  return { ...scene, history };
}

/** Somebody challenges with a state of its choice, behind its engine's back. */
function challengeWith({ world }: Scene, node: SimulatedNode, id: ChannelId, agreed: Agreed, name = "lie"): void {
  const { terms: channel } = node.record(id);
  const digest = challengeDigest(world.deployment, stateHashOf(id, agreed.state));
  const challenger = channel.bond === 0n ? NO_SIGNATURE : node.signer.sign(digest);
  world.chain.submit(node.address, name, { kind: "challenge", channel, dispute: NO_DISPUTE, ...agreed, challenger });
}

function waitingFor(scene: Scene, node: SimulatedNode): bigint {
  return scene.world.chain.head.held.of(accountDestination(node.address), NATIVE);
}

describe("defence", () => {
  it("closes with the chain once, by whoever seals", () => {
    const scene = paidScene();
    const { world, bob, id } = scene;
    bob.wish(id, ENDING);
    world.run(2);
    expect(world.chain.head.recordOf(id).kind).to.equal("paid");
    expect(bob.record(id).closed, "it is not over before it is certain").to.equal(false);
    world.run(4);
    expectClosed(scene, id);
    expect([...world.chain.reverts]).to.deep.equal([]);
    expect(gains(world)).to.deep.equal([5n, -5n]);
  });

  it("takes its own close back when another one was quicker", () => {
    const scene = paidScene();
    const { world, alice, bob, id } = scene;
    const { chain } = world;
    const submit = chain.submit.bind(chain);
    const calls: string[] = [];
    chain.submit = (sender, name, ...rest) => {
      if (sender === alice.address)
        calls.push(`submit ${name}`); // it has no gas
      else submit(sender, name, ...rest);
    };
    chain.cancel = (sender, name) => {
      if (sender === alice.address) calls.push(`cancel ${name}`);
    };
    bob.wish(id, ENDING);
    world.run(1);
    submit(bob.address, "quick", { kind: "conclude", channel: bob.record(id).terms, ...bob.record(id).agreed! });
    world.run(8);
    expect(calls).to.deep.equal([`submit ${id}:conclude`, `cancel ${id}:conclude`]);
    expectClosed(scene, id);
  });

  it("closes by the other one if the sealer does not", () => {
    const scene = paidScene();
    const { world, alice, bob, id } = scene;
    bob.wish(id, ENDING);
    world.deliverAll();
    alice.crash();
    world.chain.spike(1);
    world.run(8);
    expect(bob.record(id).closed).to.equal(true);
  });

  it("settles over a dispute what all have signed at last, without a clock", () => {
    const scene = paidScene();
    const { world, alice, id, history } = scene;
    challengeWith(scene, alice, id, history[1]!);
    scene.bob.wish(id, ENDING);
    world.deliverAll();
    world.run(6);
    expectClosed(scene, id);
    expect(world.chain.timestamp < START + PERIOD).to.equal(true);
    expect(gains(world)).to.deep.equal([5n, -5n]);
  });

  for (const liar of ["alice", "bob"]) {
    it(`answers each old state that ${liar} registers, and then settles by the newest`, () => {
      for (let version = 0; version <= 5; version++) {
        const scene = paidScene();
        const { world, nodes, id, history } = scene;
        challengeWith(scene, world.node(liar), id, history[version]!);
        world.node(liar).crash();
        outlast(world);
        const honest = nodes.find(({ name }) => name !== liar)!;
        expect(honest.record(id).closed).to.equal(true);
        expect(honest.notices.some(({ type }) => type === "disputed")).to.equal(version < 5);
        expect(gains(world)).to.deep.equal([5n, -5n]);
      }
    });
  }

  it("answers again, however often an older state takes its place in a reorganisation", () => {
    const scene = paidScene();
    const { world, alice, id, history } = scene;
    world.censor = () => false;
    for (const [i, agreed] of history.slice(0, 4).entries()) {
      challengeWith(scene, alice, id, agreed, `lie ${i}`);
      world.mine();
      world.mine();
      world.reorganise(2);
    }
    outlast(world);
    expectClosed(scene, id);
    expect(gains(world)).to.deep.equal([5n, -5n]);
  });

  it("comes back to what was not certain: a payment that a reorganisation undoes is defended", () => {
    const scene = paidScene();
    const { world, alice, bob, id, history } = scene;
    bob.wish(id, ENDING);
    world.run(2);
    expect(world.chain.head.recordOf(id).kind).to.equal("paid");
    world.chain.reorganise(2);
    const { terms: channel } = alice.record(id);
    const lie = { kind: "challenge" as const, channel, dispute: NO_DISPUTE, ...history[0]!, challenger: NO_SIGNATURE };
    world.chain.submit(alice.address, "lie", lie, true);
    outlast(world);
    expectClosed(scene, id);
    expect(gains(world)).to.deep.equal([5n, -5n]);
  });

  it("makes a proven liar lose its bond, and never risks that of somebody honest", () => {
    const scene = paidScene({ bond: 50n });
    const { world, alice, bob, id, history } = scene;
    challengeWith(scene, bob, id, history[0]!);
    world.run(1);
    bob.crash();
    outlast(world);
    expect(alice.record(id).closed).to.equal(true);
    expect(waitingFor(scene, alice), "Bob's bond, and her own back").to.equal(100n);
    expect(gains(world)).to.deep.equal([5n - 50n, -5n - 50n]);
  });

  it("risks no bond by leaving while the newest state is on its way", () => {
    const scene = paidScene({ bond: 50n });
    const { world, alice, bob, id } = scene;
    bob.wish(id, payment(bob, alice, 1n));
    world.deliver(0);
    world.network.letters = [];
    world.censor = () => false;
    bob.dispatch(id, { type: "leave" });
    outlast(world);
    expectClosed(scene, id);
    const [one, other] = scene.nodes.map((node) => waitingFor(scene, node));
    expect(one! + gains(world)[0]!).to.equal(6n);
    expect(other! + gains(world)[1]!).to.equal(-6n);
  });

  it("lets two who leave at once both be paid", () => {
    const scene = paidScene();
    const { world, nodes, id } = scene;
    for (const node of nodes) node.dispatch(id, { type: "leave" });
    outlast(world);
    expectClosed(scene, id);
    expect(gains(world)).to.deep.equal([5n, -5n]);
  });

  it("goes on with a clock that somebody has stopped with the newest state", () => {
    const scene = paidScene();
    const { world, alice, bob, id, history } = scene;
    const { terms: channel } = bob.record(id);
    world.chain.submit(bob.address, "lie", { kind: "checkpoint", channel, dispute: NO_DISPUTE, ...history[5]! });
    bob.crash();
    outlast(world);
    expect(alice.record(id).closed).to.equal(true);
    expect(gains(world)).to.deep.equal([5n, -5n]);
  });

  it("lets a newer state count that only the other one has", () => {
    const scene = paidScene();
    const { world, alice, bob, id } = scene;
    bob.wish(id, payment(bob, alice, 10n));
    world.deliver(0);
    world.network.letters = [];
    world.censor = () => false;
    alice.dispatch(id, { type: "leave" });
    world.run(1);
    expect(bob.notices.some(({ type }) => type === "disputed")).to.equal(false);
    outlast(world);
    expectClosed(scene, id);
    expect(bob.record(id).settled!.version).to.equal(6n);
    expect(gains(world)).to.deep.equal([15n, -15n]);
  });

  it("collects what comes later, and nothing that is not owed", () => {
    const scene = openScene({ asset: TOKEN });
    const { world, alice, id } = scene;
    const state = alice.record(id).opening;
    const { head } = world.chain;
    head.records.set(id, { kind: "final", state, owed: [100n, 100n] });
    head.revisions.set(id, {});
    head.held.add(channelDestination(id), NATIVE, 3n);
    world.run(8);
    expectClosed(scene, id);
    expect(gains(world, TOKEN)).to.deep.equal([0n, 0n]);
    const collects = [...world.chain.reverts.keys()].filter((name) => name.startsWith("collect"));
    expect(collects.length, "both have tried once").to.be.lessThan(2);
  });

  it("does nothing before the chain has said anything", () => {
    const { world, alice, id } = paidScene();
    alice.dispatch(id, { type: "leave" });
    world.run(1);
    const { record } = alice.states.get(id)!;
    alice.crash();
    expect(stoppedAt(id, record.agreed!.state).finalizesAt).to.equal(0n);
    const before = world.chain.isQuiet;
    alice.restart();
    expect(world.chain.isQuiet).to.equal(before);
  });
});
