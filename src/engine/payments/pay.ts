/** Paying: one message and one signature, and no answer that anybody waits for. */
import { SluiceError } from "../../errors";
import { encodeLock, type Lock } from "../../protocol/locks";
import { voucherDigest, type SignedVoucher, type Voucher } from "../../protocol/vouchers";
import type { Address, Hex } from "../../protocol/types";
import { isFinal, type Delivery, type Payment } from "../channel";
import type { Draft } from "../draft";
import { isEnding, isSynced } from "../progress";
import { contractsOf, footingsOf } from "./agreement";
import { spendable, talliesOf } from "./balance";
import { ackOf, type Dropped, type Lane, type Queued, type Sent } from "./lane";
import { applyOperations, MAX_OPERATIONS, type HeldLock, type Operation } from "./operations";
import { isKnownRegistry } from "./secrets";

/** Vouchers that did something and are not acknowledged, at most: what comes meanwhile shares the next one. */
const WINDOW = 8;

/** Vouchers that are not acknowledged, at most. Those that only acknowledge are owed no answer, and must not be held up. */
const HARD_WINDOW = 4 * WINDOW;

/** Locks that one voucher adds at most: then its message is not too long. */
const MAX_LOCKS = 32;

/** A payment that the application wants. */
export interface WantedPayment {
  readonly asset: Address;
  readonly amount: bigint;
  /** For the payee: 32 bytes at most. */
  readonly note: Hex;
  readonly ticket?: number;
}

/** Wants to pay, any number of times at once. */
export function wantPayments(draft: Draft, wanted: readonly WantedPayment[]): void {
  const payments: Payment[] = [];
  for (const { asset, ...payment } of wanted) {
    try {
      payments.push({ ...payment, lane: payableLane(draft, asset, payment.amount), since: draft.context.now });
    } catch (error) {
      if (!(error instanceof SluiceError)) throw error;
      draft.fail([payment.ticket], error);
    }
  }
  draft.note({ payments: [...draft.session.payments, ...payments] });
}

function payableLane(draft: Draft, asset: Address, amount: bigint): number {
  requireOpen(draft);
  const lane = draft.lanes.findIndex((one) => one.asset === asset);
  if (lane < 0) throw insufficient(asset, 0n);
  if (amount > 0n) return lane;
  throw outOfRange(amount);
}

/** Wants to promise to pay against a secret. What becomes of it is told under the name of `origin`, once. */
export function offerLock(draft: Draft, asset: Address, lock: Lock, packet: Hex, origin: string): void {
  const index = draft.lanes.findIndex((one) => one.asset === asset);
  try {
    requireOpen(draft);
    const lane = draft.lanes[index];
    const available = lane === undefined ? 0n : availableIn(draft, lane);
    if (lane === undefined || available < lock.amount) throw insufficient(asset, available);
    if (lock.amount <= 0n) throw outOfRange(lock.amount);
    if (!isKnownRegistry(contractsOf(draft)!, lock.registry)) throw unknownRegistry(lock.registry);
    const operation: Operation = { kind: "lock", lock: { ...lock, position: 0 }, packet };
    encodeLock(operation.lock);
    queue(draft, index, { operation, origin });
  } catch (error) {
    if (!(error instanceof SluiceError)) throw error;
    draft.tell({ type: "refused", origin, error });
  }
}

/** Tells whoever wanted money locked that was not locked before the channel was over. */
export function refuseOffers(draft: Draft): void {
  const error = new SluiceError("CHANNEL_NOT_OPEN", "This channel is over.", "Nothing was signed; use another one.");
  for (const [index, { mine }] of draft.lanes.entries()) {
    const offers = mine.queue.filter(({ operation }) => operation.kind === "lock");
    if (offers.length === 0) continue;
    for (const { origin } of offers) draft.tell({ type: "refused", origin: origin!, error });
    const queue = mine.queue.filter((item) => !offers.includes(item));
    draft.setLane(index, { ...draft.lanes[index]!, mine: { ...mine, queue } });
  }
}

/** What a lane of mine can still pay. */
function availableIn(draft: Draft, lane: Lane): bigint {
  return spendable(lane, draft.record.self, footingsOf(draft));
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
  takePayments(draft, index, items);
  if (end > 0) draft.setLane(index, { ...lane, mine: { ...lane.mine, queue: queue.slice(end) } });
  return items;
}

/** Adds the payments that have waited the longest, as many as there is room for. */
function takePayments(draft: Draft, index: number, items: Queued[]): void {
  const { payments } = draft.session;
  if (payments.length === 0) return;
  const lane = draft.lanes[index]!;
  const nonce = lane.mine.tally.nonce + 1n;
  let available = availableIn(draft, lane);
  const ofOthers: Payment[] = [];
  const deliveries: Delivery[] = [];
  let i = 0;
  for (; i < payments.length && items.length < MAX_OPERATIONS; i++) {
    const { amount, note, since, ticket } = payments[i]!;
    if (payments[i]!.lane !== index) ofOthers.push(payments[i]!);
    else if (amount > available) draft.fail([ticket], insufficient(lane.asset, available));
    else {
      available -= amount;
      items.push({ operation: { kind: "pay", amount, note } });
      if (ticket !== undefined) deliveries.push({ lane: index, since, ticket, nonce });
    }
  }
  draft.note({
    payments: ofOthers.length === 0 ? payments.slice(i) : [...ofOthers, ...payments.slice(i)],
    deliveries: [...draft.session.deliveries, ...deliveries],
  });
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
  resolveDeliveries(draft, index, nonce);
}

/** Tells whoever waited for payments that the newest agreement accounts for: the payee has signed it. */
export function resolveAccounted(draft: Draft): void {
  if (draft.session.deliveries.length === 0) return;
  const { agreed, self } = draft.record;
  for (const [index, tallies] of talliesOf(agreed!.state).entries())
    resolveDeliveries(draft, index, tallies[self]!.nonce);
}

function resolveDeliveries(draft: Draft, index: number, nonce: bigint): void {
  const { deliveries } = draft.session;
  const isDone = (one: (typeof deliveries)[number]) => one.lane === index && one.nonce <= nonce;
  if (!deliveries.some(isDone)) return;
  draft.resolve(
    deliveries.filter(isDone).map(({ ticket }) => ticket),
    draft.record.agreed!.state,
  );
  draft.note({ deliveries: deliveries.filter((one) => !isDone(one)) });
}

function outOfRange(amount: bigint): SluiceError {
  return new SluiceError("AMOUNT_OUT_OF_RANGE", `${amount} cannot be paid.`, "Pay more than zero.");
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
