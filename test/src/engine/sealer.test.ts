import { expect } from "chai";
import { ENDING } from "../../../src/engine/change";
import { endOf, errorOf, openScene, sharesIn } from "./world/scene";
import { payment, splitPayment } from "./world/terms";

describe("the sealer", () => {
  it("proposes without signing, and signs what all the others have signed", () => {
    const { world, nodes, alice, bob, id } = openScene({}, "carol");
    const ticket = alice.wish(id, payment(alice, bob, 7n));
    expect(alice.record(id).signed).to.equal(0n);
    world.deliver(0);
    world.deliverAll();
    expect(endOf(alice, ticket)).to.equal(1n);
    for (const node of nodes) expect(sharesIn(node, id)).to.deep.equal([93n, 107n, 100n]);
  });

  it("makes one change of the payments that wait, and leaves out what there is no money for", () => {
    const { world, alice, bob, id } = openScene();
    world.network.letters = [];
    alice.wish(id, payment(alice, bob, 1n));
    const tickets = [50n, 60n, 30n, 20n].map((amount) => alice.wish(id, payment(alice, bob, amount)));
    world.deliverAll();
    expect(endOf(alice, tickets[0]!)).to.equal(2n);
    expect(errorOf(alice, tickets[1]!).code).to.equal("FUNDS_INSUFFICIENT");
    expect(endOf(alice, tickets[2]!)).to.equal(2n);
    expect(errorOf(alice, tickets[3]!).code).to.equal("FUNDS_INSUFFICIENT");
    expect(sharesIn(bob, id)).to.deep.equal([19n, 181n]);
  });

  it("puts its proposal again, on top, when the other's payment came first", () => {
    const { world, nodes, alice, bob, id } = openScene();
    const mine = alice.wish(id, payment(alice, bob, 10n));
    const theirs = bob.wish(id, payment(bob, alice, 3n));
    world.deliverAll();
    expect([endOf(bob, theirs), endOf(alice, mine)]).to.deep.equal([1n, 2n]);
    for (const node of nodes) expect(sharesIn(node, id)).to.deep.equal([93n, 107n]);
  });

  it("serves all of three that want something at once", () => {
    const { world, nodes, id } = openScene({}, "carol");
    const tickets = nodes.map((node, i) => node.wish(id, payment(node, nodes[(i + 1) % 3]!, BigInt(i + 1))));
    world.deliverAll();
    for (const [i, node] of nodes.entries()) endOf(node, tickets[i]!);
    for (const node of nodes) expect(sharesIn(node, id)).to.deep.equal([102n, 99n, 99n]);
  });

  it("fulfils a request once, however often it is sent", () => {
    const { world, nodes, alice, bob, id } = openScene({}, "carol");
    const ticket = bob.wish(id, payment(bob, alice, 5n));
    const request = world.network.letters.find(({ message }) => message.type === "request")!;
    for (let i = 0; i < 3; i++) world.network.letters.push(request);
    world.deliverAll();
    endOf(bob, ticket);
    world.network.letters.push(request, request);
    world.deliverAll();
    for (const node of nodes) expect(sharesIn(node, id)).to.deep.equal([105n, 95n, 100n]);
  });

  it("drops a request for a newer one of the same participant", () => {
    const { world, alice, bob, id } = openScene({}, "carol");
    world.censor = ({ message }) => message.type !== "propose";
    alice.wish(id, payment(alice, bob, 1n));
    for (const [number, amount] of [
      [1, 10n],
      [2, 20n],
    ] as const) {
      const change = payment(bob, alice, amount);
      alice.receive(bob.address, { type: "request", channelId: id, id: number, change });
    }
    const { wishes } = alice.states.get(id)!.session;
    expect(wishes.map(({ request }) => request)).to.deep.equal([2]);
  });

  it("hears no, and tells whoever wanted it; the newest state still counts", () => {
    const { world, nodes, alice, bob, id } = openScene({}, "carol");
    const ticket = bob.wish(id, payment(nodes[2]!, bob, 10n));
    world.deliverAll();
    const asked = nodes[2]!.states.get(id)!.session.questions;
    expect(asked).to.have.length(1);
    nodes[2]!.dispatch(id, { type: "answer", change: asked[0]!.change, accept: false });
    world.deliverAll();
    expect(errorOf(bob, ticket).code).to.equal("CHANGE_REFUSED");
    world.pass(1_000);
    world.deliverAll();
    expect(bob.record(id).promised, "what Bob has signed is given up").to.equal(undefined);
    const next = alice.wish(id, payment(alice, bob, 1n));
    world.deliverAll();
    expect(endOf(alice, next)).to.equal(2n);
  });

  it("goes above a version that was used, unless a bond is at stake: then it can only close", () => {
    for (const bond of [0n, 5n]) {
      const { world, alice, bob, id } = openScene({ bond });
      bob.wish(id, payment(bob, alice, 1n));
      const { message } = world.network.letters.splice(0).at(-1)!;
      if (message.type !== "sign") throw new Error("Bob pays directly.");
      bob.receive(alice.address, { type: "reject", channelId: id, version: 1n, reason: "CHANGE_REFUSED", text: "No." });
      expect(bob.record(id).promised).to.equal(undefined);
      const ticket = alice.wish(id, payment(alice, bob, 1n));
      world.deliverAll();
      if (bond === 0n) expect(endOf(alice, ticket)).to.equal(2n);
      else expect(errorOf(alice, ticket).message).to.contain("can only be closed");
      const close = alice.wish(id, ENDING);
      world.deliverAll();
      endOf(alice, close);
    }
  });

  it("never seals what it has refused, though it hears of it again", () => {
    const { world, alice, bob, id } = openScene();
    alice.wish(id, payment(alice, bob, 60n));
    world.deliverAll();
    bob.wish(id, payment(bob, alice, 150n));
    const [signed] = world.network.letters.splice(0);
    alice.wish(id, ENDING);
    const before = alice.record(id).agreed;
    alice.receive(bob.address, signed!.message);
    expect(alice.record(id).agreed, "she is closing").to.equal(before);
    alice.crash();
    alice.restart();
    alice.receive(bob.address, signed!.message);
    expect(alice.record(id).agreed).to.equal(before);
  });

  it("hears of what it has forgotten in a crash, and lets whoever wanted it ask again", () => {
    const { world, nodes, alice, bob, id } = openScene({}, "carol");
    const ticket = bob.wish(id, payment(bob, alice, 5n));
    for (let i = 0; i < 3; i++) world.deliver(0);
    expect(bob.record(id).promised).to.not.equal(undefined);
    alice.crash();
    world.network.letters = [];
    alice.restart();
    for (let i = 0; i < 4; i++) {
      world.pass(1_000);
      world.deliverAll();
    }
    endOf(bob, ticket);
    for (const node of nodes) expect(sharesIn(node, id)).to.deep.equal([105n, 95n, 100n]);
  });

  it("does not ask its application about a payment of its own that it has forgotten", () => {
    const { world, alice, bob, id } = openScene();
    alice.wish(id, payment(alice, bob, 5n));
    world.deliver(0);
    alice.crash();
    alice.restart();
    world.deliverAll();
    expect(alice.notices.some(({ type }) => type === "asked")).to.equal(false);
    expect(bob.record(id).promised).to.equal(undefined);
    expect(sharesIn(alice, id)).to.deep.equal([100n, 100n]);
  });

  it("does not let itself be kept from closing by somebody who pays and pays", () => {
    const { world, nodes, alice, bob, id } = openScene();
    alice.wish(id, ENDING);
    for (let i = 0; i < 5; i++) bob.wish(id, payment(bob, alice, 1n));
    world.deliverAll();
    world.run();
    for (const node of nodes) expect(node.record(id).closed).to.equal(true);
  });

  it("lets the signer of a state wait until it sees the money itself", () => {
    const { world, alice, bob, id } = openScene();
    const before = alice.record(id);
    alice.states.set(id, { ...alice.states.get(id)!, record: { ...before, funded: false } });
    alice.receive(bob.address, { type: "request", channelId: id, id: 1, change: payment(bob, alice, 1n) });
    expect(world.network.letters).to.deep.equal([]);
  });

  it("seals nothing on top of what it cannot know", () => {
    const { world, alice, bob, id } = openScene();
    const hostile = (
      change: Partial<{ base: bigint; version: bigint; signature: { r: `0x${string}`; vs: `0x${string}` } }>,
    ) => {
      bob.wish(id, payment(bob, alice, 1n));
      const { message } = world.network.letters.splice(0).find((letter) => letter.message.type === "sign")!;
      alice.receive(bob.address, { ...message, ...change });
      bob.receive(alice.address, {
        type: "reject",
        channelId: id,
        version: bob.record(id).signed,
        reason: "CHANGE_REFUSED",
        text: "",
      });
    };
    const wrong = { r: `0x${"11".repeat(32)}`, vs: `0x${"22".repeat(32)}` } as const;
    hostile({ signature: wrong });
    hostile({ base: 7n });
    hostile({ version: 2n ** 48n - 1n });
    hostile({ version: 5_000n });
    hostile({ version: 2n ** 50n });
    expect(alice.record(id).agreed!.state.version).to.equal(0n);
    expect(sharesIn(alice, id)).to.deep.equal([100n, 100n]);
  });

  it("merges what goes to several people", () => {
    const { world, nodes, alice, id } = openScene({}, "carol");
    const ticket = alice.wish(id, splitPayment(alice, nodes.slice(1), 5n));
    world.deliverAll();
    endOf(alice, ticket);
    expect(sharesIn(nodes[2]!, id)).to.deep.equal([90n, 105n, 105n]);
  });
});
