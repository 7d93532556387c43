import { SigningKey } from "ethers";
import { SluiceError } from "../errors";
import { toHex, type Hex } from "./types";

/** The order of secp256k1. */
export const CURVE_ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;

/** A point's key in the `ScalarRegistry`, and the private key that the registry takes for it. */
export interface EvenScalar {
  /** The x coordinate of the point. */
  readonly key: Hex;
  /** The private key of the point with this x and an even y. */
  readonly scalar: bigint;
}

/**
 * What the `ScalarRegistry` takes for a private key: that one, or its negative if the y of its point is odd. A key stands
 * for both.
 * @throws SluiceError `KEY_INVALID` unless it is 1 to the order of the curve less one
 */
export function evenScalar(privateKey: Hex): EvenScalar {
  const scalar = BigInt(toHex(privateKey, 32));
  if (scalar === 0n || scalar >= CURVE_ORDER) {
    throw new SluiceError("KEY_INVALID", "This is no private key.", "Choose 32 random bytes.");
  }
  const point = SigningKey.computePublicKey(privateKey, true);
  return { key: `0x${point.slice(4)}`, scalar: point.startsWith("0x02") ? scalar : CURVE_ORDER - scalar };
}
