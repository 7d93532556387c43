/**
 * Why a payment failed, on its way back to the payer: as in BOLT 4, of one size and looking like noise at each hop, so that
 * no hop but the one that failed learns where it happened. The payer alone can read it, and knows who wrote it.
 *
 * `HMAC (32) | length (2) | failure | length of padding (2) | padding`
 */
import { concatBytes, equalBytes, numberToBytesBE } from "@noble/curves/utils";
import { refuse } from "./invalid";
import { authenticate, deriveKey, obscure } from "./keys";

const MAC_SIZE = 32;
const LENGTH_SIZE = 2;

/** The most bytes that can be said of a failure. */
export const MAX_FAILURE_SIZE = 256;

/** The size of every failure on its way. */
export const FAILURE_SIZE = MAC_SIZE + 2 * LENGTH_SIZE + MAX_FAILURE_SIZE;

/** A failure and who made it. */
export interface ReadFailure {
  /** The hop, counted from 0. */
  readonly hop: number;
  /** What it said; undefined if that was malformed, which is its own fault. */
  readonly failure: Uint8Array | undefined;
}

/**
 * What the hop that fails a payment sends back.
 * @param sharedSecret of the onion that it peeled
 * @throws SluiceError `ONION_INVALID` for more than {@link MAX_FAILURE_SIZE} bytes
 */
export function wrapFailure(sharedSecret: Uint8Array, failure: Uint8Array): Uint8Array {
  const padding = MAX_FAILURE_SIZE - failure.length;
  if (padding < 0) refuse(`A failure has at most ${MAX_FAILURE_SIZE} bytes.`);
  const content = concatBytes(lengthOf(failure.length), failure, lengthOf(padding), new Uint8Array(padding));
  return hide(sharedSecret, concatBytes(authenticate(deriveKey("um", sharedSecret), content), content));
}

/**
 * What a hop sends back when a failure came from the next one.
 * @param sharedSecret of the onion that it peeled
 * @throws SluiceError `ONION_INVALID` for anything but {@link FAILURE_SIZE} bytes: fail with `wrapFailure` instead
 */
export function relayFailure(sharedSecret: Uint8Array, packet: Uint8Array): Uint8Array {
  if (packet.length !== FAILURE_SIZE) refuse("A failure has another size.");
  return hide(sharedSecret, packet);
}

/**
 * Finds out which hop failed a payment, and why. Takes as long whichever it was.
 * @param sharedSecrets of all hops, as `createOnion` returned them
 * @returns undefined if a hop changed it on its way: nobody knows which one
 */
export function readFailure(sharedSecrets: readonly Uint8Array[], packet: Uint8Array): ReadFailure | undefined {
  if (packet.length !== FAILURE_SIZE) return undefined;
  let found: ReadFailure | undefined;
  let layer = packet;
  sharedSecrets.forEach((secret, hop) => {
    layer = hide(secret, layer);
    const content = layer.subarray(MAC_SIZE);
    const authentic = equalBytes(authenticate(deriveKey("um", secret), content), layer.subarray(0, MAC_SIZE));
    if (authentic) found = { hop, failure: failureIn(content) };
  });
  return found;
}

/** Its own opposite. */
function hide(sharedSecret: Uint8Array, bytes: Uint8Array): Uint8Array {
  return obscure(deriveKey("ammag", sharedSecret), bytes);
}

function failureIn(content: Uint8Array): Uint8Array | undefined {
  const length = content[0]! * 0x100 + content[1]!;
  return length <= MAX_FAILURE_SIZE ? content.slice(LENGTH_SIZE, LENGTH_SIZE + length) : undefined;
}

function lengthOf(length: number): Uint8Array {
  return numberToBytesBE(length, LENGTH_SIZE);
}
