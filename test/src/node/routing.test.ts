import { expect } from "chai";
import { NATIVE, type ChannelId } from "../../../src";
import type { Contribution } from "../../../src/node/api";
import { DEFAULT_ROUTING, pairOf } from "../../../src/router/context";
import { expectError } from "../../support/errors";
import { paying, type TestNode, type TestNodeOptions } from "../../support/nodes";
import { eventOf, mint, scenes, type Scene } from "../../support/scene";

describe("a payment over several nodes", function () {
  this.timeout(120_000);
  const scene = scenes();

  for (const kind of ["hash", "point"] as const) {
    it(`finds its way by what nodes tell each other (locks on a ${kind})`, async () => {
      const { alice, ingrid, bob } = await street(scene());
      const received = eventOf(bob, "received");
      const passed = eventOf(ingrid, "passed");
      const { text } = await bob.node.createInvoice({ asset: NATIVE, amount: 1_000n, validFor: 600n, kind });
      const payment = await alice.node.payInvoice({ invoice: text, maxFee: 10n });
      expect(payment).to.include({ status: "paid", amount: 1_000n, fee: 1n });
      expect((await received).invoice).to.include({ status: "paid", received: 1_000n, text });
      expect(payment.proof).to.match(/^0x[0-9a-f]{64}$/);
      expect(await passed).to.include({ amount: 1_001n, fee: 1n });
      await expectError("PAYMENT_EXISTS", () => alice.node.payInvoice({ invoice: text, maxFee: 10n }));
    });
  }

  it("goes nowhere if it costs too much, and says so before anything is sent", async () => {
    const { alice, bob } = await street(scene());
    const { text } = await bob.node.createInvoice({ asset: NATIVE, amount: 1_000n, validFor: 600n });
    await expectError("ROUTE_NOT_FOUND", () => alice.node.payInvoice({ invoice: text, maxFee: 0n }));
    expect(alice.node.routes({ invoice: text, maxFee: 10n }).map(({ fee, hops }) => [fee, hops.length])).to.deep.equal([
      [1n, 2],
    ]);
    expect(alice.node.payments()).to.deep.equal([]);
  });

  it("is remembered by both ends, also after a restart", async () => {
    const { alice, bob } = await street(scene());
    const { text } = await bob.node.createInvoice({ asset: NATIVE, amount: 5n, validFor: 600n });
    await alice.node.payInvoice({ invoice: text, maxFee: 10n });
    await scene().leave(alice);
    const back = await enter(scene(), "Alice", { store: alice.store });
    expect(back.node.payments().map(({ status, invoice }) => [status, invoice])).to.deep.equal([["paid", text]]);
    expect(bob.node.invoices().find((invoice) => invoice.text === text)).to.include({ status: "paid", received: 5n });
  });

  it("is found again when everybody has restarted, though nothing went on in the channels since", async () => {
    const before = await street(scene());
    const names = { alice: "Alice", ingrid: "Ingrid", bob: "Bob" } as const;
    for (const node of Object.values(before)) await scene().leave(node);
    const again = async (who: keyof typeof names) => enter(scene(), names[who], { store: before[who].store });
    const [alice, , bob] = [await again("alice"), await again("ingrid"), await again("bob")];
    const { text } = await bob.node.createInvoice({ asset: NATIVE, amount: 5n, validFor: 600n });
    await untilKnown(alice, text);
    expect(await alice.node.payInvoice({ invoice: text, maxFee: 10n })).to.include({ status: "paid" });
  });

  it("can come back in another asset: a swap, at the rate that the other node quotes", async () => {
    const { token } = scene();
    const routing = { ...DEFAULT_ROUTING, rates: new Map([[pairOf(NATIVE, token), { give: 2n, get: 3n }]]) };
    const [alice, ingrid] = [await enter(scene(), "Alice"), await enter(scene(), "Ingrid", { settings: { routing } })];
    await mint(scene(), ingrid.address, 3_000n);
    const id = await open(alice, ingrid, [{ asset: token, amount: 3_000n }]);
    const hub = ingrid.address;
    const rate = await alice.node.quote({ hub, give: NATIVE, get: token });
    expect(rate).to.deep.equal({ give: 2n, get: 3n });
    while (!alice.node.info().peers.some(({ connected }) => connected)) await nextTurn();
    const swap = { hub, give: { asset: NATIVE, amount: 1_000n }, get: { asset: token, amount: 1_500n } };
    expect(await alice.node.swap(swap)).to.deep.include({ status: "paid", exchange: swap.get });
    const amounts = new Map(alice.node.channel(id).mine.map(({ asset, amount }) => [asset, amount]));
    expect([amounts.get(NATIVE), amounts.get(token)]).to.deep.equal([99_000n, 1_500n]);
    await expectError("RATE_UNKNOWN", () => alice.node.quote({ hub, give: token, get: NATIVE }));
  });
});

/** Alice has a channel with Ingrid, and Ingrid one with Bob; all know of both. */
async function street(scene: Scene): Promise<Record<"alice" | "ingrid" | "bob", TestNode>> {
  const [alice, ingrid, bob] = [await enter(scene, "Alice"), await enter(scene, "Ingrid"), await enter(scene, "Bob")];
  await open(alice, ingrid);
  await open(ingrid, bob);
  const { text } = await bob.node.createInvoice({ asset: NATIVE, amount: 1n, validFor: 600n });
  await untilKnown(alice, text);
  return { alice, ingrid, bob };
}

/** Waits until a payer knows a way to the payee. */
async function untilKnown({ node }: TestNode, invoice: string): Promise<void> {
  const isKnown = () => {
    try {
      return node.routes({ invoice, maxFee: 10n }).length === 1;
    } catch {
      return false;
    }
  };
  while (!isKnown()) await nextTurn();
}

async function open(from: TestNode, to: TestNode, more: readonly Contribution[] = []): Promise<ChannelId> {
  const { id } = await from.node.open({
    peers: [{ address: to.address }],
    mine: [{ asset: NATIVE, amount: 100_000n }],
    theirs: [[{ asset: NATIVE, amount: 100_000n }, ...more]],
  });
  await Promise.all([from.node.funded(id), to.node.funded(id)]);
  return id;
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 10));
}

function enter(scene: Scene, name: string, options: TestNodeOptions = {}): Promise<TestNode> {
  const settings = { routing: DEFAULT_ROUTING, ...options.settings };
  return scene.enter(name, { ...paying(scene.chain), ...options, settings });
}
