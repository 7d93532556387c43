import { expect } from "chai";
import { useNativeKeccak } from "../../../src/adapters/crypto/nativeKeccak";
import { SluiceError } from "../../../src/errors";
import { parseInvoice } from "../../../src/payments/invoice";
import { scalarKey } from "../../../src/payments/points";
import { keccakOf, digitsOf } from "../../../src/protocol/words";
import type { Payment } from "../../../src/router/state";
import type { Hex } from "../../../src";
import { Town, POLICY } from "./world";

describe("a payer", () => {
  before(useNativeKeccak);

  /** Alice and Bob, with Ingrid and Carol between them, side by side: Ingrid is the cheaper one. */
  function diamond(amounts: { readonly ingrid?: bigint; readonly carol?: bigint; readonly own?: bigint } = {}): Town {
    const town = new Town(["alice", "bob", "carol", "ingrid"]);
    const { ingrid = 10_000n, carol = 10_000n, own = 10_000n } = amounts;
    town.connect("alice", "ingrid", [own, 0n]);
    town.connect("alice", "carol", [own, 0n]);
    town.connect("ingrid", "bob", [ingrid, 10_000n - ingrid]);
    town.connect("carol", "bob", [carol, 10_000n - carol]);
    town.charge("carol", { ...POLICY, feeBase: 3n });
    return town;
  }

  function payment(town: Town, { id }: Pick<Payment, "id">): Payment {
    return town.clerk("alice").payment(id);
  }

  function pathsOf(town: Town, { parts }: Payment): string[] {
    const nameOf = (address: string): string => town.world.nodes.find((node) => node.address === address)!.name;
    return parts.map(({ hops, status }) => `${hops.map(({ to }) => nameOf(to)).join(" ")}: ${status}`);
  }

  function errorOf(act: () => unknown): SluiceError {
    try {
      act();
    } catch (error) {
      if (error instanceof SluiceError) return error;
      throw error;
    }
    throw new Error("It went well.");
  }

  it("takes the cheaper way", () => {
    const town = diamond();
    const paid = town.clerk("alice").pay({ invoice: town.clerk("bob").invoice({ amount: 1_000n }), maxFee: 10n });
    town.world.deliverAll();
    expect(payment(town, paid)).to.include({ status: "paid", fee: 2n });
    expect(pathsOf(town, payment(town, paid))).to.deep.equal(["ingrid bob: settled"]);
  });

  it("takes another way when a channel is busy, and goes there at once the next time", () => {
    const town = diamond({ ingrid: 999n });
    const pay = (): Payment => {
      const paid = town.clerk("alice").pay({ invoice: town.clerk("bob").invoice({ amount: 1_000n }), maxFee: 10n });
      town.world.deliverAll();
      return payment(town, paid);
    };
    const first = pay();
    expect(first).to.include({ status: "paid", fee: 4n, attempts: 2 });
    expect(pathsOf(town, first)).to.deep.equal(["ingrid bob: failed", "carol bob: settled"]);
    expect(pathsOf(town, pay())).to.deep.equal(["carol bob: settled"]);
    town.expectQuiet();
  });

  it("keeps to the fee limit over all attempts", () => {
    const town = diamond({ ingrid: 999n });
    const paid = town.clerk("alice").pay({ invoice: town.clerk("bob").invoice({ amount: 1_000n }), maxFee: 3n });
    town.world.deliverAll();
    expect(payment(town, paid)).to.include({ status: "failed", attempts: 1 });
    expect(payment(town, paid).failure).to.include("CHANNEL_BUSY").and.to.include("above your limit of 3");
    town.expectQuiet();
  });

  for (const kind of ["hash", "point"] as const) {
    it(`splits what no single way carries, and has proof that the payee was paid (${kind})`, () => {
      const town = diamond({ own: 1_500n });
      const invoice = town.clerk("bob").invoice({ amount: 2_000n, kind });
      const paid = town.clerk("alice").pay({ invoice, maxFee: 20n });
      town.world.deliverAll();
      const { status, parts, proof, fee } = payment(town, paid);
      expect(status).to.equal("paid");
      expect(parts).to.have.length(2);
      expect(fee).to.equal(parts.reduce((sum, part) => sum + part.fee, 0n));
      const { key } = parseInvoice(invoice).paymentKey;
      expect(kind === "hash" ? keccakOf(digitsOf(proof!)) : scalarKey(BigInt(proof!))).to.equal(key);
      town.expectQuiet();
    });
  }

  it("sends only the part again that failed", () => {
    const town = diamond({ own: 1_500n, ingrid: 300n });
    town.connect("alice", "bob", [900n, 0n]);
    const invoice = town.clerk("bob").invoice({ amount: 2_200n });
    const paid = town.clerk("alice").pay({ invoice, maxFee: 30n });
    town.world.deliverAll();
    const { status, parts, attempts } = payment(town, paid);
    expect(status).to.equal("paid");
    expect(attempts).to.be.greaterThan(1);
    const settled = parts.filter((part) => part.status === "settled");
    expect(settled.reduce((sum, { delivered }) => sum + delivered, 0n)).to.equal(2_200n);
    town.expectQuiet();
  });

  it("gives up when the payee refuses, though there are other ways", () => {
    const town = diamond();
    const invoice = town.clerk("bob").invoice({ amount: 1_000n });
    town.clerk("bob").forget();
    const paid = town.clerk("alice").pay({ invoice, maxFee: 10n });
    town.world.deliverAll();
    expect(payment(town, paid)).to.include({
      status: "failed",
      attempts: 1,
      failure: "The payee says PAYMENT_UNKNOWN.",
      endedAt: town.world.now,
    });
    expect(town.clerk("alice").notices).to.have.length(1);
  });

  it("pays an invoice once: not while it is under way, and not when it is paid", () => {
    const town = diamond();
    const invoice = town.clerk("bob").invoice({ amount: 1_000n });
    const pay = (): Payment => town.clerk("alice").pay({ invoice, maxFee: 10n });
    pay();
    expect(errorOf(pay)).to.include({ code: "PAYMENT_EXISTS", summary: "This invoice is being paid." });
    town.world.deliverAll();
    expect(errorOf(pay)).to.include({ code: "PAYMENT_EXISTS", summary: "This invoice is paid already." });
    expect([...town.clerk("alice").router.memory.payments.values()]).to.have.length(1);
  });

  it("pays an invoice after all that could not be paid before", () => {
    const town = diamond({ ingrid: 0n, carol: 0n });
    const invoice = town.clerk("bob").invoice({ amount: 1_000n });
    const pay = (): Payment => town.clerk("alice").pay({ invoice, maxFee: 10n });
    const failed = pay();
    town.world.deliverAll();
    expect(payment(town, failed).status).to.equal("failed");
    town.connect("alice", "bob", [2_000n, 0n]);
    const paid = pay();
    town.world.deliverAll();
    expect(payment(town, paid)).to.include({ status: "paid", fee: 0n });
  });

  const refused: readonly (readonly [string, (town: Town) => unknown, string])[] = [
    [
      "an invoice that has expired",
      (town) => {
        const invoice = town.clerk("bob").invoice({ amount: 1n, validFor: 1n });
        town.world.pass(2_000);
        town.clerk("alice").pay({ invoice, maxFee: 10n });
      },
      "INVOICE_EXPIRED",
    ],
    [
      "another amount than the invoice says",
      (town) => town.clerk("alice").pay({ invoice: town.clerk("bob").invoice({ amount: 5n }), amount: 6n, maxFee: 9n }),
      "AMOUNT_OUT_OF_RANGE",
    ],
    [
      "no amount where the invoice leaves it open",
      (town) => town.clerk("alice").pay({ invoice: town.clerk("bob").invoice(), maxFee: 9n }),
      "AMOUNT_OUT_OF_RANGE",
    ],
    [
      "more than all own channels hold",
      (town) => town.clerk("alice").pay({ invoice: town.clerk("bob").invoice({ amount: 20_001n }), maxFee: 999n }),
      "ROUTE_NOT_FOUND",
    ],
    [
      "a payee that wants money locked for too long",
      (town) => {
        const { settings } = town.clerk("bob");
        town.clerk("bob").settings = { ...settings, minLockTime: 82_801n };
        town.clerk("alice").pay({ invoice: town.clerk("bob").invoice({ amount: 1n }), maxFee: 9n });
      },
      "INVOICE_INVALID",
    ],
    [
      "a way over a hop whose key is not known",
      (town) => {
        town.clerk("ingrid").isHidden = true;
        town.clerk("alice").pay({ invoice: town.clerk("bob").invoice({ amount: 1n }), maxFee: 9n });
      },
      "ROUTE_INVALID",
    ],
  ];
  for (const [what, act, code] of refused) {
    it(`refuses ${what}, and remembers nothing`, () => {
      const town = diamond();
      expect(errorOf(() => act(town)).code).to.equal(code);
      expect([...town.clerk("alice").router.memory.payments.values()]).to.deep.equal([]);
      town.expectQuiet();
    });
  }

  it("looks for ways without paying", () => {
    const town = diamond();
    const invoice = town.clerk("bob").invoice({ amount: 1_000n });
    const { router } = town.clerk("alice");
    const [route] = router.routes(town.clerk("alice").context(), { invoice, maxFee: 10n });
    expect(route).to.include({ delivered: 1_000n, fee: 2n });
    expect(router.memory.payments.entries().next().done).to.equal(true);
    town.expectQuiet();
  });

  it("stops to try when that takes too long, and after so many attempts", () => {
    for (const settings of [{ payTimeout: 5_000 }, { maxAttempts: 1 }]) {
      const town = diamond({ ingrid: 0n });
      town.clerk("alice").settings = { ...town.clerk("alice").settings, ...settings };
      town.silence("ingrid");
      const paid = town.clerk("alice").pay({ invoice: town.clerk("bob").invoice({ amount: 1_000n }), maxFee: 10n });
      town.world.deliverAll();
      town.world.pass(5_000);
      town.hearAgain();
      expect(payment(town, paid)).to.include({ status: "failed", attempts: 1 });
      town.expectQuiet();
    }
  });

  it("ends as paid when a payee takes one part and not the other: its secret is out", () => {
    for (const order of [
      [0, 1],
      [1, 0],
    ] as const) {
      const town = diamond({ own: 1_500n });
      town.clerk("alice").settings = { ...town.clerk("alice").settings, maxAttempts: 1 };
      const invoice = town.clerk("bob").invoice({ amount: 2_000n });
      const [receivable] = town.clerk("bob").router.memory.receivables.values();
      town.clerk("bob").forget();
      town.clerk("bob").router.handle = (_, event) => {
        if (event.type === "locked") held.push({ channelId: event.channelId, serial: event.lock.serial });
        return [];
      };
      const held: { channelId: Payment["excluded"][number]; serial: number }[] = [];
      const paid = town.clerk("alice").pay({ invoice, maxFee: 20n });
      town.world.deliverAll();
      const acts = [
        { type: "claim", secret: receivable!.secret },
        { type: "giveUp", failure: "0x" as Hex },
      ] as const;
      for (const n of order) {
        const { channelId, serial } = held[n]!;
        town.world.node("bob").dispatch(channelId, { ...acts[n], name: { lane: 0, position: 0, serial } });
        town.settle();
      }
      const { status, parts, proof } = payment(town, paid);
      expect({ status, proof }).to.deep.equal({ status: "paid", proof: receivable!.secret });
      expect(parts.map((part) => part.status)).to.have.members(["settled", "failed"]);
      const again = errorOf(() => town.clerk("alice").pay({ invoice, maxFee: 20n }));
      expect(again.code, "whoever was between would take it").to.equal("PAYMENT_EXISTS");
      town.expectQuiet();
    }
  });

  it("goes around a neighbour for whom it has too much under way, whatever channels that one has", () => {
    const town = diamond();
    town.connect("ingrid", "bob", [10_000n, 0n]);
    town.clerk("ingrid").settings = { ...town.clerk("ingrid").settings, maxLocksPerPeer: 0 };
    const paid = town.clerk("alice").pay({ invoice: town.clerk("bob").invoice({ amount: 1_000n }), maxFee: 10n });
    town.world.deliverAll();
    expect(payment(town, paid)).to.include({ status: "paid", attempts: 2 });
    expect(pathsOf(town, payment(town, paid))).to.deep.equal(["ingrid bob: failed", "carol bob: settled"]);
  });
});
