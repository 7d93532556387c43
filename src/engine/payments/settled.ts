/**
 * Locks that were in flight when their channel was settled. Their money is in escrows now, one for each direction, named by
 * the root of its locks. The chain decides each lock; whoever it pays claims it. The channel is over when nothing is left to
 * decide or to claim.
 */
import { SluiceError } from "../../errors";
import { LockTree, NO_LOCKS, type LockTerms } from "../../protocol/locks";
import type { Tally } from "../../protocol/vouchers";
import type { Hex } from "../../protocol/types";
import type { PaymentContracts } from "../context";
import type { Draft } from "../draft";
import { talliesOf } from "./balance";
import { batchesOf, numbersIn, underWay } from "./batches";
import { annotate, type LockName } from "./claims";
import type { Incoming, Lane, Outgoing, Sent } from "./lane";
import type { HeldLock, Side } from "./operations";
import { verdictOf } from "./verdict";

const SIDES = ["mine", "theirs"] as const;

/** Keeps, once and for all, the locks that the channel was settled with. Tells what will never be of the others. */
export function adoptSettled(draft: Draft): void {
  const { record, session } = draft;
  const { record: confirmed } = session.confirmed;
  if (confirmed.kind !== "final" || record.settled !== undefined) return;
  const { state } = confirmed;
  for (const [index, [first, second]] of talliesOf(state).entries()) {
    const [mine, theirs] = record.self === 0 ? [first, second] : [second, first];
    adopt(draft, index, mine, theirs);
  }
  draft.keep({ settled: state });
}

function adopt(draft: Draft, index: number, mine: Tally, theirs: Tally): void {
  const lane = draft.lanes[index]!;
  const owned = locksAt(withHandedOn(lane.mine), mine);
  const owing = theirs.locksRoot === NO_LOCKS ? new LockTree<HeldLock>() : lane.theirs.locks;
  const settled: Lane = {
    ...lane,
    mine: { ...lane.mine, tally: mine, locks: owned ?? lane.mine.locks, unacknowledged: [], queue: [], dropped: [] },
    theirs: { ...lane.theirs, tally: theirs, locks: owing, ending: 0 },
  };
  draft.setLane(index, settled);
  for (const side of SIDES) {
    if (!isProvable(settled[side])) draft.notify({ type: "unprovable", channelId: draft.record.id, asset: lane.asset });
  }
  tellOfOthers(draft, lane.mine, settled.mine);
}

/** What was to be settled with the next voucher has been told of already. */
function withHandedOn(mine: Outgoing): Outgoing {
  const locks = mine.locks.copy();
  for (const { operation, secret } of mine.queue) {
    if (operation.kind === "settle" && secret !== undefined) locks.annotate(operation.position, { secret });
  }
  return { ...mine, locks };
}

/** My locks as of an earlier voucher of mine; undefined if it is none that I remember. */
function locksAt({ tally, locks, unacknowledged }: Outgoing, wanted: Tally): LockTree<HeldLock> | undefined {
  if (wanted.locksRoot === NO_LOCKS) return new LockTree();
  const earlier = locks.copy();
  for (const sent of tally.nonce === wanted.nonce ? [] : [...unacknowledged].reverse()) {
    if (sent.signed.voucher.nonce === wanted.nonce) break;
    undo(earlier, sent);
  }
  return earlier.root === wanted.locksRoot ? earlier : undefined;
}

function undo(locks: LockTree<HeldLock>, { operations, ended }: Sent): void {
  for (const operation of [...operations].reverse()) {
    if (operation.kind === "lock") locks.remove(operation.lock.position);
    else if (operation.kind !== "pay") locks.place(ended.find(({ position }) => position === operation.position)!);
  }
}

/** Tells of locks that did not come to count, and of those that were taken away with the other one behind it. */
function tellOfOthers(draft: Draft, before: Outgoing, { locks }: Outgoing): void {
  const serials = new Set([...locks.locks()].map(({ serial }) => serial));
  const failed = before.dropped.filter(({ serial }) => !serials.has(serial));
  for (const { origin, failure } of failed) draft.tell({ type: "failed", origin, failure });
  const waiting = before.queue.flatMap(({ operation, origin }) => (operation.kind === "lock" ? [origin] : []));
  const gone = [...before.locks.locks()].filter(({ serial }) => !serials.has(serial));
  const error = new SluiceError(
    "CHANNEL_NOT_OPEN",
    "The channel was settled before this lock counted.",
    "No money has moved; use another channel.",
  );
  for (const origin of [...waiting, ...gone.map((lock) => lock.origin)]) {
    if (origin !== undefined) draft.tell({ type: "refused", origin, error });
  }
}

/** Notes whom the chain pays for a lock, as soon as that is certain, and tells of it. */
export function decide(draft: Draft, side: "mine" | "theirs", name: LockName): void {
  const lock = draft.lanes[name.lane]![side].locks.get(name.position)!;
  const decided = verdictOf(draft.context, lock);
  if (decided === undefined || awaitsSecret(side, lock, decided)) return;
  annotate(draft, side, name, { decided });
  const isReturned = side === "mine" && decided === "payer" && lock.secret === undefined;
  if (isReturned && lock.origin !== undefined) draft.tell({ type: "failed", origin: lock.origin, failure: undefined });
}

/** Whether the secret of a lock of mine is on chain and is yet to be found there, for whoever has to hear it. */
function awaitsSecret(side: "mine" | "theirs", { secret }: HeldLock, decided: Side): boolean {
  return side === "mine" && decided === "payee" && secret === undefined;
}

/** Claims what the chain pays me. */
export function claimDecided(draft: Draft, contracts: PaymentContracts, index: number): void {
  const lane = draft.lanes[index]!;
  for (const side of SIDES) {
    const prefix = `claim:${index}:${side}:`;
    const claimed = underWay(draft, prefix);
    const due = [...lane[side].locks.locks()].filter((lock) => isMineToClaim(lane, side, lock));
    const left = due.filter(({ position }) => !claimed.has(position));
    for (const [name, locks] of batchesOf(left, ({ position }) => position)) {
      const terms = termsOf(draft, side, lane[side].tally.locksRoot);
      const proven = lane[side].locks.prove(locks.map(({ position }) => position));
      const { lockSet } = contracts;
      draft.submit(prefix + name, { kind: "claimLocks", lockSet, terms, asset: lane.asset, ...proven });
    }
  }
}

/** A claim has come to its end. If everything in it was claimed already, somebody else has done it. */
export function onClaimed(draft: Draft, id: string, error: string | undefined): void {
  const [, what, index, side] = id.split(":");
  if (what !== "claim" || (side !== "mine" && side !== "theirs")) return;
  if (error !== undefined && (error !== "NothingToClaim" || !isEmptyForGood(draft, id))) return;
  for (const position of numbersIn(id)) {
    annotate(draft, side, { lane: Number(index), position, serial: 0 }, { claimed: true });
  }
}

/** Whether somebody else's claim is old enough to be trusted. Until then mine is tried again, in case that one is undone. */
function isEmptyForGood(draft: Draft, id: string): boolean {
  const { emptied } = draft.session;
  const first = emptied.find((one) => one.id === id);
  if (first !== undefined) return draft.context.confirmedTime >= first.since;
  draft.note({ emptied: [...emptied, { id, since: draft.context.chainTime }] });
  return false;
}

/** Whether no lock of a settled channel is left to wait for. */
export function isDecided({ lanes }: Draft): boolean {
  return lanes.every((lane) =>
    SIDES.every((side) =>
      [...lane[side].locks.locks()].every((lock) => lock.decided !== undefined && !isMineToClaim(lane, side, lock)),
    ),
  );
}

/** Of a channel that is over nothing has to be known any more. */
export function unfollowAll(draft: Draft): void {
  const locks = draft.lanes.flatMap(({ mine, theirs }) => [...mine.locks.locks(), ...theirs.locks.locks()]);
  for (const { registry, key } of locks) draft.effects.push({ type: "unfollow", registry, key });
}

function isMineToClaim(lane: Lane, side: "mine" | "theirs", { decided, claimed }: HeldLock): boolean {
  return decided === (side === "mine" ? "payer" : "payee") && claimed !== true && isProvable(lane[side]);
}

/** Whether these are the locks that the channel was settled with. */
function isProvable({ locks, tally }: Pick<Incoming | Outgoing, "locks" | "tally">): boolean {
  return locks.root === tally.locksRoot;
}

function termsOf({ record }: Draft, side: "mine" | "theirs", root: Hex): LockTerms {
  const { destinations, self, id } = record;
  const payer = side === "mine" ? self : 1 - self;
  return { payer: destinations[payer]!, payee: destinations[1 - payer]!, salt: id, root };
}
