import { id } from "ethers";
import type { Signer, VerifySignature } from "../../../../src/ports/crypto";
import { accountDestination } from "../../../../src/protocol/destination";
import type { Address, CompactSignature, Hex } from "../../../../src/protocol/types";

/** What people sign with. */
export interface Keys {
  signerOf(address: Address, index: number): Signer;
  readonly verify: VerifySignature;
}

/**
 * Signatures that cost nothing and cannot be forged: one is worth something only if its signer has made it here. Its `r` is
 * the digest, so that whoever looks at it sees what was signed.
 */
export class Keyring implements Keys {
  private readonly made = new Set<string>();

  signerOf(address: Address): Signer {
    return {
      address,
      sign: (digest) => {
        this.made.add(address + digest);
        return { r: digest, vs: accountDestination(address) };
      },
    };
  }

  readonly verify: VerifySignature = (signer: Address, digest: Hex, { r, vs }: CompactSignature) =>
    r === digest && vs === (accountDestination(signer) as Hex) && this.made.has(signer + digest);
}

/** 32 bytes that a text stands for. */
export function hashOf(text: string): Hex {
  return id(text) as Hex;
}
