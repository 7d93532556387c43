import { nativeCurve } from "../../../src/adapters/crypto/nativeOnion";
import { createOnion } from "../../../src/payments/onion/onion";
import { readFailure } from "../../../src/payments/onion/failure";
import {
  encodePayload,
  type FinalPayload,
  type ForwardPayload,
  type HopPayload,
} from "../../../src/payments/onion/payload";
import { parseInvoice } from "../../../src/payments/invoice";
import { tweakRoute } from "../../../src/payments/points";
import type { Lock } from "../../../src/protocol/locks";
import { bytesOf, hexOf } from "../../../src/payments/bytes";
import { reasonIn } from "../../../src/router/failures";
import { boundTo, type KeyKind } from "../../../src/router/keys";
import { NATIVE, type ChannelId, type Hex } from "../../../src";
import { hashOf } from "../engine/world/keyring";
import { PREIMAGES, SCALARS } from "../engine/world/world";
import { POLICY, type Town } from "./world";

/** What a payer does who keeps to no rule; what is left out is done as it should be. */
export interface Forgery {
  /** Whose key and secret to use; if omitted, nobody knows the key. */
  readonly invoice?: string;
  readonly kind?: KeyKind;
  /** What the payee waits for, if there is no invoice. */
  readonly key?: Hex;
  /** What each lock holds, the first one first. */
  readonly amounts: readonly bigint[];
  /** Seconds from now. */
  readonly expiries?: readonly bigint[];
  /** What to say instead to each hop that passes the payment on, and to the payee. */
  readonly forward?: Partial<ForwardPayload>;
  readonly final?: Partial<FinalPayload>;
  /** What the first lock is to be instead. */
  readonly lock?: Partial<Lock>;
  readonly packet?: Hex;
}

/** A payment that was forged. */
export interface Forged {
  readonly origin: string;
  readonly packet: Hex;
  readonly lock: Lock;
  /** What has become of it: who refused it and why, or the secret that paid for it. */
  readonly fate: () => Fate;
}

export type Fate = "pending" | "refused" | { readonly secret: Hex } | { readonly by: string; readonly reason?: string };

let count = 0;

/** Seconds that a lock lasts: with points longer by what each hop after it asks for. */
function usualTime(kind: "hash" | "point", after: number): bigint {
  return 3_600n + (kind === "point" ? BigInt(after) * POLICY.expiryDelta : 0n);
}

/** Pays along a path, with whatever instructions. @param path the payer first, the payee last */
export function forge(town: Town, path: readonly string[], channels: readonly ChannelId[], wanted: Forgery): Forged {
  const { world } = town;
  const [payer, ...hops] = path as [string, ...string[]];
  const name = `forgery ${++count}`;
  const invoice = wanted.invoice === undefined ? undefined : parseInvoice(wanted.invoice);
  const kind = invoice?.paymentKey.kind ?? wanted.kind ?? "hash";
  const last = invoice?.paymentKey.key ?? wanted.key ?? (kind === "hash" ? hashOf(name) : POINT);
  const tweaked = kind === "point" ? tweakRoute(last, hops.map((hop) => bytesOf(hashOf(name + hop)))) : undefined; // prettier-ignore
  const expiries = hops.map(
    (_, i) => world.chain.timestamp + (wanted.expiries?.[i] ?? usualTime(kind, hops.length - 1 - i)),
  );
  const payloads = hops.map((_, i): HopPayload => {
    const tweak = tweaked === undefined ? {} : { tweak: tweaked[i]!.tweak };
    if (i < hops.length - 1)
      return {
        kind: "forward",
        channelId: channels[i + 1]!,
        amount: wanted.amounts[i + 1]!,
        expiry: expiries[i + 1]!,
        ...tweak,
        ...wanted.forward,
      };
    const amount = wanted.amounts[i]!;
    const secret = invoice?.secret ?? hashOf("nobody knows");
    return { kind: "final", amount, expiry: expiries[i]!, total: amount, secret, ...tweak, ...wanted.final };
  });
  const key = tweaked?.[0]?.key ?? last;
  const made = createOnion(
    hops.map((hop, i) => ({ publicKey: bytesOf(town.clerk(hop).publicKey), payload: encodePayload(payloads[i]!) })),
    bytesOf(hashOf(name)),
    boundTo(kind, key),
    nativeCurve,
  );
  const registry = kind === "hash" ? PREIMAGES : SCALARS;
  const lock = { registry, key, amount: wanted.amounts[0]!, expiry: expiries[0]!, ...wanted.lock };
  const packet = wanted.packet ?? hexOf(made.packet);
  world.node(payer).dispatch(channels[0]!, { type: "lock", asset: NATIVE, lock, packet, origin: name });
  const fate = (): Fate => {
    for (const event of world.node(payer).events) {
      if (event.type === "locked" || event.origin !== name) continue;
      if (event.type === "settled") return { secret: event.secret };
      if (event.type === "refused") return "refused";
      const read = readFailure(made.sharedSecrets, bytesOf(event.failure ?? "0x"));
      if (read === undefined) return { by: "nobody knows" };
      const reason = reasonIn(read.failure);
      return { by: hops[read.hop]!, ...(reason !== undefined && { reason }) };
    }
    return "pending";
  };
  return { origin: name, packet, lock, fate };
}

/** A point whose scalar nobody here has. */
const POINT: Hex = "0x79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798";
