import { computeAddress, id, SigningKey } from "ethers";
import { recoverSigner, signDigest, toAddress } from "../../../../src";
import type { VerifySignature } from "../../../../src/ports/crypto";
import type { Identity } from "../../../../src/adapters/webSocket/handshake";

const verify: VerifySignature = (signer, digest, signature) => {
  try {
    return recoverSigner(digest, signature) === signer;
  } catch {
    return false;
  }
};

/** The key of an actor. */
export function identityOf(name: string): Identity {
  const key = new SigningKey(id(name));
  const address = toAddress(computeAddress(key));
  return { signer: { address, sign: (digest) => signDigest(key, digest) }, verify };
}
