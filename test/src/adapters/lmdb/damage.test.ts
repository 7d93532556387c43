import { copyFile, readFile, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import fc from "fast-check";
import { LmdbStore } from "../../../../src/adapters/lmdb/lmdbStore";
import type { Write } from "../../../../src/ports/store";
import { SluiceError } from "../../../../src/errors";
import { runs } from "../../../properties/runs";
import { inText } from "../../../support/entries";
import { expectError } from "../../../support/errors";
import { temporaryFolder } from "../../../support/folders";

function change(n: number): Write {
  const value = n % 11 === 3 ? undefined : new Uint8Array(n % 10 === 0 ? 9000 : 50 + ((n * 97) % 700)).fill(n);
  return { key: `channel/${(n * 7) % 50}`, value };
}

const CHANGES = Array.from({ length: 120 }, (_, n) => change(n));

describe("a damaged store in LMDB", function () {
  this.timeout(0); // runs can be multiplied
  const folder = temporaryFolder();
  let original: string;
  let copy: string;
  let expected: string[];
  let used: number;

  beforeEach(async () => {
    original = join(folder(), "original.mdb");
    copy = join(folder(), "copy.mdb");
    await LmdbStore.create(original);
    const store = await LmdbStore.open(original);
    // One by one: that makes branches, pages that were freed, and values with pages of their own.
    for (const one of CHANGES) await store.write([one]);
    expected = [...store.entries("")].map(inText);
    await store.close();
    const bytes = await readFile(original);
    used = bytes.length - bytes.reverse().findIndex((byte) => byte !== 0);
  });

  /** Opens the copy: either nothing in it is wrong, now or after more writes, or it is refused and left as it is. */
  async function expectIntactOrRefused(): Promise<boolean> {
    const before = await readFile(copy);
    let store: LmdbStore;
    try {
      store = await LmdbStore.open(copy);
    } catch (error) {
      if (!(error instanceof SluiceError)) throw error;
      expect(error.code).to.equal("STORE_CORRUPT");
      expect((await readFile(copy)).equals(before)).to.equal(true);
      return false;
    }
    expect([...store.entries("")].map(inText)).to.deep.equal(expected);
    await store.write(CHANGES);
    const later = [...store.entries("")].map(inText);
    await store.close();
    store = await LmdbStore.open(copy);
    expect([...store.entries("")].map(inText)).to.deep.equal(later);
    await store.close();
    return true;
  }

  it("is refused, or has all that it had, whichever bytes were overwritten", async () => {
    let refused = 0;
    const overwrite = fc.tuple(
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.uint8Array({ minLength: 1, maxLength: 8 }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(overwrite, { minLength: 1, maxLength: 2 }), async (places) => {
        const bytes = await readFile(original);
        for (const [place, values] of places) bytes.set(values, Math.floor(place * (used - 8)));
        await writeFile(copy, bytes);
        if (!(await expectIntactOrRefused())) refused++;
      }),
      runs(120),
    );
    expect(refused).to.be.greaterThan(0);
  });

  it("is refused, or has all that it had, whichever byte of its headers was overwritten", async () => {
    const bytes = await readFile(original);
    const headers = [0, 4096].flatMap((page) => Array.from({ length: 168 }, (_, i) => page + i));
    for (const at of headers) {
      const changed = Buffer.from(bytes);
      changed[at]! ^= 1 << (at % 8);
      await writeFile(copy, changed);
      await expectIntactOrRefused();
    }
  });

  // But for its headers: a disk that loses the write of one looks as if the machine had stopped just before.
  it("is refused when a whole page is that of an earlier time", async () => {
    const earlier = await readFile(original);
    const store = await LmdbStore.open(original);
    await store.write([{ key: "channel/1", value: Uint8Array.of(1) }]);
    await store.write([{ key: "channel/1", value: Uint8Array.of(2) }]);
    expected = [...store.entries("")].map(inText);
    await store.close();
    const later = await readFile(original);
    let refused = 0;
    for (let page = 2; page * 4096 < later.length; page++) {
      const [from, to] = [page * 4096, (page + 1) * 4096];
      if (later.subarray(from, to).equals(earlier.subarray(from, to))) continue;
      const mixed = Buffer.from(later);
      earlier.copy(mixed, from, from, to);
      await writeFile(copy, mixed);
      if (!(await expectIntactOrRefused())) refused++;
    }
    expect(refused).to.be.greaterThan(2);
  });

  it("is refused when it was cut off", async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: used - 1 }), async (length) => {
        await copyFile(original, copy);
        await truncate(copy, length);
        const { message } = await expectError("STORE_CORRUPT", () => LmdbStore.open(copy));
        expect(message).to.contain("restore a backup");
      }),
      runs(30),
    );
  });

  it("is refused when it is something else", async () => {
    await writeFile(copy, "This is a letter.".repeat(1000));
    await expectError("STORE_CORRUPT", () => LmdbStore.open(copy));
  });
});
