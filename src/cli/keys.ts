import { mkdir } from "node:fs/promises";
import { filesOf } from "../adapters/dataFolder";
import { readKeystore } from "../adapters/keys";
import { toAddress, type Address } from "../protocol/types";

/** Where the key of a data folder is. The folder is made if it is not there. */
export async function provideKeyFile(folder: string): Promise<string> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  return filesOf(folder).key;
}

/**
 * The address of the key in a data folder, which needs no password.
 * @throws SluiceError `KEY_MISSING` or `KEY_MALFORMED`
 */
export async function keyAddress(folder: string): Promise<Address> {
  const { address } = JSON.parse(await readKeystore(filesOf(folder).key)) as { address: string };
  return toAddress(address.startsWith("0x") ? address : `0x${address}`);
}
