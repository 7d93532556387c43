import { expect } from "chai";
import { MemoryStore } from "../../../src/adapters/memoryStore";
import { SluiceError } from "../../../src/errors";
import { expectError } from "../../support/errors";

const one = { key: "a", value: Uint8Array.of(1) };
const two = { key: "a", value: Uint8Array.of(2) };

describe("a store in memory", () => {
  it("loses in a crash what was not durable", async () => {
    const store = new MemoryStore();
    await store.write([one]);
    const lost = store.write([two]);
    const afterCrash = new MemoryStore(store.durable());
    await lost;
    expect(afterCrash.get("a")).to.deep.equal(one.value);
    expect(new MemoryStore(store.durable()).get("a")).to.deep.equal(two.value);
  });

  it("makes a write durable when the flush that a test controls is done", async () => {
    let finish: () => void = () => undefined;
    const store = new MemoryStore([], () => new Promise((resolve) => (finish = resolve)));
    const durable = store.write([one]);
    await Promise.resolve();
    expect(store.get("a")).to.deep.equal(one.value);
    expect(store.durable()).to.deep.equal([]);
    finish();
    await durable;
    expect(store.durable()).to.deep.equal([["a", one.value]]);
  });

  it("stops for good when a flush fails, and goes on to show what is durable", async () => {
    let failing = false;
    const failure = new SluiceError("DISK_FULL", "There is no room.", "Make some.");
    const store = new MemoryStore([], () => (failing ? Promise.reject(failure) : Promise.resolve()));
    await store.write([one]);
    failing = true;
    await expectError("DISK_FULL", () => store.write([two]));
    failing = false;
    await expectError("DISK_FULL", () => store.write([two]));
    expect(store.get("a")).to.deep.equal(one.value);
    await store.close();
  });
});
