/** Passing a payment on: money is locked for the next hop only against a lock that is worth more, and lasts long enough. */
import type { LaneEvent } from "../engine/effects";
import { SluiceError } from "../errors";
import type { ForwardPayload } from "../payments/onion/payload";
import type { PeeledOnion } from "../payments/onion/onion";
import type { Policy } from "../payments/routing/announcements";
import { feeOf } from "../payments/routing/fees";
import type { Address, Hex } from "../protocol/types";
import { hexOf } from "../payments/bytes";
import type { RoutedChannel, RouterSettings } from "./context";
import { placeName, type Desk } from "./desk";
import { failWith, passFailure, type Reason } from "./failures";
import { kindOf, nextKey, secretBefore } from "./keys";
import type { LockPlace, Passage } from "./state";

export type Locked = Extract<LaneEvent, { type: "locked" }>;

const PASSAGE = "passage:";

/** Whether a lock of mine was made for somebody else's payment. */
export function isPassage(origin: string): boolean {
  return origin.startsWith(PASSAGE);
}

/** Passes a payment on, or says why not. */
export function pass(desk: Desk, locked: Locked, payload: ForwardPayload, onion: PeeledOnion): void {
  const incoming = placeOf(locked);
  const sharedSecret = hexOf(onion.sharedSecret);
  const target = desk.context.channel(payload.channelId);
  const reason = onion.next === undefined ? "CHANNEL_UNKNOWN" : refusal(desk, locked, payload, target);
  if (reason !== undefined) return desk.giveUp(incoming, failWith(sharedSecret, reason));
  const { asset, lock } = locked;
  const { tweak, amount, expiry, asset: given = asset } = payload;
  const origin = PASSAGE + placeName(incoming);
  desk.memory.passages.put(origin, {
    origin,
    incoming,
    from: desk.context.channel(locked.channelId)!.peer,
    asset,
    amount: lock.amount,
    fee: given === asset ? lock.amount - amount : 0n, // what an exchange earns is in its rate
    key: lock.key,
    sharedSecret,
    outgoing: payload.channelId,
    ...(tweak !== undefined && { tweak }),
  });
  const key = nextKey(lock.key, tweak);
  desk.lock(payload.channelId, given, { registry: lock.registry, key, amount, expiry }, hexOf(onion.next!), origin);
}

/** The next hop was paid: so am I. */
export function onPassed(desk: Desk, origin: string, secret: Hex): void {
  const passage = desk.memory.passages.get(origin);
  if (passage === undefined) return;
  desk.claim(passage.incoming, secretBefore(passage.key, passage.tweak, secret));
  desk.memory.passages.remove(origin);
  const { asset, amount, fee } = passage;
  desk.notify({ type: "passed", asset, amount, fee });
}

/** The next hop failed, and its lock is gone for good. @param failure undefined if it has expired */
export function onPassageFailed(desk: Desk, origin: string, failure: Hex | undefined): void {
  end(desk, origin, ({ sharedSecret }) => passFailure(sharedSecret, failure));
}

/** There was no lock for the next hop. */
export function onPassageRefused(desk: Desk, origin: string): void {
  end(desk, origin, ({ sharedSecret }) => failWith(sharedSecret, "CHANNEL_BUSY"));
}

/** The terms on which an asset is passed on. */
export function policyOf({ policies, policy }: RouterSettings, asset: Address): Policy {
  return policies.get(asset) ?? policy;
}

export function placeOf({ channelId, lane, lock: { position, serial } }: Locked): LockPlace {
  return { channelId, name: { lane, position, serial } };
}

function end(desk: Desk, origin: string, failureOf: (passage: Passage) => Hex): void {
  const passage = desk.memory.passages.get(origin);
  if (passage === undefined) return;
  desk.memory.passages.remove(origin);
  desk.giveUp(passage.incoming, failureOf(passage));
}

/** Why not to pass a payment on. */
function refusal(
  desk: Desk,
  { channelId, asset, lock }: Locked,
  { amount, expiry, tweak, asset: given = asset }: ForwardPayload,
  target: RoutedChannel | undefined,
): Reason | undefined {
  const { settings, chainTime } = desk.context;
  const { contracts, peer } = desk.context.channel(channelId)!;
  if (target === undefined || (target.id === channelId && given === asset)) return "CHANNEL_UNKNOWN";
  const kind = kindOf(contracts, lock.registry);
  if (kind !== kindOf(target.contracts, lock.registry)) return "CHANNEL_UNKNOWN";
  if ((kind === "point") !== (tweak !== undefined) || !isKey(lock.key, tweak)) return "CHANNEL_UNKNOWN";
  const policy = policyOf(settings, given);
  if (amount < policy.minimum || amount > policy.maximum) return "AMOUNT_UNSUITABLE";
  const isEnough =
    given === asset
      ? lock.amount >= amount + feeOf(policy, amount)
      : desk.quotes.isWorth(desk.context, peer, { asset, amount: lock.amount }, { asset: given, amount });
  if (!isEnough) return "FEE_TOO_LOW";
  // What I am paid with must last as long as what I pay with; longer where I have to show a secret of my own.
  if (expiry + (kind === "point" ? policy.expiryDelta : 0n) > lock.expiry) return "EXPIRY_TOO_SOON";
  if (expiry < chainTime + settings.minLockTime) return "EXPIRY_TOO_SOON";
  if (lock.expiry > chainTime + settings.maxLockTime) return "EXPIRY_TOO_FAR";
  if (isCrowded(desk, peer, asset, lock.amount)) return "TOO_MANY";
  return target.spendable(given) < amount ? "CHANNEL_BUSY" : undefined;
}

function isKey(key: Hex, tweak: bigint | undefined): boolean {
  try {
    nextKey(key, tweak);
    return true;
  } catch (error) {
    if (error instanceof SluiceError) return false;
    throw error;
  }
}

/** Whether a neighbour has as much under way as it may: so it can block a part of my money only. */
function isCrowded({ context, memory }: Desk, peer: Address, asset: Address, amount: bigint): boolean {
  const { maxLocksPerPeer, maxValuePerPeer } = context.settings;
  let locks = 1;
  let value = amount;
  for (const passage of memory.passages.values()) {
    if (passage.from !== peer) continue;
    locks++;
    if (passage.asset === asset) value += passage.amount;
  }
  const most = maxValuePerPeer.get(asset);
  return locks > maxLocksPerPeer || (most !== undefined && value > most);
}
