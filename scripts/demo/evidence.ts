/** What the chain says happened. */
import { NATIVE, type Address } from "../../src";
import type { Stage } from "./stage";

type Filter = Parameters<Stage["adjudicator"]["queryFilter"]>[0];

/** The transactions that left events like this: how many, and what they cost together. */
export async function transactionsWith(
  { adjudicator, provider }: Stage,
  event: Filter,
): Promise<{ readonly transactions: number; readonly gas: bigint }> {
  const hashes = new Set((await adjudicator.queryFilter(event)).map(({ transactionHash }) => transactionHash));
  if (hashes.size === 0) throw new Error("The chain shows no such event.");
  const receipts = await Promise.all([...hashes].map((hash) => provider.getTransactionReceipt(hash)));
  return { transactions: hashes.size, gas: receipts.reduce((sum, receipt) => sum + receipt!.gasUsed, 0n) };
}

/** What accounts receive of an asset while something happens. */
export async function receivedDuring<const Accounts extends readonly Address[]>(
  { provider, token }: Stage,
  asset: Address,
  accounts: Accounts,
  happening: () => Promise<unknown>,
): Promise<{ readonly [Account in keyof Accounts]: bigint }> {
  const balanceOf = (account: Address) => (asset === NATIVE ? provider.getBalance(account) : token.balanceOf(account));
  const before = await Promise.all(accounts.map(balanceOf));
  await happening();
  const after = await Promise.all(accounts.map(balanceOf));
  return after.map((balance, i) => balance - before[i]!) as { [Account in keyof Accounts]: bigint };
}
