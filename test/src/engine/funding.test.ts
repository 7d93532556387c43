import { expect } from "chai";
import { ENDING } from "../../../src/engine/change";
import { depositsOf, totalsOf } from "../../../src/engine/funding";
import { channelDestination } from "../../../src/protocol/destination";
import { NATIVE, type ChannelId } from "../../../src/protocol/types";
import { endOf, expectClosed, gains, openScene, outlast } from "./world/scene";
import { installing, successorOf, termsOf } from "./world/terms";
import { TOKEN, World } from "./world/world";

function heldIn(world: World, id: ChannelId, asset = NATIVE): bigint {
  return world.chain.head.held.of(channelDestination(id), asset);
}

/** A channel whose opening all have signed, and no money yet. */
function openOnly(...wanted: Parameters<typeof termsOf>[1][]): { world: World; id: ChannelId } {
  const world = new World(["alice", "bob"]);
  const id = world.node("alice").open(termsOf(world.nodes, wanted[0]));
  world.deliverAll();
  return { world, id };
}

describe("funding", () => {
  it("takes one deposit after the other, each once the one before it is certain", () => {
    const { world, id } = openOnly({ amounts: [30n, 70n] });
    world.mine();
    expect(heldIn(world, id)).to.equal(30n);
    world.mine();
    world.mine();
    expect(heldIn(world, id), "the first deposit is not certain before its third block").to.equal(30n);
    world.mine();
    expect(heldIn(world, id)).to.equal(100n);
    expect(world.node("alice").record(id).funded).to.equal(false);
    world.mine();
    world.mine();
    for (const node of world.nodes) expect(node.record(id).funded).to.equal(true);
  });

  it("takes tokens as well, and nothing from who has nothing to put in", () => {
    const { world, id } = openOnly({ asset: TOKEN, amounts: [0n, 9n] });
    world.run(4);
    expect(heldIn(world, id, TOKEN)).to.equal(9n);
    for (const node of world.nodes) expect(node.record(id).funded).to.equal(true);
    expect(gains(world, TOKEN)).to.deep.equal([0n, -9n]);
  });

  it("deposits again what a reorganisation has taken away", () => {
    const { world, id } = openOnly();
    world.run(5);
    world.reorganise(2);
    world.run(6);
    expect(heldIn(world, id)).to.equal(200n);
    for (const node of world.nodes) expect(node.record(id).funded).to.equal(true);
  });

  it("deposits nothing twice, whenever a machine crashes", () => {
    const { world, id } = openOnly();
    for (let i = 0; i < 12; i++) {
      const node = world.nodes[i % 2]!;
      node.crash();
      node.restart();
      world.run(1);
    }
    expect(heldIn(world, id)).to.equal(200n);
    expect(gains(world)).to.deep.equal([-100n, -100n]);
  });

  it("deposits nothing that is there already", () => {
    const { world, id } = openOnly();
    const call = { destination: channelDestination(id), expectedHeld: 0n, amount: 100n };
    world.mine();
    world.chain.submit(world.node("alice").address, "again", { kind: "depositNative", ...call });
    world.run(8);
    expect(gains(world), "Alice has paid for Bob").to.deep.equal([-200n, 0n]);
    for (const node of world.nodes) expect(node.record(id).funded).to.equal(true);
  });

  it("pays back whoever has deposited, if a peer never does", () => {
    const { world, id } = openOnly();
    world.node("bob").crash();
    world.run(4);
    world.node("alice").dispatch(id, { type: "leave" });
    outlast(world);
    expect(world.node("alice").record(id).closed).to.equal(true);
    expect(gains(world)).to.deep.equal([0n, 0n]);
  });

  it("is over without the chain for who has put nothing in", () => {
    const { world, id } = openOnly();
    world.node("alice").crash();
    world.node("bob").dispatch(id, { type: "leave" });
    expect(world.node("bob").record(id).closed).to.equal(true);
  });

  it("gives a deposit back that was under way when the channel was closed, also after a crash", () => {
    const { world, id } = openOnly();
    const [alice] = world.nodes;
    world.chain.spike(6);
    alice!.wish(id, ENDING);
    world.deliverAll();
    expect(alice!.record(id).closed, "her deposit may still come").to.equal(false);
    alice!.crash();
    alice!.restart();
    world.run(12);
    expectClosed(world, id);
    expect(gains(world)).to.deep.equal([0n, 0n]);
  });

  it("deposits nothing into a channel that somebody wants to close", () => {
    const { world, id } = openOnly({ amounts: [0n, 50n] });
    world.chain.spike(3);
    world.node("alice").wish(id, ENDING);
    world.run(8);
    expectClosed(world, id);
    expect(gains(world)).to.deep.equal([0n, 0n]);
  });

  it("comes in one transaction from transfers that everybody has signed", () => {
    const { world, id } = openOnly({ asset: TOKEN, funding: { kind: "authorizations" } });
    world.mine();
    expect(heldIn(world, id, TOKEN)).to.equal(200n);
    world.run(3);
    for (const node of world.nodes) {
      expect(node.record(id).funded).to.equal(true);
      expect(node.record(id).authorizations.flat()).to.deep.equal([]);
    }
  });

  it("sends signed transfers again that got lost, and signs new ones when they expire", () => {
    const world = new World(["alice", "bob"]);
    const id = world.node("alice").open(termsOf(world.nodes, { asset: TOKEN, funding: { kind: "authorizations" } }));
    world.censor = ({ message }) => message.type !== "authorize";
    world.run(3);
    expect(heldIn(world, id, TOKEN)).to.equal(0n);
    const before = world.node("bob").record(id).authorizations[1]!;
    world.mine(4_000n);
    const after = world.node("bob").record(id).authorizations[1]!;
    expect(after[0]!.validBefore > before[0]!.validBefore).to.equal(true);
    world.censor = undefined;
    world.run(6);
    expect(heldIn(world, id, TOKEN)).to.equal(200n);
  });

  it("takes no transfers that are not what the opening state says", () => {
    const world = new World(["alice", "bob"]);
    const [alice, bob] = world.nodes;
    const id = alice!.open(termsOf(world.nodes, { asset: TOKEN, funding: { kind: "authorizations" } }));
    world.censor = ({ message }) => message.type !== "authorize";
    world.deliverAll();
    const less = bob!.record(id).authorizations[1]!.map((one) => ({ ...one, amount: one.amount - 1n }));
    alice!.receive(bob!.address, { type: "authorize", channelId: id, authorizations: less });
    expect(alice!.record(id).authorizations[1]).to.deep.equal([]);
  });

  it("waits, after somebody has left, until nobody can use what it has signed", () => {
    const { world, id } = openOnly({ asset: TOKEN, funding: { kind: "authorizations" } });
    const [alice, bob] = world.nodes;
    world.chain.spike(400);
    alice!.crash();
    bob!.dispatch(id, { type: "leave" });
    expect(bob!.record(id).closed).to.equal(false);
    for (let i = 0; i < 420; i++) world.mine();
    outlast(world);
    outlast(world);
    expect(bob!.record(id).closed).to.equal(true);
    expect(gains(world, TOKEN)).to.deep.equal([0n, 0n]);
  });

  it("goes on in a successor: what is carried over comes first, then what is added", () => {
    const { world, nodes, alice, id } = openScene();
    const carried = { asset: NATIVE, amounts: [90n, 60n] };
    const terms = successorOf(nodes, id, carried, [5n, 7n]);
    const next = alice.open(terms);
    world.deliverAll();
    const ticket = alice.wish(id, installing(next, terms));
    world.run(20);
    endOf(alice, ticket);
    expectClosed({ nodes }, id);
    for (const node of nodes) expect(node.record(next).funded).to.equal(true);
    expect(heldIn(world, next)).to.equal(162n);
    expect(gains(world), "what was not carried over is paid out").to.deep.equal([-95n, -67n]);
    expect(depositsOf(alice.record(next), 1)).to.deep.equal([{ asset: NATIVE, amount: 7n, expectedHeld: 155n }]);
    expect(totalsOf(alice.record(next).opening)).to.deep.equal([{ asset: NATIVE, amount: 162n }]);
  });

  it("costs nobody what is carried over, if somebody does not add what was agreed", () => {
    const { world, nodes, alice, bob, id } = openScene();
    const terms = successorOf(nodes, id, { asset: NATIVE, amounts: [100n, 100n] }, [50n, 0n]);
    const next = bob.open(terms);
    world.deliverAll();
    bob.wish(id, installing(next, terms));
    world.deliverAll();
    world.run(2);
    world.chain.spike(100);
    world.run(2);
    alice.crash();
    world.chain.spike(0);
    bob.dispatch(next, { type: "leave" });
    outlast(world);
    expect(bob.record(next).closed).to.equal(true);
    expect(gains(world)[1], "Bob has all of his").to.equal(0n);
  });
});
