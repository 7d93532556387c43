import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { computeAddress, decryptKeystoreJson, encryptKeystoreJson, hexlify, isKeystoreJson, SigningKey } from "ethers";
import { SluiceError } from "../errors";
import type { Address, Hex } from "../protocol/types";
import { codeOf, writeNewFile } from "./disk";

/** The key that a node signs states with. */
export interface NodeKey {
  readonly address: Address;
  /** Keep it in memory only. */
  readonly privateKey: Hex;
}

export interface KeyOptions {
  /** The cost of scrypt, a power of two; the usual one takes about a second. Lower ones are for tests. */
  readonly scryptCost?: number;
}

const SCRYPT_COST = 2 ** 17;

/**
 * Creates a key, and a file with it in the standard keystore format (version 3), encrypted with the password.
 * @throws SluiceError `KEY_EXISTS`: the file was not touched
 */
export function createKey(file: string, password: string, options: KeyOptions = {}): Promise<NodeKey> {
  return importKey(file, password, hexlify(randomBytes(32)), options);
}

/**
 * Creates a file with this key.
 * @param privateKey 32 bytes in hex, with `0x`
 * @throws SluiceError `KEY_MALFORMED`, or `KEY_EXISTS`: the file was not touched
 */
export async function importKey(
  file: string,
  password: string,
  privateKey: string,
  { scryptCost = SCRYPT_COST }: KeyOptions = {},
): Promise<NodeKey> {
  const key = keyOf(privateKey);
  const json = await encryptKeystoreJson(key, password, { scrypt: { N: scryptCost, r: 8, p: 1 } });
  if (
    await writeNewFile(file, (handle) =>
      handle.writeFile(`${json}
`),
    )
  )
    return key;
  throw new SluiceError("KEY_EXISTS", `There is a key at ${file} already.`, "It was not touched; name another file.");
}

/** @throws SluiceError `KEY_MISSING`, `KEY_MALFORMED` or `PASSWORD_WRONG` */
export async function readKey(file: string, password: string): Promise<NodeKey> {
  const json = await readKeystore(file);
  try {
    return keyOf((await decryptKeystoreJson(json, password)).privateKey);
  } catch (error) {
    if (!(error instanceof Error && error.message.includes("incorrect password"))) throw damaged(file);
    throw new SluiceError(
      "PASSWORD_WRONG",
      `This password does not open ${file}.`,
      "Nothing was changed; try another one.",
    );
  }
}

/**
 * The keystore as it lies in the file, still encrypted.
 * @throws SluiceError `KEY_MISSING` or `KEY_MALFORMED`
 */
export async function readKeystore(file: string): Promise<string> {
  const json = await readFile(file, "utf8").catch((error: unknown) => {
    if (codeOf(error) !== "ENOENT") throw error;
    throw new SluiceError(
      "KEY_MISSING",
      `There is no key at ${file}.`,
      "Create or import one; if it was lost, restore it from a backup.",
    );
  });
  if (!isKeystoreJson(json)) throw damaged(file);
  return json;
}

function damaged(file: string): SluiceError {
  return new SluiceError(
    "KEY_MALFORMED",
    `${file} is not a keystore, or it is damaged.`,
    "Nothing was changed; restore the file from a backup.",
  );
}

function keyOf(privateKey: string): NodeKey {
  try {
    const key = new SigningKey(privateKey);
    return { address: computeAddress(key) as Address, privateKey: key.privateKey as Hex };
  } catch {
    throw new SluiceError(
      "KEY_MALFORMED",
      "This is not a private key.", // and never say what it is instead
      "Nothing was written; a private key is 32 bytes in hex, after 0x.",
    );
  }
}
