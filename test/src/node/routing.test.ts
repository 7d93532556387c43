import { expect } from "chai";
import { NATIVE, type ChannelId } from "../../../src";
import { DEFAULT_ROUTING } from "../../../src/router/context";
import { expectError } from "../../support/errors";
import { paying, type TestNode, type TestNodeOptions } from "../../support/nodes";
import { eventOf, scenes, type Scene } from "../../support/scene";

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
});

/** Alice has a channel with Ingrid, and Ingrid one with Bob; all know of both. */
async function street(scene: Scene): Promise<Record<"alice" | "ingrid" | "bob", TestNode>> {
  const [alice, ingrid, bob] = [await enter(scene, "Alice"), await enter(scene, "Ingrid"), await enter(scene, "Bob")];
  await open(alice, ingrid);
  await open(ingrid, bob);
  const { text } = await bob.node.createInvoice({ asset: NATIVE, amount: 1n, validFor: 600n });
  const isKnown = () => {
    try {
      return alice.node.routes({ invoice: text, maxFee: 10n }).length === 1;
    } catch {
      return false;
    }
  };
  while (!isKnown()) await new Promise((resolve) => setTimeout(resolve, 10));
  return { alice, ingrid, bob };
}

async function open(from: TestNode, to: TestNode): Promise<ChannelId> {
  const { id } = await from.node.open({
    peers: [{ address: to.address }],
    mine: [{ asset: NATIVE, amount: 100_000n }],
    theirs: [[{ asset: NATIVE, amount: 100_000n }]],
  });
  await Promise.all([from.node.funded(id), to.node.funded(id)]);
  return id;
}

function enter(scene: Scene, name: string, options: TestNodeOptions = {}): Promise<TestNode> {
  const settings = { routing: DEFAULT_ROUTING, ...options.settings };
  return scene.enter(name, { ...paying(scene.chain), ...options, settings });
}
