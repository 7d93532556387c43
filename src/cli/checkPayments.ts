import { dataSlice, id, toBeHex } from "ethers";
import { Rpc, RpcError } from "../adapters/ethers/rpc";
import { systemClock } from "../adapters/systemClock";
import { SluiceError } from "../errors";
import type { Address } from "../protocol/types";
import type { Config } from "./config";

/** Milliseconds. */
const TIMEOUT = 10_000;
const MAX_ANSWER = 100_000;
const LOCK_SET = dataSlice(id("LOCK_SET()"), 0, 4);

/**
 * Whether the contracts of payment channels are on the chain, and belong together. Says what payment channels there can be.
 * @throws SluiceError `CONFIG_INVALID` or `RPC_UNREACHABLE`
 */
export async function checkPayments({ rpc: [url], payments }: Config): Promise<string> {
  if (payments === undefined) return "none: `sluice.json` does not say where their contracts are";
  const { app, lockSet, preimages, scalars } = payments;
  const endpoint = new Rpc({ url: url!, clock: systemClock, timeout: TIMEOUT, maxAnswer: MAX_ANSWER });
  try {
    for (const contract of [app, lockSet, preimages, scalars]) {
      if ((await endpoint.call("eth_getCode", [contract, "latest"])) === "0x")
        throw wrong(`There is no contract at ${contract}.`);
    }
    const named = await endpoint.call("eth_call", [{ to: app, data: LOCK_SET }, "latest"]);
    if (named !== wordOf(lockSet)) throw wrong(`${app} does not name ${lockSet} as the holder of its locks.`);
    return `by ${app}`;
  } catch (error) {
    if (error instanceof SluiceError) throw error;
    if (error instanceof RpcError) throw wrong(`${app} is no such contract.`);
    throw new SluiceError("RPC_UNREACHABLE", "The chain does not answer.", "Configure another RPC endpoint.");
  } finally {
    endpoint.close();
  }
}

function wordOf(address: Address): string {
  return toBeHex(address, 32).toLowerCase();
}

function wrong(what: string): SluiceError {
  const remedy = 'Correct "payments" in `sluice.json` before you open channels: `sluice init --deployment` knows them.';
  return new SluiceError("CONFIG_INVALID", what, remedy);
}
