import { expect } from "chai";
import { Memory, Shelf } from "../../../src/router/memory";
import type { Payment, Receivable } from "../../../src/router/state";
import { NATIVE } from "../../../src";

const RECEIVABLE: Receivable = { text: "sluice1", key: "0x01", secret: "0x02", status: "open", received: 0n };
const PAYMENT: Payment = {
  id: "0x01",
  invoice: "sluice1",
  key: "0x02",
  asset: NATIVE,
  amount: 5n,
  maxFee: 1n,
  status: "pending",
  createdAt: 1,
  parts: [],
  excluded: [],
  attempts: 0,
};

describe("the memory of payments", () => {
  it("comes back as it was, from what it gave to be stored", () => {
    const disk = new Map<string, unknown>();
    const memory = new Memory();
    const save = (): void => {
      for (const [key, item] of memory.changes()) {
        if (item === undefined) disk.delete(key);
        else disk.set(key, item);
      }
    };
    memory.payments.put("0x01", PAYMENT);
    memory.receivables.put("0x01", RECEIVABLE);
    expect(memory.seen.take("0x07", { from: NATIVE, until: 9n })).to.equal(true);
    save();
    memory.receivables.put("0x01", { ...RECEIVABLE, status: "paid" });
    memory.receivables.put("0x02", RECEIVABLE);
    memory.payments.remove("0x01");
    save();
    const after = new Memory();
    after.load(disk);
    expect([...after.payments.entries()]).to.deep.equal([]);
    expect([...after.receivables.entries()]).to.deep.equal([
      ["0x01", { ...RECEIVABLE, status: "paid" }],
      ["0x02", RECEIVABLE],
    ]);
    expect(after.seen.take("0x07", { from: NATIVE, until: 9n })).to.equal(false);
    expect(after.changes(), "what was loaded is stored already").to.deep.equal([]);
  });

  it("says once what has changed, the last of it, and what is gone", () => {
    const shelf = new Shelf<number>("n/");
    shelf.put("a", 1);
    shelf.put("a", 2);
    shelf.put("b", 3);
    shelf.remove("b");
    shelf.remove("never there");
    expect([...shelf.changes()]).to.deep.equal([
      ["n/a", 2],
      ["n/b", undefined],
    ]);
    expect([...shelf.changes()]).to.deep.equal([]);
  });

  it("leaves alone what is not its own", () => {
    const shelf = new Shelf<number>("n/");
    expect(shelf.load("m/a", 1)).to.equal(false);
    expect(shelf.load("n/a", 1)).to.equal(true);
    expect(shelf.get("a")).to.equal(1);
  });
});
