import { expect } from "chai";
import type { LaneEvent } from "../../../../src/engine/effects";
import type { Voucher } from "../../../../src/engine/messages";
import type { Lane } from "../../../../src/engine/payments/lane";
import type { HeldLock, Operation } from "../../../../src/engine/payments/operations";
import { NATIVE, type ChannelId, type Hex } from "../../../../src/protocol/types";
import { NO_VOUCHER, voucherDigest, type Voucher as Signed } from "../../../../src/protocol/vouchers";
import { hashWord } from "../../../../src/protocol/words";
import type { SimulatedNode } from "../world/node";
import { openScene, type Scene } from "../world/scene";
import { PAYMENTS, PREIMAGES, SETTINGS, type World } from "../world/world";

/** What a lock of a test waits for. */
export const SECRET: Hex = `0x${"5e".repeat(32)}`;

/** A payment channel of Alice, who seals, and Bob, in which each has put 100. */
export function payingScene(): Scene {
  return openScene({ app: PAYMENTS });
}

export function laneOf({ states }: SimulatedNode, id: ChannelId): Lane {
  return states.get(id)!.lanes[0]!;
}

/** What somebody was told to have been paid. */
export function paidTo(node: SimulatedNode): bigint[] {
  return node.notices.flatMap((notice) => (notice.type === "paid" ? notice.payments.map(({ amount }) => amount) : []));
}

/** All that somebody has paid. */
export function paidBy(node: SimulatedNode, id: ChannelId): bigint {
  return laneOf(node, id).mine.tally.transferred;
}

/** Checks that both hold the same vouchers, and what they have paid in all. */
export function expectLevel({ alice, bob, id }: Scene, byAlice: bigint, byBob: bigint): void {
  expect([paidBy(alice, id), paidBy(bob, id)]).to.deep.equal([byAlice, byBob]);
  expect(laneOf(bob, id).theirs.tally).to.deep.equal(laneOf(alice, id).mine.tally);
  expect(laneOf(alice, id).theirs.tally).to.deep.equal(laneOf(bob, id).mine.tally);
}

/** Lets what was not answered be said again. */
export function sayAgain(world: World, times = 3): void {
  for (let i = 0; i < times; i++) {
    world.pass(SETTINGS.resendAfter);
    world.deliverAll();
  }
}

/** Wants to pay against a secret, and lets it arrive. */
export function lock({ world, id }: Scene, maker: SimulatedNode, amount: bigint, origin = "invoice"): void {
  const terms = {
    registry: PREIMAGES,
    key: `0x${hashWord(SECRET)}` as const,
    amount,
    expiry: expiryIn(world, 10_000n),
  };
  maker.dispatch(id, { type: "lock", asset: NATIVE, lock: terms, packet: "0x", origin });
}

export function expiryIn({ chain }: World, seconds: bigint): bigint {
  return chain.timestamp + seconds;
}

/** The one lock that somebody would be paid. */
export function incoming(node: SimulatedNode, id: ChannelId): HeldLock {
  const [held] = laneOf(node, id).theirs.locks.locks();
  return held!;
}

export function claim(node: SimulatedNode, id: ChannelId, { position, serial } = incoming(node, id)): void {
  node.dispatch(id, { type: "claim", name: { lane: 0, position, serial }, secret: SECRET });
}

export function giveUp(node: SimulatedNode, id: ChannelId, { position, serial } = incoming(node, id)): void {
  node.dispatch(id, { type: "giveUp", name: { lane: 0, position, serial }, failure: "0x0f" });
}

export function kindsOf(node: SimulatedNode): LaneEvent["type"][] {
  return node.events.map(({ type }) => type);
}

/** A voucher that Mallory, on Bob's machine, signs beside it. */
export function voucherOf(
  { world, bob, id }: Scene,
  operations: readonly Operation[],
  changed: Partial<Signed>,
  message: Partial<Voucher> = {},
): Voucher {
  const { tally } = laneOf(bob, id).mine;
  const voucher = { ...tally, channelId: id, asset: NATIVE, nonce: tally.nonce + 1n, ack: NO_VOUCHER, ...changed };
  const signature = bob.signer.sign(voucherDigest(world.deployment, voucher));
  const { nonce } = voucher;
  return { type: "voucher", channelId: id, lane: 0, nonce, ack: 0n, operations, signature, ...message };
}
