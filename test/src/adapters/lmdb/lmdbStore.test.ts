import { open as openFile, readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import { open } from "lmdb";
import { LmdbStore } from "../../../../src/adapters/lmdb/lmdbStore";
import { EMPTY, encodeSummary, SUMMARY_KEY } from "../../../../src/adapters/lmdb/summary";
import { expectError } from "../../../support/errors";
import { temporaryFolder } from "../../../support/folders";
import { numberBytes, startStoreProcess } from "../../../support/storeProcess";

describe("a store in LMDB", function () {
  this.timeout(60_000);
  const folder = temporaryFolder();
  const file = () => join(folder(), "store.mdb");

  it("has what was durable when its process is killed, again and again", async () => {
    await LmdbStore.create(file());
    let next = 0;
    for (let round = 0; round < 4; round++) {
      const writer = startStoreProcess("write", [file(), String(next)]);
      let durable = next - 1;
      while (durable < next + 100) durable = Number(await writer.line());
      const rest = await writer.kill();
      durable = Number(rest.at(-1) ?? durable);
      const store = await LmdbStore.open(file());
      for (let n = 0; n <= durable; n++)
        expect(Buffer.from(store.get(`n/${n}`)!).equals(numberBytes(n))).to.equal(true);
      next = durable + 1;
      await store.close();
    }
  });

  it("stops for good when the disk is full, with all that was durable", async () => {
    await LmdbStore.create(file());
    const filler = startStoreProcess("fill", [file()], 4096);
    let last = await filler.line();
    let written = 0;
    for (; /^\d+$/.test(last!); last = await filler.line()) written = Number(last) + 1;
    expect(last).to.equal(`DISK_FULL DISK_FULL ${written}`);
    await filler.kill();
    expect(written).to.be.greaterThan(100);
    const store = await LmdbStore.open(file());
    expect([...store.entries("n/")].length).to.equal(written);
    await store.write([{ key: "after", value: Uint8Array.of(1) }]);
    await store.close();
  });

  it("leaves nothing behind when there is no room for a new store", async () => {
    const filler = startStoreProcess("create", [file()], 512);
    expect(await filler.line()).to.equal("DISK_FULL");
    await filler.kill();
    expect(await readdir(folder())).to.deep.equal([]);
  });

  it("leaves an existing store as it is when asked to create one", async () => {
    await LmdbStore.create(file());
    let store = await LmdbStore.open(file());
    await store.write([{ key: "a", value: Uint8Array.of(1) }]);
    await store.close();
    await LmdbStore.create(file());
    store = await LmdbStore.open(file());
    expect(store.get("a")).to.deep.equal(Uint8Array.of(1));
    await store.close();
  });

  it("can be read and written by its owner alone", async () => {
    await LmdbStore.create(file());
    expect((await stat(file())).mode & 0o777).to.equal(0o600);
  });

  it("takes no file for an empty store", async () => {
    await expectError("STORE_MISSING", () => LmdbStore.open(file()));
    expect(await readdir(folder())).to.deep.equal([]);
  });

  it("refuses a store of another format", async () => {
    const database = open<Uint8Array, Uint8Array>({
      path: file(),
      noSubdir: true,
      encoding: "binary",
      keyEncoding: "binary",
      overlappingSync: false,
    });
    for (const transaction of [1, 2])
      await database.put(SUMMARY_KEY, encodeSummary({ ...EMPTY, version: 2, transaction }));
    await database.close();
    const { message } = await expectError("STORE_VERSION", () => LmdbStore.open(file()));
    expect(message).to.contain("format 2");
  });

  it("refuses keys that it could not list in order, and writes nothing of their batch", async () => {
    await LmdbStore.create(file());
    const store = await LmdbStore.open(file());
    for (const key of ["", "ü", "a b", "x".repeat(501)]) {
      const failure = await store
        .write([
          { key: "good", value: Uint8Array.of(1) },
          { key, value: undefined },
        ])
        .catch(String);
      expect(failure).to.contain("RangeError");
    }
    expect([...store.entries("")]).to.deep.equal([]);
    await store.close();
  });

  it("goes on with a long listing while others begin and end", async () => {
    await LmdbStore.create(file());
    const store = await LmdbStore.open(file());
    const keys = Array.from({ length: 600 }, (_, i) => `k/${1000 + i}`);
    await store.write(keys.map((key) => ({ key, value: Uint8Array.of(1) })));
    const listed: string[] = [];
    for (const [key] of store.entries("k/")) {
      listed.push(key);
      expect([...store.entries(key)].map(([inner]) => inner)).to.deep.equal([key]);
    }
    expect(listed).to.deep.equal(keys);
    await store.close();
  });

  it("refuses everything once it is closed, also to go on with a listing", async () => {
    await LmdbStore.create(file());
    const store = await LmdbStore.open(file());
    const keys = Array.from({ length: 600 }, (_, i) => `k/${1000 + i}`);
    await store.write(keys.map((key) => ({ key, value: Uint8Array.of(1) })));
    const listing = store.entries("");
    listing.next();
    await store.close();
    await store.close();
    await expectError("STORE_CLOSED", () => store.get("a"));
    await expectError("STORE_CLOSED", () => store.write([]));
    await expectError("STORE_CLOSED", () => [...store.entries("")]);
    await expectError("STORE_CLOSED", () => [...listing]);
  });

  it("notices a value that is damaged while it is open, and never replaces it", async () => {
    await LmdbStore.create(file());
    const store = await LmdbStore.open(file());
    await store.write([{ key: "good", value: Uint8Array.of(1) }]);
    await store.write([{ key: "bad", value: Buffer.from("a value to find") }]);
    await damage(file(), "a value to find");
    await expectError("STORE_CORRUPT", () => store.get("bad"));
    await expectError("STORE_CORRUPT", () => [...store.entries("")]);
    await expectError("STORE_CORRUPT", () => store.write([{ key: "bad", value: Uint8Array.of(2) }]));
    await expectError("STORE_CORRUPT", () => store.write([{ key: "other", value: Uint8Array.of(2) }]));
    expect(store.get("good")).to.deep.equal(Uint8Array.of(1));
    await store.close();
    await expectError("STORE_CORRUPT", () => LmdbStore.open(file()));
  });
});

/** Changes a byte in the last place where this text is in a file. */
async function damage(path: string, text: string): Promise<void> {
  const file = await openFile(path, "r+");
  const at = (await file.readFile()).lastIndexOf(text);
  await file.write(Buffer.from([0]), 0, 1, at);
  await file.close();
}
