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
import { annotate, claimLock, expireLock, handOn, isInTime, isLeft, settleLock, type LockName } from "./claims";
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
  const findings: Findings = { hidden: [], unpaid: [] };
  for (const index of draft.lanes.keys()) {
    lookAt(draft, contracts, index, findings);
    reveal(draft, contracts, index, findings.hidden.splice(0));
    if (draft.record.settled !== undefined) claimDecided(draft, contracts, index);
  }
  noteUnpaid(draft, findings.unpaid);
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

function lookAt(draft: Draft, contracts: PaymentContracts, index: number, findings: Findings): void {
  const { mine, theirs } = draft.lanes[index]!;
  for (const lock of mine.locks.locks()) {
    if (isDue(draft, lock)) lookAtMine(draft, nameOf(index, lock), lock, shownSecret(draft, contracts, lock));
  }
  for (const lock of theirs.locks.locks()) {
    if (isDue(draft, lock))
      lookAtTheirs(draft, nameOf(index, lock), lock, shownSecret(draft, contracts, lock), findings);
  }
}

function lookAtMine(draft: Draft, name: LockName, lock: HeldLock, secret: Hex | undefined): void {
  if (secret !== undefined) handOn(draft, name, secret);
  if (draft.record.settled !== undefined) return decide(draft, "mine", name);
  if (isLeft(draft)) return;
  const verdict = verdictOf(draft.context, lock);
  if (verdict === "payer") expireLock(draft, name);
  else if (secret !== undefined && (verdict === "payee" || isInTime(draft, lock))) settleLock(draft, name, secret);
}

function lookAtTheirs(
  draft: Draft,
  name: LockName,
  lock: HeldLock,
  secret: Hex | undefined,
  { hidden, unpaid }: Findings,
): void {
  const fact = draft.context.factOf(lock.registry, lock.key);
  if (secret !== undefined && lock.secret === undefined) learn(draft, name, secret);
  if (mustShow(draft, lock, fact)) hidden.push(lock);
  if (draft.record.settled !== undefined) decide(draft, "theirs", name);
  else if (fact !== undefined && isTimely(fact.confirmed, lock)) unpaid.push(fact.confirmed);
}

/** Whether a secret has to go on chain. Where the chain cannot be asked about it, it is shown half of the margin later. */
function mustShow({ context }: Draft, { secret, expiry }: HeldLock, fact: Fact | undefined): boolean {
  const { chainTime, settings } = context;
  if (secret === undefined || chainTime >= expiry) return false;
  return fact === undefined ? chainTime >= expiry - settings.claimMargin / 2n : fact.latest === 0n;
}

/** The secret of a lock that the chain has heard in time, as of now. Wants to know of its key, if nothing is known. */
function shownSecret(draft: Draft, contracts: PaymentContracts, lock: HeldLock): Hex | undefined {
  const { registry, key } = lock;
  const fact = draft.context.factOf(registry, key);
  if (fact === undefined) draft.effects.push({ type: "follow", registry, key });
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
    const due = hidden.filter(
      (lock) => lock.registry === contracts[kind] && !sent.has(lock.serial) && opensLock(contracts, lock, lock.secret!),
    );
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

function unfollow(draft: Draft, { registry, key }: HeldLock): void {
  draft.effects.push({ type: "unfollow", registry, key });
}

/** Whether the chain has a say in a lock now: always in a channel that is left, else shortly before it expires. */
function isDue(draft: Draft, { expiry, decided }: HeldLock): boolean {
  const { chainTime, settings } = draft.context;
  return decided === undefined && (isLeft(draft) || chainTime >= expiry - settings.claimMargin);
}

function nameOf(lane: number, { position, serial }: HeldLock): LockName {
  return { lane, position, serial };
}

function isEmpty({ mine, theirs }: Lane): boolean {
  return mine.locks.size + theirs.locks.size === 0;
}
