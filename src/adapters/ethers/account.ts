import { computeAddress, Interface, toQuantity, Transaction, type SigningKey } from "ethers";
import { toAddress, type Address, type Hex } from "../../protocol/types";
import type { Action } from "./calls";
import type { Endpoints } from "./endpoints";
import { marketOf, type Market, type Price } from "./fees";
import type { RpcError } from "./rpc";
import { parseBytes, parseFeeHistory, parseNumber, parseQuantity, parseReceipt, type Receipt } from "./shapes";

/** A signed transaction. */
export interface Signed {
  readonly raw: Hex;
  readonly hash: Hex;
}

const erc20 = new Interface([
  "function allowance(address owner, address spender) view returns (uint256)",
  "function approve(address spender, uint256 amount)",
]);

/** Blocks whose prices tell what the next one costs. */
const RECENT = 5;

/** An account that pays for transactions: its key, and what the chain says of it. */
export class Account {
  readonly address: Address;

  constructor(
    private readonly endpoints: Endpoints,
    private readonly key: SigningKey,
    private readonly chainId: bigint,
  ) {
    this.address = toAddress(computeAddress(key));
  }

  /** The nonce after those that were used, up to a block. `pending` also counts what waits to be mined. */
  nonceAt(block: "latest" | "pending"): Promise<number> {
    return this.endpoints.request("eth_getTransactionCount", [this.address, block], parseNumber);
  }

  /**
   * Whether a nonce was used, up to a block, by a transaction other than these. Says so only if every endpoint that
   * answers agrees: to believe it too early would mean to send twice.
   */
  async lostNonce(nonce: number, hashes: readonly Hex[], block: number): Promise<boolean> {
    const counts = await this.endpoints.requestAll(
      "eth_getTransactionCount",
      [this.address, toQuantity(block)],
      parseNumber,
    );
    if (counts.length === 0 || counts.some((count) => count <= nonce)) return false;
    const receipts = await Promise.all(
      hashes.map((hash) => this.endpoints.requestAll("eth_getTransactionReceipt", [hash], parseReceipt)),
    );
    return receipts.every((answers) => answers.length > 0 && answers.every((receipt) => receipt === null));
  }

  receipt(hash: Hex): Promise<Receipt | null> {
    return this.endpoints.request("eth_getTransactionReceipt", [hash], parseReceipt);
  }

  balance(): Promise<bigint> {
    return this.endpoints.request("eth_getBalance", [this.address, "latest"], parseQuantity);
  }

  async market(leastTip: bigint): Promise<Market> {
    const params = [toQuantity(RECENT), "latest", [50]];
    return marketOf(await this.endpoints.request("eth_feeHistory", params, parseFeeHistory), leastTip);
  }

  /** @throws RpcError which is a revert if the transaction would be one */
  estimate(action: Action): Promise<bigint> {
    return this.endpoints.request("eth_estimateGas", [this.transactionOf(action)], parseQuantity);
  }

  /** What the call returns at the end of a block. @throws RpcError */
  call(action: Action, block: number | "latest" = "latest"): Promise<Hex> {
    const tag = block === "latest" ? block : toQuantity(block);
    return this.endpoints.request("eth_call", [this.transactionOf(action), tag], parseBytes);
  }

  async allowance(token: Address, spender: Address): Promise<bigint> {
    const data = erc20.encodeFunctionData("allowance", [this.address, spender]) as Hex;
    return BigInt(await this.call({ to: token, data, value: 0n }));
  }

  sign({ to, data, value }: Action, nonce: number, gasLimit: bigint, price: Price): Signed {
    const { chainId } = this;
    const transaction = Transaction.from({ type: 2, chainId, nonce, to, data, value, gasLimit, ...price });
    transaction.signature = this.key.sign(transaction.unsignedHash);
    return { raw: transaction.serialized as Hex, hash: transaction.hash as Hex };
  }

  /** @returns why no endpoint took it, if so */
  broadcast(raw: Hex): Promise<RpcError | undefined> {
    return this.endpoints.broadcast(raw);
  }

  private transactionOf({ to, data, value }: Action): object {
    return { from: this.address, to, data, value: toQuantity(value) };
  }
}

/** Allows a spender exactly this much of a token. */
export function approval(token: Address, spender: Address, amount: bigint): Action {
  return { to: token, data: erc20.encodeFunctionData("approve", [spender, amount]) as Hex, value: 0n };
}
