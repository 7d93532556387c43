/** Being paid: a voucher is taken if it is the next one, takes nothing back, and is covered. */
import { SluiceError } from "../../errors";
import { voucherDigest, type SignedVoucher, type Voucher } from "../../protocol/vouchers";
import { isSealer } from "../channel";
import type { Draft } from "../draft";
import type { Voucher as Message } from "../messages";
import { contractsOf, footingsOf } from "./agreement";
import { requireLimit } from "./balance";
import { isEndingLock, isGivenUp } from "./claims";
import { ackOf, type Lane } from "./lane";
import { applyOperations, refuseVoucher, type Applied } from "./operations";
import { acknowledgedAt, mayTake, settleUpTo } from "./pay";
import { isKnownRegistry } from "./secrets";
import { verdictOf } from "./verdict";

/**
 * Takes a voucher. What is not the next one, or comes too early, is left: its payer sends it again once it has heard where I
 * stand. @returns whether something is missing before it
 */
export function onVoucher(draft: Draft, from: number, message: Message): boolean {
  const { lane: index, nonce } = message;
  const lane = draft.lanes[index];
  if (lane === undefined || nonce <= lane.theirs.tally.nonce || !mayTake(draft)) return false;
  if (nonce > lane.theirs.tally.nonce + 1n) return true;
  try {
    take(draft, lane, from, message);
  } catch (error) {
    if (!(error instanceof SluiceError)) throw error;
    draft.reject(from, {}, "VOUCHER_REFUSED", error.message.slice(0, 200));
  }
  return false;
}

function take(draft: Draft, lane: Lane, from: number, message: Message): void {
  const { lane: index, ack, operations, signature } = message;
  const acknowledged = ack === 0n ? undefined : acknowledgedAt(lane, ack);
  if (acknowledged === undefined && (ack > 0n || lane.mine.acknowledged !== undefined))
    refuseVoucher("It knows too little.");
  const applied = applyOperations(lane.theirs, operations);
  requireKnownRegistries(draft, applied);
  if (!mayDrop(draft, applied)) return;
  const { tally } = applied;
  const received = acknowledged?.voucher.transferred ?? 0n;
  const [agreed, ...signed] = footingsOf(draft);
  requireLimit(agreed!, lane.asset, from, tally, received);
  const open = isSealer(draft.record) ? [] : signed; // what I seal or not is up to me
  if (!open.every((state) => isCovered(() => requireLimit(state, lane.asset, from, tally, received)))) return;
  const voucher: Voucher = { ...tally, channelId: draft.record.id, asset: lane.asset, ack: ackOf(acknowledged) };
  const digest = voucherDigest(draft.context.deployment, voucher);
  if (!draft.context.verify(draft.record.terms.participants[from]!, digest, signature))
    refuseVoucher("Its signature is wrong.");
  putEndOff(draft);
  keep(draft, index, applied, { voucher, signature }, operations.length > 0);
  if (acknowledged !== undefined) settleUpTo(draft, index, acknowledged);
  tell(draft, lane, message, applied);
}

/** The end that I have proposed does not account for this voucher: it is to be proposed again. */
function putEndOff(draft: Draft): void {
  const { proposal, wishes } = draft.session;
  if (proposal?.change.final === true) draft.note({ proposal: undefined, wishes: [...proposal.wishes, ...wishes] });
}

function keep(draft: Draft, index: number, applied: Applied, taken: SignedVoucher, doesSomething: boolean): void {
  const lane = draft.lanes[index]!;
  const { tally, locks, serial, settled, dropped } = applied;
  const owed = doesSomething || lane.theirs.owed;
  const ending = lane.theirs.ending - [...settled, ...dropped].filter(isEndingLock).length;
  draft.setLane(index, { ...lane, theirs: { tally, locks, serial, taken, owed, ending } });
}

/** Tells the application what it was paid, and whoever passes payments on what was locked. */
function tell(draft: Draft, { asset }: Lane, { lane, operations }: Message, { added, settled }: Applied): void {
  const channelId = draft.record.id;
  const payments = operations.flatMap((operation) =>
    operation.kind === "pay" ? [{ amount: operation.amount, note: operation.note }] : [],
  );
  if (payments.length > 0) draft.notify({ type: "paid", channelId, asset, payments });
  const packets = operations.flatMap((operation) => (operation.kind === "lock" ? [operation.packet] : []));
  const gone = new Set(settled.map(({ serial }) => serial));
  for (const [i, lock] of added.entries()) {
    if (!gone.has(lock.serial)) draft.tell({ type: "locked", channelId, lane, asset, lock, packet: packets[i]! });
  }
}

/** Whoever takes a lock takes its registry. @throws SluiceError `VOUCHER_INVALID` */
function requireKnownRegistries(draft: Draft, { added }: Applied): void {
  const unknown = added.find(({ registry }) => !isKnownRegistry(contractsOf(draft)!, registry));
  if (unknown !== undefined) refuseVoucher(`I do not know the registry ${unknown.registry}.`);
}

/**
 * Whether the locks may go that a voucher drops. One that has expired waits until the chain has surely not heard its secret in
 * time.
 * @throws SluiceError `VOUCHER_INVALID` if one of them can still be paid to me
 */
function mayDrop({ context }: Draft, { dropped }: Applied): boolean {
  const unsure = dropped
    .filter((lock) => !isGivenUp(lock))
    .filter((lock) => {
      const verdict = verdictOf(context, lock);
      if (context.chainTime <= lock.expiry || verdict === "payee") {
        refuseVoucher(`The lock at ${lock.position} has neither expired nor been given up.`);
      }
      return verdict === undefined;
    });
  return unsure.length === 0;
}

/** Whether it is: while a change is open that would leave too little for a voucher, the voucher waits. */
function isCovered(check: () => void): boolean {
  try {
    check();
    return true;
  } catch (error) {
    if (error instanceof SluiceError) return false;
    throw error;
  }
}
