import { nativeCurve } from "../adapters/crypto/nativeOnion";
import { peelOnion } from "../payments/onion/onion";
import type { Hex } from "../protocol/types";
import { bytesOf, hexOf } from "../payments/bytes";
import type { Identity } from "./parts";

/** What a private key does beside signing, by the native library. */
export function identityOf(privateKey: Hex): Identity {
  const key = bytesOf(privateKey);
  return {
    publicKey: hexOf(nativeCurve.publicKeyOf(key)),
    curve: nativeCurve,
    peel: (packet, associatedData) => peelOnion(packet, key, associatedData, nativeCurve),
  };
}
