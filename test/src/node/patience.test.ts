import { expect } from "chai";
import type { ChannelDetails } from "../../../src/node/api";
import { NATIVE, type ChannelId } from "../../../src";
import type { Transport, TransportHandler } from "../../../src/ports/transport";
import { expectError } from "../../support/errors";
import { keyOf, type TestNode } from "../../support/nodes";
import { channelThat, eventOf, scenes, TRUSTING, type Scene } from "../../support/scene";

describe("a node that waits", function () {
  this.timeout(60_000);
  const scene = scenes();

  for (const position of [0, 1]) {
    const fate = position === 0 ? "is not made" : "is made when the peer is back, because it is signed";
    it(`says so when a peer is silent; the payment of participant ${position} ${fate}`, async () => {
      const { names, id, ...both } = await openPair(scene(), { patience: 300 });
      const payer = [both.alice, both.bob].find(({ node }) => node.channel(id).self === position)!;
      const silent = payer === both.alice ? both.bob : both.alice;
      await scene().leave(silent);
      await expectError("PEER_SILENT", () => pay(payer, id, 5n));
      expect(payer.node.channel(id)).to.include({ phase: "open", online: false, version: 0n });
      const back = await scene().enter(names.get(silent)!, { store: silent.store });
      const before = BigInt(position);
      const isUsable = ({ online, version }: ChannelDetails) => online && version === before;
      await Promise.all([payer, back].map((one) => channelThat(one, id, isUsable)));
      await pay(payer, id, 5n);
      await pay(back, id, 1n);
      await Promise.all([payer, back].map((one) => channelThat(one, id, ({ version }) => version === before + 2n)));
      expect(back.node.channel(id).mine[0]!.amount).to.equal(104n + 5n * before);
    });
  }

  it("says when a peer cannot be reached", async () => {
    const alice = await scene().enter("Alice", { settings: { patience: 100 } });
    const peers = [{ address: keyOf("nobody").address }];
    await expectError("PEER_UNREACHABLE", () => alice.node.open({ peers, mine: [{ asset: NATIVE, amount: 1n }] }));
    expect(alice.node.channels()).to.deep.equal([]);
  });

  it("stops to wait when it is told so, whatever it waits for", async () => {
    const { alice, bob, id } = await openPair(scene());
    await scene().leave(bob);
    const reason = new Error("The user has no time.");
    const abort = new AbortController();
    const { signal } = abort;
    const peers = [{ address: bob.address }];
    const waits = [
      alice.node.open({ peers, mine: [{ asset: NATIVE, amount: 1n }] }, signal),
      pay(alice, id, 1n, signal),
      alice.node.close(id, signal),
      alice.node.challenge(id, signal),
    ];
    const ends = Promise.allSettled(waits);
    abort.abort(reason);
    expect((await ends).map((end) => end.status === "rejected" && end.reason === reason)).to.deep.equal(
      waits.map(() => true),
    );
    const late = await Promise.allSettled([alice.node.funded(id, signal), pay(alice, id, 1n, signal)]);
    expect(late.map(({ status }) => status)).to.deep.equal(["rejected", "rejected"]);
  });

  it("leaves nothing behind on a signal that outlives what it was for", async () => {
    const { alice, id } = await openPair(scene());
    const { signal, listeners } = countingSignal();
    await pay(alice, id, 1n, signal);
    await alice.node.funded(id, signal);
    await expectError("FUNDS_INSUFFICIENT", () => pay(alice, id, 1_000n, signal));
    expect(listeners()).to.equal(0);
  });

  it("ends every wait when it stops, and takes no more orders", async () => {
    const { alice, bob, id } = await openPair(scene());
    await scene().leave(bob);
    const waits = [alice.node.close(id), pay(alice, id, 1n)].map((wait) => expectError("NODE_STOPPED", () => wait));
    await Promise.all([alice.node.stop(), alice.node.stop()]);
    await Promise.all(waits);
    for (const order of [() => pay(alice, id, 1n), () => alice.node.funded(id), () => alice.node.close(id)])
      await expectError("NODE_STOPPED", order);
    expect(alice.node.channel(id).phase).to.equal("open");
  });

  it("goes on although a listener fails", async () => {
    const { alice, id } = await openPair(scene());
    alice.node.on(() => {
      throw new Error("This listener cannot listen.");
    });
    const updated = eventOf(alice, "updated");
    await pay(alice, id, 1n);
    expect((await updated).state.version).to.equal(1n);
  });

  it("keeps ninety-nine channels going while the peer of the hundredth is silent", async () => {
    const policy = TRUSTING(NATIVE);
    const alice = await scene().enter("Alice", { settings: { policy, patience: 3_000 } });
    const bob = await scene().enter("Bob", { settings: { policy } });
    const mute = new Mute(scene().hub.transport(scene().addressOf("Carol")));
    const carol = await scene().enter("Carol", { transport: mute, settings: { policy } });
    const open = async (peer: TestNode) => {
      const { id } = await alice.node.open({
        peers: [{ address: peer.address }],
        mine: [{ asset: NATIVE, amount: 10n }],
      });
      await Promise.all([alice.node.funded(id), peer.node.funded(id)]);
      return id;
    };
    const silent = await open(carol);
    const ids = await Promise.all(Array.from({ length: 99 }, () => open(bob)));
    mute.isMute = true;
    const unanswered = expectError("PEER_SILENT", () => pay(alice, silent, 1n));
    for (let i = 0; i < 3; i++) await Promise.all(ids.map((id) => pay(alice, id, 2n)));
    await Promise.all(ids.map((id) => channelThat(bob, id, ({ version }) => version === 3n)));
    await Promise.all(ids.map((id) => pay(bob, id, 1n)));
    await unanswered;
    expect(new Set(ids.map((id) => alice.node.channel(id).mine[0]!.amount))).to.deep.equal(new Set([5n]));
  });
});

/** A connection over which nothing comes any more as soon as it is mute. */
class Mute implements Transport {
  isMute = false;

  constructor(private readonly inner: Transport) {}

  start(handler: TransportHandler): Promise<void> {
    return this.inner.start({
      connected: (peer) => handler.connected(peer),
      disconnected: (peer) => handler.disconnected(peer),
      received: (peer, message) => {
        if (!this.isMute) handler.received(peer, message);
      },
    });
  }

  dial(peer: TestNode["address"], url: string): void {
    this.inner.dial(peer, url);
  }

  send(peer: TestNode["address"], message: Uint8Array): boolean {
    return !this.isMute && this.inner.send(peer, message);
  }

  close(): Promise<void> {
    return this.inner.close();
  }
}

/** A signal, and how many listen to it. */
function countingSignal(): { readonly signal: AbortSignal; readonly listeners: () => number } {
  const { signal } = new AbortController();
  let count = 0;
  const add = signal.addEventListener.bind(signal);
  const remove = signal.removeEventListener.bind(signal);
  signal.addEventListener = (...args: Parameters<typeof add>) => {
    count++;
    add(...args);
  };
  signal.removeEventListener = (...args: Parameters<typeof remove>) => {
    count--;
    remove(...args);
  };
  return { signal, listeners: () => count };
}

function pay({ node }: TestNode, channelId: ChannelId, amount: bigint, signal?: AbortSignal) {
  return node.pay({ channelId, asset: NATIVE, amount }, signal);
}

/** Alice and Bob with a channel of 100 each. */
async function openPair(
  scene: Scene,
  settings: { readonly patience?: number } = {},
): Promise<{
  readonly alice: TestNode;
  readonly bob: TestNode;
  readonly names: ReadonlyMap<TestNode, string>;
  readonly id: ChannelId;
}> {
  const [alice, bob] = [await scene.enter("Alice", { settings }), await scene.enter("Bob", { settings })];
  const { id } = await alice.node.open({
    peers: [{ address: bob.address }],
    mine: [{ asset: NATIVE, amount: 100n }],
    theirs: [[{ asset: NATIVE, amount: 100n }]],
  });
  await Promise.all([alice.node.funded(id), bob.node.funded(id)]);
  const names = new Map([
    [alice, "Alice"],
    [bob, "Bob"],
  ]);
  return { alice, bob, names, id };
}
