import { expect } from "chai";
import { ENDING, outcomeOf, shareOf } from "../../../../src/engine/change";
import { talliesOf } from "../../../../src/engine/payments/balance";
import { channelDestination, accountDestination } from "../../../../src/protocol/destination";
import { LOCK_SET } from "../world/world";
import { lockDestination } from "../../../../src/protocol/locks";
import { NATIVE } from "../../../../src/protocol/types";
import { endOf, errorOf, expectClosed, gains, openInLedger } from "../world/scene";
import { payment } from "../world/terms";
import { expectLevel, laneOf, lock, paidTo, payingScene, sayAgain } from "./scene";

describe("a change that both sign in a payment channel", () => {
  it("crosses payments of both without harm, over and over", () => {
    const scene = payingScene();
    const { world, alice, bob, id } = scene;
    for (let i = 0; i < 10; i++) {
      alice.pay(id, 2n);
      bob.pay(id, 1n);
      alice.wish(id, payment(alice, bob, 1n));
      bob.wish(id, payment(bob, alice, 2n));
      bob.pay(id, 1n);
      alice.pay(id, 1n);
      world.deliver(0);
      world.deliver(world.network.letters.length - 1);
    }
    world.deliverAll();
    sayAgain(world);
    expectLevel(scene, 30n, 20n);
    expect(alice.record(id).agreed!.state).to.deep.equal(bob.record(id).agreed!.state);
    bob.wish(id, ENDING);
    world.run(8);
    expectClosed(scene, id);
    expect(gains(world)).to.deep.equal([0n, 0n]);
  });

  for (const final of [false, true]) {
    it(`waits for a payment that got lost, and says nothing again and again (${final ? "the end" : "a change"})`, () => {
      const { world, alice, bob, id } = payingScene();
      alice.pay(id, 5n);
      world.network.letters = [];
      const ticket = alice.wish(id, final ? ENDING : payment(alice, bob, 1n));
      world.deliverAll();
      expect(alice.ends.has(ticket)).to.equal(false);
      sayAgain(world);
      expect(endOf(alice, ticket) > 0n).to.equal(true);
      expect(paidTo(bob)).to.deep.equal([5n]);
    });

    it(`waits for a payment of whoever signs first that got lost (${final ? "the end" : "a change"})`, () => {
      const { world, alice, bob, id } = payingScene();
      bob.pay(id, 5n);
      world.network.letters = [];
      const ticket = alice.wish(id, final ? ENDING : payment(alice, bob, 1n));
      world.deliverAll();
      sayAgain(world);
      expect(endOf(alice, ticket) > 0n).to.equal(true);
      expect(paidTo(alice)).to.deep.equal([5n]);
    });
  }

  it("tells whoever paid just before the end that it was paid", () => {
    const { world, alice, bob, id } = payingScene();
    const tickets = [alice.pay(id, 5n), bob.pay(id, 3n)];
    alice.wish(id, ENDING);
    bob.wish(id, ENDING);
    world.run(8);
    expect(alice.ends.get(tickets[0]!)).to.have.property("state");
    expect(bob.ends.get(tickets[1]!)).to.have.property("state");
    expect(gains(world)).to.deep.equal([-2n, 2n]);
  });

  it("is one that the sealer may have forgotten: it seals the end, though it has paid again since", () => {
    const scene = payingScene();
    const { world, alice, bob, id } = scene;
    bob.wish(id, ENDING);
    world.deliver(0); // the request
    world.deliver(0); // the proposal
    world.network.letters = [];
    expect(bob.record(id).promised?.change.final).to.equal(true);
    world.censor = ({ message }) => message.type !== "sign";
    alice.crash();
    alice.restart();
    world.deliverAll();
    alice.pay(id, 5n);
    world.censor = undefined;
    world.deliverAll();
    sayAgain(world);
    world.run(8);
    expectClosed(scene, id);
    expect(gains(world)).to.deep.equal([0n, 0n]);
  });

  it("puts a channel that it pays before the locks, where the contract looks for it", () => {
    const scene = payingScene();
    const { world, alice, bob, id } = scene;
    lock(scene, alice, 10n);
    lock(scene, bob, 7n);
    world.deliverAll();
    const child = openInLedger(scene, [5n, 6n]);
    const { state } = bob.record(id).agreed!;
    const [{ allocations }] = outcomeOf(state) as [ReturnType<typeof outcomeOf>[number]];
    const [mine, theirs] = [alice, bob].map(({ address }) => accountDestination(address));
    const roots = talliesOf(state)[0]!.map(({ locksRoot }) => locksRoot);
    const setOf = (payer: typeof mine, payee: typeof mine, root: (typeof roots)[number]) =>
      lockDestination(LOCK_SET, { payer: payer!, payee: payee!, salt: id, root });
    expect(allocations).to.deep.equal([
      { destination: mine, amount: 85n },
      { destination: theirs, amount: 87n },
      { destination: channelDestination(child), amount: 11n },
      { destination: setOf(mine, theirs, roots[0]!), amount: 10n },
      { destination: setOf(theirs, mine, roots[1]!), amount: 7n },
    ]);
    alice.pay(id, 1n);
    world.deliverAll();
    expect(laneOf(bob, id).theirs.tally.transferred).to.equal(1n);
  });

  it("takes nothing from the locks", () => {
    const scene = payingScene();
    const { world, alice, bob, id } = scene;
    lock(scene, alice, 10n);
    world.deliverAll();
    const [mine, theirs] = [alice, bob].map(({ address }) => accountDestination(address));
    const root = laneOf(alice, id).mine.tally.locksRoot;
    const from = lockDestination(LOCK_SET, { payer: mine!, payee: theirs!, salt: id, root });
    const ticket = bob.wish(id, { transfers: [{ asset: NATIVE, from, to: theirs!, amount: 10n }], final: false });
    world.deliverAll();
    expect(errorOf(bob, ticket).code).to.equal("CHANGE_REFUSED");
    expect(alice.notices.some(({ type }) => type === "asked")).to.equal(false);
    expect(shareOf(alice.record(id).agreed!.state, NATIVE, theirs!)).to.equal(100n);
  });
});
