import { setTimeout } from "node:timers/promises";
import { expect } from "chai";
import { NATIVE, type ChannelId } from "../../../src";
import { InProcessHub } from "../../../src/adapters/inProcess";
import type { Node } from "../../../src/node/node";
import { paying, startChain, startTestNode, type LocalChain, type TestNode } from "../../support/nodes";

for (const kind of ["channels", "payment channels"] as const) {
  describe(`${kind} at rest`, function () {
    this.timeout(60_000);
    restingChannels(kind === "payment channels");
  });
}

function restingChannels(payments: boolean): void {
  let chain: LocalChain;
  let hub: InProcessHub;
  let alice: TestNode;
  let bob: TestNode;
  const ids: ChannelId[] = [];

  const start = (name: string, known?: TestNode): Promise<TestNode> =>
    startTestNode(chain, hub, name, {
      settings: { maxResting: 0 },
      ...(known && { store: known.store }),
      ...(payments && paying(chain)),
    });
  const pay = (from: TestNode, channelId: ChannelId, amount: bigint): Promise<unknown> =>
    from.node.pay({ channelId, asset: NATIVE, amount });

  /** Resolves when both hold the same state: who seals holds it first, and who is paid. */
  const level = async (id: ChannelId): Promise<void> => {
    const stateOf = ({ node }: TestNode) => `${node.channel(id).version} ${node.channel(id).state.outcome}`;
    while (stateOf(alice) !== stateOf(bob)) await setTimeout(10);
  };

  before(async () => {
    chain = await startChain();
    hub = new InProcessHub();
    [alice, bob] = [await start("Alice"), await start("Bob")];
    alice.node.connect(bob.address, "");
    for (let i = 0; i < 3; i++) {
      const share = [{ asset: NATIVE, amount: 1_000n }];
      const { id } = await alice.node.open({ peers: [{ address: bob.address }], mine: share, theirs: [share] });
      await Promise.all([alice.node.funded(id), bob.node.funded(id)]);
      ids.push(id);
    }
  });

  after(async () => {
    await Promise.all([alice.node.stop(), bob.node.stop()]);
    await chain.stop();
  });

  it("go on where they were, whoever pays", async () => {
    for (let i = 0; i < 5; i++) {
      for (const id of ids) await Promise.all([pay(alice, id, 10n), pay(bob, id, 1n)]);
    }
    for (const id of ids) {
      await level(id);
      for (const [{ node }, amount] of [
        [alice, 955n],
        [bob, 1_045n],
      ] as const) {
        expect(node.channel(id)).to.deep.include({ phase: "open", online: true, mine: [{ asset: NATIVE, amount }] });
        expect(node.channel(id).held).to.deep.equal([{ asset: NATIVE, amount: 2_000n }]);
      }
    }
  });

  it("compare notes once while they are connected", async () => {
    const before = await syncsOf(alice.node);
    for (const id of ids) await pay(alice, id, 10n);
    expect(await syncsOf(alice.node)).to.equal(before);
  });

  it("say nothing on a new connection, and compare notes before the first payment", async () => {
    await bob.node.stop();
    bob = await start("Bob", bob);
    expect(bob.node.info().channels).to.equal(ids.length);
    const met = new Promise<void>((resolve) => {
      bob.node.on(({ type }) => type === "connected" && resolve());
    });
    await met;
    expect(await syncsOf(bob.node)).to.equal(0);
    await pay(bob, ids[0]!, 10n);
    expect(await syncsOf(bob.node)).to.be.within(1, 2);
    await level(ids[0]!);
    expect(alice.node.channel(ids[0]!).mine).to.deep.equal([{ asset: NATIVE, amount: 955n }]);
  });

  it("wake up when somebody goes to the chain", async () => {
    void bob.node.challenge(ids[1]!).catch(() => undefined); // it ends with the node
    await new Promise<void>((resolve) => {
      alice.node.on((event) => event.type === "leaving" && event.channelId === ids[1] && resolve());
    });
    expect(alice.node.channel(ids[1]!).phase).to.equal("disputed");
  });

  it("close by agreement", async () => {
    const closed = await alice.node.close(ids[2]!);
    expect(closed.phase).to.equal("closed");
    expect(alice.node.info().channels).to.equal(2);
  });
}

/** How many messages that compare notes a node has sent. */
async function syncsOf(node: Node): Promise<number> {
  return Number(/^sluice_messages_sent_total\{type="sync"\} (\d+)$/m.exec(await node.metrics())?.[1] ?? 0);
}
