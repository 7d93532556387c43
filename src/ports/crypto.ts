import type { Address, CompactSignature, Hex } from "../protocol/types";

/** Signs digests with one key. Deterministic (RFC 6979): one digest has one signature. */
export interface Signer {
  readonly address: Address;
  sign(digest: Hex): CompactSignature;
}

/** Whether `signature` over `digest` was made by `signer`; false for every malformed or high-`s` signature. */
export type VerifySignature = (signer: Address, digest: Hex, signature: CompactSignature) => boolean;
