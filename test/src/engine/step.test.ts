import { expect } from "chai";
import { ENDING } from "../../../src/engine/change";
import { expectClosed, gains, openGame, openInLedger, openScene, outlast, play } from "./world/scene";
import { payment, termsOf } from "./world/terms";
import { World } from "./world/world";

describe("step", () => {
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
        expect(alice!.ends.get(there)).to.have.property("state");
        expect(bob!.ends.get(back)).to.have.property("state");
        world.node(closer).wish(id, ENDING);
        world.run();
        expectClosed({ nodes: world.nodes }, id);
        expect(gains(world)).to.deep.equal([-5n, 5n]);
      });
    }
  }

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
});
