/** Signed transfers (ERC-3009) of the test token. */
import { Signature, type Signer, type TypedDataDomain } from "ethers";
import {
  authorizationNonce,
  RECEIVE_WITH_AUTHORIZATION_TYPE,
  type Address,
  type Deployment,
  type Destination,
} from "../../src";
import type { AuthorizationStruct } from "../../typechain-types/contracts/Adjudicator";

export interface AuthorizationTerms {
  readonly token: Address;
  readonly from: Address;
  readonly destination: Destination;
  readonly amount: bigint;
  /** What the destination must hold already. */
  readonly expectedHeld: bigint;
  readonly salt: bigint;
  readonly validAfter: bigint;
  readonly validBefore: bigint;
}

/** Signs a transfer that only `destination` can receive. */
export async function signAuthorization(
  signer: Pick<Signer, "signTypedData">,
  deployment: Deployment,
  { destination, ...terms }: AuthorizationTerms,
): Promise<AuthorizationStruct> {
  const { token, from, amount, expectedHeld, salt, validAfter, validBefore } = terms;
  const nonce = authorizationNonce(destination, expectedHeld, salt);
  const message = { from, to: deployment.adjudicator, value: amount, validAfter, validBefore, nonce };
  const domain = tokenDomain(deployment, token);
  return { ...terms, ...vrs(await signer.signTypedData(domain, RECEIVE_WITH_AUTHORIZATION_TYPE, message)) };
}

/** The EIP-712 domain of the test token. */
export function tokenDomain({ chainId }: Deployment, token: Address): TypedDataDomain {
  return { name: "Test Dollar", version: "1", chainId, verifyingContract: token };
}

/** A signature in the form that tokens take. */
export function vrs(signature: string): { v: number; r: string; s: string } {
  const { v, r, s } = Signature.from(signature);
  return { v, r, s };
}
