import type { JsonRpcProvider } from "ethers";

/** What the chain did after a block: how many transactions, and what they cost together. */
export async function gasSince(
  provider: JsonRpcProvider,
  block: number,
): Promise<{ readonly transactions: number; readonly gas: bigint }> {
  const last = await provider.getBlockNumber();
  let [transactions, gas] = [0, 0n];
  for (let number = block + 1; number <= last; number++) {
    const mined = (await provider.getBlock(number))!;
    transactions += mined.length;
    gas += mined.gasUsed;
  }
  return { transactions, gas };
}
