import { secp256k1 } from "@noble/curves/secp256k1";
import { sha256 } from "@noble/hashes/sha2";
import { bytesToNumberBE } from "@noble/curves/utils";

/** What payments need of secp256k1. Every method throws for bytes that are no key. */
export interface OnionCurve {
  /** The compressed public key. */
  publicKeyOf(privateKey: Uint8Array): Uint8Array;
  /** What both sides of two keys know: SHA-256 of the compressed product. */
  ecdh(publicKey: Uint8Array, privateKey: Uint8Array): Uint8Array;
  /** The compressed product. `factor` is secret for one payment only: it may take a time that depends on it. */
  blind(publicKey: Uint8Array, factor: Uint8Array): Uint8Array;
  /** Whether a key signed: `r (32) | s (32)`, of the two values of `s` the lower one. May throw for other numbers. */
  verify(signature: Uint8Array, digest: Uint8Array, publicKey: Uint8Array): boolean;
}

/** JavaScript alone, for browsers. */
export const pureCurve: OnionCurve = {
  publicKeyOf: (privateKey) => secp256k1.getPublicKey(privateKey, true),
  ecdh: (publicKey, privateKey) => sha256(secp256k1.getSharedSecret(privateKey, publicKey, true)),
  blind: (publicKey, factor) =>
    secp256k1.Point.fromBytes(publicKey).multiplyUnsafe(bytesToNumberBE(factor)).toBytes(true),
  verify: (signature, digest, publicKey) =>
    secp256k1.verify(signature, digest, publicKey, { lowS: true, prehash: false }),
};
