import { ecdsa } from "@noble/curves/abstract/weierstrass";
import { secp256k1 } from "@noble/curves/secp256k1";
import { sha256 } from "@noble/hashes/sha2";
import type { Signer, VerifySignature } from "../../ports/crypto";
import type { Hex } from "../../protocol/types";
import { signerOn, verifierOn, type Curve } from "./ecdsa";

const noble = ecdsa(secp256k1.Point, sha256, { lowS: true });

/** JavaScript alone, for browsers. */
const curve: Curve = {
  isPrivateKey: (key) => noble.utils.isValidSecretKey(key),
  publicKeyOf: (privateKey) => noble.getPublicKey(privateKey, false),
  sign: (digest, privateKey) => {
    const signature = noble.sign(digest, privateKey);
    return { bytes: signature.toBytes("compact"), parity: signature.recovery & 1 };
  },
  recover: (digest, { bytes, parity }) => {
    const signature = noble.Signature.fromBytes(bytes, "compact").addRecoveryBit(parity).toBytes("recovered");
    return noble.Point.fromBytes(noble.recoverPublicKey(signature, digest)).toBytes(false);
  },
};

/**
 * Signs with the same result as the native adapter.
 * @throws SluiceError `KEY_INVALID`
 */
export function createSigner(privateKey: Hex): Signer {
  return signerOn(curve, privateKey);
}

/** Verifies with the same verdicts as the native adapter. */
export const verifySignature: VerifySignature = verifierOn(curve);
