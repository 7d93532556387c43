import { AbiCoder, keccak256, TypedDataEncoder } from "ethers";
import { domainOf, type Deployment } from "./hashing";
import type { Address, Destination, Hex } from "./types";

/** A deposit that an account signs for tokens with allowances. Mirrors the EIP-712 `Deposit` of `AssetHolder`. */
export interface DepositTerms {
  readonly from: Address;
  readonly destination: Destination;
  readonly token: Address;
  readonly expectedHeld: bigint;
  readonly amount: bigint;
  readonly salt: bigint;
  /** Unix time in seconds. */
  readonly deadline: bigint;
}

/** The EIP-712 type that wallets show for a {@link DepositTerms}. */
export const DEPOSIT_TYPE = {
  Deposit: [
    { name: "from", type: "address" },
    { name: "destination", type: "bytes32" },
    { name: "token", type: "address" },
    { name: "expectedHeld", type: "uint256" },
    { name: "amount", type: "uint256" },
    { name: "salt", type: "uint256" },
    { name: "deadline", type: "uint256" },
  ],
};

/** The EIP-712 type of ERC-3009, as tokens define it. */
export const RECEIVE_WITH_AUTHORIZATION_TYPE = {
  ReceiveWithAuthorization: [
    { name: "from", type: "address" },
    { name: "to", type: "address" },
    { name: "value", type: "uint256" },
    { name: "validAfter", type: "uint256" },
    { name: "validBefore", type: "uint256" },
    { name: "nonce", type: "bytes32" },
  ],
};

/** The ERC-3009 nonce that binds an authorisation to a destination and to what must be held there before. */
export function authorizationNonce(destination: Destination, expectedHeld: bigint, salt: bigint): Hex {
  const coder = AbiCoder.defaultAbiCoder();
  return keccak256(coder.encode(["bytes32", "uint256", "uint256"], [destination, expectedHeld, salt])) as Hex;
}

/** The digest of a deposit order, under which the asset holder remembers that it was executed. */
export function depositDigest(deployment: Deployment, terms: DepositTerms): Hex {
  return TypedDataEncoder.hash(domainOf(deployment), DEPOSIT_TYPE, terms) as Hex;
}
