import { expect } from "chai";
import { sharesIn, endOf, openScene, type Scene } from "./world/scene";
import { payment } from "./world/terms";

/** How often somebody has been told of a new state. */
function updates({ notices }: Scene["bob"]): number {
  return notices.filter(({ type }) => type === "updated").length;
}

/** Delivers everything except to one person's disk. */
function withoutDisk({ world }: Scene, node: Scene["bob"]): void {
  node.held = true;
  world.deliverAll();
}

describe("what is told before it is durable", () => {
  it("is that the sealer has taken a payment, which a crash does not take back", () => {
    const scene = openScene();
    const { world, alice, bob, id } = scene;
    const ticket = bob.wish(id, payment(bob, alice, 4n));
    bob.cut = "before";
    world.deliverAll();
    expect(endOf(bob, ticket)).to.equal(1n);
    bob.restart();
    expect(bob.record(id).agreed!.state.version).to.equal(0n);
    expect(bob.record(id).promised!.state.version).to.equal(1n);
    world.deliverAll();
    expect(bob.record(id).agreed!.state.version).to.equal(1n);
    expect(sharesIn(bob, id)).to.deep.equal([104n, 96n]);
  });

  it("leaves who paid no worse off when the payee never comes back", () => {
    const scene = openScene();
    const { world, alice, bob, id } = scene;
    const ticket = bob.wish(id, payment(bob, alice, 4n));
    bob.cut = "before";
    world.deliverAll();
    alice.crash();
    bob.restart();
    expect(endOf(bob, ticket)).to.equal(1n);
    expect(sharesIn(bob, id)).to.deep.equal([100n, 100n]);
  });

  it("is nothing else: what goes on from there waits for the disk", () => {
    const scene = openScene();
    const { world, alice, bob, id } = scene;
    const first = bob.wish(id, payment(bob, alice, 4n));
    withoutDisk(scene, bob);
    expect(endOf(bob, first)).to.equal(1n);
    const second = bob.wish(id, payment(bob, alice, 5n));
    world.deliverAll();
    expect(world.network.letters).to.deep.equal([]);
    expect(bob.ends.has(second)).to.equal(false);
    bob.held = false;
    bob.flush();
    world.deliverAll();
    expect(endOf(bob, second)).to.equal(2n);
  });

  it("is no payment that comes in", () => {
    const scene = openScene();
    const { world, alice, bob, id } = scene;
    const before = updates(bob);
    alice.wish(id, payment(alice, bob, 4n));
    world.deliver(0);
    world.deliver(0);
    withoutDisk(scene, bob);
    expect(updates(bob)).to.equal(before);
    bob.held = false;
    bob.flush();
    expect(updates(bob)).to.equal(before + 1);
  });

  it("is no payment to a third participant, nor to the sealer where there is one", () => {
    const scene = openScene({}, "carol");
    const { world, nodes, alice, bob, id } = scene;
    for (const payee of [alice, nodes[2]!]) {
      const ticket = bob.wish(id, payment(bob, payee, 4n));
      while (alice.record(id).signed === bob.record(id).agreed!.state.version) world.deliver(0);
      withoutDisk(scene, bob);
      expect(bob.ends.has(ticket)).to.equal(false);
      bob.held = false;
      bob.flush();
      world.deliverAll();
      endOf(bob, ticket);
    }
  });
});
