import { mkdir, readdir, stat, unlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import { createDataFolder, filesOf, lockKey, openDataFolder } from "../../../src/adapters/dataFolder";
import { toAddress } from "../../../src/protocol/types";
import { expectError } from "../../support/errors";
import { temporaryFolder } from "../../support/folders";
import { startStoreProcess } from "../../support/storeProcess";

const ALICE = toAddress("0x70997970C51812dc3A010C7d01b50e0d17dc79C8");
const BOB = toAddress("0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC");

describe("a data folder", function () {
  this.timeout(60_000);
  const parent = temporaryFolder();
  const folder = () => join(parent(), "node");

  it("keeps entries from one opening to the next", async () => {
    await createDataFolder(folder());
    let data = await openDataFolder(folder());
    await data.store.write([{ key: "a", value: Uint8Array.of(1) }]);
    await data.close();
    data = await openDataFolder(folder());
    expect(data.store.get("a")).to.deep.equal(Uint8Array.of(1));
    await data.close();
  });

  it("is its owner's alone", async () => {
    await createDataFolder(folder());
    expect((await stat(folder())).mode & 0o777).to.equal(0o700);
  });

  it("can be created where there is nothing, or an empty folder, and leaves all else alone", async () => {
    await mkdir(folder());
    await createDataFolder(folder());
    await expectError("FOLDER_NOT_EMPTY", () => createDataFolder(folder()));
    const letter = join(parent(), "letter");
    await writeFile(letter, "");
    await expectError("FOLDER_NOT_EMPTY", () => createDataFolder(letter));
    expect((await readdir(parent())).sort()).to.deep.equal(["letter", "node"]);
  });

  it("is not opened as a new one when its store is gone", async () => {
    await expectError("STORE_MISSING", () => openDataFolder(folder()));
    expect(await readdir(parent())).to.deep.equal([]);
    await createDataFolder(folder());
    await unlink(filesOf(folder()).store);
    await expectError("STORE_MISSING", () => openDataFolder(folder()));
  });

  it("cannot be opened twice in one process, by whatever path", async () => {
    await createDataFolder(folder());
    const data = await openDataFolder(folder());
    for (const path of [folder(), `${folder()}/`, join(folder(), "..", "node")]) {
      const { message } = await expectError("FOLDER_LOCKED", () => openDataFolder(path));
      expect(message).to.contain(`process ${process.pid}`);
    }
    await data.close();
    await openDataFolder(folder()).then((again) => again.close());
  });

  it("cannot be opened by two processes, until the first is killed", async () => {
    await createDataFolder(folder());
    const alice = startStoreProcess("open", [folder()]);
    expect(await alice.line()).to.equal("open");
    for (let attempt = 0; attempt < 2; attempt++) {
      const { message } = await expectError("FOLDER_LOCKED", () => openDataFolder(folder()));
      expect(message).to.contain(`process ${alice.pid}`);
    }
    await alice.kill();
    const data = await openDataFolder(folder());
    const bob = startStoreProcess("open", [folder()]);
    expect(await bob.line()).to.equal("FOLDER_LOCKED");
    await bob.kill();
    await data.close();
  });

  it("is not locked by an opening that failed", async () => {
    await createDataFolder(folder());
    await writeFile(filesOf(folder()).store, "torn");
    for (let attempt = 0; attempt < 2; attempt++) await expectError("STORE_CORRUPT", () => openDataFolder(folder()));
  });

  it("is refused when its lock cannot be used", async () => {
    await createDataFolder(folder());
    await writeFile(filesOf(folder()).lock, "This is a letter.".repeat(1000));
    for (let attempt = 0; attempt < 2; attempt++) await expectError("LOCK_FAILED", () => openDataFolder(folder()));
  });
});

describe("the lock of a key", function () {
  this.timeout(60_000);
  const locks = temporaryFolder();

  it("keeps out a second node with the same key, but none with another", async () => {
    const alice = await lockKey(ALICE, locks());
    const bob = await lockKey(BOB, locks());
    const { message } = await expectError("KEY_IN_USE", () => lockKey(ALICE, locks()));
    expect(message).to.contain(`process ${process.pid}`);
    const other = startStoreProcess("lockKey", [ALICE, locks()]);
    expect(await other.line()).to.equal("KEY_IN_USE");
    await other.kill();
    await Promise.all([alice.release(), bob.release()]);
  });

  it("is free again when its holder is killed", async () => {
    const holder = startStoreProcess("lockKey", [ALICE, locks()]);
    expect(await holder.line()).to.equal("locked");
    const { message } = await expectError("KEY_IN_USE", () => lockKey(ALICE, locks()));
    expect(message).to.contain(`process ${holder.pid}`);
    await holder.kill();
    await lockKey(ALICE, locks()).then((lock) => lock.release());
  });

  it("lets in at most one of many processes that come at the same moment", async () => {
    const processes = Array.from({ length: 4 }, () => startStoreProcess("lockKey", [ALICE, locks()]));
    const said = await Promise.all(processes.map((one) => one.line()));
    await Promise.all(processes.map((one) => one.kill()));
    expect(said.filter((line) => line === "locked").length).to.be.lessThan(2);
    expect(said.every((line) => line === "locked" || line === "KEY_IN_USE")).to.equal(true);
  });
});
