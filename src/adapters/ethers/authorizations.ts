import { Interface, Signature, type SigningKey, TypedDataEncoder } from "ethers";
import type { Authorization } from "../../engine/calls";
import type { Deposit } from "../../engine/effects";
import { SluiceError } from "../../errors";
import { channelDestination } from "../../protocol/destination";
import { authorizationNonce, RECEIVE_WITH_AUTHORIZATION_TYPE } from "../../protocol/funding";
import { NATIVE, type Address, type ChannelId, type Hex } from "../../protocol/types";

const token = new Interface([
  "function name() view returns (string)",
  "function version() view returns (string)",
  "function eip712Domain() view returns (bytes1 fields, string name, string version, uint256 chainId, address verifyingContract, bytes32 salt, uint256[] extensions)",
]);

/** Reads a contract: `eth_call`. */
export type Read = (to: Address, data: Hex) => Promise<Hex>;

export interface Payer {
  readonly key: SigningKey;
  readonly address: Address;
  readonly chainId: bigint;
  readonly adjudicator: Address;
}

/**
 * Signs ERC-3009 transfers that only the adjudicator can take, and only into one channel. They are good for ever: whoever
 * regrets one cancels it at the token.
 * @throws SluiceError `TOKEN_UNSUITABLE` for the native coin, and for a token that does not say what to sign
 */
export async function signAuthorizations(
  read: Read,
  { key, address, chainId, adjudicator }: Payer,
  id: ChannelId,
  deposits: readonly Deposit[],
): Promise<Authorization[]> {
  const destination = channelDestination(id);
  return Promise.all(
    deposits.map(async ({ asset, amount, expectedHeld }) => {
      const terms = {
        token: asset,
        from: address,
        amount,
        expectedHeld,
        salt: 0n,
        validAfter: 0n,
        validBefore: FOR_EVER,
      };
      const domain = { ...(await domainOf(read, asset)), chainId, verifyingContract: asset };
      const nonce = authorizationNonce(destination, expectedHeld, terms.salt);
      const message = { from: address, to: adjudicator, value: amount, validAfter: 0n, validBefore: FOR_EVER, nonce };
      const digest = TypedDataEncoder.hash(domain, RECEIVE_WITH_AUTHORIZATION_TYPE, message);
      const { v, r, s } = Signature.from(key.sign(digest));
      return { ...terms, v, r: r as Hex, s: s as Hex };
    }),
  );
}

const FOR_EVER = 2n ** 256n - 1n;

/** Name and version of a token's EIP-712 domain: as ERC-5267 tells them, or as the older stablecoins do. */
async function domainOf(read: Read, asset: Address): Promise<{ name: string; version: string }> {
  if (asset === NATIVE) throw unsuitable(asset);
  try {
    const [, name, version] = await ask(read, asset, "eip712Domain");
    return { name: name as string, version: version as string };
  } catch {
    // An older token: it has no such function.
  }
  try {
    const [[name], [version]] = await Promise.all([ask(read, asset, "name"), ask(read, asset, "version")]);
    return { name: name as string, version: version as string };
  } catch {
    throw unsuitable(asset);
  }
}

async function ask(read: Read, asset: Address, method: string): Promise<unknown[]> {
  const answer = await read(asset, token.encodeFunctionData(method) as Hex);
  return [...token.decodeFunctionResult(method, answer)] as unknown[];
}

function unsuitable(asset: Address): SluiceError {
  return new SluiceError(
    "TOKEN_UNSUITABLE",
    `${asset} does not take signed transfers (ERC-3009).`,
    "Nothing was signed; fund the channel by deposits.",
  );
}
