import { expect } from "chai";
import { ENDING, type Change } from "../../../src/engine/change";
import type { Message, Propose } from "../../../src/engine/messages";
import type { SimulatedNode } from "./world/node";
import { endOf, errorOf, openScene, sharesIn, type Scene } from "./world/scene";
import { payment } from "./world/terms";

/** Lets Bob hear something from Alice that she has not said. */
function say({ alice, bob }: Scene, message: Message): void {
  bob.receive(alice.address, message);
}

function proposal({ id }: Scene, change: Change, version: bigint, base = 0n): Propose {
  return { type: "propose", channelId: id, base, version, change };
}

/** What was sent, by kind; taken off the network. */
function sent({ world }: Scene): Message[] {
  return world.network.letters.splice(0).map(({ message }) => message);
}

function promised(node: SimulatedNode, { id }: Scene): bigint | undefined {
  return node.record(id).promised?.state.version;
}

describe("whoever signs before the sealer", () => {
  it("pays in two messages where there are two", () => {
    const scene = openScene();
    const { world, alice, bob, id } = scene;
    const ticket = bob.wish(id, payment(bob, alice, 4n));
    expect(world.network.letters.map(({ message }) => message.type)).to.deep.equal(["sign"]);
    world.deliver(0);
    expect(world.network.letters.map(({ message }) => message.type)).to.deep.equal(["commit"]);
    world.deliver(0);
    expect(world.network.letters).to.deep.equal([]);
    expect(endOf(bob, ticket)).to.equal(1n);
    expect(sharesIn(bob, id)).to.deep.equal([104n, 96n]);
  });

  it("has one signature open at a time: what it wants meanwhile waits, and is one change then", () => {
    const scene = openScene();
    const { world, alice, bob, id } = scene;
    const tickets = [1n, 2n, 3n].map((amount) => bob.wish(id, payment(bob, alice, amount)));
    expect(sent(scene).map(({ type }) => type)).to.deep.equal(["sign"]);
    world.pass(1_000);
    world.deliverAll();
    expect(tickets.map((ticket) => endOf(bob, ticket))).to.deep.equal([1n, 2n, 2n]);
    expect(sharesIn(alice, id)).to.deep.equal([106n, 94n]);
  });

  it("hears at once of what it cannot pay", () => {
    const { alice, bob, id } = openScene();
    const ticket = bob.wish(id, payment(bob, alice, 101n));
    expect(errorOf(bob, ticket).code).to.equal("FUNDS_INSUFFICIENT");
  });

  it("signs a version once, whatever the sealer proposes", () => {
    const scene = openScene();
    const { alice, bob } = scene;
    say(scene, proposal(scene, payment(alice, bob, 1n), 1n));
    expect(sent(scene).map(({ type }) => type)).to.deep.equal(["sign"]);
    say(scene, proposal(scene, payment(alice, bob, 2n), 1n));
    expect(sent(scene), "it has a signature open").to.deep.equal([]);
    say(scene, proposal(scene, payment(alice, bob, 1n), 1n));
    expect(
      sent(scene).map(({ type }) => type),
      "the same signature again",
    ).to.deep.equal(["sign"]);
    say(scene, { type: "reject", channelId: scene.id, version: 1n, reason: "VERSION_USED", text: "" });
    expect(sent(scene)).to.deep.include.members([
      {
        type: "reject",
        channelId: scene.id,
        version: 1n,
        reason: "VERSION_USED",
        text: "I have signed version 1 already.",
      },
    ]);
    say(scene, proposal(scene, payment(alice, bob, 2n), 2n));
    expect(promised(bob, scene)).to.equal(2n);
  });

  it("signs no version that it has signed, also after a crash", () => {
    const scene = openScene();
    const { world, alice, bob } = scene;
    say(scene, proposal(scene, payment(alice, bob, 1n), 1n));
    sent(scene);
    bob.crash();
    bob.restart();
    expect(promised(bob, scene)).to.equal(1n);
    world.deliverAll();
    say(scene, { type: "reject", channelId: scene.id, version: 1n, reason: "CHANGE_REFUSED", text: "" });
    bob.crash();
    bob.restart();
    expect(bob.record(scene.id).signed).to.equal(1n);
    world.deliverAll();
    bob.wish(scene.id, payment(bob, alice, 5n));
    expect(promised(bob, scene)).to.equal(2n);
  });

  it("signs nothing that jumps, goes back, or takes the last version for something that is not the end", () => {
    const scene = openScene();
    const { alice, bob } = scene;
    const gift = payment(alice, bob, 1n);
    for (const [version, change] of [
      [0n, gift],
      [1_001n, gift],
      [2n ** 48n - 1n, gift],
      [2n ** 48n + 5n, gift],
      [5n, ENDING],
    ] as const) {
      say(scene, proposal(scene, change, version));
      expect(promised(bob, scene), String(version)).to.equal(undefined);
      expect(sent(scene).map(({ type }) => type)).to.deep.equal(["reject"]);
    }
    say(scene, proposal(scene, gift, 1n, 3n));
    expect(sent(scene), "about a state that Bob does not know").to.deep.equal([]);
  });

  it("signs nothing above a gap where a bond is at stake, but the end", () => {
    const scene = openScene({ bond: 3n });
    const { alice, bob } = scene;
    say(scene, proposal(scene, payment(alice, bob, 1n), 2n));
    expect(promised(bob, scene)).to.equal(undefined);
    sent(scene);
    say(scene, proposal(scene, ENDING, 2n ** 48n - 1n));
    expect(promised(bob, scene)).to.equal(2n ** 48n - 1n);
  });

  it("takes over only what all have signed", () => {
    const scene = openScene();
    const { world, alice, bob, id } = scene;
    bob.wish(id, payment(bob, alice, 4n));
    world.deliver(0);
    const { message } = world.network.letters.splice(0)[0]!;
    if (message.type !== "commit") throw new Error("Alice seals.");
    const wrong = { r: `0x${"11".repeat(32)}`, vs: `0x${"22".repeat(32)}` } as const;
    const [hers, mine] = message.signatures;
    for (const signatures of [[wrong, mine!], [hers!, wrong], [hers!], [mine!, hers!], [hers!, mine!, mine!], []]) {
      say(scene, { ...message, signatures });
    }
    say(scene, { ...message, state: { ...message.state, version: 2n } });
    say(scene, { ...message, state: { ...message.state, version: 2n ** 60n } });
    expect(bob.record(id).agreed!.state.version).to.equal(0n);
    say(scene, message);
    say(scene, message);
    expect(bob.record(id).agreed!.state.version).to.equal(1n);
    expect(bob.notices.filter(({ type }) => type === "updated")).to.have.length(1);
  });

  it("hears a refusal, and goes on with the next wish", () => {
    const scene = openScene();
    const { world, alice, bob, id } = scene;
    const refused = bob.wish(id, payment(bob, alice, 4n));
    sent(scene);
    const next = bob.wish(id, payment(bob, alice, 5n));
    say(scene, { type: "reject", channelId: id, version: 1n, reason: "CHANGE_REFUSED", text: "Not now." });
    expect(errorOf(bob, refused).message).to.contain("Not now.");
    world.deliverAll();
    expect(endOf(bob, next)).to.equal(2n);
  });

  it("believes nobody that a request is fulfilled unless its own signature is on it", () => {
    const scene = openScene({}, "carol");
    const { world, alice, bob, id } = scene;
    const ticket = bob.wish(id, payment(bob, alice, 4n));
    sent(scene);
    const { agreed } = alice.record(id);
    say(scene, { type: "commit", channelId: id, ...agreed!, answered: [0, 1, 0] });
    expect(bob.ends.has(ticket)).to.equal(false);
    expect(sent(scene), "it asks anew").to.deep.include.members([
      { type: "request", channelId: id, id: 2, change: payment(bob, alice, 4n) },
    ]);
    world.pass(1_000);
    world.deliverAll();
    expect(endOf(bob, ticket)).to.equal(1n);
  });

  it("counts its requests on after it was set back to an old backup", () => {
    const scene = openScene({}, "carol");
    const { world, alice, bob, id } = scene;
    const backup = bob.backup();
    for (let i = 0; i < 3; i++) {
      bob.wish(id, payment(bob, alice, 1n));
      world.deliverAll();
    }
    bob.restore(backup);
    bob.restart();
    world.deliverAll();
    const ticket = bob.wish(id, payment(bob, alice, 1n));
    world.deliverAll();
    expect(endOf(bob, ticket)).to.equal(4n);
    expect(sharesIn(alice, id)).to.deep.equal([104n, 96n, 100n]);
  });

  it("does not keep the sealer waiting by being busy, nor the other way round", () => {
    const { world, alice, bob, id } = openScene();
    const order: string[] = [];
    for (let i = 0; i < 100; i++) alice.wish(id, payment(alice, bob, 1n));
    for (let i = 0; i < 200; i++) bob.wish(id, payment(bob, alice, 1n));
    for (let i = 0; i < 40 && world.network.letters.length > 0; i++) {
      const { message } = world.network.letters[0]!;
      const own = bob.record(id).destinations[1];
      if (message.type === "sign") order.push(message.change.transfers[0]!.from === own ? "bob" : "alice");
      world.deliver(0);
    }
    expect(order.slice(0, 5)).to.deep.equal(["bob", "alice", "bob", "alice", "bob"]);
  });

  it("signs nothing else once it wants to close", () => {
    const scene = openScene();
    const { alice, bob, id } = scene;
    bob.wish(id, ENDING);
    sent(scene);
    say(scene, proposal(scene, payment(alice, bob, 1n), 1n));
    expect(promised(bob, scene)).to.equal(undefined);
    expect(sent(scene).map(({ type }) => type)).to.deep.equal(["reject"]);
  });

  it("cannot take back the end that it has signed, and leaves if it is refused", () => {
    const scene = openScene();
    const { world, bob, id } = scene;
    const ticket = bob.wish(id, ENDING);
    say(scene, proposal(scene, ENDING, 2n ** 48n - 1n));
    say(scene, { type: "reject", channelId: id, version: 2n ** 48n - 1n, reason: "CHANGE_REFUSED", text: "No." });
    expect(errorOf(bob, ticket).code).to.equal("CHANGE_REFUSED");
    expect(promised(bob, scene)).to.equal(2n ** 48n - 1n);
    sent(scene);
    world.censor = () => false;
    for (let i = 0; i < 7; i++) world.pass(10_000);
    expect(bob.record(id).leaving).to.equal(true);
  });
});
