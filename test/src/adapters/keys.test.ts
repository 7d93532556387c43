import { readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import { Wallet } from "ethers";
import { createKey, importKey, readKey, readKeystore } from "../../../src/adapters/keys";
import { expectError } from "../../support/errors";
import { temporaryFolder } from "../../support/folders";

const CHEAP = { scryptCost: 2 };
const PRIVATE_KEY = "0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d";
const ADDRESS = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8";

describe("the key of a node", () => {
  const folder = temporaryFolder();
  const file = () => join(folder(), "key.json");

  it("is created at random and read again with the password", async () => {
    const key = await createKey(file(), "secret", CHEAP);
    expect(await readKey(file(), "secret")).to.deep.equal(key);
    expect(key.address).to.equal(new Wallet(key.privateKey).address);
    const other = await createKey(join(folder(), "other.json"), "secret", CHEAP);
    expect(other.privateKey).to.not.equal(key.privateKey);
  });

  it("can be imported, and opened by whatever reads standard keystores", async () => {
    const key = await importKey(file(), "secret", PRIVATE_KEY, CHEAP);
    expect(key).to.deep.equal({ address: ADDRESS, privateKey: PRIVATE_KEY });
    const wallet = await Wallet.fromEncryptedJson(await readFile(file(), "utf8"), "secret");
    expect(wallet.privateKey).to.equal(PRIVATE_KEY);
  });

  it("lies in a file that its owner alone can read, never in the clear", async () => {
    await importKey(file(), "secret", PRIVATE_KEY, CHEAP);
    expect((await stat(file())).mode & 0o777).to.equal(0o600);
    expect((await readFile(file(), "utf8")).toLowerCase()).to.not.contain(PRIVATE_KEY.slice(2));
    expect(await readdir(folder())).to.deep.equal(["key.json"]);
  });

  it("never takes the place of another", async () => {
    await importKey(file(), "secret", PRIVATE_KEY, CHEAP);
    await expectError("KEY_EXISTS", () => createKey(file(), "secret", CHEAP));
    expect((await readKey(file(), "secret")).privateKey).to.equal(PRIVATE_KEY);
    expect(await readdir(folder())).to.deep.equal(["key.json"]);
  });

  it("stays closed to a wrong password", async () => {
    await createKey(file(), "secret", CHEAP);
    await expectError("PASSWORD_WRONG", () => readKey(file(), "Secret"));
  });

  it("is said to be missing when it is", async () => {
    await expectError("KEY_MISSING", () => readKey(file(), "secret"));
    await expectError("KEY_MISSING", () => readKeystore(file()));
  });

  it("is said to be damaged when its file is no keystore", async () => {
    await createKey(file(), "secret", CHEAP);
    const json = await readFile(file(), "utf8");
    for (const content of ["", "{}", json.slice(0, 100), json.replace("scrypt", "crypts")]) {
      await writeFile(file(), content);
      await expectError("KEY_MALFORMED", () => readKey(file(), "secret"));
    }
  });

  it("must be one that can sign, and is not repeated in the error if it is not", async () => {
    const zero = `0x${"00".repeat(32)}`;
    const beyond = `0x${"ff".repeat(32)}`;
    for (const malformed of ["", "0x12", PRIVATE_KEY.slice(2), `${PRIVATE_KEY}00`, zero, beyond]) {
      const { message } = await expectError("KEY_MALFORMED", () => importKey(file(), "secret", malformed, CHEAP));
      if (malformed !== "") expect(message).to.not.contain(malformed);
    }
    expect(await readdir(folder())).to.deep.equal([]);
  });
});
