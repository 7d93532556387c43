import { expect } from "chai";
import { openChannel } from "../../../src/engine/opening";
import { SluiceError } from "../../../src/errors";
import type { SimulatedNode } from "./world/node";
import { endOf, errorOf } from "./world/scene";
import { payment, termsOf } from "./world/terms";
import { World } from "./world/world";

function noticesOf(node: SimulatedNode): string[] {
  return node.notices.map(({ type }) => type);
}

describe("opening", () => {
  for (const people of [
    ["alice", "bob"],
    ["alice", "bob", "carol"],
  ]) {
    for (const opener of people) {
      it(`is agreed among ${people.length} when ${opener} proposes it, and then the money follows`, () => {
        const world = new World(people);
        const id = world.node(opener).open(termsOf(world.nodes));
        world.deliverAll();
        for (const node of world.nodes) {
          expect(node.record(id).agreed?.signatures, node.name).to.have.length(people.length);
          expect(noticesOf(node)).to.deep.equal(["opened"]);
          expect(node.record(id).funded).to.equal(false);
        }
        expect(endOf(world.node(opener), 1)).to.equal(0n);
        world.run(4 * people.length);
        for (const node of world.nodes) expect(noticesOf(node)).to.deep.equal(["opened", "funded"]);
      });
    }
  }

  it("has no deposit before all have signed", () => {
    const world = new World(["alice", "bob"]);
    const [alice, bob] = world.nodes;
    bob!.joins = false;
    const id = alice!.open(termsOf(world.nodes));
    world.network.letters = [];
    world.run(2);
    expect(alice!.record(id).depositing).to.deep.equal([]);
  });

  it("is refused by whoever does not join, and is over then", () => {
    const world = new World(["alice", "bob", "carol"]);
    const [alice, bob, carol] = world.nodes;
    carol!.joins = false;
    const id = bob!.open(termsOf(world.nodes));
    world.deliverAll();
    expect(errorOf(bob!, 1).code).to.equal("TERMS_REFUSED");
    expect(bob!.record(id).closed).to.equal(true);
    world.pass(1_000);
    world.deliverAll();
    expect(alice!.record(id).closed, "who had joined hears of it").to.equal(true);
  });

  it("is told that nobody answers, and comes about all the same if somebody does later", () => {
    const world = new World(["alice", "bob"]);
    const [alice, bob] = world.nodes;
    world.disconnect(alice!, bob!);
    const id = bob!.open(termsOf(world.nodes));
    world.pass(10_000);
    expect(errorOf(bob!, 1).code).to.equal("PEER_SILENT");
    world.connect(alice!, bob!);
    world.deliverAll();
    expect(alice!.record(id).agreed).to.not.equal(undefined);
    expect(bob!.record(id).agreed).to.not.equal(undefined);
  });

  it("survives the loss of every single message", () => {
    for (const opener of ["alice", "bob", "carol"]) {
      for (let lost = 0; lost < 12; lost++) {
        const world = new World(["alice", "bob", "carol"]);
        const id = world.node(opener).open(termsOf(world.nodes));
        for (let i = 0; world.network.letters.length > 0; i++) {
          if (i === lost) world.network.take(0);
          else world.deliver(0);
        }
        for (let i = 0; i < 3; i++) {
          world.pass(1_000);
          world.deliverAll();
        }
        for (const node of world.nodes)
          expect(node.record(id).agreed, `${lost} of ${opener} lost`).to.not.equal(undefined);
      }
    }
  });

  it("is forgotten by nobody who crashes", () => {
    const world = new World(["alice", "bob"]);
    const [alice, bob] = world.nodes;
    const id = bob!.open(termsOf(world.nodes));
    bob!.crash();
    bob!.restart();
    world.deliverAll();
    world.run(8);
    for (const node of [alice!, bob!]) expect(node.record(id).funded).to.equal(true);
  });

  it("can be given up before all have signed, and everybody who waits hears of it", () => {
    const world = new World(["alice", "bob"]);
    const [alice, bob] = world.nodes;
    const id = bob!.open(termsOf(world.nodes));
    const ticket = bob!.wish(id, payment(bob!, alice!, 1n));
    bob!.dispatch(id, { type: "leave" });
    expect(errorOf(bob!, 1).code).to.equal("TERMS_REFUSED");
    expect(errorOf(bob!, ticket).code).to.equal("TERMS_REFUSED");
    world.deliverAll();
    expect(bob!.record(id).closed).to.equal(true);
    world.run(3);
    expect(bob!.record(id).agreed, "what comes later is not taken").to.equal(undefined);
    expect(bob!.record(id).depositing).to.deep.equal([]);
  });

  it("needs the signature of everybody who is said to have signed", () => {
    const world = new World(["alice", "bob", "carol"]);
    const [alice, bob, carol] = world.nodes;
    const terms = termsOf(world.nodes);
    const id = alice!.open(terms);
    const forged = bob!.signer.sign(`0x${"00".repeat(32)}`);
    alice!.receive(bob!.address, { type: "open", ...terms, signature: forged });
    const change = { transfers: [], final: false };
    alice!.receive(carol!.address, { type: "sign", channelId: id, base: 0n, version: 0n, change, signature: forged });
    expect(alice!.record(id).agreed).to.equal(undefined);
    world.deliverAll();
    expect(alice!.record(id).agreed).to.not.equal(undefined);
  });

  it("is sent again to a peer that has lost everything, which then takes over the newest state", () => {
    for (const forgetful of ["alice", "bob"]) {
      const world = new World(["alice", "bob"]);
      const [alice, bob] = world.nodes;
      const before = world.node(forgetful).backup();
      const id = alice!.open(termsOf(world.nodes));
      world.run(8);
      alice!.wish(id, payment(alice!, bob!, 5n));
      world.deliverAll();
      world.node(forgetful).restore(before);
      world.node(forgetful).restart();
      for (let i = 0; i < 3; i++) {
        world.disconnect(alice!, bob!);
        world.connect(alice!, bob!);
        world.deliverAll();
      }
      expect(world.node(forgetful).record(id).agreed?.state.version).to.equal(1n);
    }
  });

  it("throws where the terms are no good", () => {
    const world = new World(["alice", "bob"]);
    const terms = termsOf(world.nodes);
    const bad = { ...terms, destinations: [] };
    expect(() => openChannel(world.nodes[0]!.context(), bad, undefined)).to.throw(SluiceError);
  });
});
