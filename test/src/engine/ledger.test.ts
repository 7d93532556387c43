import { expect } from "chai";
import { ENDING } from "../../../src/engine/change";
import { payingOut } from "../../../src/engine/ledger";
import { channelDestination } from "../../../src/protocol/destination";
import { NATIVE } from "../../../src/protocol/types";
import { errorOf, expectClosed, gains, openInLedger, openScene, outlast, sharesIn } from "./world/scene";
import { installing, payment, termsOf } from "./world/terms";

describe("a ledger channel", () => {
  it("pays an app channel in and out without the chain", () => {
    const scene = openScene();
    const { world, alice, bob, id } = scene;
    const child = openInLedger(scene, [10n, 20n]);
    for (const node of scene.nodes) expect(sharesIn(node, id)).to.deep.equal([90n, 80n]);
    bob.wish(child, payment(bob, alice, 15n));
    world.deliverAll();
    alice.wish(child, ENDING);
    world.deliverAll();
    expectClosed(scene, child);
    for (const node of scene.nodes) expect(sharesIn(node, id)).to.deep.equal([115n, 85n]);
    expect(gains(world)).to.deep.equal([-100n, -100n]);
  });

  it("asks nobody for what the opening of the app channel says, and signs nothing that is almost that", () => {
    const { world, nodes, alice, bob, id } = openScene();
    const terms = termsOf(nodes, { amounts: [10n, 20n], funding: { kind: "ledger", ledger: id } });
    const child = alice.open(terms);
    world.deliverAll();
    const right = installing(child, terms);
    const [mine, theirs] = right.transfers;
    for (const transfers of [[theirs!], [mine!, { ...theirs!, amount: 21n }], [mine!, theirs!, theirs!], [mine!]]) {
      const ticket = alice.wish(id, { transfers, final: false });
      expect(errorOf(alice, ticket).code, "Alice herself does not want that").to.equal("CHANNEL_NOT_OPEN");
      bob.receive(alice.address, {
        type: "propose",
        channelId: id,
        base: 0n,
        version: 1n,
        change: { transfers, final: false },
      });
      expect(bob.record(id).promised).to.equal(undefined);
    }
    world.deliverAll();
    alice.wish(id, right);
    world.deliverAll();
    expect(bob.notices.some(({ type }) => type === "asked")).to.equal(false);
    expect(sharesIn(bob, id)).to.deep.equal([90n, 80n]);
    const again = bob.wish(id, right);
    expect(errorOf(bob, again).message).to.contain("needs no money any more");
  });

  it("does not pay an app channel that one of them has not heard of as opened", () => {
    const { world, nodes, alice, bob, id } = openScene();
    const terms = termsOf(nodes, { amounts: [10n, 20n], funding: { kind: "ledger", ledger: id } });
    world.censor = ({ message }) => message.type !== "commit";
    const child = alice.open(terms);
    world.deliverAll();
    alice.wish(id, installing(child, terms));
    world.deliverAll();
    expect(bob.record(id).promised, "Bob waits").to.equal(undefined);
    expect(bob.notices.some(({ type }) => type === "asked")).to.equal(false);
    world.censor = undefined;
    for (let i = 0; i < 2; i++) {
      world.pass(1_000);
      world.deliverAll();
    }
    for (const node of nodes) expect(node.record(child).funded).to.equal(true);
  });

  it("takes out exactly what an ended app channel pays, and nothing of one that goes on", () => {
    const scene = openScene();
    const { world, alice, bob, id } = scene;
    const child = openInLedger(scene, [10n, 20n]);
    const state = alice.record(child).agreed!.state;
    const transfers = payingOut(child, state);
    bob.receive(alice.address, {
      type: "propose",
      channelId: id,
      base: 1n,
      version: 2n,
      change: { transfers, final: false },
    });
    expect(bob.record(id).promised, "the app channel goes on").to.equal(undefined);
    world.censor = ({ message }) => message.type !== "propose" || message.change.final;
    bob.wish(child, ENDING);
    world.deliverAll();
    const unfair = transfers.map((transfer) => ({ ...transfer, to: alice.record(id).destinations[0]! }));
    bob.receive(alice.address, {
      type: "propose",
      channelId: id,
      base: 1n,
      version: 2n,
      change: { transfers: unfair, final: false },
    });
    expect(bob.record(id).promised).to.equal(undefined);
    world.censor = undefined;
    world.run(3);
    expectClosed(scene, child);
  });

  for (const silent of ["alice", "bob"]) {
    it(`is left because of an app channel, if ${silent} does not give its money back`, () => {
      const scene = openScene();
      const { world, nodes, id } = scene;
      const child = openInLedger(scene, [10n, 20n]);
      const other = nodes.find(({ name }) => name !== silent)!;
      other.wish(child, payment(other, world.node(silent), 4n));
      world.deliverAll();
      world.node(silent).crash();
      other.dispatch(child, { type: "leave" });
      expect(other.record(id).leaving).to.equal(true);
      outlast(world);
      outlast(world);
      for (const channel of [id, child]) expect(other.record(channel).closed).to.equal(true);
      expect(gains(world)).to.deep.equal(silent === "alice" ? [4n, -4n] : [-4n, 4n]);
    });
  }

  it("is left, if an app channel has ended and its money does not come back", () => {
    const scene = openScene();
    const { world, bob, id } = scene;
    const child = openInLedger(scene, [10n, 20n]);
    bob.wish(child, ENDING);
    world.censor = ({ message }) => "channelId" in message && message.channelId === child;
    world.run(8);
    expect(bob.record(id).leaving).to.equal(true);
    outlast(world);
    outlast(world);
    expectClosed(scene, child);
    expectClosed(scene, id);
    expect(gains(world)).to.deep.equal([0n, 0n]);
  });

  it("closes while an app channel in it goes on, which finds its money on the chain", () => {
    const scene = openScene();
    const { world, alice, bob, id } = scene;
    const child = openInLedger(scene, [10n, 20n]);
    alice.wish(id, ENDING);
    world.run();
    expectClosed(scene, id);
    expect(world.chain.head.held.of(channelDestination(child), NATIVE)).to.equal(30n);
    bob.wish(child, payment(bob, alice, 5n));
    bob.wish(child, ENDING);
    world.run();
    expectClosed(scene, child);
    expect(gains(world)).to.deep.equal([5n, -5n]);
  });

  it("closes an app channel that was never paid at once", () => {
    const { world, nodes, alice, id } = openScene();
    const terms = termsOf(nodes, { amounts: [10n, 20n], funding: { kind: "ledger", ledger: id } });
    const child = alice.open(terms);
    world.deliverAll();
    alice.wish(child, ENDING);
    world.run(2);
    expectClosed({ nodes }, child);
  });

  it("is waited for by an app channel that a signature of mine may still pay", () => {
    const scene = openScene();
    const { world, nodes, alice, bob, id } = scene;
    const terms = termsOf(nodes, { amounts: [10n, 20n], funding: { kind: "ledger", ledger: id } });
    const child = alice.open(terms);
    world.deliverAll();
    alice.wish(id, installing(child, terms));
    world.deliver(0);
    expect(bob.record(id).promised?.state.version, "Bob has signed").to.equal(1n);
    world.network.letters = [];
    bob.dispatch(child, { type: "leave" });
    expect(bob.record(child).closed, "Alice can still seal it").to.equal(false);
    world.run(3);
    expect(bob.record(id).promised, "Alice has given it up").to.equal(undefined);
    expect(bob.record(child).closed, "but she still has the signature").to.equal(false);
    alice.dispatch(child, { type: "leave" });
    alice.wish(id, ENDING);
    world.run();
    expectClosed(scene, id);
    expectClosed(scene, child);
    expect(gains(world)).to.deep.equal([0n, 0n]);
  });

  it("is no bank for strangers: dust that somebody sends to an app channel changes nothing", () => {
    const scene = openScene();
    const { world, alice, bob } = scene;
    const child = openInLedger(scene, [10n, 20n]);
    const call = { destination: channelDestination(child), expectedHeld: 0n, amount: 1n };
    world.chain.submit(bob.address, "dust", { kind: "depositNative", ...call });
    world.run(2);
    alice.wish(child, ENDING);
    world.run(2);
    expectClosed(scene, child);
    expect(world.chain.head.recordOf(child).kind).to.equal("none");
  });

  it("does not matter to an app channel that somebody pays on the chain", () => {
    const { world, nodes, alice, bob, id } = openScene();
    const terms = termsOf(nodes, { amounts: [10n, 20n], funding: { kind: "ledger", ledger: id } });
    const child = alice.open(terms);
    world.deliverAll();
    const call = { destination: channelDestination(child), expectedHeld: 0n, amount: 30n };
    world.chain.submit(bob.address, "all", { kind: "depositNative", ...call });
    world.run(5);
    bob.wish(child, payment(bob, alice, 20n));
    world.deliverAll();
    bob.wish(child, ENDING);
    world.run();
    expectClosed({ nodes }, child);
    expect(gains(world)[0], "what she has won is hers").to.equal(-70n);
  });
});
