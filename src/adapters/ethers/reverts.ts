import { Interface, isHexString } from "ethers";
import { Adjudicator__factory, LockSet__factory, ScalarRegistry__factory } from "../../bindings";
import type { RpcError } from "./rpc";

const contracts = [Adjudicator__factory, LockSet__factory, ScalarRegistry__factory].map((factory) =>
  factory.createInterface(),
);

/** Errors of the usual tokens (ERC-6093). */
const tokens = new Interface([
  "error ERC20InsufficientBalance(address sender, uint256 balance, uint256 needed)",
  "error ERC20InsufficientAllowance(address spender, uint256 allowance, uint256 needed)",
  "error ERC20InvalidSender(address sender)",
  "error ERC20InvalidReceiver(address receiver)",
  "error ERC20InvalidSpender(address spender)",
]);

/** What is said of a call that fails and gives no reason that is known here. */
export const UNKNOWN_REVERT = "Reverted";

/** Why a call reverts: the name of the custom error, or the reason that was given in words. */
export function revertName(error: RpcError): string {
  const data = revertData(error.data);
  if (data === undefined) return UNKNOWN_REVERT;
  const parsed = [...contracts, tokens].map((known) => known.parseError(data)).find((error) => error !== null);
  if (parsed === undefined) return UNKNOWN_REVERT;
  return parsed.signature === "Error(string)" ? String(parsed.args[0]) : parsed.name;
}

/** Nodes put the returned bytes in `data`, or somewhere in an object there, next to hashes. */
function revertData(data: unknown): string | undefined {
  if (typeof data === "string") return isRevertData(data) ? data : undefined;
  if (typeof data !== "object" || data === null) return undefined;
  return Object.values(data)
    .map(revertData)
    .find((found) => found !== undefined);
}

/** A selector and whole words. */
function isRevertData(data: string): boolean {
  return isHexString(data) && data.length % 64 === 10;
}
