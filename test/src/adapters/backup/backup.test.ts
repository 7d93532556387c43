import { mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import fc from "fast-check";
import { restoreBackup, writeBackup } from "../../../../src/adapters/backup/backup";
import { RESTORED } from "../../../../src/ports/store";
import { filesOf, openDataFolder } from "../../../../src/adapters/dataFolder";
import { createKey, readKey, readKeystore } from "../../../../src/adapters/keys";
import { MemoryStore } from "../../../../src/adapters/memoryStore";
import { runs } from "../../../properties/runs";
import { inText } from "../../../support/entries";
import { expectError } from "../../../support/errors";
import { temporaryFolder } from "../../../support/folders";

const CHEAP = { scryptCost: 1 };
const MARK = [RESTORED, new Uint8Array(Buffer.from("1"))] as const;

type Entries = [string, Uint8Array][];

describe("a backup", function () {
  this.timeout(0); // runs can be multiplied
  const parent = temporaryFolder();
  const file = () => join(parent(), "backup");
  const folder = () => join(parent(), "node");

  async function restored(target = folder()): Promise<Entries> {
    await restoreBackup(file(), "secret", target);
    const data = await openDataFolder(target);
    const entries = [...data.store.entries("")] as Entries;
    await data.close();
    return entries;
  }

  /** Larger than several chunks, and than a batch. */
  function manyEntries(): Entries {
    return Array.from({ length: 400 }, (_, n) => [`channel/${1000 + n}`, new Uint8Array((n * 37) % 9000).fill(n)]);
  }

  it("brings back all entries, with a mark that says so", async () => {
    const entries = manyEntries();
    await writeBackup(new MemoryStore(entries), file(), "secret", CHEAP);
    expect((await restored()).map(inText)).to.deep.equal([...entries, MARK].map(inText));
  });

  it("brings back any entries, none included, whatever lengths they have", async () => {
    let count = 0;
    const key = fc.stringMatching(/^[a-c]{1,3}$/);
    const length = fc.oneof(fc.nat(50), fc.nat(200_000), fc.constantFrom(65_523, 65_536, 131_072));
    await fc.assert(
      fc.asyncProperty(fc.dictionary(key, length, { maxKeys: 5 }), async (lengths) => {
        const entries: Entries = Object.entries(lengths).map(([name, n]) => [name, new Uint8Array(n).fill(n)]);
        const store = new MemoryStore(entries);
        const backup = join(parent(), `backup-${count}`);
        await writeBackup(store, backup, "secret", CHEAP);
        const target = join(parent(), `node-${count++}`);
        await restoreBackup(backup, "secret", target);
        const data = await openDataFolder(target);
        expect([...data.store.entries("")].map(inText)).to.deep.equal([...store.entries(""), MARK].map(inText));
        await data.close();
      }),
      runs(15),
    );
  });

  it("shows one moment while the store goes on, all of it durable", async () => {
    await writeBackup(new MemoryStore(), file(), "secret", CHEAP);
    await restored();
    const data = await openDataFolder(folder());
    const { store } = data;
    const running = { stop: false };
    /** Both entries change in one batch, and lie far apart. */
    const writing = (async () => {
      for (let n = 0; !running.stop; n++) {
        const value = new Uint8Array(3000).fill(n);
        await store.write(["a", "z"].map((key) => ({ key, value })));
      }
    })();
    await store.write(manyEntries().map(([key, value]) => ({ key, value })));
    for (let n = 0; n < 5; n++) {
      const backup = join(parent(), `running-${n}`);
      await writeBackup(store, backup, "secret", CHEAP);
      await restoreBackup(backup, "secret", join(parent(), `copy-${n}`));
      const copy = await openDataFolder(join(parent(), `copy-${n}`));
      expect(inText(["", copy.store.get("a")])).to.equal(inText(["", copy.store.get("z")]));
      expect([...copy.store.entries("channel/")].length).to.equal(400);
      await copy.close();
    }
    running.stop = true;
    await writing;
    await data.close();
  });

  it("holds the keystore if asked, and restores it for its owner alone", async () => {
    const keyFile = join(parent(), "key.json");
    const key = await createKey(keyFile, "password of the key", { scryptCost: 2 });
    await writeBackup(new MemoryStore(), file(), "secret", { ...CHEAP, keystore: await readKeystore(keyFile) });
    expect(await restored()).to.deep.equal([MARK]);
    expect(await readKey(filesOf(folder()).key, "password of the key")).to.deep.equal(key);
    expect((await stat(filesOf(folder()).key)).mode & 0o777).to.equal(0o600);
  });

  it("says nothing to who does not know the password", async () => {
    await writeBackup(new MemoryStore([["channel/secret", Buffer.from("balance")]]), file(), "secret", CHEAP);
    const content = (await readFile(file())).toString("latin1");
    expect(content).to.not.contain("balance");
    expect(content).to.not.contain("channel/secret");
    expect((await stat(file())).mode & 0o777).to.equal(0o600);
    await expectError("PASSWORD_WRONG", () => restoreBackup(file(), "guess", folder()));
    expect(await readdir(parent())).to.deep.equal(["backup"]);
  });

  it("never replaces a file", async () => {
    await writeFile(file(), "precious");
    await expectError("BACKUP_EXISTS", () => writeBackup(new MemoryStore(), file(), "secret", CHEAP));
    expect(await readFile(file(), "utf8")).to.equal("precious");
    expect(await readdir(parent())).to.deep.equal(["backup"]);
  });

  it("is restored into a new or empty folder alone", async () => {
    await writeBackup(new MemoryStore(), file(), "secret", CHEAP);
    await mkdir(folder());
    await writeFile(join(folder(), "letter"), "precious");
    await expectError("FOLDER_NOT_EMPTY", () => restoreBackup(file(), "secret", folder()));
    expect(await readdir(folder())).to.deep.equal(["letter"]);
    await mkdir(join(parent(), "empty"));
    expect(await restored(join(parent(), "empty"))).to.deep.equal([MARK]);
  });

  it("is refused, and leaves nothing behind, wherever a byte was changed", async () => {
    await writeBackup(new MemoryStore(manyEntries()), file(), "secret", CHEAP);
    const whole = await readFile(file());
    const place = fc.oneof(fc.nat(40), fc.nat(whole.length - 1), fc.constant(whole.length - 1));
    await fc.assert(
      fc.asyncProperty(place, fc.integer({ min: 1, max: 255 }), async (at, difference) => {
        const changed = Buffer.from(whole);
        changed[at]! ^= difference;
        await writeFile(file(), changed);
        await expectRefused();
      }),
      runs(40),
    );
  });

  it("is refused when it was cut off, even between two chunks, or when something follows", async () => {
    await writeBackup(new MemoryStore(manyEntries()), file(), "secret", CHEAP);
    const whole = await readFile(file());
    const [header, chunk] = [40, 65_536 + 16];
    for (const length of [0, 10, 39, header, header + 10, header + chunk, header + 2 * chunk, whole.length - 1]) {
      await writeFile(file(), whole.subarray(0, length));
      await expectRefused();
    }
    await writeFile(file(), Buffer.concat([whole, Buffer.from([0])]));
    await expectRefused();
  });

  it("is refused when two of its chunks were exchanged", async () => {
    await writeBackup(new MemoryStore(manyEntries()), file(), "secret", CHEAP);
    const bytes = await readFile(file());
    const [first, second] = [40, 40 + 65_552].map((at) => Buffer.from(bytes.subarray(at, at + 65_552)));
    await writeFile(file(), Buffer.concat([bytes.subarray(0, 40), second!, first!, bytes.subarray(40 + 2 * 65_552)]));
    await expectRefused();
  });

  it("is refused when there is none", async () => {
    await expectError("BACKUP_MALFORMED", () => restoreBackup(file(), "secret", folder()));
    await writeFile(file(), "This is a letter.".repeat(100));
    await expectError("BACKUP_MALFORMED", () => restoreBackup(file(), "secret", folder()));
    expect(await readdir(parent())).to.deep.equal(["backup"]);
  });

  it("cannot make its reader take more memory than it has to", async () => {
    await writeBackup(new MemoryStore(), file(), "secret", CHEAP);
    const bytes = await readFile(file());
    bytes[7] = 40;
    await writeFile(file(), bytes);
    await expectError("BACKUP_MALFORMED", () => restoreBackup(file(), "secret", folder()));
  });

  async function expectRefused(): Promise<void> {
    const error = await restoreBackup(file(), "secret", folder()).then(
      () => undefined,
      (reason: unknown) => reason as { code?: string },
    );
    expect(error?.code).to.be.oneOf(["BACKUP_MALFORMED", "PASSWORD_WRONG"]);
    expect(await readdir(parent())).to.deep.equal(["backup"]);
  }
});
