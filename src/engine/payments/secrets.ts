import { SluiceError } from "../../errors";
import type { Lock } from "../../protocol/locks";
import { evenScalar } from "../../protocol/scalars";
import { hashWord } from "../../protocol/words";
import type { Address, Hex } from "../../protocol/types";
import type { PaymentContracts } from "../context";

/** Whether a secret is what a lock waits for. Of registries that are not known here nothing is. */
export function opensLock(
  { preimages, scalars }: PaymentContracts,
  { registry, key }: Pick<Lock, "registry" | "key">,
  secret: Hex,
): boolean {
  if (registry === preimages) return key === `0x${hashWord(secret)}` && secret.length === 66;
  return registry === scalars && keyOfScalar(secret) === key;
}

/** Whether a lock waits for something of which I know how it is shown, and find out on the chain that it was. */
export function isKnownRegistry({ preimages, scalars }: PaymentContracts, registry: Address): boolean {
  return registry === preimages || registry === scalars;
}

function keyOfScalar(secret: Hex): Hex | undefined {
  try {
    return evenScalar(secret).key;
  } catch (error) {
    if (error instanceof SluiceError) return undefined;
    throw error;
  }
}
