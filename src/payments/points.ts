/**
 * Locks on points, hop by hop. A hop takes its tweak off the key of its incoming lock to get the key of its outgoing one;
 * what is left for the payee is the point of the invoice. Only the payer and that hop know the tweak, so hops cannot tell
 * from their keys that they serve one payment, and none of them can be skipped: to get from the scalar of the outgoing
 * lock to that of the incoming one takes the tweak between them.
 *
 * A key is an x coordinate and stands for the point with an even y; its scalar is the one of that point, as the
 * `ScalarRegistry` takes it. Every step starts from such a point and ends at one, so nobody has to know which were odd.
 */
import { secp256k1 } from "@noble/curves/secp256k1";
import { bytesToNumberBE } from "@noble/curves/utils";
import { SluiceError } from "../errors";
import { isHex, type Hex } from "../protocol/types";

const { Point } = secp256k1;
const { Fn } = Point;
type CurvePoint = InstanceType<typeof Point>;

/** What a hop needs to know of its incoming lock. */
export interface TweakedKey {
  /** 32 bytes: the key of the lock. */
  readonly key: Hex;
  /** What to take off to get the key of the outgoing lock; goes into the hop's payload. */
  readonly tweak: bigint;
}

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
  return Fn.isValidNot0(value);
}

/** The key that a scalar opens. @throws SluiceError `KEY_INVALID` when it is no scalar */
export function scalarKey(scalar: bigint): Hex {
  return keyOf(baseTimes(scalar));
}

/**
 * For the payer: keys of all locks on a route with the tweak for each hop. The first is the payer's own lock, the last the
 * one that the payee takes.
 * @param point of the invoice
 * @param randoms 32 random bytes for each hop, the payee included
 * @throws SluiceError `KEY_INVALID` when the point is none or, in one case of 2^128, random bytes are no scalar
 */
export function tweakRoute(point: Hex, randoms: readonly Uint8Array[]): TweakedKey[] {
  const locks: TweakedKey[] = [];
  randoms.reduceRight((outgoing, random) => {
    const lock = incomingLock(outgoing, bytesToNumberBE(random));
    locks.unshift(lock);
    return lock.key;
  }, point);
  return locks;
}

/**
 * For a hop: the key of its outgoing lock. The payee must find the point of its invoice.
 * @throws SluiceError `KEY_INVALID` when the key is no point or the tweak no scalar
 */
export function outgoingKey(incoming: Hex, tweak: bigint): Hex {
  return keyOf(evenPoint(incoming).subtract(baseTimes(tweak)));
}

/**
 * For a hop: the scalar that opens its incoming lock, from the one that opened its outgoing lock (for the payee, that of
 * its invoice).
 * @throws SluiceError `KEY_INVALID` when the scalar does not open `outgoingKey(incoming, tweak)`
 */
export function incomingScalar(incoming: Hex, tweak: bigint, scalar: bigint): bigint {
  requireScalar(tweak);
  for (const outgoing of [requireScalar(scalar), Fn.neg(scalar)]) {
    const known = Fn.add(outgoing, tweak);
    if (isScalar(known) && scalarKey(known) === incoming.toLowerCase()) return evenScalar(known);
  }
  return invalid("This scalar opens another lock.");
}

/**
 * For the payer: the scalar that opened a hop's outgoing lock, from the one that opened its incoming lock. Repeated along
 * the route it gives the scalar of the invoice, which proves that the payee was paid.
 * @throws SluiceError `KEY_INVALID` when one of the two is no scalar
 */
export function outgoingScalar(scalar: bigint, tweak: bigint): bigint {
  return evenScalar(Fn.sub(evenScalar(scalar), requireScalar(tweak)));
}

/** The sum may have an odd y; its negative is the incoming point then, and taking off the tweak's negative leads back. */
function incomingLock(outgoing: Hex, random: bigint): TweakedKey {
  const sum = evenPoint(outgoing).add(baseTimes(random));
  return { key: keyOf(sum), tweak: isEven(sum) ? random : Fn.neg(random) };
}

function evenPoint(key: Hex): CurvePoint {
  return isPointKey(key) ? Point.fromHex(`02${key.slice(2)}`) : invalid("This key is no point.");
}

function evenScalar(scalar: bigint): bigint {
  return isEven(baseTimes(scalar)) ? scalar : Fn.neg(scalar);
}

function baseTimes(scalar: bigint): CurvePoint {
  return Point.BASE.multiply(requireScalar(scalar));
}

function isEven(point: CurvePoint): boolean {
  return (point.y & 1n) === 0n;
}

function keyOf(point: CurvePoint): Hex {
  return point.is0() ? invalid("The tweak takes this key away.") : `0x${point.toHex(true).slice(2)}`;
}

function requireScalar(value: bigint): bigint {
  return isScalar(value) ? value : invalid("This is no scalar of the curve.");
}

function invalid(what: string): never {
  throw new SluiceError("KEY_INVALID", what, "Nothing was locked or shown; do not take a lock on it.");
}
