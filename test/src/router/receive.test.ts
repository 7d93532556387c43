import { expect } from "chai";
import { useNativeKeccak } from "../../../src/adapters/crypto/nativeKeccak";
import { parseInvoice } from "../../../src/payments/invoice";
import type { InvoiceRequest } from "../../../src/router/receive";
import { NATIVE, type ChannelId } from "../../../src";
import { hashOf } from "../engine/world/keyring";
import { TOKEN } from "../engine/world/world";
import { forge, type Forged, type Forgery } from "./forger";
import { Town } from "./world";

const PATH = ["alice", "bob"];
const UNKNOWN = { by: "bob", reason: "PAYMENT_UNKNOWN" };
const MISSING = { by: "bob", reason: "PARTS_MISSING" };

describe("a payee", () => {
  before(useNativeKeccak);

  let town: Town;
  let channels: ChannelId[];

  beforeEach(() => {
    town = new Town(PATH);
    channels = town.line(PATH);
  });

  function invoiceFor(request: Partial<InvoiceRequest> = {}): string {
    return town.clerk("bob").invoice({ amount: 1_000n, ...request });
  }

  function pay(invoice: string | undefined, wanted: Partial<Forgery> = {}): Forged {
    const forged = forge(town, PATH, channels, {
      amounts: [1_000n],
      ...(invoice !== undefined && { invoice }),
      ...wanted,
    });
    town.world.deliverAll();
    return forged;
  }

  /** A part of 1,000. */
  function part(invoice: string, amount: bigint, total = 1_000n): Forged {
    return pay(invoice, { amounts: [amount], final: { total } });
  }

  for (const kind of ["hash", "point"] as const) {
    it(`takes what its invoice asks for, and shows the secret (${kind})`, () => {
      const invoice = invoiceFor({ kind });
      expect(pay(invoice).fate()).to.have.property("secret");
      const [receivable] = town.clerk("bob").router.memory.receivables.values();
      expect(receivable).to.include({ status: "paid", received: 1_000n, paidAt: town.world.now });
      town.expectQuiet();
    });

    it(`says nothing else of an invoice that it does not know (${kind})`, () => {
      expect(pay(undefined, { kind }).fate()).to.deep.equal(UNKNOWN);
    });
  }

  const wrong: readonly (readonly [string, Partial<Forgery>, Partial<InvoiceRequest>?])[] = [
    ["the payment secret is another one", { final: { secret: hashOf("a guess") } }],
    ["it is underpaid by one", { amounts: [999n] }],
    ["it is paid more than twice", { amounts: [2_001n] }],
    ["a hop has kept too much", { amounts: [999n], final: { amount: 1_000n, total: 1_000n } }],
    ["it is paid in another asset", {}, { asset: TOKEN }],
    ["the lock leaves less time than it asked for", { expiries: [599n] }],
    ["a hop has shortened the lock", { lock: { expiry: 4_000_000_900n } }],
    ["the key is of another kind", { final: { tweak: 1n } }],
  ];
  for (const [what, wanted, request] of wrong) {
    it(`gives back a payment when ${what}, and does not say why`, () => {
      const { fate } = pay(invoiceFor(request), wanted);
      town.settle();
      expect(fate()).to.deep.equal(UNKNOWN);
      town.expectQuiet();
    });
  }

  it("gives back a payment for an invoice that has expired", () => {
    const invoice = invoiceFor({ validFor: 60n });
    town.world.pass(61_000);
    expect(pay(invoice).fate()).to.deep.equal(UNKNOWN);
  });

  it("takes an invoice's money once", () => {
    const invoice = invoiceFor();
    expect(pay(invoice).fate()).to.have.property("secret");
    expect(pay(invoice).fate()).to.deep.equal(UNKNOWN);
    expect(town.balance("bob", channels[0]!)).to.equal(1_000n);
  });

  it("takes whatever is paid where the invoice leaves it open, and twice as much at most where it does not", () => {
    const open = town.clerk("bob").invoice();
    expect(pay(open, { amounts: [7n] }).fate()).to.have.property("secret");
    expect(pay(invoiceFor(), { amounts: [2_000n] }).fate()).to.have.property("secret");
    expect(town.balance("bob", channels[0]!)).to.equal(2_007n);
  });

  for (const kind of ["hash", "point"] as const) {
    it(`shows the secret when all parts are there, and not before (${kind})`, () => {
      const invoice = invoiceFor({ kind });
      const parts = [part(invoice, 300n), part(invoice, 300n)];
      expect(parts.map(({ fate }) => fate())).to.deep.equal(["pending", "pending"]);
      parts.push(part(invoice, 400n));
      for (const { fate } of parts) expect(fate()).to.have.property("secret");
      expect(town.balance("bob", channels[0]!)).to.equal(1_000n);
      expect(town.clerk("bob").notices).to.have.length(1);
      town.expectQuiet();
    });
  }

  it("gives all parts back when some are missing for too long", () => {
    const invoice = invoiceFor();
    const first = part(invoice, 300n);
    town.world.pass(59_999);
    const second = part(invoice, 300n);
    expect(first.fate()).to.equal("pending");
    town.world.pass(1);
    town.world.deliverAll();
    for (const { fate } of [first, second]) expect(fate()).to.deep.equal(MISSING);
    town.expectQuiet();
    expect(pay(invoice).fate(), "paid anew").to.have.property("secret");
  });

  it("gives parts back that wait while the chain's clock runs on, and takes none of them with a later one", () => {
    const invoice = invoiceFor();
    const first = pay(invoice, { amounts: [500n], final: { total: 1_000n }, expiries: [700n] });
    town.clerk("bob").settings = { ...town.clerk("bob").settings, partsTimeout: 10_000_000 };
    town.world.mine(500n);
    const second = part(invoice, 500n);
    town.settle();
    expect(first.fate()).to.deep.equal(MISSING);
    expect(second.fate()).to.equal("pending");
    expect(town.balance("bob", channels[0]!)).to.equal(0n);
  });

  it("keeps parts apart that are to add up to something else", () => {
    const open = town.clerk("bob").invoice();
    const first = part(open, 500n, 1_000n);
    const other = part(open, 500n, 900n);
    expect(first.fate()).to.equal("pending");
    expect(other.fate()).to.deep.equal(UNKNOWN);
    expect(part(open, 500n, 1_000n).fate()).to.have.property("secret");
  });

  it("remembers parts and invoices when it starts again", () => {
    const invoice = invoiceFor({ kind: "point" });
    const first = part(invoice, 600n);
    town.world.node("bob").crash();
    town.world.node("bob").restart();
    town.settle();
    const second = part(invoice, 400n);
    town.settle();
    for (const { fate } of [first, second]) expect(fate()).to.have.property("secret");
  });

  it("never makes two invoices with one key or secret", () => {
    const invoices = [invoiceFor(), invoiceFor(), invoiceFor({ kind: "point" })].map((text) => parseInvoice(text));
    expect(new Set(invoices.flatMap(({ secret, paymentKey }) => [secret, paymentKey.key])).size).to.equal(6);
    expect(invoices.every(({ asset }) => asset === NATIVE)).to.equal(true);
  });
});
