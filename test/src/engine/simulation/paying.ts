/** What people do in payment channels. */
import { expect } from "chai";
import { isFinal } from "../../../../src/engine/channel";
import { currentState } from "../../../../src/engine/payments/agreement";
import type { HeldLock } from "../../../../src/engine/payments/operations";
import { hashWord } from "../../../../src/protocol/words";
import type { ChannelId, Hex, State } from "../../../../src/protocol/types";
import type { SimulatedNode } from "../world/node";
import { PAYMENTS, PREIMAGES } from "../world/world";
import type { Stage } from "./stage";

export function isPaying(node: SimulatedNode | undefined, id: ChannelId): boolean {
  return node?.states.get(id)?.record.terms.app === PAYMENTS;
}

/** Wants to pay somebody by voucher. */
export function payByVoucher(stage: Stage, id: ChannelId, payer: SimulatedNode, amount: bigint): void {
  const payee = stage.members(id).find((member) => member !== payer)!;
  const asset = stage.assets.get(id)!;
  const ticket = payer.pay(id, amount, asset);
  stage.payments.push({ payer, payee, id, amount, ticket, life: payer.life });
  stage.allow(payer, asset, amount);
}

/** Wants to pay somebody against a secret. */
export function offer(stage: Stage, id: ChannelId, maker: SimulatedNode, amount: bigint, seconds: bigint): void {
  const payee = stage.members(id).find((member) => member !== maker)!;
  const asset = stage.assets.get(id)!;
  const n = stage.locks.length;
  const secret: Hex = `0x${(n + 1).toString(16).padStart(64, "0")}`;
  const origin = `lock ${n}`;
  const expiry = stage.world.chain.timestamp + seconds;
  const lock = { registry: PREIMAGES, key: keyOf(secret), amount, expiry };
  stage.locks.push({ maker, payee, id, amount, origin, secret, life: maker.life });
  stage.allow(maker, asset, amount);
  maker.dispatch(id, { type: "lock", asset, lock, packet: "0x", origin });
}

/** Claims a lock that somebody would be paid, or gives it up; how, depends on the lock if nothing is said. */
export function endLock(
  stage: Stage,
  id: ChannelId,
  payee: SimulatedNode,
  pick: number,
  how?: "claim" | "giveUp",
): void {
  const locks = locksOf(payee, id);
  const lock = locks[pick % Math.max(1, locks.length)];
  if (lock === undefined) return;
  const n = stage.locks.findIndex(({ secret }) => keyOf(secret) === lock.key);
  const name = { lane: 0, position: lock.position, serial: lock.serial };
  const way = how ?? (["claim", "giveUp", undefined] as const)[n % 3];
  if (way === "claim") payee.dispatch(id, { type: "claim", name, secret: stage.locks[n]!.secret });
  if (way === "giveUp") payee.dispatch(id, { type: "giveUp", name, failure: "0x01" });
}

/** Ends most of the locks that are in flight. */
export function endLocks(stage: Stage): void {
  for (const id of stage.ids) {
    for (const node of stage.members(id)) for (const i of locksOf(node, id).keys()) endLock(stage, id, node, i);
  }
}

/** What a payment channel would pay if both knew all vouchers that somebody knows; undefined if it is none, or over. */
export function standingOf(node: SimulatedNode, id: ChannelId): State | undefined {
  const state = node.states.get(id);
  const contracts = state === undefined ? undefined : node.context().paymentsOf(state.record.terms.app);
  if (state?.record.agreed === undefined || contracts === undefined || isFinal(state.record)) return undefined;
  return currentState(state.record, contracts, state.record.agreed.state, state.lanes);
}

/** Both hold the same vouchers once nothing goes wrong any more, and wait for none. */
export function expectLevel(stage: Stage): void {
  if (stage.witness.restored.size > 0) return; // who was set back signs nothing, and takes nothing
  for (const id of stage.ids) {
    const known = stage.members(id).flatMap((member) => member.states.get(id) ?? []);
    const [one, other] = known;
    if (one === undefined || other === undefined || one.lanes.length === 0) continue;
    if (known.some(({ record }) => record.closed || record.leaving || isFinal(record))) continue;
    for (const [a, b] of [
      [one, other],
      [other, one],
    ] as const) {
      for (const [i, { mine }] of a.lanes.entries()) {
        const where = `${id}, paid by ${a.record.self}`;
        expect(b.lanes[i]!.theirs.tally, `both hold the newest voucher of ${where}`).to.deep.equal(mine.tally);
        expect(mine.queue.length, `nothing waits for a voucher in ${where}`).to.equal(0);
        expect(mine.dropped.length, `all drops are heard of in ${where}`).to.equal(0);
        const waiting = mine.unacknowledged.filter(({ operations }) => operations.length > 0);
        expect(waiting.length, `no payment waits in ${where}`).to.equal(0);
      }
      expect(a.session.payments.length + a.session.deliveries.length, `nobody waits in ${id}`).to.equal(0);
    }
  }
}

/** Whoever has made a lock hears once how it ended, unless it is still there, or the chain decides. */
export function expectLocksEnd(stage: Stage): void {
  if (stage.witness.restored.size > 0) return;
  for (const { maker, id, origin, secret, life } of stage.locks) {
    const ends = maker.events.filter((event) => event.type !== "locked" && event.origin === origin);
    expect(ends.length, `${maker.name} hears how ${origin} ended`).to.be.lessThan(2);
    const [end] = ends;
    if (end?.type === "settled") expect(end.secret).to.equal(secret);
    if (end !== undefined || maker.life !== life) continue;
    const state = maker.states.get(id);
    if (state === undefined || state.record.closed || state.record.leaving) continue;
    const mine = state.lanes[0]!.mine;
    const isThere = [...mine.locks.locks(), ...mine.queue, ...mine.dropped].some((one) => one.origin === origin);
    expect(isThere, `${origin} of ${maker.name} is there, or has ended`).to.equal(true);
  }
}

/** Locks that somebody would be paid. */
function locksOf(node: SimulatedNode, id: ChannelId): HeldLock[] {
  return [...(node.states.get(id)?.lanes[0]?.theirs.locks.locks() ?? [])];
}

function keyOf(secret: Hex): Hex {
  return `0x${hashWord(secret)}`;
}
