import { expect } from "chai";
import { ENDING } from "../../../../src/engine/change";
import { endOf, errorOf, expectClosed, gains } from "../world/scene";
import { payment } from "../world/terms";
import { SETTINGS } from "../world/world";
import { expectLevel, laneOf, paidBy, paidTo, payingScene, sayAgain } from "./scene";

describe("payments by voucher", () => {
  for (const payer of ["alice", "bob"]) {
    it(`take one message and one signature (${payer} pays)`, () => {
      const { world, id } = payingScene();
      const [one, other] = payer === "alice" ? ["alice", "bob"] : ["bob", "alice"];
      const [from, to] = [world.node(one), world.node(other)];
      const ticket = from.pay(id, 5n);
      expect(world.network.letters.map(({ message }) => message.type)).to.deep.equal(["voucher"]);
      world.deliver(0);
      expect(paidTo(to)).to.deep.equal([5n]);
      world.deliverAll();
      expect(from.ends.get(ticket)).to.have.property("state");
      expect(paidBy(from, id)).to.equal(5n);
    });
  }

  it("go both ways at once", () => {
    const { world, alice, bob, id } = payingScene();
    for (let i = 0; i < 20; i++) {
      alice.pay(id, 3n);
      bob.pay(id, 2n);
    }
    world.deliverAll();
    expect([paidBy(alice, id), paidBy(bob, id)]).to.deep.equal([60n, 40n]);
    expect([paidTo(alice).length, paidTo(bob).length]).to.deep.equal([20, 20]);
  });

  it("close the channel by what was paid", () => {
    const scene = payingScene();
    const { world, alice, bob, id } = scene;
    alice.pay(id, 30n);
    bob.pay(id, 10n);
    bob.wish(id, ENDING);
    world.run(8);
    expectClosed(scene, id);
    expect(gains(world)).to.deep.equal([-20n, 20n]);
  });

  it("go on beneath a change that both sign", () => {
    const { world, alice, bob, id } = payingScene();
    alice.pay(id, 30n);
    const ticket = bob.wish(id, payment(bob, alice, 1n));
    alice.pay(id, 3n);
    world.deliverAll();
    bob.pay(id, 2n);
    world.deliverAll();
    expect(endOf(bob, ticket) % (1n << 28n)).to.equal(0n);
    expect([paidBy(alice, id), paidBy(bob, id)]).to.deep.equal([33n, 2n]);
    bob.wish(id, ENDING);
    world.run(8);
    expect(gains(world)).to.deep.equal([-30n, 30n]);
  });

  it("are refused where the channel holds too little", () => {
    const { world, alice, id } = payingScene();
    const ticket = alice.pay(id, 101n);
    expect(errorOf(alice, ticket).code).to.equal("FUNDS_INSUFFICIENT");
    alice.pay(id, 100n);
    world.deliverAll();
    expect(errorOf(alice, alice.pay(id, 1n)).code).to.equal("FUNDS_INSUFFICIENT");
  });

  it("share a voucher when eight are under way, and are told of one by one", () => {
    const { world, alice, bob, id } = payingScene();
    const tickets = Array.from({ length: 60 }, () => alice.pay(id, 1n));
    expect(world.network.letters.length).to.equal(8);
    world.deliverAll();
    expect(paidTo(bob)).to.deep.equal(tickets.map(() => 1n));
    expect(tickets.every((ticket) => alice.ends.has(ticket))).to.equal(true);
    expect(laneOf(alice, id).mine.tally.nonce).to.equal(9n);
  });

  it("are acknowledged on and on, though only one side pays", () => {
    const scene = payingScene();
    for (let i = 0; i < 80; i++) {
      scene.alice.pay(scene.id, 1n);
      scene.world.deliverAll();
    }
    expectLevel(scene, 80n, 0n);
    expect(laneOf(scene.bob, scene.id).mine.unacknowledged.length).to.equal(1);
  });

  it("are told to have failed when nobody answers for long, but not that they do not count", () => {
    const { world, alice, bob, id } = payingScene();
    bob.crash();
    const waiting = alice.pay(id, 1n);
    world.disconnect(alice, bob);
    const unsigned = alice.pay(id, 2n);
    world.pass(SETTINGS.patience);
    expect(errorOf(alice, unsigned).remedy).to.contain("try again later");
    expect(errorOf(alice, unsigned).code).to.equal("PEER_SILENT");
    bob.restart();
    world.connect(alice, bob);
    sayAgain(world);
    expect(paidTo(bob)).to.not.include(2n);
    expect(alice.ends.has(waiting)).to.equal(true);
  });

  const cuts = ["before", 0, 1, 2] as const;
  for (const cut of cuts) {
    it(`count once or not at all when the payer dies (${cut})`, () => {
      const scene = payingScene();
      const { world, alice, bob, id } = scene;
      alice.cut = cut;
      alice.pay(id, 5n);
      expect(alice.up).to.equal(false);
      world.deliverAll();
      alice.restart();
      world.deliverAll();
      const paid = cut === "before" ? 0n : 5n;
      expectLevel(scene, paid, 0n);
      expect(paidTo(bob)).to.deep.equal(paid > 0n ? [paid] : []);
    });

    it(`count once when the payee dies (${cut})`, () => {
      const scene = payingScene();
      const { world, alice, bob, id } = scene;
      const ticket = alice.pay(id, 5n);
      bob.cut = cut;
      world.deliverAll();
      expect(bob.up).to.equal(false);
      bob.restart();
      world.deliverAll();
      sayAgain(world);
      expectLevel(scene, 5n, 0n);
      expect(endOf(alice, ticket)).to.equal(0n);
    });
  }

  it("stop for good where somebody was set back to an old backup: it signs nothing, and what it asks for is not sent in vain", () => {
    const scene = payingScene();
    const { world, alice, bob, id } = scene;
    const backup = bob.backup();
    bob.pay(id, 7n);
    world.deliverAll();
    bob.restore(backup);
    bob.restart();
    world.deliverAll();
    const ticket = bob.pay(id, 1n);
    alice.pay(id, 2n);
    sayAgain(world, 12);
    expect(laneOf(bob, id).mine.tally.nonce).to.equal(0n);
    expect(errorOf(bob, ticket).code).to.equal("PEER_SILENT");
    expect(paidTo(bob)).to.deep.equal([]);
  });
});
