import { join } from "node:path";
import { expect } from "chai";
import fc from "fast-check";
import { MemoryStore } from "../../../src/adapters/memoryStore";
import { LmdbStore } from "../../../src/adapters/lmdb/lmdbStore";
import type { Store, Write } from "../../../src/ports/store";
import { runs } from "../../properties/runs";
import { inText } from "../../support/entries";
import { temporaryFolder } from "../../support/folders";

/** How to open a store again; the second time with what was durable when it was closed. */
type Reopen = () => Promise<Store>;

const bytes = (...values: number[]) => Uint8Array.from(values);
const entriesOf = (store: Store, prefix = "") => [...store.entries(prefix)];

describe("a store", function () {
  this.timeout(0); // runs can be multiplied
  const folder = temporaryFolder();

  describe("in memory", () => {
    behavesAsStore(() => {
      let last = new MemoryStore();
      return () => Promise.resolve((last = new MemoryStore(last.durable())));
    });
  });

  describe("in LMDB", () => {
    let files = 0;
    behavesAsStore(() => {
      const file = join(folder(), `${files++}.mdb`);
      return async () => {
        await LmdbStore.create(file);
        return LmdbStore.open(file);
      };
    });
  });
});

function behavesAsStore(fresh: () => Reopen): void {
  it("shows a write at once, and still has it when opened again", async () => {
    const reopen = fresh();
    let store = await reopen();
    const durable = store.write([{ key: "a", value: bytes(1, 2) }]);
    expect(store.get("a")).to.deep.equal(bytes(1, 2));
    await durable;
    expect(store.get("a")).to.deep.equal(bytes(1, 2));
    await store.close();
    store = await reopen();
    expect(store.get("a")).to.deep.equal(bytes(1, 2));
    expect(store.get("b")).to.equal(undefined);
    await store.close();
  });

  it("finishes what was asked of it before it closes", async () => {
    const reopen = fresh();
    let store = await reopen();
    const writes = [1, 2, 3].map((value) => store.write([{ key: `k${value}`, value: bytes(value) }]));
    await store.close();
    await Promise.all(writes);
    store = await reopen();
    expect(entriesOf(store).map(([key]) => key)).to.deep.equal(["k1", "k2", "k3"]);
    await store.close();
  });

  it("makes batches durable in the order of the calls", async () => {
    const store = await fresh()();
    const order: number[] = [];
    await Promise.all([0, 1, 2, 3].map((n) => store.write([{ key: "n", value: bytes(n) }]).then(() => order.push(n))));
    expect(order).to.deep.equal([0, 1, 2, 3]);
    expect(store.get("n")).to.deep.equal(bytes(3));
    await store.close();
  });

  it("lists entries as they are when the first one is taken", async () => {
    const store = await fresh()();
    await store.write(["a", "b", "c"].map((key) => ({ key, value: bytes(1) })));
    const listing = store.entries("")[Symbol.iterator]();
    const first = listing.next().value as [string, Uint8Array];
    await store.write([
      { key: "b", value: undefined },
      { key: "c", value: bytes(2) },
      { key: "d", value: bytes(2) },
    ]);
    const rest = [listing.next().value, listing.next().value] as [string, Uint8Array][];
    expect([first, ...rest]).to.deep.equal(["a", "b", "c"].map((key) => [key, bytes(1)]));
    expect(listing.next().done).to.equal(true);
    await store.close();
  });

  it("keeps its own copy of what it is given, and hands out copies", async () => {
    const store = await fresh()();
    const value = Buffer.from([1]);
    const durable = store.write([{ key: "a", value }]);
    value[0] = 9;
    store.get("a")![0] = 9;
    expect(store.get("a")).to.deep.equal(bytes(1));
    await durable;
    store.get("a")![0] = 9;
    entriesOf(store)[0]![1][0] = 9;
    expect(store.get("a")).to.deep.equal(bytes(1));
    await store.close();
  });

  it("agrees with a plain map after any batches, listed by any prefix, and when opened again", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
        const reopen = fresh();
        let store = await reopen();
        const expected = new Map<string, Uint8Array>();
        for (const { batch, then } of steps) {
          const durable = store.write(batch);
          for (const { key, value } of batch) {
            if (value === undefined) expected.delete(key);
            else expected.set(key, value);
          }
          expectSame(store, expected);
          if (then !== "go on") await durable;
          if (then === "reopen") {
            await store.close();
            store = await reopen();
          }
          expectSame(store, expected);
        }
        await store.close();
      }),
      runs(40),
    );
  });
}

const key = fc.stringMatching(/^[ab]{1,2}\/[0-9]{1,2}$/);
const value = fc.oneof(
  fc.uint8Array({ maxLength: 40 }),
  fc.integer({ min: 0, max: 20_000 }).map((length) => new Uint8Array(length).fill(length)),
);
const write: fc.Arbitrary<Write> = fc.record({ key, value: fc.option(value, { nil: undefined }) });
const step = fc.record({
  batch: fc.array(write, { maxLength: 20 }),
  then: fc.constantFrom("go on", "wait", "reopen"),
});

function expectSame(store: Store, expected: ReadonlyMap<string, Uint8Array>): void {
  for (const prefix of ["", "a", "ab/", "b/1", "c"]) {
    const matching = [...expected].filter(([name]) => name.startsWith(prefix));
    expect(entriesOf(store, prefix).map(inText)).to.deep.equal(matching.map(inText).sort());
  }
  for (const name of ["a/1", "b/1", ...expected.keys()]) {
    expect(inText([name, store.get(name)])).to.equal(inText([name, expected.get(name)]));
  }
}
