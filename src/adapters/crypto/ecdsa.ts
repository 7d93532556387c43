import { getAddress, hexlify, keccak256 } from "ethers";
import { SluiceError } from "../../errors";
import type { Signer, VerifySignature } from "../../ports/crypto";
import { isHex, toHex, type Address, type CompactSignature, type Hex } from "../../protocol/types";
import { bytesOf, digitsOf } from "../../protocol/words";

/** The arithmetic of secp256k1, as a library offers it. */
export interface Curve {
  isPrivateKey(key: Uint8Array): boolean;
  /** The public key: 65 bytes. */
  publicKeyOf(privateKey: Uint8Array): Uint8Array;
  /** Signs as RFC 6979 says, with low `s`. */
  sign(digest: Uint8Array, privateKey: Uint8Array): RecoverableSignature;
  /**
   * The public key, of 65 bytes, that made a signature.
   * @throws whatever the library throws, if no key could have made it
   */
  recover(digest: Uint8Array, signature: RecoverableSignature): Uint8Array;
}

/** A signature in bytes. */
export interface RecoverableSignature {
  /** 32 bytes `r`, 32 bytes `s`. */
  readonly bytes: Uint8Array;
  /** 1 if the curve point of `r` has an odd y, else 0. */
  readonly parity: number;
}

/** The order of the curve. */
export const ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
const HALF_ORDER = ORDER / 2n;

/**
 * A signer on some curve library.
 * @throws SluiceError `KEY_INVALID`
 */
export function signerOn(curve: Curve, privateKey: Hex): Signer {
  const key = isHex(privateKey, 32) ? bytesOf(digitsOf(privateKey)) : undefined;
  if (key === undefined || !curve.isPrivateKey(key)) {
    throw new SluiceError(
      "KEY_INVALID",
      "This is not a private key.", // and whatever it is, it stays out of logs
      "Nothing was signed; a key is 32 bytes of hex, more than zero and less than the order of secp256k1.",
    );
  }
  return {
    address: getAddress(accountOf(curve.publicKeyOf(key))) as Address,
    sign: (digest) => compact(curve.sign(bytesOf(digitsOf(toHex(digest, 32))), key)),
  };
}

/**
 * A verifier on some curve library. It always recovers, though checking against a public key would be quicker: such a
 * check does not see the parity bit, and the chain refuses a signature whose parity is wrong.
 */
export function verifierOn(curve: Curve): VerifySignature {
  return (signer, digest, signature) => {
    const recoverable = expand(signature);
    if (recoverable === undefined || !isHex(digest, 32)) return false;
    try {
      return accountOf(curve.recover(bytesOf(digitsOf(digest)), recoverable)) === signer.toLowerCase();
    } catch {
      return false; // r is no point of the curve, or one of the two is zero or beyond the order
    }
  };
}

/** The address of a public key of 65 bytes, in lower case. */
function accountOf(publicKey: Uint8Array): string {
  return `0x${keccak256(publicKey.subarray(1)).slice(-40)}`;
}

function compact({ bytes, parity }: RecoverableSignature): CompactSignature {
  const vs = bytes.slice(32);
  vs[0]! |= parity << 7;
  return { r: hexlify(bytes.subarray(0, 32)) as Hex, vs: hexlify(vs) as Hex };
}

/** The bytes of a signature, unless it is malformed or has a high `s`. */
function expand({ r, vs }: CompactSignature): RecoverableSignature | undefined {
  if (!isHex(r, 32) || !isHex(vs, 32)) return undefined;
  if (BigInt.asUintN(255, BigInt(vs)) > HALF_ORDER) return undefined;
  const bytes = bytesOf(digitsOf(r) + digitsOf(vs));
  const parity = bytes[32]! >> 7;
  bytes[32]! &= 0x7f;
  return { bytes, parity };
}
