import { createSigner } from "../../../src/adapters/crypto/native";
import { nativeCurve } from "../../../src/adapters/crypto/nativeOnion";
import type { CompactSignature, Hex } from "../../../src";

/** Somebody with a key. */
export interface Person {
  readonly privateKey: Uint8Array;
  /** 33 bytes. */
  readonly publicKey: Uint8Array;
  readonly publicHex: Hex;
  readonly sign: (digest: Hex) => CompactSignature;
}

/** Somebody whose key is this byte, 1 to 254, 32 times. */
export function person(byte: number): Person {
  const privateKey = new Uint8Array(32).fill(byte);
  const publicKey = nativeCurve.publicKeyOf(privateKey);
  const signer = createSigner(hex(privateKey));
  return { privateKey, publicKey, publicHex: hex(publicKey), sign: (digest) => signer.sign(digest) };
}

export function hex(bytes: Uint8Array): Hex {
  return `0x${Buffer.from(bytes).toString("hex")}`;
}

export const bob = person(0xb0);
export const ingrid = person(0x19);
export const carol = person(0xca);
export const mallory = person(0x66);
