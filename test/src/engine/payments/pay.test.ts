import { expect } from "chai";
import { ENDING } from "../../../../src/engine/change";
import type { ChannelId } from "../../../../src";
import type { SimulatedNode } from "../world/node";
import { endOf, errorOf, expectClosed, gains, openScene, type Scene } from "../world/scene";
import { payment } from "../world/terms";
import { PAYMENTS } from "../world/world";

/** A payment channel of Alice and Bob, in which each has put 100. */
function payingScene(): Scene {
  return openScene({ app: PAYMENTS });
}

function paidTo(node: SimulatedNode): bigint[] {
  return node.notices.flatMap((notice) => (notice.type === "paid" ? notice.payments.map(({ amount }) => amount) : []));
}

function paidBy({ states }: SimulatedNode, id: ChannelId): bigint {
  return states.get(id)!.lanes[0]!.mine.tally.transferred;
}

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
});
