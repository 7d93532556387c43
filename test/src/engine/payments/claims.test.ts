import { expect } from "chai";
import { ENDING } from "../../../../src/engine/change";
import { NATIVE } from "../../../../src/protocol/types";
import { expectClosed, gains } from "../world/scene";
import { PREIMAGES, SETTINGS } from "../world/world";
import {
  claim,
  expectLevel,
  expiryIn,
  giveUp,
  incoming,
  kindsOf,
  laneOf,
  lock,
  payingScene,
  sayAgain,
  SECRET,
} from "./scene";

describe("a lock", () => {
  it("is told to whoever would be paid, and is paid against its secret", () => {
    const scene = payingScene();
    const { world, alice, bob, id } = scene;
    lock(scene, alice, 10n);
    world.deliverAll();
    expect(kindsOf(bob)).to.deep.equal(["locked"]);
    expect(laneOf(alice, id).mine.tally.locked).to.equal(10n);
    claim(bob, id);
    world.deliverAll();
    expect(alice.events).to.deep.equal([{ type: "settled", origin: "invoice", secret: SECRET }]);
    expectLevel(scene, 10n, 0n);
    expect(laneOf(bob, id).theirs.ending).to.equal(0);
  });

  it("has failed only once its payee stands behind the voucher without it", () => {
    const scene = payingScene();
    const { world, alice, bob, id } = scene;
    lock(scene, alice, 10n);
    world.deliverAll();
    giveUp(bob, id);
    world.deliver(0);
    expect(laneOf(alice, id).mine.tally.locked).to.equal(0n);
    expect(kindsOf(alice)).to.deep.equal([]);
    world.deliverAll();
    expect(alice.events).to.deep.equal([{ type: "failed", origin: "invoice", failure: "0x0f" }]);
    expectLevel(scene, 0n, 0n);
  });

  it("is ended by the first word of its payee, who cannot take it back", () => {
    const scene = payingScene();
    const { world, alice, bob, id } = scene;
    lock(scene, alice, 10n);
    world.deliverAll();
    giveUp(bob, id);
    claim(bob, id);
    giveUp(bob, id);
    expect(world.network.letters.length).to.equal(1);
    world.deliverAll();
    claim(bob, id, { ...laneOf(alice, id).mine.locks.get(0)!, position: 0, serial: 1 });
    world.deliverAll();
    expect(kindsOf(alice)).to.deep.equal(["failed"]);
  });

  it("is refused where there is too little, where it cannot be read, and where the channel ends", () => {
    const scene = payingScene();
    const { world, alice, id } = scene;
    const terms = { registry: PREIMAGES, key: SECRET, amount: 5n, expiry: expiryIn(world, 500n) };
    const offers = [
      { ...terms, amount: 101n },
      { ...terms, amount: 0n },
      { ...terms, amount: -1n },
    ];
    for (const one of [...offers, { ...terms, expiry: 2n ** 48n }])
      alice.dispatch(id, { type: "lock", asset: NATIVE, lock: one, packet: "0x", origin: "bad" });
    alice.dispatch(id, { type: "lock", asset: PREIMAGES, lock: terms, packet: "0x", origin: "other" });
    alice.wish(id, ENDING);
    lock(scene, alice, 5n);
    expect(kindsOf(alice)).to.deep.equal(Array.from({ length: 6 }, () => "refused"));
    expect(laneOf(alice, id).mine.queue).to.deep.equal([]);
  });

  it("is refused once if the channel ends in a dispute before it was signed", () => {
    const scene = payingScene();
    const { world, alice, bob, id } = scene;
    world.disconnect(alice, bob);
    lock(scene, alice, 10n);
    expect(kindsOf(alice)).to.deep.equal([]);
    bob.dispatch(id, { type: "leave" });
    world.run(4);
    expect(kindsOf(alice)).to.deep.equal(["refused"]);
    world.run(4);
    expect(kindsOf(alice)).to.deep.equal(["refused"]);
  });

  it("keeps what it locks from being given away by a change that both sign, also while it waits", () => {
    const scene = payingScene();
    const { world, alice, bob, id } = scene;
    world.disconnect(alice, bob);
    lock(scene, alice, 90n);
    const { destinations } = alice.record(id);
    const [from, to] = [destinations[0]!, destinations[1]!];
    alice.wish(id, { transfers: [{ asset: NATIVE, from, to, amount: 20n }], final: false });
    bob.wish(id, { transfers: [{ asset: NATIVE, from: to, to: from, amount: 1n }], final: false });
    world.connect(alice, bob);
    world.deliverAll();
    sayAgain(world);
    expect(laneOf(bob, id).theirs.tally.locked).to.equal(90n);
    expect(laneOf(alice, id).mine.unacknowledged).to.deep.equal([]);
  });

  it("is claimed again until it is paid: claims may get lost, come twice, and come after a restart", () => {
    const scene = payingScene();
    const { world, alice, bob, id } = scene;
    lock(scene, alice, 10n);
    world.deliverAll();
    claim(bob, id);
    world.network.letters = [];
    bob.crash();
    bob.restart();
    world.deliverAll();
    expect(kindsOf(alice)).to.deep.equal(["settled"]);
    expectLevel(scene, 10n, 0n);
    const { letters } = world.network;
    letters.push(...letters);
    world.deliverAll();
    sayAgain(world);
    expect(kindsOf(alice)).to.deep.equal(["settled"]);
  });

  it("is not paid without its secret, nor so late that the secret could not be handed on", () => {
    const scene = payingScene();
    const { world, alice, bob, id } = scene;
    lock(scene, alice, 10n);
    world.deliverAll();
    const { position, serial } = incoming(bob, id);
    const claims = [{ position, serial, secret: `0x${"00".repeat(32)}` as const }];
    alice.receive(bob.address, { type: "claim", channelId: id, lane: 0, claims });
    expect(kindsOf(alice)).to.deep.equal([]);
    world.mine(10_000n - SETTINGS.claimMargin);
    claim(bob, id);
    world.deliverAll();
    expect(kindsOf(alice)).to.deep.equal([]);
  });

  it("is there once, whatever dies when", () => {
    for (const cut of ["before", 0, 1, 2] as const) {
      for (const victim of ["alice", "bob"]) {
        const scene = payingScene();
        const { world, alice, bob, id } = scene;
        const node = world.node(victim);
        const risk = (act: () => void): void => {
          node.cut = cut;
          act();
          world.deliverAll();
          node.cut = undefined;
          node.restart();
          sayAgain(world);
        };
        risk(() => lock(scene, alice, 10n));
        if (laneOf(bob, id).theirs.locks.size === 0) {
          expect([cut, victim]).to.deep.equal(["before", "alice"]);
          lock(scene, alice, 10n);
          world.deliverAll();
        }
        risk(() => bob.up && claim(bob, id));
        if (laneOf(bob, id).theirs.locks.size > 0) claim(bob, id);
        world.deliverAll();
        sayAgain(world);
        expect(kindsOf(alice), `${victim} dies at ${cut}`).to.deep.equal(["settled"]);
        expect(kindsOf(bob), `${victim} dies at ${cut}`).to.deep.equal(["locked"]);
        expectLevel(scene, 10n, 0n);
      }
    }
  });

  it("is waited for by the end", () => {
    const scene = payingScene();
    const { world, alice, bob, id } = scene;
    lock(scene, alice, 10n);
    world.deliverAll();
    alice.wish(id, ENDING);
    world.run(3);
    expect(alice.record(id).closed).to.equal(false);
    claim(bob, id);
    world.run(8);
    expectClosed(scene, id);
    expect(gains(world)).to.deep.equal([-10n, 10n]);
  });
});
