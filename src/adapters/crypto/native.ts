import { randomBytes } from "node:crypto";
import secp256k1 from "secp256k1";
import type { Signer, VerifySignature } from "../../ports/crypto";
import type { Hex } from "../../protocol/types";
import { bytesOf } from "../../protocol/words";
import { ORDER, signerOn, verifierOn, type Curve } from "./ecdsa";

/** libsecp256k1, for Node. */
const curve: Curve = {
  isPrivateKey: (key) => secp256k1.privateKeyVerify(key),
  publicKeyOf: (privateKey) => secp256k1.publicKeyCreate(privateKey, false),
  sign: (digest, privateKey) => {
    const { signature, recid } = secp256k1.ecdsaSign(reduce(digest), privateKey);
    return { bytes: signature, parity: recid & 1 };
  },
  recover: (digest, { bytes, parity }) => secp256k1.ecdsaRecover(bytes, parity, digest, false),
};

/**
 * Signs about ten times faster than the pure adapter, and gives the same signatures.
 * @throws SluiceError `KEY_INVALID`
 */
export function createSigner(privateKey: Hex): Signer {
  secp256k1.contextRandomize(randomBytes(32)); // blinds the arithmetic against side channels; no result depends on it
  return signerOn(curve, privateKey);
}

/** Verifies about thirty times faster than the pure adapter, with the same verdicts. */
export const verifySignature: VerifySignature = verifierOn(curve);

const ORDER_BYTES = bytesOf(ORDER.toString(16));

/** The digest modulo the order: RFC 6979 derives the nonce from that, and this library from what it is given. */
function reduce(digest: Uint8Array): Uint8Array {
  if (Buffer.compare(digest, ORDER_BYTES) < 0) return digest;
  const rest = BigInt(`0x${Buffer.from(digest).toString("hex")}`) - ORDER;
  return bytesOf(rest.toString(16).padStart(64, "0"));
}
