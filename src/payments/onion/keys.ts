import { chacha20 } from "@noble/ciphers/chacha";
import { utf8ToBytes } from "@noble/curves/utils";
import { hmac } from "@noble/hashes/hmac";
import { sha256 } from "@noble/hashes/sha2";

/** What a key made of a shared secret is for, as BOLT 4 names it. */
export type KeyTag =
  /** Hides the payloads. */
  | "rho"
  /** Authenticates the payloads. */
  | "mu"
  /** Fills what no payload takes; made of the session key. */
  | "pad"
  /** Authenticates a failure. */
  | "um"
  /** Hides a failure. */
  | "ammag";

/** One key for each use, which tells nothing of the secret or of the other keys. */
export function deriveKey(tag: KeyTag, secret: Uint8Array): Uint8Array {
  return hmac(sha256, utf8ToBytes(tag), secret);
}

export function authenticate(key: Uint8Array, ...parts: readonly Uint8Array[]): Uint8Array {
  const mac = hmac.create(sha256, key);
  for (const part of parts) mac.update(part);
  return mac.digest();
}

/** Hides or reveals bytes. The nonce may be one for all because every key is used for one stream alone. */
export function obscure(key: Uint8Array, bytes: Uint8Array): Uint8Array {
  return chacha20(key, NONCE, bytes);
}

const NONCE = new Uint8Array(12);
