/**
 * The instructions of a payment, one layer for each hop: the Sphinx construction of BOLT 4. A hop learns its own payload
 * and whom it comes from; not the payer, the payee, the length of the route or its own position. It differs from
 * BOLT 4 in the size of the area for payloads and in what is in them.
 *
 * `version (1) | ephemeral key (33) | area of payloads | HMAC (32)`
 */
import { secp256k1 } from "@noble/curves/secp256k1";
import { bytesToNumberBE, concatBytes, equalBytes, numberToBytesBE } from "@noble/curves/utils";
import { sha256 } from "@noble/hashes/sha2";
import { SluiceError } from "../../errors";
import { pureCurve, type OnionCurve } from "./curve";
import { refuse, unroutable } from "./invalid";
import { authenticate, deriveKey, obscure } from "./keys";

const VERSION = 0;
const KEY_SIZE = 33;
const MAC_SIZE = 32;
const HEADER_SIZE = 1 + KEY_SIZE;

/** Bytes for payloads: 20 hops with tweaks (`MAX_FORWARD_SIZE`, `MAX_FINAL_SIZE`) fill it; of those that exchange 16 fit. */
export const AREA_SIZE = 2_416;

/** The size of every packet. */
export const ONION_SIZE = HEADER_SIZE + AREA_SIZE + MAC_SIZE;

const { Fn } = secp256k1.Point;
const LAST = new Uint8Array(MAC_SIZE); // in the place of the HMAC of the next packet

/** One hop of a route. */
export interface OnionHop {
  /** 33 bytes, compressed. */
  readonly publicKey: Uint8Array;
  /** What this hop alone reads; see `encodePayload`. */
  readonly payload: Uint8Array;
}

/** What the payer makes. */
export interface Onion {
  /** {@link ONION_SIZE} bytes, for the first hop. */
  readonly packet: Uint8Array;
  /** One for each hop; keep them to read failures. */
  readonly sharedSecrets: readonly Uint8Array[];
}

/** What a hop finds in a packet. */
export interface PeeledOnion {
  readonly payload: Uint8Array;
  /** What to hand on, as long as the packet was; nothing if this hop is the last one. */
  readonly next: Uint8Array | undefined;
  /** Hides failures from everybody but the payer. Names the packet, too: see {@link peelOnion}. */
  readonly sharedSecret: Uint8Array;
}

/**
 * Wraps up a payload for each hop.
 * @param hops the first hop first, the payee last
 * @param sessionKey 32 random bytes, for this packet alone: two packets hidden by the same streams give each other away
 * @param associatedData what the packet is bound to and every hop knows: the key of locks on a hash. Locks on points share
 * nothing; let it be empty, their tweaks bind them
 * @param areaSize bytes for payloads, on which all hops must agree
 * @throws SluiceError `ROUTE_INVALID` when there is no hop, too much for them, or one whose key is no point;
 * `KEY_INVALID` when the session key is none
 */
export function createOnion(
  hops: readonly OnionHop[],
  sessionKey: Uint8Array,
  associatedData: Uint8Array,
  curve: OnionCurve = pureCurve,
  areaSize = AREA_SIZE,
): Onion {
  const sizes = hops.map(({ payload }) => lengthPrefix(payload).length + payload.length + MAC_SIZE);
  const used = sizes.reduce((sum, size) => sum + size, 0);
  if (used === 0 || used > areaSize) unroutable(`${hops.length} hops need ${used} bytes of ${areaSize}.`);
  const sharedSecrets = agree(hops, sessionKey, curve);
  const filler = fillerOf(sharedSecrets, sizes, areaSize);

  let area = obscure(deriveKey("pad", sessionKey), new Uint8Array(areaSize));
  let mac: Uint8Array = LAST;
  for (let i = hops.length - 1; i >= 0; i--) {
    const { payload } = hops[i]!;
    const secret = sharedSecrets[i]!;
    const shifted = area.subarray(0, areaSize - sizes[i]!);
    area = obscure(deriveKey("rho", secret), concatBytes(lengthPrefix(payload), payload, mac, shifted));
    if (i === hops.length - 1) area.set(filler, areaSize - filler.length);
    mac = authenticate(deriveKey("mu", secret), area, associatedData);
  }
  return { packet: packetOf(curve.publicKeyOf(sessionKey), area, mac), sharedSecrets };
}

/**
 * Takes off the layer that is for this hop.
 *
 * A packet can be sent again by whoever saw it, to see where it goes. So remember the shared secret of each packet whose
 * lock was taken, until the lock has expired, and refuse another one with the same. Locks that have expired need no
 * memory: their expiry is in the payload.
 * @throws SluiceError `ONION_INVALID` for a packet that was not made for this key and this data, or was changed
 */
export function peelOnion(
  packet: Uint8Array,
  privateKey: Uint8Array,
  associatedData: Uint8Array,
  curve: OnionCurve = pureCurve,
  areaSize = AREA_SIZE,
): PeeledOnion {
  if (packet.length !== HEADER_SIZE + areaSize + MAC_SIZE) refuse("It has another size.");
  if (packet[0] !== VERSION) refuse("Its version is unknown.");
  const ephemeral = packet.subarray(1, HEADER_SIZE);
  const area = packet.subarray(HEADER_SIZE, -MAC_SIZE);
  const sharedSecret = orRefuse(() => curve.ecdh(ephemeral, privateKey));
  const mac = authenticate(deriveKey("mu", sharedSecret), area, associatedData);
  if (!equalBytes(mac, packet.subarray(-MAC_SIZE))) refuse("Its checksum is wrong.");

  const extended = concatBytes(area, new Uint8Array(areaSize));
  const revealed = obscure(deriveKey("rho", sharedSecret), extended);
  const { start, end } = frameOf(revealed, areaSize);
  const payload = revealed.slice(start, end);
  const nextArea = revealed.subarray(end + MAC_SIZE, end + MAC_SIZE + areaSize);
  const nextMac = revealed.subarray(end, end + MAC_SIZE);
  if (equalBytes(nextMac, LAST)) return { payload, next: undefined, sharedSecret };
  const nextKey = orRefuse(() => curve.blind(ephemeral, blindingFactor(ephemeral, sharedSecret)));
  return { payload, next: packetOf(nextKey, nextArea, nextMac), sharedSecret };
}

function packetOf(ephemeral: Uint8Array, area: Uint8Array, mac: Uint8Array): Uint8Array {
  return concatBytes(Uint8Array.of(VERSION), ephemeral, area, mac);
}

/** The secret shared with each hop: with its key, and with the session key as the hops before it have blinded it. */
function agree(hops: readonly OnionHop[], sessionKey: Uint8Array, curve: OnionCurve): Uint8Array[] {
  let scalar = bytesToNumberBE(sessionKey);
  if (sessionKey.length !== 32 || !Fn.isValidNot0(scalar)) {
    throw new SluiceError("KEY_INVALID", "This is no session key.", "Nothing was sent; choose 32 random bytes.");
  }
  return hops.map(({ publicKey }, i) => {
    const key = numberToBytesBE(scalar, 32);
    const secret = orElse(
      () => curve.ecdh(publicKey, key),
      () => unroutable(`The key of hop ${i} is no point.`),
    );
    const factor = blindingFactor(curve.publicKeyOf(key), secret);
    scalar = Fn.mul(scalar, bytesToNumberBE(factor));
    return secret;
  });
}

function blindingFactor(ephemeral: Uint8Array, secret: Uint8Array): Uint8Array {
  return sha256(concatBytes(ephemeral, secret));
}

/**
 * What the area of the last hop ends with. Each hop takes its frame from the front and adds its stream at the end, so that
 * the size stays; the HMACs are over that, so the payer has to know it before.
 */
function fillerOf(secrets: readonly Uint8Array[], sizes: readonly number[], areaSize: number): Uint8Array {
  let filler: Uint8Array = new Uint8Array(0);
  for (let i = 0; i < secrets.length - 1; i++) {
    const extended = concatBytes(filler, new Uint8Array(sizes[i]!));
    const stream = new Uint8Array(areaSize + sizes[i]!);
    stream.set(extended, stream.length - extended.length);
    filler = obscure(deriveKey("rho", secrets[i]!), stream).slice(-extended.length);
  }
  return filler;
}

/** The length of a payload, as BOLT 1 writes sizes: one byte below 253, else 253 and two bytes. */
function lengthPrefix({ length }: Uint8Array): Uint8Array {
  return length < 0xfd ? Uint8Array.of(length) : Uint8Array.of(0xfd, length >> 8, length & 0xff);
}

/** Where the payload of the first frame starts and ends. */
function frameOf(bytes: Uint8Array, areaSize: number): { start: number; end: number } {
  const [first, high, low] = bytes as Uint8Array & [number, number, number];
  const length = first < 0xfd ? first : high * 0x100 + low;
  const start = first < 0xfd ? 1 : 3;
  const end = start + length;
  if (first > 0xfd || (first === 0xfd && length < 0xfd) || end + MAC_SIZE > areaSize) refuse("It is malformed.");
  return { start, end };
}

function orRefuse<T>(compute: () => T): T {
  return orElse(compute, () => refuse("Its key is no point."));
}

/** Curve libraries throw errors of their own for what is no key. */
function orElse<T>(compute: () => T, otherwise: () => never): T {
  try {
    return compute();
  } catch {
    return otherwise();
  }
}
