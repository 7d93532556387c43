import { nativeCurve } from "../../../../src/adapters/crypto/nativeOnion";
import { createOnion, peelOnion, type Onion, type PeeledOnion } from "../../../../src/payments";
import { person, type Person } from "../people";

/** A route of so many hops, each with a payload of its own. */
export interface Route {
  readonly people: readonly Person[];
  readonly payloads: readonly Uint8Array[];
}

export const SESSION_KEY = new Uint8Array(32).fill(0x5e);
export const PAYMENT = new Uint8Array(32).fill(0xda);

/** Hops whose payloads have different lengths. */
export function routeOf(hops: number, size = (hop: number): number => 55 + 8 * (hop % 5)): Route {
  const people = Array.from({ length: hops }, (_, hop) => person(hop + 1));
  return { people, payloads: people.map((_, hop) => new Uint8Array(size(hop)).fill(hop + 1)) };
}

export function onionFor({ people, payloads }: Route): Onion {
  const hops = people.map(({ publicKey }, hop) => ({ publicKey, payload: payloads[hop]! }));
  return createOnion(hops, SESSION_KEY, PAYMENT, nativeCurve);
}

export function peel(packet: Uint8Array, { privateKey }: Person, payment = PAYMENT): PeeledOnion {
  return peelOnion(packet, privateKey, payment, nativeCurve);
}

/** What each hop of a route finds. */
export function peelAll({ people }: Route, { packet }: Onion): PeeledOnion[] {
  let next: Uint8Array | undefined = packet;
  return people.map((hop) => {
    const peeled = peel(next!, hop);
    next = peeled.next;
    return peeled;
  });
}
