/**
 * The chain's side of locks in a channel. A secret that its payer does not pay for goes on chain in time; what the chain knows
 * is learnt from it, and settled by voucher wherever that is still possible. All follows anew from the locks and from what the
 * chain says.
 */
import type { Call } from "../calls";
import type { PaymentContracts } from "../context";
import type { Draft } from "../draft";
import type { Fact } from "../../ports/chain";
import { evenScalar } from "../../protocol/scalars";
import type { Hex } from "../../protocol/types";
import { contractsOf } from "./agreement";
import { batchesOf, underWay } from "./batches";
import { annotate, claimLock, expireLock, handOn, isInTime, settleLock, type LockName } from "./claims";
import type { Lane } from "./lane";
import type { HeldLock } from "./operations";
import { opensLock } from "./secrets";
import { adoptSettled, claimDecided, decide } from "./settled";
import { isTimely, verdictOf } from "./verdict";

/** What is to be done about locks that I am paid, when all of them have been looked at. */
interface Findings {
  /** Whose secrets have to go on chain. */
  readonly hidden: HeldLock[];
  /** Since when the chain has known the secrets of locks that are not paid. */
  readonly unpaid: bigint[];
}

/** Does what is right about the locks of a channel now. @param isNews whether the chain has said something about it */
export function watchLocks(draft: Draft, isNews: boolean): void {
  const contracts = contractsOf(draft);
  if (contracts === undefined) return;
  adoptSettled(draft);
  const { context, session } = draft;
  if (draft.lanes.every(isEmpty)) return noteUnpaid(draft, []);
  if (!isNews && session.lookedAt === context.chainTime) return;
  draft.note({ lookedAt: context.chainTime });
  const unpaid: bigint[] = [];
  for (const [index, { mine, theirs }] of draft.lanes.entries()) {
    const findings: Findings = { hidden: [], unpaid };
    for (const lock of mine.locks.locks()) if (isDue(draft, lock)) lookAtMine(draft, contracts, index, lock);
    for (const lock of theirs.locks.locks()) {
      if (isDue(draft, lock)) lookAtTheirs(draft, contracts, index, lock, findings);
    }
    reveal(draft, contracts, index, findings.hidden);
    if (draft.record.settled !== undefined) claimDecided(draft, contracts, index);
  }
  noteUnpaid(draft, unpaid);
}

/** Whether the other side has had long enough to pay for locks of which the chain says that it has to. */
export function isLeftUnpaid({ session, context }: Draft): boolean {
  const { now, chainTime, settings } = context;
  if (session.unpaid === undefined) return false;
  const { since, known } = session.unpaid;
  return now - since >= settings.leaveAfter && Number(chainTime - known) * 1_000 >= settings.leaveAfter;
}

/** Of locks that are gone nothing has to be known any more. */
export function unfollowEnded(draft: Draft, before: readonly Lane[]): void {
  for (const [index, lane] of before.entries()) {
    for (const side of ["mine", "theirs"] as const) {
      const [was, is] = [lane[side].locks, draft.lanes[index]![side].locks];
      if (was === is) continue;
      for (const [position, lock] of is.changesSince(was)) {
        const gone = was.get(position);
        if (gone !== undefined && gone.serial !== lock?.serial && isDue(draft, gone)) unfollow(draft, gone);
      }
    }
  }
}

function lookAtMine(draft: Draft, contracts: PaymentContracts, lane: number, lock: HeldLock): void {
  const name = nameOf(lane, lock);
  const secret = shownSecret(draft, contracts, lock);
  if (secret !== undefined) handOn(draft, name, secret);
  if (draft.record.settled !== undefined) return decide(draft, "mine", name);
  if (isLeft(draft)) return;
  const verdict = verdictOf(draft.context, lock);
  if (verdict === "payer") expireLock(draft, name);
  else if (secret !== undefined && (verdict === "payee" || isInTime(draft, lock))) settleLock(draft, name, secret);
}

function lookAtTheirs(
  draft: Draft,
  contracts: PaymentContracts,
  lane: number,
  lock: HeldLock,
  { hidden, unpaid }: Findings,
): void {
  const { context, record } = draft;
  const name = nameOf(lane, lock);
  const fact = followed(draft, lock);
  if (fact === undefined) return;
  const shown = lock.secret === undefined ? shownSecret(draft, contracts, lock) : undefined;
  if (shown !== undefined) learn(draft, name, shown);
  if (lock.secret !== undefined && fact.latest === 0n && context.chainTime < lock.expiry) hidden.push(lock);
  if (record.settled !== undefined) decide(draft, "theirs", name);
  else if (isTimely(fact.confirmed, lock)) unpaid.push(fact.confirmed);
}

/** The secret of a lock that the chain has heard in time, as of now. */
function shownSecret(draft: Draft, contracts: PaymentContracts, lock: HeldLock): Hex | undefined {
  const fact = followed(draft, lock);
  if (fact?.secret === undefined || !isTimely(fact.latest, lock)) return undefined;
  return opensLock(contracts, lock, fact.secret) ? fact.secret : undefined;
}

function learn(draft: Draft, name: LockName, secret: Hex): void {
  if (isLeft(draft)) annotate(draft, "theirs", name, { secret });
  else claimLock(draft, name, secret);
}

/** Has secrets recorded. Those that are recorded already, or twice, change nothing. */
function reveal(draft: Draft, contracts: PaymentContracts, lane: number, hidden: readonly HeldLock[]): void {
  for (const kind of ["preimages", "scalars"] as const) {
    const prefix = `reveal:${lane}:${kind}:`;
    const sent = underWay(draft, prefix);
    const due = hidden.filter(({ registry, serial }) => registry === contracts[kind] && !sent.has(serial));
    for (const [name, locks] of batchesOf(due, ({ serial }) => serial)) {
      const deadline = locks.reduce((least, { expiry }) => (expiry < least ? expiry : least), locks[0]!.expiry);
      draft.submit(prefix + name, revealing(contracts, kind, locks), deadline);
    }
  }
}

function revealing(contracts: PaymentContracts, kind: "preimages" | "scalars", locks: readonly HeldLock[]): Call {
  const registry = contracts[kind];
  const secrets = locks.map(({ secret }) => secret!);
  if (kind === "preimages") return { kind: "revealPreimages", registry, preimages: secrets };
  const scalars = secrets.map((secret) => evenScalar(secret).scalar);
  return { kind: "revealScalars", registry, keys: locks.map(({ key }) => key), scalars };
}

function noteUnpaid(draft: Draft, times: readonly bigint[]): void {
  const { session, context, record } = draft;
  const known = times.reduce((least, time) => (time < least ? time : least), context.chainTime);
  const isWaiting = times.length > 0 && !record.leaving;
  const unpaid = isWaiting ? { since: session.unpaid?.since ?? context.now, known } : undefined;
  if (unpaid !== undefined || session.unpaid !== undefined) draft.note({ unpaid });
}

/** What the chain says of a lock's key; wants to hear of it, if that is nothing. */
function followed(draft: Draft, { registry, key }: HeldLock): Fact | undefined {
  const fact = draft.context.factOf(registry, key);
  if (fact === undefined) draft.effects.push({ type: "follow", registry, key });
  return fact;
}

function unfollow(draft: Draft, { registry, key }: HeldLock): void {
  draft.effects.push({ type: "unfollow", registry, key });
}

/** Whether the chain has a say in a lock now: always in a channel that is left, else shortly before it expires. */
function isDue(draft: Draft, { expiry, decided }: HeldLock): boolean {
  const { chainTime, settings } = draft.context;
  return decided === undefined && (isLeft(draft) || chainTime >= expiry - settings.claimMargin);
}

/** Whether nothing is paid by voucher any more. */
function isLeft({ record, session }: Draft): boolean {
  return record.leaving || session.latest.record.kind !== "none";
}

function nameOf(lane: number, { position, serial }: HeldLock): LockName {
  return { lane, position, serial };
}

function isEmpty({ mine, theirs }: Lane): boolean {
  return mine.locks.size + theirs.locks.size === 0;
}
