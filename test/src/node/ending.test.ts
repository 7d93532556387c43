import { expect } from "chai";
import hre from "hardhat";
import { Adjudicator__factory } from "../../../src/bindings";
import { NATIVE, NO_DISPUTE, NO_SIGNATURE, type Address, type ChannelId } from "../../../src";
import { decodeRecord, recordKey } from "../../../src/node/records";
import { expectError } from "../../support/errors";
import { keyOf, type TestNode } from "../../support/nodes";
import { balanceOf, channelThat, eventOf, passTime, scenes, transact, type Scene } from "../../support/scene";

/** Seconds to answer a challenge. */
const PERIOD = 3_600n;

describe("the end of a channel", function () {
  this.timeout(60_000);
  const scene = scenes();

  it("pays everybody by the newest state when all agree, and leaves nothing behind", async () => {
    const { alice, bob, id, purse } = await openPair(scene());
    await bob.node.pay({ channelId: id, asset: NATIVE, amount: 40n });
    await alice.node.pay({ channelId: id, asset: NATIVE, amount: 1n });
    const [forAlice, forBob] = await Promise.all([alice.node.close(id), bob.node.close(id)]);
    expect([forAlice.phase, forBob.phase]).to.deep.equal(["closed", "closed"]);
    expect(await balanceOf(scene(), purse)).to.equal(139n);
    expect(await balanceOf(scene(), scene().chain.adjudicator)).to.equal(0n);
    await expectError("CHANNEL_NOT_OPEN", () => alice.node.pay({ channelId: id, asset: NATIVE, amount: 1n }));
  });

  it("comes through the chain when the others are gone", async () => {
    const { alice, bob, id, purse } = await openPair(scene());
    await bob.node.pay({ channelId: id, asset: NATIVE, amount: 40n });
    await scene().leave(bob);
    const left = alice.node.challenge(id);
    await channelThat(alice, id, ({ onChain }) => onChain.kind === "dispute");
    expect(alice.node.channel(id).phase).to.equal("disputed");
    await passTime(scene(), PERIOD);
    expect((await left).phase).to.equal("closed");
    expect(await balanceOf(scene(), purse)).to.equal(140n);
  });

  it("comes through the chain by itself when nobody answers to a close", async () => {
    const { alice, bob, id, purse } = await openPair(scene(), { leaveAfter: 300 });
    await scene().leave(bob);
    const closed = alice.node.close(id);
    await channelThat(alice, id, ({ onChain }) => onChain.kind === "dispute");
    await passTime(scene(), PERIOD);
    expect((await closed).phase).to.equal("closed");
    expect(await balanceOf(scene(), purse)).to.equal(100n);
  });

  it("is not the old state that Mallory registers", async () => {
    const { alice, bob: mallory, id, purse } = await openPair(scene());
    const old = decodeRecord(id, mallory.store.get(recordKey(id))!).agreed!;
    await mallory.node.pay({ channelId: id, asset: NATIVE, amount: 100n });
    await scene().leave(mallory);
    const disputed = eventOf(alice, "disputed");
    const { terms } = alice.node.channel(id);
    const adjudicator = Adjudicator__factory.createInterface();
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
    const closed = alice.node.close(id);
    await channelThat(alice, id, ({ onChain }) => onChain.kind === "dispute" && onChain.dispute.finalizesAt > 0n);
    await passTime(scene(), PERIOD);
    await closed;
    expect(await balanceOf(scene(), purse)).to.equal(200n);
  });

  it("keeps money for an account that rejects it, until it is withdrawn", async () => {
    const { alice, bob, id } = await openPair(scene(), { patience: 300 });
    const { deployedBytecode } = await hre.artifacts.readArtifact("RejectingRecipient");
    await expectError("NOTHING_WAITING", () => bob.node.withdraw(NATIVE));
    await scene().chain.request("hardhat_setCode", [bob.address, deployedBytecode]);
    await alice.node.close(id);
    await scene().chain.request("hardhat_setCode", [bob.address, "0x"]);
    await until(() => bob.node.waiting().length > 0);
    expect(bob.node.waiting()).to.deep.equal([{ asset: NATIVE, amount: 100n }]);
    const elsewhere = keyOf(`Bob's purse for ${id}`).address;
    await bob.node.withdraw(NATIVE, elsewhere);
    expect(await balanceOf(scene(), elsewhere)).to.equal(100n);
    await until(() => bob.node.waiting().length === 0);
  });

  it("can be a beginning: a splice goes on with money added and taken out", async () => {
    const { alice, bob, id, purse } = await openPair(scene());
    await bob.node.pay({ channelId: id, asset: NATIVE, amount: 40n });
    const me = alice.node.channel(id).self;
    const byPosition = <T>(mine: T, theirs: T) => (me === 0 ? [mine, theirs] : [theirs, mine]);
    const next = await alice.node.splice({
      channelId: id,
      add: byPosition([], [{ asset: NATIVE, amount: 7n }]),
      take: byPosition([{ asset: NATIVE, amount: 25n }], []),
    });
    expect(next.id).not.to.equal(id);
    await bob.node.funded(next.id);
    expect(alice.node.channel(next.id).mine).to.deep.equal([{ asset: NATIVE, amount: 115n }]);
    expect(bob.node.channel(next.id).mine).to.deep.equal([{ asset: NATIVE, amount: 67n }]);
    await channelThat(alice, id, ({ phase }) => phase === "closed");
    expect(await balanceOf(scene(), purse)).to.equal(25n);
    await alice.node.pay({ channelId: next.id, asset: NATIVE, amount: 15n });
    await alice.node.close(next.id);
    expect(await balanceOf(scene(), purse)).to.equal(125n);
  });

  it("is refused to a splice that takes out more than somebody has", async () => {
    const { alice, id } = await openPair(scene());
    const take = [[{ asset: NATIVE, amount: 101n }], []];
    await expectError("FUNDS_INSUFFICIENT", () => alice.node.splice({ channelId: id, take }));
    expect(alice.node.channel(id).phase).to.equal("open");
  });

  it("cannot be forced on a channel that has not begun", async () => {
    const alice = await scene().enter("Alice");
    const bob = await scene().enter("Bob", { settings: { policy: POLICY_OF_NOBODY } });
    const proposed = eventOf(bob, "proposed");
    const opened = alice.node.open({
      peers: [{ address: bob.address }],
      mine: [{ asset: NATIVE, amount: 1n }],
      theirs: [[{ asset: NATIVE, amount: 1n }]],
    });
    const { channelId } = await proposed;
    await expectError("CHANNEL_NOT_OPEN", () => alice.node.challenge(channelId));
    await bob.node.decide(channelId, true);
    await opened;
  });
});

const POLICY_OF_NOBODY = {
  minChallengePeriod: 60n,
  maxChallengePeriod: 1_000_000n,
  maxBond: 0n,
  maxContribution: [],
};

/** Alice and Bob with a channel of 100 each. Alice is paid into a purse that pays for nothing. */
async function openPair(
  scene: Scene,
  settings: { readonly patience?: number; readonly leaveAfter?: number } = {},
): Promise<{
  readonly alice: TestNode;
  readonly bob: TestNode;
  readonly id: ChannelId;
  readonly purse: Address;
}> {
  const purse = keyOf(`the purse of ${scene.addressOf("Alice")}`).address;
  const alice = await scene.enter("Alice", { settings: { payout: purse, ...settings } });
  const bob = await scene.enter("Bob", { settings });
  const { id } = await alice.node.open({
    peers: [{ address: bob.address }],
    mine: [{ asset: NATIVE, amount: 100n }],
    theirs: [[{ asset: NATIVE, amount: 100n }]],
    challengePeriod: PERIOD,
  });
  await Promise.all([alice.node.funded(id), bob.node.funded(id)]);
  return { alice, bob, id, purse };
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 10));
}
