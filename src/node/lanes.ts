/**
 * How the payments of a channel are stored: what a voucher changes, and no more. A lock is written when it comes, when its
 * end is known and when it goes, however many there are; so is a voucher that waits to be acknowledged.
 */
import { Packr } from "msgpackr";
import type { Incoming, Lane, Outgoing, Sent } from "../engine/payments/lane";
import type { HeldLock } from "../engine/payments/operations";
import { SluiceError } from "../errors";
import type { Store, Write } from "../ports/store";
import { LockTree } from "../protocol/locks";
import type { SignedVoucher, Tally, Voucher } from "../protocol/vouchers";
import type { Address, ChannelId, Hex } from "../protocol/types";
import { packOperations, unpackOperations } from "../wire/operations";

/** What every stored value starts with; another number is another format. */
const FORMAT = 1;

const packr = new Packr({ useRecords: false, useBigIntExtension: true, moreTypes: false });

/** `lane/<channel>/<position>`: all but what is in lists that can be long. */
const LANES = "lane/";
/** `lock/<channel>/<lane>/<mine or theirs>/<position>` */
const LOCKS = "lock/";
/** `sent/<channel>/<lane>/<number>`: a voucher that is not acknowledged. */
const SENT = "sent/";

/** Fields go without their names, in this order. */
type StoredTally = readonly [nonce: bigint, transferred: bigint, locked: bigint, locksRoot: Hex];
/** What it pays, what it acknowledges, and its signature; channel and asset are those of its lane. */
type StoredVoucher = readonly [...tally: StoredTally, ack: Hex, r: Hex, vs: Hex];
type StoredSent = readonly [
  format: number,
  voucher: StoredVoucher,
  ack: bigint,
  operations: Uint8Array,
  ended: Sent["ended"],
];
type StoredLock = readonly [format: number, lock: HeldLock];

/** What is stored of a lane under one key. */
type StoredLane = readonly [
  format: number,
  asset: Address,
  mine: readonly [
    tally: StoredTally,
    serial: number,
    acknowledged: StoredVoucher | null,
    queue: Outgoing["queue"],
    dropped: Outgoing["dropped"],
  ],
  theirs: readonly [tally: StoredTally, serial: number, taken: StoredVoucher | null, owed: boolean, ending: number],
];

/** What has to be written after a step. */
export function writesOf(id: ChannelId, before: readonly Lane[], after: readonly Lane[]): Write[] {
  if (before === after) return [];
  return after.flatMap((lane, i) => (lane === before[i] ? [] : writesOfLane(`${id}/${i}`, before[i], lane)));
}

/**
 * The payments of a channel as they are stored.
 * @throws SluiceError `STORE_VERSION` when a newer program has written them, `STORE_CORRUPT` when they make no sense
 */
export function loadLanes(store: Store, id: ChannelId): Lane[] {
  try {
    const lanes = [...store.entries(`${LANES}${id}/`)].map(([key, bytes]) => [indexIn(key), bytes] as const);
    return lanes.sort(([a], [b]) => a - b).map(([index, bytes]) => laneOf(store, id, index, bytes));
  } catch (error) {
    if (error instanceof SluiceError && error.code.startsWith("STORE_")) throw error;
    throw corrupt(id, error instanceof Error ? error.message : String(error));
  }
}

function writesOfLane(name: string, before: Lane | undefined, { asset, mine, theirs }: Lane): Write[] {
  const stored: StoredLane = [
    FORMAT,
    asset,
    [tallyFields(mine.tally), mine.serial, voucherFields(mine.acknowledged), mine.queue, mine.dropped],
    [tallyFields(theirs.tally), theirs.serial, voucherFields(theirs.taken), theirs.owed, theirs.ending],
  ];
  return [
    { key: LANES + name, value: packr.pack(stored) },
    ...lockWrites(`${LOCKS}${name}/mine/`, before?.mine.locks, mine.locks),
    ...lockWrites(`${LOCKS}${name}/theirs/`, before?.theirs.locks, theirs.locks),
    ...sentWrites(`${SENT}${name}/`, before?.mine.unacknowledged ?? [], mine.unacknowledged),
  ];
}

function lockWrites(prefix: string, before: LockTree<HeldLock> | undefined, after: LockTree<HeldLock>): Write[] {
  if (before === after) return [];
  return [...after.changesSince(before ?? new LockTree())].map(([position, lock]) => ({
    key: `${prefix}${position}`,
    value: lock === undefined ? undefined : packr.pack([FORMAT, lock] satisfies StoredLock),
  }));
}

function sentWrites(prefix: string, before: readonly Sent[], after: readonly Sent[]): Write[] {
  if (before === after) return [];
  const keyOf = ({ signed }: Sent) => `${prefix}${signed.voucher.nonce}`;
  const gone = before.filter((sent) => !after.includes(sent)).map((sent) => ({ key: keyOf(sent), value: undefined }));
  const added = after.filter((sent) => !before.includes(sent));
  return [...gone, ...added.map((sent) => ({ key: keyOf(sent), value: sentBytes(sent) }))];
}

function sentBytes({ signed, ack, operations, ended }: Sent): Uint8Array {
  return packr.pack([FORMAT, voucherFields(signed)!, ack, packOperations(operations), ended] satisfies StoredSent);
}

function tallyFields({ nonce, transferred, locked, locksRoot }: Tally): StoredTally {
  return [nonce, transferred, locked, locksRoot];
}

function voucherFields(signed: SignedVoucher | undefined): StoredVoucher | null {
  if (signed === undefined) return null;
  const { voucher, signature } = signed;
  return [...tallyFields(voucher), voucher.ack, signature.r, signature.vs];
}

function laneOf(store: Store, id: ChannelId, index: number, bytes: Uint8Array): Lane {
  const name = `${id}/${index}`;
  const [, asset, mine, theirs] = unpack(bytes) as StoredLane;
  const signedOf = ([nonce, transferred, locked, locksRoot, ack, r, vs]: StoredVoucher): SignedVoucher => {
    const voucher: Voucher = { nonce, transferred, locked, locksRoot, channelId: id, asset, ack };
    return { voucher, signature: { r, vs } };
  };
  const sent = [...store.entries(`${SENT}${name}/`)].map(([, value]): Sent => {
    const [, voucher, ack, operations, ended] = unpack(value) as StoredSent;
    return { signed: signedOf(voucher), ack, operations: unpackOperations(Buffer.from(operations)), ended };
  });
  sent.sort((a, b) => (a.signed.voucher.nonce < b.signed.voucher.nonce ? -1 : 1));
  const locksOf = (side: string) =>
    new LockTree([...store.entries(`${LOCKS}${name}/${side}/`)].map(([, value]) => (unpack(value) as StoredLock)[1]));
  return {
    asset,
    mine: {
      ...directionOf(id, mine, locksOf("mine")),
      acknowledged: mine[2] === null ? undefined : signedOf(mine[2]),
      unacknowledged: sent,
      queue: mine[3],
      dropped: mine[4],
    },
    theirs: {
      ...directionOf(id, theirs, locksOf("theirs")),
      taken: theirs[2] === null ? undefined : signedOf(theirs[2]),
      owed: theirs[3],
      ending: theirs[4],
    },
  };
}

/** What is signed says what locks there have to be. */
function directionOf(
  id: ChannelId,
  [[nonce, transferred, locked, locksRoot], serial]: readonly [StoredTally, number, ...unknown[]],
  locks: LockTree<HeldLock>,
): Pick<Incoming, "tally" | "serial" | "locks"> {
  if (locks.root !== locksRoot || locks.sum !== locked) throw corrupt(id, "Its locks are not those that were signed.");
  return { tally: { nonce, transferred, locked, locksRoot }, serial, locks };
}

function unpack(bytes: Uint8Array): unknown {
  const stored: unknown = packr.unpack(bytes);
  if (!Array.isArray(stored)) throw new TypeError("There is no list where one was stored.");
  if (stored[0] === FORMAT) return stored;
  throw new SluiceError(
    "STORE_VERSION",
    `Payments were written in format ${String(stored[0])}; this program knows ${FORMAT}.`,
    "Nothing was changed; use the program that wrote them, or a newer one.",
  );
}

function indexIn(key: string): number {
  return Number(key.slice(key.lastIndexOf("/") + 1));
}

function corrupt(id: ChannelId, what: string): SluiceError {
  return new SluiceError(
    "STORE_CORRUPT",
    `The payments of channel ${id} are damaged. ${what}`,
    "Nothing was changed; restore a backup, or ask for help before the other side goes to the chain.",
  );
}
