/** Paying: one message and one signature, and no answer that anybody waits for. */
import { SluiceError } from "../../errors";
import type { Lock } from "../../protocol/locks";
import { voucherDigest, type SignedVoucher, type Voucher } from "../../protocol/vouchers";
import type { Address, Hex } from "../../protocol/types";
import { isFinal } from "../channel";
import type { Draft } from "../draft";
import { isEnding, isSynced } from "../progress";
import { contractsOf } from "./agreement";
import { spendable } from "./balance";
import { ackOf, type Dropped, type Lane, type Queued, type Sent } from "./lane";
import { isKnownRegistry } from "./secrets";
import { applyOperations, type HeldLock, type Operation } from "./operations";

/** Vouchers that did something and are not acknowledged, at most: what comes meanwhile shares the next one. */
const WINDOW = 8;

/** Vouchers that are not acknowledged, at most. Those that only acknowledge are owed no answer, and must not be held up. */
const HARD_WINDOW = 4 * WINDOW;

/** What one voucher does at most: then its message is not too long. */
const MAX_OPERATIONS = 256;
const MAX_LOCKS = 32;

/** Wants to pay. */
export function wantPayment(
  draft: Draft,
  { asset, amount, note, ticket }: { asset: Address; amount: bigint; note: Hex; ticket?: number },
): void {
  const lane = draft.lanes.findIndex((one) => one.asset === asset);
  const wanted = { lane, amount, note, since: draft.context.now, ...(ticket !== undefined && { ticket }) };
  try {
    requireOpen(draft);
    if (lane < 0) throw insufficient(asset, 0n);
    if (amount <= 0n) throw new SluiceError("AMOUNT_OUT_OF_RANGE", `${amount} cannot be paid.`, "Pay more than zero.");
  } catch (error) {
    if (!(error instanceof SluiceError)) throw error;
    return draft.fail([ticket], error);
  }
  draft.note({ payments: [...draft.session.payments, wanted] });
}

/** Wants to promise to pay against a secret. What becomes of it is told under the name of `origin`, once. */
export function offerLock(draft: Draft, asset: Address, lock: Lock, packet: Hex, origin: string): void {
  const index = draft.lanes.findIndex((one) => one.asset === asset);
  try {
    requireOpen(draft);
    const lane = draft.lanes[index];
    const available = lane === undefined ? 0n : spendable(draft, lane);
    if (lane === undefined || available < lock.amount) throw insufficient(asset, available);
    if (!isKnownRegistry(contractsOf(draft)!, lock.registry)) throw unknownRegistry(lock.registry);
    const operation: Operation = { kind: "lock", lock: { ...lock, position: 0 }, packet };
    queue(draft, index, { operation, origin });
  } catch (error) {
    if (!(error instanceof SluiceError)) throw error;
    draft.tell({ type: "refused", origin, error });
  }
}

/** Puts something into the next voucher of a lane. */
export function queue(draft: Draft, index: number, ...items: readonly Queued[]): void {
  const lane = draft.lanes[index]!;
  draft.setLane(index, { ...lane, mine: { ...lane.mine, queue: [...lane.mine.queue, ...items] } });
}

/** Puts everything into vouchers that can be. */
export function payNext(draft: Draft): void {
  if (!mayPay(draft)) return;
  for (const index of draft.lanes.keys()) while (payOnce(draft, index));
}

/** Sends again what the other one has not taken. */
export function sendVouchersAfter(draft: Draft, index: number, nonce: bigint): void {
  for (const sent of draft.lanes[index]?.mine.unacknowledged ?? []) {
    if (sent.signed.voucher.nonce > nonce) sendVoucher(draft, index, sent);
  }
}

/** Whether vouchers can be given: not any more once the end is proposed or signed. */
function mayPay(draft: Draft): boolean {
  return mayTake(draft) && draft.session.proposal?.change.final !== true;
}

/** Whether vouchers can be taken. */
export function mayTake(draft: Draft): boolean {
  const { record, session } = draft;
  if (!record.funded || record.closed || record.leaving || isFinal(record)) return false;
  if (record.promised?.change.final === true) return false;
  return session.latest.record.kind === "none" && isSynced(draft);
}

/** Returns whether there was something to send. */
function payOnce(draft: Draft, index: number): boolean {
  const lane = draft.lanes[index]!;
  const { unacknowledged } = lane.mine;
  const waiting = unacknowledged.filter(({ operations }) => operations.length > 0).length;
  const items = waiting < WINDOW ? takeItems(draft, index) : [];
  if (items.length === 0 && (!lane.theirs.owed || unacknowledged.length >= HARD_WINDOW)) return false;
  sign(draft, index, items);
  return items.length > 0;
}

/** What goes into the next voucher, out of what waits. Payments that are not covered fail here. */
function takeItems(draft: Draft, index: number): Queued[] {
  const lane = draft.lanes[index]!;
  const { queue } = lane.mine;
  const end = endOfBatch(queue);
  const items = place(lane, queue.slice(0, end));
  let available = spendable(draft, lane);
  const later = draft.session.payments.filter((payment) => payment.lane !== index);
  const deliveries = [...draft.session.deliveries];
  const nonce = lane.mine.tally.nonce + 1n;
  for (const payment of draft.session.payments) {
    if (payment.lane !== index) continue;
    const { amount, note, since, ticket } = payment;
    if (items.length >= MAX_OPERATIONS) later.push(payment);
    else if (amount > available) draft.fail([ticket], insufficient(lane.asset, available));
    else {
      available -= amount;
      items.push({ operation: { kind: "pay", amount, note } });
      if (ticket !== undefined) deliveries.push({ lane: index, since, ticket, nonce });
    }
  }
  if (draft.session.payments.length > 0) draft.note({ payments: later, deliveries });
  if (end > 0) draft.setLane(index, { ...lane, mine: { ...lane.mine, queue: queue.slice(end) } });
  return items;
}

function endOfBatch(queue: readonly Queued[]): number {
  let locks = 0;
  for (const [i, { operation }] of queue.entries()) {
    if (operation.kind === "lock" && ++locks > MAX_LOCKS) return i;
    if (i === MAX_OPERATIONS) return i;
  }
  return queue.length;
}

/** Gives new locks their positions, which depend on what comes before them. */
function place({ mine }: Lane, items: readonly Queued[]): Queued[] {
  const locks = mine.locks.copy();
  return items.map((item) => {
    const { operation } = item;
    if (operation.kind === "lock") {
      const lock = { ...operation.lock, position: locks.free };
      locks.place({ ...lock, serial: 0 });
      return { ...item, operation: { ...operation, lock } };
    }
    if (operation.kind !== "pay") locks.remove(operation.position);
    return item;
  });
}

function sign(draft: Draft, index: number, items: readonly Queued[]): void {
  const lane = draft.lanes[index]!;
  const { mine, theirs } = lane;
  const operations = items.map(({ operation }) => operation);
  const { tally, locks, serial, settled, dropped } = applyOperations(mine, operations, (i) => items[i]!.origin);
  const voucher: Voucher = { ...tally, channelId: draft.record.id, asset: lane.asset, ack: ackOf(theirs.taken) };
  const signature = draft.context.signer.sign(voucherDigest(draft.context.deployment, voucher));
  const ended = [...settled.map((lock) => withSecret(lock, items)), ...dropped];
  const sent: Sent = { signed: { voucher, signature }, ack: theirs.tally.nonce, operations, ended };
  const gone = dropped.flatMap(({ serial: name, origin, secret }): Dropped[] => {
    if (origin === undefined || secret !== undefined) return [];
    const item = items.find(({ origin: of, operation }) => operation.kind === "drop" && of === origin);
    return [{ origin, serial: name, nonce: tally.nonce, failure: item?.failure }];
  });
  draft.setLane(index, {
    ...lane,
    mine: {
      ...mine,
      tally,
      locks,
      serial,
      unacknowledged: [...mine.unacknowledged, sent],
      dropped: [...mine.dropped, ...gone],
    },
    theirs: { ...theirs, owed: false },
  });
  sendVoucher(draft, index, sent);
}

function withSecret(lock: HeldLock, items: readonly Queued[]): HeldLock {
  const item = items.find(({ operation }) => operation.kind === "settle" && operation.position === lock.position);
  return item?.secret === undefined ? lock : { ...lock, secret: item.secret };
}

function sendVoucher(draft: Draft, lane: number, { signed, ack, operations }: Sent): void {
  const { voucher, signature } = signed;
  const { nonce } = voucher;
  draft.send(1 - draft.record.self, {
    type: "voucher",
    channelId: draft.record.id,
    lane,
    nonce,
    ack,
    operations,
    signature,
  });
}

/**
 * Takes note that the other one has taken my vouchers up to a number.
 * @returns the voucher of that number; undefined if there is none that can still be acknowledged
 */
export function acknowledgedAt({ mine }: Lane, nonce: bigint): SignedVoucher | undefined {
  if (nonce === mine.acknowledged?.voucher.nonce) return mine.acknowledged;
  return mine.unacknowledged.find(({ signed }) => signed.voucher.nonce === nonce)?.signed;
}

/** Forgets what is acknowledged, and tells whoever waited for that. */
export function settleUpTo(draft: Draft, index: number, acknowledged: SignedVoucher): void {
  const { nonce } = acknowledged.voucher;
  const lane = draft.lanes[index]!;
  const { mine } = lane;
  const isLeft = (one: { readonly nonce: bigint }) => one.nonce > nonce;
  for (const { origin, failure } of mine.dropped.filter((one) => !isLeft(one))) {
    draft.tell({ type: "failed", origin, failure });
  }
  draft.setLane(index, {
    ...lane,
    mine: {
      ...mine,
      acknowledged,
      unacknowledged: mine.unacknowledged.filter(({ signed }) => isLeft(signed.voucher)),
      dropped: mine.dropped.filter(isLeft),
    },
  });
  const { deliveries } = draft.session;
  const isDone = (one: (typeof deliveries)[number]) => one.lane === index && !isLeft(one);
  if (!deliveries.some(isDone)) return;
  draft.resolve(
    deliveries.filter(isDone).map(({ ticket }) => ticket),
    draft.record.agreed!.state,
  );
  draft.note({ deliveries: deliveries.filter((one) => !isDone(one)) });
}

function requireOpen(draft: Draft): void {
  const { record } = draft;
  if (record.funded && !record.closed && !record.leaving && !isEnding(draft)) return;
  throw new SluiceError(
    "CHANNEL_NOT_OPEN",
    "This channel is not open for payments.",
    "Nothing was signed; wait until its money is there, or use another one.",
  );
}

function unknownRegistry(registry: Address): SluiceError {
  return new SluiceError("LOCK_INVALID", `The registry ${registry} is not known here.`, "Nothing was signed.");
}

function insufficient(asset: Address, available: bigint): SluiceError {
  return new SluiceError(
    "FUNDS_INSUFFICIENT",
    `This channel can pay ${available} of ${asset} at most.`,
    "Nothing was signed; pay less, or let the other side pay first.",
  );
}
