import { incomingScalar, outgoingKey } from "../payments/points";
import type { PaymentContracts } from "../engine/context";
import type { Address, Hex } from "../protocol/types";
import { bytesOf, scalarHex } from "../payments/bytes";

/** What the locks of a payment wait for. */
export type KeyKind = "hash" | "point";

/** What kind of key a registry keeps; undefined if it is none that payments go by. */
export function kindOf({ preimages, scalars }: PaymentContracts, registry: Address): KeyKind | undefined {
  if (registry === preimages) return "hash";
  return registry === scalars ? "point" : undefined;
}

export function registryOf({ preimages, scalars }: PaymentContracts, kind: KeyKind): Address {
  return kind === "hash" ? preimages : scalars;
}

/** The key of the next lock: the same for a hash, another one for a point. @throws SluiceError `KEY_INVALID` */
export function nextKey(key: Hex, tweak: bigint | undefined): Hex {
  return tweak === undefined ? key : outgoingKey(key, tweak);
}

/** The secret of a lock, from that of the next one. @throws SluiceError `KEY_INVALID` */
export function secretBefore(key: Hex, tweak: bigint | undefined, secret: Hex): Hex {
  return tweak === undefined ? secret : scalarHex(incomingScalar(key, tweak, BigInt(secret)));
}

/** What an onion is bound to: the key of a hash; points share nothing, and their tweaks bind them. */
export function boundTo(kind: KeyKind, key: Hex): Uint8Array {
  return kind === "hash" ? bytesOf(key) : new Uint8Array(0);
}
