/**
 * How the payments of a channel are stored: what a voucher changes, and no more. A lock is written when it comes, when its
 * end is known and when it goes, however many there are; so is a voucher that waits to be acknowledged.
 */
import { Packr } from "msgpackr";
import type { Incoming, Lane, Outgoing, Sent } from "../engine/payments/lane";
import type { HeldLock } from "../engine/payments/operations";
import type { Store, Write } from "../ports/store";
import { LockTree } from "../protocol/locks";
import type { Address, ChannelId } from "../protocol/types";

const packr = new Packr({ useRecords: false, useBigIntExtension: true, moreTypes: false });

/** `lane/<channel>/<position>`: all but what is in lists that can be long. */
const LANES = "lane/";
/** `lock/<channel>/<lane>/<mine or theirs>/<position>` */
const LOCKS = "lock/";
/** `sent/<channel>/<lane>/<number>`: a voucher that is not acknowledged. */
const SENT = "sent/";

/** What is stored of a lane under one key. */
interface Head {
  readonly asset: Address;
  readonly mine: Omit<Outgoing, "locks" | "unacknowledged">;
  readonly theirs: Omit<Incoming, "locks">;
}

/** What has to be written after a step. */
export function writesOf(id: ChannelId, before: readonly Lane[], after: readonly Lane[]): Write[] {
  if (before === after) return [];
  return after.flatMap((lane, i) => (lane === before[i] ? [] : writesOfLane(`${id}/${i}`, before[i], lane)));
}

/** The payments of a channel as they are stored. */
export function loadLanes(store: Store, id: ChannelId): Lane[] {
  const heads = [...store.entries(`${LANES}${id}/`)].map(([key, bytes]) => {
    const index = Number(key.slice(key.lastIndexOf("/") + 1));
    return [index, packr.unpack(bytes) as Head] as const;
  });
  return heads.sort(([a], [b]) => a - b).map(([index, head]) => laneOf(store, `${id}/${index}`, head));
}

function writesOfLane(name: string, before: Lane | undefined, { asset, mine, theirs }: Lane): Write[] {
  const { locks: mineLocks, unacknowledged, ...myHead } = mine;
  const { locks: theirLocks, ...theirHead } = theirs;
  const head: Head = { asset, mine: myHead, theirs: theirHead };
  return [
    { key: LANES + name, value: packr.pack(head) },
    ...lockWrites(`${LOCKS}${name}/mine/`, before?.mine.locks, mineLocks),
    ...lockWrites(`${LOCKS}${name}/theirs/`, before?.theirs.locks, theirLocks),
    ...sentWrites(`${SENT}${name}/`, before?.mine.unacknowledged ?? [], unacknowledged),
  ];
}

function lockWrites(prefix: string, before: LockTree<HeldLock> | undefined, after: LockTree<HeldLock>): Write[] {
  if (before === after) return [];
  return [...after.changesSince(before ?? new LockTree())].map(([position, lock]) => ({
    key: `${prefix}${position}`,
    value: lock === undefined ? undefined : packr.pack(lock),
  }));
}

function sentWrites(prefix: string, before: readonly Sent[], after: readonly Sent[]): Write[] {
  const keyOf = ({ signed }: Sent) => `${prefix}${signed.voucher.nonce}`;
  const gone = before.filter((sent) => !after.includes(sent)).map((sent) => ({ key: keyOf(sent), value: undefined }));
  const added = after.filter((sent) => !before.includes(sent));
  return [...gone, ...added.map((sent) => ({ key: keyOf(sent), value: packr.pack(sent) }))];
}

function laneOf(store: Store, name: string, { asset, mine, theirs }: Head): Lane {
  const locksOf = (side: string) =>
    new LockTree([...store.entries(`${LOCKS}${name}/${side}/`)].map(([, bytes]) => packr.unpack(bytes) as HeldLock));
  const sent = [...store.entries(`${SENT}${name}/`)].map(([, bytes]) => packr.unpack(bytes) as Sent);
  sent.sort((a, b) => (a.signed.voucher.nonce < b.signed.voucher.nonce ? -1 : 1));
  return {
    asset,
    mine: { ...mine, locks: locksOf("mine"), unacknowledged: sent },
    theirs: { ...theirs, locks: locksOf("theirs") },
  };
}
