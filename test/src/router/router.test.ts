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
});
