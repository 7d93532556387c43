import type { ContractTransactionReceipt, ContractTransactionResponse } from "ethers";

/** The receipt of a transaction. */
export async function mined(sent: Promise<ContractTransactionResponse>): Promise<ContractTransactionReceipt> {
  const receipt = await (await sent).wait();
  if (receipt === null) throw new Error("The transaction was not mined.");
  return receipt;
}
