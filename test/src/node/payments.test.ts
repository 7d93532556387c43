import { expect } from "chai";
import { Adjudicator__factory } from "../../../src/bindings";
import { NATIVE, NO_DISPUTE, NO_SIGNATURE, type Address, type ChannelId } from "../../../src";
import type { NodeSettings } from "../../../src/node/parts";
import { decodeRecord, recordKey } from "../../../src/node/records";
import { expectError } from "../../support/errors";
import { keyOf, paying, type TestNode } from "../../support/nodes";
import { balanceOf, channelThat, eventOf, mint, passTime, scenes, transact, type Scene } from "../../support/scene";

/** Seconds to answer a challenge. */
const PERIOD = 3_600n;

describe("a payment channel", function () {
  this.timeout(120_000);
  const scene = scenes();

  it("is what a node opens with one peer when it knows the contracts, unless it is told otherwise", async () => {
    const { alice, bob, id } = await openPair(scene());
    const { app } = scene().chain.payments;
    expect(alice.node.channel(id)).to.deep.include({ payments: true });
    expect(alice.node.channel(id).terms.app).to.equal(app);
    const peers = [{ address: bob.address }];
    expect(await alice.node.open({ peers, mine: [], payments: false })).to.include({ payments: false });
    expect(await alice.node.open({ peers, mine: [], bond: 1n })).to.include({ payments: false });
    await expectError("TERMS_REFUSED", () => alice.node.open({ peers, mine: [], bond: 1n, payments: true }));
    const carol = await scene().enter("Carol");
    await expectError("PAYMENTS_UNKNOWN", () => carol.node.open({ peers, mine: [], payments: true }));
  });

  it("tells what can be paid and received, as it is paid", async () => {
    const { alice, bob, id } = await openPair(scene());
    const flow = ({ node }: TestNode) => {
      const { canPay, canReceive } = node.channel(id);
      return [canPay[0]!.amount, canReceive[0]!.amount];
    };
    expect(flow(alice)).to.deep.equal([100n, 100n]);
    await bob.node.pay({ channelId: id, asset: NATIVE, amount: 40n });
    expect(flow(bob)).to.deep.equal([60n, 140n]);
    expect(flow(alice)).to.deep.equal([140n, 60n]);
    await expectError("FUNDS_INSUFFICIENT", () => bob.node.pay({ channelId: id, asset: NATIVE, amount: 61n }));
    await bob.node.pay({ channelId: id, asset: NATIVE, amount: 60n });
    await alice.node.pay({ channelId: id, asset: NATIVE, amount: 200n });
    expect(flow(alice)).to.deep.equal([0n, 200n]);
    await alice.node.close(id);
    expect(alice.node.channel(id).canPay).to.deep.equal([]);
  });

  it("tells the payee of every payment once, with its note, before the payer hears that it has it", async () => {
    const { alice, bob, id } = await openPair(scene());
    const paid = eventOf(alice, "paid");
    await bob.node.pay({ channelId: id, asset: NATIVE, amount: 3n, note: "0xc0ffee" });
    expect(await paid).to.deep.include({ channelId: id, asset: NATIVE, payments: [{ amount: 3n, note: "0xc0ffee" }] });
    const long = `0x${"00".repeat(33)}` as const;
    await expectError("NOTE_TOO_LONG", () => bob.node.pay({ channelId: id, asset: NATIVE, amount: 3n, note: long }));
    await expectError("AMOUNT_OUT_OF_RANGE", () => bob.node.pay({ channelId: id, asset: NATIVE, amount: 0n }));
    await expectError("FUNDS_INSUFFICIENT", () => bob.node.pay({ channelId: id, asset: bob.address, amount: 1n }));
    const plain = await bob.node.open({ peers: [{ address: alice.address }], mine: [], payments: false });
    await expectError("NOTE_IMPOSSIBLE", () =>
      bob.node.pay({ channelId: plain.id, asset: NATIVE, amount: 1n, note: "0x00" }),
    );
  });

  it("carries many payments of both at once, in several assets, and pays out what they come to", async () => {
    const { alice, bob, id, purse } = await openPair(scene(), { tokens: 1_000n });
    const { token } = scene();
    const heard = countPaid(alice);
    const payments = Array.from({ length: 500 }, (_, i) => {
      const [payer, asset] = [i % 2 === 0 ? alice : bob, i % 3 === 0 ? token : NATIVE];
      return payer.node.pay({ channelId: id, asset, amount: BigInt(1 + (i % 2)) }).then(() => [i % 2, asset] as const);
    });
    const settled = await Promise.allSettled(payments);
    const made = settled.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
    const balance = (asset: Address) =>
      made.reduce((sum, [by, of]) => (of === asset ? sum + (by === 0 ? -1n : 2n) : sum), 0n);
    expect(heard()).to.equal(made.filter(([by]) => by === 1).length);
    expect(made.filter(([by, of]) => by === 1 && of === token)).to.have.length(83); // all there is money for
    const [forAlice] = await Promise.all([alice.node.close(id), bob.node.close(id)]);
    expect(forAlice.phase).to.equal("closed");
    expect(await balanceOf(scene(), purse)).to.equal(100n + balance(NATIVE));
    expect(await balanceOf(scene(), purse, token)).to.equal(balance(token));
  });

  it("goes on where it was after both have restarted", async () => {
    const { id, purse, ...pair } = await openPair(scene());
    let { alice, bob } = pair;
    await Promise.all([pay(alice, id, 10), pay(bob, id, 30)]);
    await Promise.all([scene().leave(alice), scene().leave(bob)]);
    [alice, bob] = await enterBoth(scene(), purse, alice, bob);
    expect(alice.node.channel(id).mine).to.deep.equal([{ asset: NATIVE, amount: 120n }]);
    await Promise.all([pay(alice, id, 5), pay(bob, id, 1)]);
    await Promise.all([alice.node.close(id), bob.node.close(id)]);
    expect(await balanceOf(scene(), purse)).to.equal(116n);
  });

  it("delivers after a restart what the payee had not taken, once", async () => {
    const { id, purse, ...pair } = await openPair(scene());
    let { alice, bob } = pair;
    await pay(bob, id, 1);
    await scene().leave(alice);
    const undelivered = bob.node.pay({ channelId: id, asset: NATIVE, amount: 7n });
    const lost = expectError("NODE_STOPPED", () => undelivered);
    await scene().leave(bob);
    await lost;
    [alice, bob] = await enterBoth(scene(), purse, alice, bob);
    await pay(bob, id, 1);
    const { mine } = alice.node.channel(id);
    expect(mine).to.deep.equal(bob.node.channel(id).outcome.map(() => mine[0]!));
    expect([102n, 109n]).to.include(mine[0]!.amount);
    await alice.node.close(id);
    expect(await balanceOf(scene(), purse)).to.equal(mine[0]!.amount);
  });

  it("pays what was paid when one leaves and the other one is gone", async () => {
    const { alice, bob, id, purse } = await openPair(scene());
    await Promise.all([pay(alice, id, 10), pay(bob, id, 30)]);
    await scene().leave(bob);
    await leaveAlone(scene(), alice, id);
    expect(await balanceOf(scene(), purse)).to.equal(120n);
  });

  it("is not the old state that Mallory registers", async () => {
    const { alice, bob: mallory, id, purse } = await openPair(scene());
    const old = decodeRecord(id, mallory.store.get(recordKey(id))!).agreed!;
    await Promise.all([pay(alice, id, 10), pay(mallory, id, 60)]);
    await scene().leave(mallory);
    const disputed = eventOf(alice, "disputed");
    const adjudicator = Adjudicator__factory.createInterface();
    const { terms } = alice.node.channel(id);
    await transact(scene().chain, {
      to: scene().chain.adjudicator,
      data: adjudicator.encodeFunctionData("challenge", [
        terms,
        NO_DISPUTE,
        old.state,
        [...old.signatures],
        NO_SIGNATURE,
      ]),
    });
    expect(await disputed).to.include({ channelId: id, registered: 0n });
    await channelThat(alice, id, ({ onChain }) => onChain.kind === "dispute" && onChain.state.version > 0n);
    await leaveAlone(scene(), alice, id);
    expect(await balanceOf(scene(), purse)).to.equal(150n);
  });

  it("goes on as a payment channel with money added and taken out", async () => {
    const { alice, bob, id, purse } = await openPair(scene());
    await Promise.all([pay(alice, id, 10), pay(bob, id, 50)]);
    const me = alice.node.channel(id).self;
    const byPosition = <T>(mine: T, theirs: T) => (me === 0 ? [mine, theirs] : [theirs, mine]);
    const next = await alice.node.splice({
      channelId: id,
      add: byPosition([], [{ asset: NATIVE, amount: 7n }]),
      take: byPosition([{ asset: NATIVE, amount: 25n }], []),
    });
    await bob.node.funded(next.id);
    expect(next).to.deep.include({ payments: true, mine: [{ asset: NATIVE, amount: 115n }] });
    await channelThat(bob, next.id, ({ canPay }) => canPay[0]!.amount === 67n); // what he added as well
    await Promise.all([pay(alice, next.id, 5), pay(bob, next.id, 65)]);
    await channelThat(alice, id, ({ phase }) => phase === "closed");
    expect(await balanceOf(scene(), purse)).to.equal(25n);
    await alice.node.close(next.id);
    expect(await balanceOf(scene(), purse)).to.equal(25n + 175n);
  });

  it("holds other agreements of the two as well, on top of what was paid", async () => {
    const { alice, bob, id } = await openPair(scene());
    await Promise.all([pay(alice, id, 10), pay(bob, id, 30)]);
    const { destinations, self } = bob.node.channel(id);
    const gift = { asset: NATIVE, from: destinations[self]!, to: destinations[1 - self]!, amount: 50n };
    await bob.node.update(id, { transfers: [gift], final: false });
    await Promise.all([pay(alice, id, 1), pay(bob, id, 2)]);
    expect(alice.node.channel(id).mine).to.deep.equal([{ asset: NATIVE, amount: 171n }]);
    expect(bob.node.channel(id).mine).to.deep.equal([{ asset: NATIVE, amount: 29n }]);
  });
});

/** Pays one of the coin, so many times at once. */
async function pay({ node }: TestNode, channelId: ChannelId, times: number): Promise<void> {
  await Promise.all(Array.from({ length: times }, () => node.pay({ channelId, asset: NATIVE, amount: 1n })));
}

function countPaid({ node }: TestNode): () => number {
  let count = 0;
  node.on((event) => {
    if (event.type === "paid") count += event.payments.length;
  });
  return () => count;
}

async function leaveAlone(scene: Scene, alice: TestNode, id: ChannelId): Promise<void> {
  const left = alice.node.challenge(id);
  await channelThat(alice, id, ({ onChain }) => onChain.kind === "dispute" && onChain.dispute.finalizesAt > 0n);
  await passTime(scene, PERIOD);
  expect((await left).phase).to.equal("closed");
}

/** Alice, who is paid to a purse of its own, and Bob, with a channel into which each has put 100. */
async function openPair(scene: Scene, { tokens = 0n, ...settings }: Partial<NodeSettings> & { tokens?: bigint } = {}) {
  const purse = keyOf(`the purse of Alice for ${scene.addressOf("Alice")}`).address;
  const options = { ...paying(scene.chain), settings };
  const alice = await scene.enter("Alice", { ...options, settings: { ...settings, payout: purse } });
  const bob = await scene.enter("Bob", options);
  await mint(scene, bob.address, tokens);
  const { id } = await alice.node.open({
    peers: [{ address: bob.address }],
    mine: [{ asset: NATIVE, amount: 100n }],
    theirs: [[{ asset: NATIVE, amount: 100n }, ...(tokens > 0n ? [{ asset: scene.token, amount: tokens }] : [])]],
    challengePeriod: PERIOD,
  });
  await Promise.all([alice.node.funded(id), bob.node.funded(id)]);
  return { alice, bob, id, purse };
}

/** Starts both again, on what they have stored. */
async function enterBoth(scene: Scene, payout: Address, alice: TestNode, bob: TestNode): Promise<[TestNode, TestNode]> {
  const options = paying(scene.chain);
  return [
    await scene.enter("Alice", { ...options, store: alice.store, settings: { payout } }),
    await scene.enter("Bob", { ...options, store: bob.store }),
  ];
}
