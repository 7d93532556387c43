import { expect } from "chai";
import type { Hex } from "../../../../src";
import { networkOf } from "../../../../src/adapters/webSocket/admission";
import { Budget } from "../../../../src/adapters/webSocket/budget";
import { Handshake, proofDigest } from "../../../../src/adapters/webSocket/handshake";
import { Redial } from "../../../../src/adapters/webSocket/redial";
import { supersedes } from "../../../../src/adapters/webSocket/tieBreak";
import { identityOf } from "../support/identity";
import { ManualClock } from "../support/manualClock";

const [ALICE, BOB] = [identityOf("Alice"), identityOf("Bob")];
const [alice, bob] = [ALICE.signer.address, BOB.signer.address];
const [lower, higher] = alice.toLowerCase() < bob.toLowerCase() ? [alice, bob] : [bob, alice];

describe("the handshake", () => {
  const word = (byte: string): Hex => `0x${byte.repeat(32)}`;

  it("shows each side who the other one is", () => {
    const dialler = new Handshake("dialler", ALICE, bob);
    const listener = new Handshake("listener", BOB);
    const proof = dialler.receive(Buffer.from(listener.greeting()))!.answer!;
    expect(listener.receive(Buffer.from(dialler.greeting()))).to.deep.equal({});
    const { proven, answer } = listener.receive(Buffer.from(proof))!;
    expect(proven).to.equal(alice);
    expect(dialler.receive(Buffer.from(answer!))).to.deep.equal({ proven: bob });
  });

  it("signs something else for every part, end and nonce", () => {
    const a = { address: alice, nonce: word("0a") };
    const b = { address: bob, nonce: word("0b") };
    const digests = [
      proofDigest("dialler", a, b),
      proofDigest("listener", a, b),
      proofDigest("dialler", b, a),
      proofDigest("listener", b, a),
      proofDigest("dialler", { ...a, nonce: word("0c") }, b),
      proofDigest("dialler", a, { ...b, nonce: word("0c") }),
      proofDigest("dialler", { ...a, address: bob }, b),
      proofDigest("dialler", a, { ...b, address: alice }),
    ];
    expect(new Set(digests)).to.have.property("size", digests.length);
    expect(digests[0]).to.equal("0x4af837d9e407bbbe1bd447250d1e67dc392986bcfdcc8386fe417ec12a377c67");
  });

  it("never greets twice alike", () => {
    const greetings = Array.from({ length: 100 }, () =>
      Buffer.from(new Handshake("dialler", ALICE).greeting()).toString("hex"),
    );
    expect(new Set(greetings).size).to.equal(100);
  });
});

describe("two connections to one peer", () => {
  const old = (dialler: typeof alice) => ({ dialler, since: 0 });

  it("leave the fresh one when the same side dialled both", () => {
    expect(supersedes({ dialler: lower, since: 1 }, old(lower))).to.equal(true);
    expect(supersedes({ dialler: higher, since: 1 }, old(higher))).to.equal(true);
  });

  it("leave that of the lower address when both sides dialled at once", () => {
    expect(supersedes({ dialler: lower, since: 10_000 }, old(higher))).to.equal(true);
    expect(supersedes({ dialler: higher, since: 10_000 }, old(lower))).to.equal(false);
  });

  it("leave the fresh one when the other one is older than any attempt to dial", () => {
    expect(supersedes({ dialler: higher, since: 10_001 }, old(lower))).to.equal(true);
  });
});

describe("dialling again", () => {
  /** Milliseconds until the next attempt. */
  function wait(redial: Redial, clock: ManualClock, attempts: number[]): number {
    const since = clock.now();
    redial.later();
    clock.advance(60_000);
    return attempts.at(-1)! - since;
  }

  it("waits longer each time, but never more than half a minute, and starts over after success", () => {
    const clock = new ManualClock();
    const attempts: number[] = [];
    const redial = new Redial(clock, () => attempts.push(clock.now()));
    for (const longest of [250, 500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000]) {
      expect(wait(redial, clock, attempts)).to.be.within(longest / 2, longest);
    }
    redial.reset();
    expect(wait(redial, clock, attempts)).to.be.within(125, 250);
  });

  it("has one attempt due at a time, and can be called off", () => {
    const clock = new ManualClock();
    const attempts: number[] = [];
    const redial = new Redial(clock, () => attempts.push(clock.now()));
    redial.later();
    redial.later();
    clock.advance(60_000);
    expect(attempts).to.have.length(1);
    redial.later();
    redial.stop();
    clock.advance(60_000);
    expect(attempts).to.have.length(1);
  });
});

describe("the budget of a peer", () => {
  it("pays for one second at once, and then asks for a pause", () => {
    const clock = new ManualClock();
    const budget = new Budget(10 * 1024, clock);
    for (let i = 0; i < 10; i++) expect(budget.spend(1)).to.equal(0);
    expect(budget.spend(1)).to.equal(100);
    expect(budget.spend(2048)).to.equal(300);
    clock.advance(300);
    expect(budget.spend(1)).to.equal(100);
  });

  it("saves no more than one second is worth", () => {
    const clock = new ManualClock();
    const budget = new Budget(10 * 1024, clock);
    clock.advance(3_600_000);
    expect(budget.spend(11 * 1024)).to.equal(100);
  });
});

describe("the network of a connection", () => {
  const CASES: [string, string][] = [
    ["192.0.2.7", "192.0.2.7"],
    ["::ffff:192.0.2.7", "192.0.2.7"],
    ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2"],
    ["2001:db8:1:2::6", "2001:db8:1:2"],
    ["2001:db8::6", "2001:db8:0:0"],
    ["::1", ":0:0:0"],
  ];
  for (const [address, network] of CASES) {
    it(`of ${address} is ${network}`, () => expect(networkOf(address)).to.equal(network));
  }
});
