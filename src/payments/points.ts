/**
 * Locks on points, hop by hop. The key of a hop's incoming lock is the key of its outgoing lock plus a tweak that only the
 * payer and that hop know. So hops cannot tell from their keys that they serve one payment, and none can be skipped: who
 * knows the scalar downstream knows the one upstream only with the tweak between them.
 *
 * A key is an x coordinate and stands for the point with an even y; its scalar is the one of that point, as the
 * `ScalarRegistry` takes it. Each step starts from and ends at that point, so no hop needs to know which points were odd.
 */
import { secp256k1 } from "@noble/curves/secp256k1";
import { bytesToNumberBE, hexToBytes } from "@noble/curves/utils";
import { SluiceError } from "../errors";
import { isHex, type Hex } from "../protocol/types";

const { Point } = secp256k1;
const ORDER = Point.Fn.ORDER;
type CurvePoint = InstanceType<typeof Point>;

/** Whether 32 bytes are the key of a point. Half of all are. */
export function isPointKey(key: Hex): boolean {
  return isHex(key, 32) && isCompressedPoint(`0x02${key.slice(2)}`);
}

/** Whether 33 bytes are a compressed public key. */
export function isCompressedPoint(bytes: Hex): boolean {
  if (!isHex(bytes, 33)) return false;
  try {
    Point.fromHex(bytes.slice(2));
    return true;
  } catch {
    return false; // there is no point with this x, or it does not start as points do
  }
}

/** Whether a number is a private key or a tweak: 1 to the order of the curve less one. */
export function isScalar(value: bigint): boolean {
  return value > 0n && value < ORDER;
}

/** The number in 32 bytes of chance, as a tweak. @throws SluiceError `KEY_INVALID`, in one case of 2^128 */
export function tweakFrom(random: Uint8Array): bigint {
  return requireScalar(bytesToNumberBE(random));
}

/**
 * The key of a hop's incoming lock, from that of its outgoing one. A hop must check this before it takes the lock.
 * @throws SluiceError `KEY_INVALID` when the key is no point or the tweak no scalar
 */
export function tweakKey(key: Hex, tweak: bigint): Hex {
  if (!isPointKey(key)) invalid("This key is no point.");
  const even = Point.fromBytes(Uint8Array.of(2, ...hexToBytes(key.slice(2))));
  return keyOf(even.add(Point.BASE.multiply(requireScalar(tweak))));
}

/**
 * The keys of all locks on a route: the first for the payer's own lock, the last for the lock that the payee takes.
 * @param key the point of the invoice
 * @param tweaks one for each hop, the payee's last
 * @throws SluiceError as {@link tweakKey}
 */
export function routeKeys(key: Hex, tweaks: readonly bigint[]): Hex[] {
  const keys: Hex[] = [];
  tweaks.reduceRight((outgoing, tweak) => (keys[keys.length] = tweakKey(outgoing, tweak)), key);
  return keys.reverse();
}

/**
 * The scalar that a hop shows upstream, from the one it learned downstream (or, for the payee, from that of its invoice).
 * @throws SluiceError `KEY_INVALID` when one of the two is no scalar
 */
export function tweakScalar(scalar: bigint, tweak: bigint): bigint {
  return evenScalar(requireScalar((evenScalar(requireScalar(scalar)) + requireScalar(tweak)) % ORDER));
}

/**
 * Undoes {@link tweakScalar}: the scalar of `key`, from that of `tweakKey(key, tweak)`. Repeated along the route it gives
 * the payer the scalar of the invoice, which proves that the payee was paid.
 * @throws SluiceError `KEY_INVALID` when the scalar is not that of the tweaked key
 */
export function untweakScalar(key: Hex, tweak: bigint, scalar: bigint): bigint {
  requireScalar(scalar);
  requireScalar(tweak);
  for (const tweaked of [scalar, ORDER - scalar]) {
    const untweaked = Point.Fn.create(tweaked - tweak);
    if (untweaked !== 0n && scalarKey(untweaked) === key.toLowerCase()) return evenScalar(untweaked);
  }
  return invalid("This scalar opens another lock.");
}

/** The key that a scalar opens. @throws SluiceError `KEY_INVALID` when it is no scalar */
export function scalarKey(scalar: bigint): Hex {
  return keyOf(Point.BASE.multiply(requireScalar(scalar)));
}

function evenScalar(scalar: bigint): bigint {
  return isEven(Point.BASE.multiply(scalar)) ? scalar : ORDER - scalar;
}

function isEven(point: CurvePoint): boolean {
  return (point.y & 1n) === 0n;
}

function keyOf(point: CurvePoint): Hex {
  if (point.is0()) invalid("The tweak takes this key away.");
  return `0x${point.toHex(true).slice(2)}`;
}

function requireScalar(value: bigint): bigint {
  return isScalar(value) ? value : invalid("This is no scalar of the curve.");
}

function invalid(what: string): never {
  throw new SluiceError("KEY_INVALID", what, "Nothing was locked or shown; do not take a lock on it.");
}
