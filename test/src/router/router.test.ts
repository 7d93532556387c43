import { expect } from "chai";
import { useNativeKeccak } from "../../../src/adapters/crypto/nativeKeccak";
import { Town } from "./world";

describe("payments over several hops", () => {
  before(useNativeKeccak);

  for (const kind of ["hash", "point"] as const) {
    it(`arrive, and everybody in between keeps a fee (locks on a ${kind})`, () => {
      const town = new Town(["alice", "ingrid", "carol", "bob"]);
      const first = town.connect("alice", "ingrid", [10_000n, 0n]);
      const second = town.connect("ingrid", "carol", [10_000n, 0n]);
      const third = town.connect("carol", "bob", [10_000n, 0n]);
      const invoice = town.clerk("bob").invoice({ amount: 1_000n, kind });
      const { id } = town.clerk("alice").pay({ invoice, maxFee: 10n });
      town.world.deliverAll();
      const payment = town.clerk("alice").payment(id);
      expect(payment).to.include({ status: "paid", fee: 5n });
      expect(town.balance("alice", first)).to.equal(-1_005n);
      expect(town.balance("ingrid", second)).to.equal(-1_002n);
      expect(town.balance("bob", third)).to.equal(1_000n);
      const [received] = town.clerk("bob").notices;
      expect(received).to.nested.include({
        type: "received",
        "invoice.received": 1_000n,
        "invoice.secret": payment.proof,
      });
      town.expectQuiet();
    });
  }

  it("have one expiry for all hops with a hash, and with points one that leaves each hop time of its own", () => {
    const expiries = (kind: "hash" | "point") => {
      const names = ["alice", "ingrid", "carol", "bob"];
      const town = new Town(names);
      town.line(names);
      town.clerk("alice").pay({ invoice: town.clerk("bob").invoice({ amount: 1_000n, kind }), maxFee: 10n });
      town.world.deliverAll();
      return names.slice(1).map((name) => {
        const locked = town.world.node(name).events.find(({ type }) => type === "locked");
        return locked?.type === "locked" ? locked.lock.expiry - town.world.chain.timestamp : 0n;
      });
    };
    expect(expiries("hash")).to.deep.equal([4_200n, 4_200n, 4_200n]);
    expect(expiries("point")).to.deep.equal([6_000n, 5_100n, 4_200n]);
  });
});
