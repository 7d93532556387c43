import { CommandError } from "./errors";
import type { Network } from "./networks";

const PATIENCE = 20_000; // milliseconds

/**
 * Checks, before anything is sent, that an endpoint answers and belongs to the chain that was asked for.
 * @throws CommandError `RPC_FAILED` or `CHAIN_WRONG`, which name the variable and not its value: URLs hold access keys
 */
export async function requireChain({ name, chainId, rpcVariable, url }: Network): Promise<void> {
  const actual = await chainIdOf(url).catch(() => undefined);
  if (actual === undefined) {
    throw new CommandError(
      "RPC_FAILED",
      `No Ethereum node answers for ${name}. Is it running, and is the URL in ${rpcVariable} right?`,
    );
  }
  if (actual === chainId) return;
  throw new CommandError(
    "CHAIN_WRONG",
    `${rpcVariable} leads to chain ${actual}, but ${name} is chain ${chainId}. Nothing was sent; correct the URL.`,
  );
}

async function chainIdOf(url: string): Promise<number> {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "eth_chainId", params: [] }),
    signal: AbortSignal.timeout(PATIENCE),
  });
  const { result } = (await response.json()) as { result?: string };
  if (result === undefined) throw new Error("no chain id");
  return Number(result);
}
