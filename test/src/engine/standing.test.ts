import { expect } from "chai";
import type { Message } from "../../../src/engine/messages";
import { endOf, openScene, sharesIn } from "./world/scene";
import { payment } from "./world/terms";

describe("standing", () => {
  it("is told on every new connection, and found in one round trip", () => {
    const { world, nodes, alice, bob, id } = openScene();
    bob.wish(id, payment(bob, alice, 5n));
    world.deliver(0);
    expect(alice.record(id).agreed!.state.version).to.equal(1n);
    world.network.letters = [];
    world.disconnect(alice, bob);
    world.connect(alice, bob);
    world.deliverAll();
    for (const node of nodes) expect(sharesIn(node, id)).to.deep.equal([105n, 95n]);
  });

  it("comes before anything is signed", () => {
    for (const payer of [0, 1]) {
      const { world, nodes, alice, bob, id } = openScene();
      world.disconnect(alice, bob);
      world.connect(alice, bob);
      world.network.letters = [];
      const [from, to] = [nodes[payer]!, nodes[1 - payer]!];
      const ticket = from.wish(id, payment(from, to, 5n));
      expect(world.network.letters, "nothing is signed or proposed").to.deep.equal([]);
      expect(from.record(id).signed).to.equal(0n);
      world.pass(1_000);
      world.deliverAll();
      endOf(from, ticket);
    }
  });

  for (const forgetful of ["alice", "bob", "carol"]) {
    it(`tells ${forgetful}, set back to an old backup, what was signed since`, () => {
      const { world, nodes, alice, bob, id } = openScene({}, "carol");
      const node = world.node(forgetful);
      const backup = node.backup();
      for (const [from, to] of [
        [alice, bob],
        [bob, nodes[2]!],
        [nodes[2]!, alice],
      ] as const) {
        from.wish(id, payment(from, to, 5n));
        world.deliverAll();
      }
      node.restore(backup);
      node.restart();
      const other = nodes.find((one) => one !== node)!;
      const ticket = node.wish(id, payment(node, other, 1n));
      const early: Message["type"][] = world.network.letters.map(({ message }) => message.type);
      expect(early.every((type) => type === "sync")).to.equal(true);
      world.deliverAll();
      expect(endOf(node, ticket)).to.equal(4n);
      for (const one of nodes) expect(one.record(id).agreed!.state.version).to.equal(4n);
    });
  }

  it("is not believed when it is ahead of what can be shown, and then nothing is signed", () => {
    const { world, alice, bob, id } = openScene();
    world.disconnect(alice, bob);
    world.connect(alice, bob);
    world.network.letters = [];
    bob.receive(alice.address, { type: "sync", channelId: id, agreed: 9n, newest: 9n, ask: false });
    bob.wish(id, payment(bob, alice, 5n));
    expect(bob.record(id).signed).to.equal(0n);
    expect(bob.record(id).agreed!.state.version).to.equal(0n);
  });

  it("lets a signature through at once that got lost before", () => {
    const { world, alice, bob, id } = openScene();
    const ticket = bob.wish(id, payment(bob, alice, 5n));
    world.network.letters = [];
    world.disconnect(alice, bob);
    world.connect(alice, bob);
    world.deliverAll();
    expect(endOf(bob, ticket)).to.equal(1n);
  });

  it("is told to whoever asks, also when all is over", () => {
    const { world, alice, bob, id } = openScene();
    bob.wish(id, { transfers: [], final: true });
    world.censor = ({ message }) => message.type !== "commit";
    world.run(1);
    world.run(6);
    expect(alice.record(id).closed).to.equal(true);
    alice.receive(bob.address, { type: "sync", channelId: id, agreed: 0n, newest: 0n, ask: true });
    world.censor = undefined;
    alice.receive(bob.address, { type: "sync", channelId: id, agreed: 0n, newest: 0n, ask: true });
    expect(world.network.letters.some(({ message }) => message.type === "commit")).to.equal(true);
  });
});
