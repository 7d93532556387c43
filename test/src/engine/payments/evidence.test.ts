import { expect } from "chai";
import type { Agreed } from "../../../../src/engine/channel";
import type { Lane } from "../../../../src/engine/payments/lane";
import { stateDigest, stoppedAt } from "../../../../src/protocol/hashing";
import { everyone } from "../../../../src/protocol/signing";
import { NO_DISPUTE, NO_SIGNATURE, type State } from "../../../../src/protocol/types";
import { joinVouchers } from "../../../../src/protocol/vouchers";
import type { SimulatedNode } from "../world/node";
import { expectClosed, gains, outlast, type Scene } from "../world/scene";
import { payment } from "../world/terms";
import { LOCK_SET } from "../world/world";
import { laneOf, paidTo, payingScene } from "./scene";

/** A channel in which Alice has paid 30 and Bob 50, one voucher after the other. */
function busyScene(): Scene {
  const scene = payingScene();
  const { world, alice, bob, id } = scene;
  for (const [node, amount] of [
    [alice, 10n],
    [bob, 20n],
    [alice, 20n],
    [bob, 30n],
  ] as const) {
    node.pay(id, amount);
    world.deliverAll();
  }
  return scene;
}

/** Mallory, on somebody's machine, registers vouchers on top of a state that both have signed. */
function register({ world, id }: Scene, mallory: SimulatedNode, { state, signatures }: Agreed, lane: Lane): State {
  const { terms: channel, self } = mallory.record(id);
  const known = [lane.mine.acknowledged, lane.theirs.taken];
  const [first, second] = self === 0 ? known : known.reverse();
  const join = joinVouchers(id, LOCK_SET, state, [[first, second]]);
  const own = mallory.signer.sign(stateDigest(world.deployment, id, join.state));
  const proven = {
    candidate: { state: join.state, signers: 1n << BigInt(self) },
    proof: [
      { state, signers: everyone(channel) },
      { state: { version: 0n, outcome: "0x", appData: join.endorsements } as const, signers: 0n },
    ],
    signatures: [own, ...signatures],
  };
  const call = { kind: "challengeWithProof", channel, dispute: NO_DISPUTE, proven, challenger: NO_SIGNATURE } as const;
  world.chain.submit(mallory.address, `${id}:lie`, call);
  return join.state;
}

/** Mallory registers a state that both have signed. */
function registerAgreed({ world, id }: Scene, mallory: SimulatedNode, agreed: Agreed): void {
  const { terms: channel } = mallory.record(id);
  const call = { kind: "challenge", channel, dispute: NO_DISPUTE, challenger: NO_SIGNATURE, ...agreed } as const;
  world.chain.submit(mallory.address, `${id}:lie`, call);
}

describe("vouchers in a dispute", () => {
  for (const gone of ["alice", "bob"]) {
    it(`pay whoever stays what it holds, when the other one vanishes (${gone})`, () => {
      const scene = busyScene();
      const { world, id } = scene;
      const left = world.node(gone === "alice" ? "bob" : "alice");
      world.node(gone).crash();
      left.dispatch(id, { type: "leave" });
      outlast(world);
      expect(left.record(id).closed).to.equal(true);
      expect(gains(world)).to.deep.equal([20n, -20n]);
      expect([...world.chain.reverts.keys()]).to.deep.equal([]);
    });

    it(`count though the other one vanished before it acknowledged the newest: that one its payer keeps (${gone})`, () => {
      const scene = busyScene();
      const { world, id } = scene;
      const left = world.node(gone === "alice" ? "bob" : "alice");
      world.node(gone).crash();
      left.pay(id, 5n);
      left.dispatch(id, { type: "leave" });
      outlast(world);
      expect(gains(world)).to.deep.equal([20n, -20n]);
    });

    it(`count against an old agreement, an old join, and a join without the newest of the other (${gone} lies)`, () => {
      const lies: ((scene: Scene, mallory: SimulatedNode, old: Agreed, lane: Lane) => void)[] = [
        registerAgreed,
        register,
        register,
        (scene, mallory, agreed, lane) =>
          register(scene, mallory, agreed, { ...lane, mine: { ...lane.mine, acknowledged: undefined } }),
      ];
      for (const [i, lie] of lies.entries()) {
        const scene = payingScene();
        const { world, alice, bob, id } = scene;
        const [mallory, honest] = gone === "alice" ? [alice, bob] : [bob, alice];
        const { agreed } = mallory.record(id);
        alice.pay(id, 10n);
        bob.pay(id, 4n);
        world.deliverAll();
        const lane = laneOf(mallory, id);
        if (i < 2) alice.wish(id, payment(alice, bob, 3n)); // an old agreement is one behind another one
        world.deliverAll();
        alice.pay(id, 20n);
        bob.pay(id, 6n);
        alice.pay(id, 1n);
        world.deliverAll();
        lie(scene, mallory, agreed!, lane);
        mallory.crash();
        outlast(world);
        outlast(world);
        expect(honest.record(id).closed).to.equal(true);
        const byAlice = 31n - 10n + (i < 2 ? 3n : 0n);
        expect(gains(world), `lie ${i}`).to.deep.equal([-byAlice, byAlice]);
      }
    });
  }

  it("of both add up, though each registers its own first", () => {
    const scene = busyScene();
    const { world, alice, bob, id } = scene;
    alice.pay(id, 3n);
    bob.pay(id, 4n);
    world.deliver(0);
    world.deliver(0);
    world.disconnect(alice, bob);
    alice.dispatch(id, { type: "leave" });
    bob.dispatch(id, { type: "leave" });
    outlast(world);
    expectClosed(scene, id);
    expect(gains(world)).to.deep.equal([21n, -21n]);
  });

  it("are not taken where a change, that was signed and refused, does not cover them", () => {
    const scene = payingScene();
    const { world, alice: mallory, bob, id } = scene;
    mallory.wish(id, payment(mallory, bob, 50n)); // a gift, which Bob signs
    world.deliver(0);
    const { state, signature } = bob.record(id).promised!;
    const { version } = state;
    world.network.letters = [];
    bob.receive(mallory.address, { type: "reject", channelId: id, version, reason: "CHANGE_REFUSED", text: "No." });
    world.disconnect(mallory, bob);
    const old = mallory.backup().get(id)!;
    mallory.restore(new Map([[id, { ...old, record: { ...old.record, unsealed: [] } }]])); // she makes herself forget it
    mallory.restart();
    world.connect(mallory, bob);
    world.censor = ({ message }) => message.type !== "sign";
    world.deliverAll();
    mallory.pay(id, 100n);
    world.deliverAll();
    expect(paidTo(bob), "what she could take back by sealing the gift").to.deep.equal([]);
    mallory.pay(id, 1n);
    const mine = mallory.signer.sign(stateDigest(world.deployment, id, state));
    registerAgreed(scene, mallory, { state, signatures: [mine, signature] });
    mallory.crash();
    outlast(world);
    expect(gains(world)).to.deep.equal([-50n, 50n]);
  });

  it("that are registered already need no signatures again", () => {
    const scene = busyScene();
    const { world, alice, bob, id } = scene;
    const registered = register(scene, bob, bob.record(id).agreed!, laneOf(bob, id));
    world.mine();
    const record = world.chain.head.recordOf(id);
    expect(record.kind === "dispute" && record.dispute.stateHash).to.equal(stoppedAt(id, registered).stateHash);
    outlast(world);
    expect(alice.record(id).closed && bob.record(id).closed).to.equal(true);
    expect(gains(world)).to.deep.equal([20n, -20n]);
  });
});
