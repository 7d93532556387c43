import { expect } from "chai";
import type { Operation } from "../../../../src/engine/payments/operations";
import { NO_LOCKS } from "../../../../src/protocol/locks";
import type { Voucher } from "../../../../src/engine/messages";
import type { Voucher as Signed } from "../../../../src/protocol/vouchers";
import { openScene, type Scene } from "../world/scene";
import { GAME } from "../world/world";
import { expectLevel, laneOf, lock, paidTo, payingScene, sayAgain, voucherOf } from "./scene";

const pays = (amount: bigint): Operation[] => [{ kind: "pay", amount, note: "0x" }];

/** Alice hears a voucher of Bob's. */
function hear({ alice, bob, id }: Scene, message: Voucher): void {
  alice.receive(bob.address, { ...message, channelId: id });
}

describe("taking a voucher", () => {
  // Five payments, their vouchers and what acknowledges them: each of these letters gets lost, comes twice, or too late.
  for (let at = 0; at < 8; at++) {
    for (const fate of ["gets lost", "comes twice", "comes last"] as const) {
      it(`happens once and in order when letter ${at} ${fate}`, () => {
        const scene = payingScene();
        const { world, alice, bob, id } = scene;
        let posted = 0;
        world.censor = (letter) => {
          if (posted++ !== at) return true;
          if (fate === "comes twice") world.network.send(letter);
          if (fate === "comes last") late.push(letter);
          return fate === "comes twice";
        };
        const late: Parameters<typeof world.network.send>[0][] = [];
        const tickets = [1n, 2n, 3n].map((amount) => alice.pay(id, amount));
        tickets.push(...[4n, 5n].map((amount) => bob.pay(id, amount)));
        world.deliverAll();
        sayAgain(world);
        for (const letter of late) world.network.send(letter);
        world.deliverAll();
        expectLevel(scene, 6n, 9n);
        expect(paidTo(bob)).to.deep.equal([1n, 2n, 3n]);
        expect(paidTo(alice)).to.deep.equal([4n, 5n]);
        expect([...alice.ends.keys(), ...bob.ends.keys()].length).to.be.greaterThan(4);
        for (const node of [alice, bob]) {
          expect(node.states.get(id)!.session.deliveries, "nobody waits").to.deep.equal([]);
          for (const end of node.ends.values()) expect(end).to.have.property("state");
        }
      });
    }
  }

  it("happens in whatever order vouchers come", () => {
    const scene = payingScene();
    const { world, alice, bob, id } = scene;
    for (const amount of [1n, 2n, 3n, 4n]) alice.pay(id, amount);
    world.network.letters.reverse();
    world.deliverAll();
    sayAgain(world);
    expectLevel(scene, 10n, 0n);
    expect(paidTo(bob)).to.deep.equal([1n, 2n, 3n, 4n]);
  });

  it("does not answer every letter behind a gap, nor one that is refused, for ever", () => {
    const scene = payingScene();
    const { world, alice } = scene;
    const [first, second] = [
      voucherOf(scene, pays(1_000n), { transferred: 1_000n }),
      voucherOf(scene, [], { nonce: 2n }),
    ];
    world.network.letters = [];
    for (let i = 0; i < 5; i++) {
      hear(scene, first);
      hear(scene, second);
    }
    const asked = world.network.letters.filter(
      ({ from, message }) => from === alice.address && message.type === "sync",
    );
    expect(asked.length).to.equal(1);
  });

  it("goes on after a reconnection in the middle of it", () => {
    const scene = payingScene();
    const { world, alice, bob, id } = scene;
    for (const amount of [1n, 2n, 3n]) alice.pay(id, amount);
    world.deliver(0);
    world.disconnect(alice, bob);
    world.network.letters = [];
    alice.pay(id, 4n);
    bob.pay(id, 5n);
    world.connect(alice, bob);
    world.deliverAll();
    expectLevel(scene, 10n, 5n);
  });

  const refused: [string, readonly Operation[], Partial<Signed>, Partial<Voucher>?][] = [
    ["was signed by nobody", pays(1n), { transferred: 1n }, { signature: { r: NO_LOCKS, vs: NO_LOCKS } }],
    ["was signed with something else in it", pays(1n), { transferred: 2n }],
    ["takes something back", [{ kind: "pay", amount: -1n, note: "0x" }], { transferred: -1n + 1n }],
    ["pays nothing and says so", pays(0n), {}],
    ["pays more than there is", pays(101n), { transferred: 101n }],
    ["acknowledges what was never given", pays(1n), { transferred: 1n, ack: `0x${"ab".repeat(32)}` }, { ack: 3n }],
    ["settles a lock that there is not", [{ kind: "settle", position: 0 }], {}],
  ];
  for (const [what, operations, changed, message] of refused) {
    it(`refuses one that ${what}, and takes the right one after it`, () => {
      const scene = payingScene();
      const { world, alice, bob, id } = scene;
      hear(scene, voucherOf(scene, operations, changed, message));
      expect(laneOf(alice, id).theirs.taken).to.equal(undefined);
      const [answer] = world.network.letters;
      expect(answer!.message).to.include({ type: "reject", reason: "VOUCHER_REFUSED" });
      bob.pay(id, 2n);
      world.deliverAll();
      expect(paidTo(alice)).to.deep.equal([2n]);
    });
  }

  it("refuses one that knows less than an older one", () => {
    const scene = payingScene();
    const { world, alice, bob, id } = scene;
    alice.pay(id, 1n);
    world.deliverAll();
    const { tally } = laneOf(bob, id).mine;
    hear(scene, voucherOf(scene, pays(1n), { transferred: tally.transferred + 1n }));
    expect(laneOf(alice, id).theirs.tally).to.deep.equal(tally);
    expect(world.network.letters[0]!.message).to.include({ reason: "VOUCHER_REFUSED" });
  });

  it("refuses one without a lock that may still be paid", () => {
    const scene = payingScene();
    const { world, alice, bob, id } = scene;
    lock(scene, bob, 10n);
    world.deliverAll();
    const ack = laneOf(alice, id).mine.tally.nonce;
    expect(ack).to.equal(1n);
    const { taken } = laneOf(bob, id).theirs;
    const dropped = { locked: 0n, locksRoot: NO_LOCKS, ack: taken!.signature.r };
    hear(scene, voucherOf(scene, [{ kind: "drop", position: 0 }], dropped, { ack }));
    expect(laneOf(alice, id).theirs.locks.size).to.equal(1);
    const { message } = world.network.letters[0]!;
    expect(message.type === "reject" && message.text).to.contain("neither expired nor been given up");
  });

  it("leaves a lane alone that there is not, and channels without lanes", () => {
    const scene = payingScene();
    hear(scene, voucherOf(scene, pays(1n), { transferred: 1n }, { lane: 3 }));
    expect(scene.world.network.letters).to.deep.equal([]);
    const game = openScene({ app: GAME });
    game.alice.receive(game.bob.address, { ...voucherOf(scene, [], {}), channelId: game.id });
    expect(game.world.network.letters).to.deep.equal([]);
  });
});
