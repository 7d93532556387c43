import { expect } from "chai";
import { accountDestination, channelIdOf, NATIVE, toHex, type Address, type ChannelId } from "../../../src";
import type { WireMessage } from "../../../src/wire/formats";
import type { ChannelSummary } from "../../../src/node/api";
import type { Transport } from "../../../src/ports/transport";
import { termsOf } from "../../../src/node/terms";
import { decodeMessage, encodeMessage } from "../../../src/wire/codec";
import { expectError } from "../../support/errors";
import { keyOf, type TestNode } from "../../support/nodes";
import { balanceOf, channelThat, eventOf, mint, scenes, TRUSTING, wordOf, type Scene } from "../../support/scene";

describe("opening a channel", function () {
  this.timeout(60_000);
  const scene = scenes();

  it("takes the money of both, each after the one before", async () => {
    const [alice, bob] = await pair(scene());
    const { id } = await alice.node.open({
      peers: [{ address: bob.address }],
      mine: [{ asset: NATIVE, amount: 1_000n }],
      theirs: [[{ asset: NATIVE, amount: 500n }]],
    });
    const [forAlice, forBob] = await Promise.all([alice.node.funded(id), bob.node.funded(id)]);
    expect(mineIn(forAlice)).to.deep.equal([[NATIVE, 1_000n]]);
    expect(mineIn(forBob)).to.deep.equal([[NATIVE, 500n]]);
    expect(alice.node.channel(id).held).to.deep.equal([{ asset: NATIVE, amount: 1_500n }]);
  });

  it("takes tokens and native coin at once, and approves the adjudicator before", async () => {
    const [alice, bob] = await pair(scene());
    const { token } = scene();
    await Promise.all([mint(scene(), alice.address, 70n), mint(scene(), bob.address, 30n)]);
    const { id } = await alice.node.open({
      peers: [{ address: bob.address }],
      mine: [
        { asset: token, amount: 70n },
        { asset: NATIVE, amount: 5n },
      ],
      theirs: [[{ asset: token, amount: 30n }]],
    });
    await Promise.all([alice.node.funded(id), bob.node.funded(id)]);
    expect(await balanceOf(scene(), alice.address, token)).to.equal(0n);
    expect(await balanceOf(scene(), bob.address, token)).to.equal(0n);
    await bob.node.pay({ channelId: id, asset: token, amount: 30n });
    await alice.node.pay({ channelId: id, asset: NATIVE, amount: 5n });
    await alice.node.close(id);
    expect(await balanceOf(scene(), alice.address, token)).to.equal(100n);
  });

  it("takes signed transfers of both in one transaction", async () => {
    const [alice, bob] = await pair(scene());
    const { token } = scene();
    await Promise.all([mint(scene(), alice.address, 70n), mint(scene(), bob.address, 30n)]);
    const { id } = await alice.node.open({
      peers: [{ address: bob.address }],
      mine: [{ asset: token, amount: 70n }],
      theirs: [[{ asset: token, amount: 30n }]],
      funding: "authorizations",
    });
    await Promise.all([alice.node.funded(id), bob.node.funded(id)]);
    expect(alice.node.channel(id).held).to.deep.equal([{ asset: token, amount: 100n }]);
    const sent = await Promise.all([alice, bob].map(({ node }) => node.metrics()));
    expect(sent.map((text) => count(text, 'sluice_transactions_total{method="fund"}'))).to.have.members([0, 1]);
    expect(sent.map((text) => count(text, 'sluice_transactions_total{method="deposit"}'))).to.deep.equal([0, 0]);
  });

  it("raises an alarm when an asset does not take signed transfers, and asks no more", async () => {
    const [alice, bob] = await pair(scene());
    const alarm = eventOf(alice, "alarm");
    await alice.node.open({
      peers: [{ address: bob.address }],
      mine: [{ asset: NATIVE, amount: 70n }],
      funding: "authorizations",
    });
    expect((await alarm).code).to.equal("TOKEN_UNSUITABLE");
  });

  it("brings three together, who all pay each other", async () => {
    const [alice, bob] = await pair(scene());
    const carol = await scene().enter("Carol");
    const { id } = await alice.node.open({
      peers: [{ address: bob.address }, { address: carol.address }],
      mine: [{ asset: NATIVE, amount: 100n }],
      theirs: [[{ asset: NATIVE, amount: 100n }], [{ asset: NATIVE, amount: 100n }]],
    });
    const all = [alice, bob, carol];
    await Promise.all(all.map(({ node }) => node.funded(id)));
    const positions = alice.node.channel(id).terms.participants;
    const pay = (from: TestNode, to: TestNode, amount: bigint) =>
      from.node.pay({ channelId: id, asset: NATIVE, amount, to: positions.indexOf(to.address) });
    await Promise.all([pay(alice, bob, 1n), pay(bob, carol, 20n), pay(carol, alice, 3n)]);
    const version = alice.node.channel(id).version!;
    await Promise.all(all.map((one) => channelThat(one, id, (channel) => channel.version! >= version)));
    expect(all.map(({ node }) => mineIn(node.channel(id))[0]![1])).to.deep.equal([102n, 81n, 117n]);
  });

  it("waits for a user where a peer wants more than the policy allows", async () => {
    const [alice, bob] = await pair(scene(), { bob: TRUSTING() });
    const proposed = eventOf(bob, "proposed");
    const opened = alice.node.open({
      peers: [{ address: bob.address }],
      mine: [{ asset: NATIVE, amount: 10n }],
      theirs: [[{ asset: NATIVE, amount: 20n }]],
    });
    const { channelId } = await proposed;
    expect(bob.node.proposals().map(({ id, mine }) => [id, mine])).to.deep.equal([
      [channelId, [{ asset: NATIVE, amount: 20n }]],
    ]);
    await bob.node.decide(channelId, true);
    expect((await opened).id).to.equal(channelId);
    expect(bob.node.proposals()).to.deep.equal([]);
    await Promise.all([alice.node.funded(channelId), bob.node.funded(channelId)]);
  });

  it("ends before it has begun when the user of a peer says no", async () => {
    const [alice, bob] = await pair(scene(), { bob: TRUSTING() });
    const proposed = eventOf(bob, "proposed");
    const opened = alice.node.open({
      peers: [{ address: bob.address }],
      mine: [{ asset: NATIVE, amount: 10n }],
      theirs: [[{ asset: NATIVE, amount: 20n }]],
    });
    const refused = expectError("TERMS_REFUSED", () => opened);
    const { channelId } = await proposed;
    await bob.node.decide(channelId, false);
    await refused;
    expect(alice.node.channel(channelId).phase).to.equal("closed");
    await expectError("CHANNEL_NOT_OPEN", () => alice.node.funded(channelId));
    await expectError("CHANNEL_UNKNOWN", () => bob.node.decide(channelId, true));
  });

  it("goes on after a reconnection in the middle of it", async () => {
    const [alice, bob] = await pair(scene());
    const carol = await scene().enter("Carol", { settings: { policy: TRUSTING() } });
    const proposed = eventOf(carol, "proposed");
    const mine = [{ asset: NATIVE, amount: 10n }];
    const opened = alice.node.open({
      peers: [{ address: bob.address }, { address: carol.address }],
      mine,
      theirs: [mine, mine],
    });
    const { channelId } = await proposed;
    await channelThat(bob, channelId, ({ phase }) => phase === "opening");
    await scene().leave(bob);
    await channelThat(alice, channelId, ({ online }) => !online);
    const again = await scene().enter("Bob", { store: bob.store });
    await carol.node.decide(channelId, true);
    await opened;
    await Promise.all([alice, again, carol].map(({ node }) => node.funded(channelId)));
  });

  it("is refused at once where the policy refuses the terms", async () => {
    const [alice, bob] = await pair(scene());
    const mine = [{ asset: NATIVE, amount: 10n }];
    const { message } = await expectError("TERMS_REFUSED", () =>
      alice.node.open({ peers: [{ address: bob.address }], mine, challengePeriod: 59n }),
    );
    expect(message).to.include("at least 60 seconds");
  });

  it("is refused to a peer that has opened a thousand and funded none", async () => {
    const bob = await scene().enter("Bob");
    const mallory = await Mallory.connect(scene(), bob.address);
    const defaults = { self: mallory.address, payout: mallory.address, challengePeriod: 3_600n };
    const request = { peers: [{ address: bob.address }], mine: [{ asset: NATIVE, amount: 1n }] };
    for (let i = 0; i <= 1_000; i++) {
      const { channel, ...terms } = termsOf(defaults, request, wordOf(i));
      mallory.say(encodeMessage({ type: "open", channel, ...terms }));
    }
    expect(await mallory.hears("reject")).to.include({ text: "Fund what you have opened first." });
    expect(bob.node.info().channels).to.equal(1_000);
  });

  it("is refused to a peer that has given up a thousand, also after a restart", async () => {
    const bob = await scene().enter("Bob");
    const before = await Mallory.connect(scene(), bob.address);
    const defaults = { self: before.address, payout: before.address, challengePeriod: 3_600n };
    const request = { peers: [{ address: bob.address }], mine: [{ asset: NATIVE, amount: 1n }] };
    const propose = (mallory: Mallory, i: number) => {
      const { channel, ...terms } = termsOf(defaults, request, wordOf(i));
      mallory.say(encodeMessage({ type: "open", channel, ...terms }));
      const channelId = channelIdOf(bob.node.info(), channel);
      mallory.say(encodeMessage({ type: "reject", channelId, reason: "TERMS_REFUSED", text: "No." }));
    };
    for (let i = 0; i < 1_000; i++) propose(before, i);
    while (bob.node.info().channels > 0 || bob.node.channels().length < 1_000) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    await scene().leave(bob);
    await scene().enter("Bob", { store: bob.store });
    const after = await Mallory.connect(scene(), bob.address);
    propose(after, 1_000);
    expect(await after.hears("reject")).to.include({ text: "Fund what you have opened first." });
  }).timeout(60_000);

  it("pays a peer where it wants to be paid, if that was said", async () => {
    const purse = keyOf("purse").address;
    const alice = await scene().enter("Alice");
    const bob = await scene().enter("Bob", { settings: { policy: TRUSTING(), payout: purse } });
    const open = (payout?: Address) =>
      alice.node.open({
        peers: [{ address: bob.address, ...(payout !== undefined && { payout }) }],
        mine: [{ asset: NATIVE, amount: 10n }],
      });
    const { id } = await open(purse);
    expect(bob.node.channel(id).destinations[bob.node.channel(id).self]).to.equal(accountDestination(purse));
    await expectError("TERMS_REFUSED", () => open(alice.address));
  });

  it("is no concern of a peer that talks nonsense", async () => {
    const [alice, bob] = await pair(scene());
    const mallory = await Mallory.connect(scene(), bob.address);
    const channelId = toHex(wordOf(1)) as ChannelId;
    mallory.say(Buffer.from("This is no message."));
    mallory.say(encodeMessage({ type: "sync", channelId, agreed: 3n, newest: 3n, ask: true }));
    const { id } = await alice.node.open({
      peers: [{ address: bob.address }],
      mine: [{ asset: NATIVE, amount: 10n }],
    });
    await Promise.all([alice.node.funded(id), bob.node.funded(id)]);
    const { terms, destinations, state, funding } = bob.node.channel(id);
    mallory.say(encodeMessage({ type: "sync", channelId: id, agreed: 7n, newest: 7n, ask: true }));
    mallory.say(encodeMessage({ type: "open", channel: terms, destinations, opening: state, funding }));
    await alice.node.pay({ channelId: id, asset: NATIVE, amount: 1n });
    await channelThat(bob, id, ({ version }) => version === 1n);
    expect(mallory.heard).to.deep.equal([
      { type: "reject", channelId, reason: "UNKNOWN_CHANNEL", text: "I do not know this channel." },
    ]);
    const heard = await bob.node.metrics();
    expect(count(heard, 'sluice_messages_received_total{type="malformed"}')).to.equal(1);
  });
});

/** A peer that is no node. */
class Mallory {
  readonly heard: WireMessage[] = [];
  private listen: () => void = () => undefined;

  private constructor(
    readonly address: Address,
    private readonly transport: Transport,
    private readonly peer: Address,
  ) {}

  static async connect(scene: Scene, peer: Address): Promise<Mallory> {
    const address = scene.addressOf("Mallory");
    const mallory = new Mallory(address, scene.hub.transport(address), peer);
    await mallory.start();
    return mallory;
  }

  say(message: Uint8Array): void {
    this.transport.send(this.peer, message);
  }

  /** Resolves with the first message of this type. */
  async hears(type: WireMessage["type"]): Promise<WireMessage> {
    for (;;) {
      const message = this.heard.find((candidate) => candidate.type === type);
      if (message !== undefined) return message;
      await new Promise<void>((resolve) => (this.listen = resolve));
    }
  }

  private start(): Promise<void> {
    return new Promise((resolve, reject) => {
      const received = (_: Address, bytes: Uint8Array) => {
        this.heard.push(decodeMessage(bytes));
        this.listen();
      };
      this.transport.start({ connected: () => resolve(), disconnected: () => undefined, received }).catch(reject);
      this.transport.dial(this.peer, "");
    });
  }
}

async function pair(
  scene: Scene,
  policies: { readonly bob?: ReturnType<typeof TRUSTING> } = {},
): Promise<readonly [TestNode, TestNode]> {
  const alice = await scene.enter("Alice");
  const bob = await scene.enter("Bob", policies.bob === undefined ? {} : { settings: { policy: policies.bob } });
  return [alice, bob];
}

function mineIn({ mine }: Pick<ChannelSummary, "mine">): (readonly [Address, bigint])[] {
  return mine.map(({ asset, amount }) => [asset, amount]);
}

/** What a metric says; 0 if it says nothing. */
function count(text: string, metric: string): number {
  const line = text.split("\n").find((candidate) => candidate.startsWith(`${metric} `));
  return Number(line?.split(" ")[1] ?? 0);
}
