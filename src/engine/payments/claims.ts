/** The end of a lock: its payee shows the secret or gives it up, or it expires. */
import type { PlacedLock } from "../../protocol/locks";
import type { Hex } from "../../protocol/types";
import type { Draft } from "../draft";
import type { Claim, GiveUp } from "../messages";
import type { Lane } from "./lane";
import type { HeldLock } from "./operations";
import { queue } from "./pay";
import { opensLock } from "./secrets";

/** Names a lock that I am paid. */
export interface LockName {
  /** Position of the asset's lane. */
  readonly lane: number;
  readonly position: number;
  readonly serial: number;
}

/** What one message claims at most. */
export const MAX_CLAIMS = 64;
/** What one message gives up at most. */
export const MAX_FAILURES = 32;

/** Claims a lock: from now on I know its secret. */
export function claimLock(draft: Draft, name: LockName, secret: Hex): void {
  const lock = lockOf(draft, "theirs", name);
  if (lock === undefined || lock.secret !== undefined || lock.failure !== undefined) return;
  note(draft, name, { secret });
  const { position, serial } = name;
  sendClaim(draft, name.lane, [{ position, serial, secret }]);
}

/** Gives a lock up, for good: its payer may take it away. */
export function giveUpLock(draft: Draft, name: LockName, failure: Hex): void {
  const lock = lockOf(draft, "theirs", name);
  if (lock === undefined || lock.secret !== undefined || lock.failure !== undefined) return;
  note(draft, name, { failure });
  const { position, serial } = name;
  sendGiveUp(draft, name.lane, [{ position, serial, failure }]);
}

export function isGivenUp({ failure }: HeldLock): boolean {
  return failure !== undefined;
}

/** The other one claims locks of mine. What comes so late that I could not hand the secret on in time is left to the chain. */
export function onClaim(draft: Draft, { lane: index, claims }: Claim): void {
  const contracts = draft.context.paymentsOf(draft.record.terms.app);
  for (const { position, serial, secret } of claims) {
    const lock = lockOf(draft, "mine", { lane: index, position, serial });
    if (lock === undefined || contracts === undefined || isQueued(draft.lanes[index]!, position)) continue;
    if (!opensLock(contracts, lock, secret) || !isInTime(draft, lock)) continue;
    const end = isLeft(draft) ? handOn : settleLock;
    end(draft, { lane: index, position, serial }, secret);
  }
}

/** Pays a lock of mine with the next voucher, and hands its secret on. */
export function settleLock(draft: Draft, name: LockName, secret: Hex): void {
  const lock = lockOf(draft, "mine", name);
  if (lock === undefined || isQueued(draft.lanes[name.lane]!, name.position)) return;
  queue(draft, name.lane, { operation: { kind: "settle", position: name.position }, secret });
  if (lock.secret === undefined) tellSettled(draft, lock, secret);
}

/** Hands the secret of a lock of mine on, once, whether or not the lock has to be paid. */
export function handOn(draft: Draft, name: LockName, secret: Hex): void {
  const lock = lockOf(draft, "mine", name);
  if (lock === undefined || lock.secret !== undefined || isQueued(draft.lanes[name.lane]!, name.position, ["settle"]))
    return;
  annotate(draft, "mine", name, { secret });
  tellSettled(draft, lock, secret);
}

/** Whether nothing is paid by voucher any more: the chain decides. */
export function isLeft({ record, session }: Draft): boolean {
  return record.leaving || record.settled !== undefined || session.latest.record.kind !== "none";
}

function tellSettled(draft: Draft, { origin }: HeldLock, secret: Hex): void {
  if (origin !== undefined) draft.tell({ type: "settled", origin, secret });
}

/** The other one gives locks of mine up. They are gone for good once it stands behind a voucher without them. */
export function onGiveUp(draft: Draft, { lane: index, locks }: GiveUp): void {
  for (const { position, serial, failure } of locks) drop(draft, { lane: index, position, serial }, failure);
}

/** Takes a lock of mine away that has expired. */
export function expireLock(draft: Draft, name: LockName): void {
  drop(draft, name, undefined);
}

/** Says again which locks I claim, and which I give up. */
export function sendClaims(draft: Draft, index: number): void {
  const claims: Claim["claims"][number][] = [];
  const locks: GiveUp["locks"][number][] = [];
  const { theirs } = draft.lanes[index]!;
  if (theirs.ending === 0) return;
  for (const { position, serial, secret, failure } of theirs.locks.locks()) {
    if (secret !== undefined) claims.push({ position, serial, secret });
    if (failure !== undefined) locks.push({ position, serial, failure });
  }
  for (let i = 0; i < claims.length; i += MAX_CLAIMS) sendClaim(draft, index, claims.slice(i, i + MAX_CLAIMS));
  for (let i = 0; i < locks.length; i += MAX_FAILURES) sendGiveUp(draft, index, locks.slice(i, i + MAX_FAILURES));
}

function drop(draft: Draft, name: LockName, failure: Hex | undefined): void {
  const lock = lockOf(draft, "mine", name);
  if (lock === undefined || isLeft(draft) || isQueued(draft.lanes[name.lane]!, name.position)) return;
  queue(draft, name.lane, {
    operation: { kind: "drop", position: name.position },
    ...(lock.origin !== undefined && { origin: lock.origin }),
    ...(failure !== undefined && { failure }),
  });
}

/** Whether there is time left to show the secret to the chain for a lock that I am paid, and that expires with this one. */
export function isInTime({ context }: Draft, { expiry }: HeldLock): boolean {
  return context.chainTime + context.settings.claimMargin < expiry;
}

export function isEndingLock({ secret, failure }: HeldLock): boolean {
  return secret !== undefined || failure !== undefined;
}

function isQueued({ mine }: Lane, position: number, kinds: readonly string[] = ["settle", "drop"]): boolean {
  return mine.queue.some(
    ({ operation }) => kinds.includes(operation.kind) && "position" in operation && operation.position === position,
  );
}

function lockOf({ lanes }: Draft, side: "mine" | "theirs", { lane, position, serial }: LockName): HeldLock | undefined {
  const lock = lanes[lane]?.[side].locks.get(position);
  return lock?.serial === serial ? lock : undefined;
}

/** Notes that I want an end of a lock that I am paid. */
function note(draft: Draft, name: LockName, facts: { secret?: Hex; failure?: Hex }): void {
  annotate(draft, "theirs", name, facts);
  const lane = draft.lanes[name.lane]!;
  draft.setLane(name.lane, { ...lane, theirs: { ...lane.theirs, ending: lane.theirs.ending + 1 } });
}

/** Puts facts beside a lock that I pay, or that I am paid. */
export function annotate(
  draft: Draft,
  side: "mine" | "theirs",
  { lane: index, position }: LockName,
  facts: Partial<Omit<HeldLock, keyof PlacedLock>>,
): void {
  const lane = draft.lanes[index]!;
  const locks = lane[side].locks.copy();
  locks.annotate(position, facts);
  draft.setLane(index, { ...lane, [side]: { ...lane[side], locks } });
}

function sendClaim(draft: Draft, lane: number, claims: Claim["claims"]): void {
  draft.send(1 - draft.record.self, { type: "claim", channelId: draft.record.id, lane, claims });
}

function sendGiveUp(draft: Draft, lane: number, locks: GiveUp["locks"]): void {
  draft.send(1 - draft.record.self, { type: "giveUp", channelId: draft.record.id, lane, locks });
}
