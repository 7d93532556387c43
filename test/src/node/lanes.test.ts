import { expect } from "chai";
import { MemoryStore } from "../../../src/adapters/memoryStore";
import { emptyLane, type Lane, type Sent } from "../../../src/engine/payments/lane";
import { applyOperations, type HeldLock, type Operation } from "../../../src/engine/payments/operations";
import { loadLanes, writesOf } from "../../../src/node/lanes";
import { LockTree, NATIVE, SluiceError, toAddress, type ChannelId, type SignedVoucher } from "../../../src";
import { expectError } from "../../support/errors";
import { wordOf } from "../../support/scene";

const ID = wordOf(7) as ChannelId;
const TOKEN = toAddress(`0x${"70".repeat(20)}`);
const REGISTRY = toAddress(`0x${"9e".repeat(20)}`);

describe("stored payments", () => {
  it("come back as they were", async () => {
    const lanes = [used(NATIVE, 3), emptyLane(TOKEN), used(TOKEN, 40)];
    const store = new MemoryStore();
    await store.write(writesOf(ID, [], lanes));
    expect(loadLanes(store, ID).map(plain)).to.deep.equal(lanes.map(plain));
    expect(loadLanes(store, wordOf(8) as ChannelId)).to.deep.equal([]);
  });

  it("come back as they were after each of many steps, of which only the changes were written", async () => {
    const store = new MemoryStore();
    let lanes: readonly Lane[] = [emptyLane(NATIVE), emptyLane(TOKEN)];
    await store.write(writesOf(ID, [], lanes));
    for (let i = 0; i < 60; i++) {
      const next = lanes.map((lane, index) => (index === i % 2 ? stepped(lane, i) : lane));
      await store.write(writesOf(ID, lanes, next));
      lanes = next;
      expect(loadLanes(store, ID).map(plain)).to.deep.equal(lanes.map(plain));
    }
  });

  it("come back in the order of the assets, also if there are more than ten", async () => {
    const assets = Array.from({ length: 16 }, (_, i) => toAddress(`0x${(i + 1).toString(16).padStart(40, "0")}`));
    const store = new MemoryStore();
    await store.write(writesOf(ID, [], assets.map(emptyLane)));
    expect(loadLanes(store, ID).map(({ asset }) => asset)).to.deep.equal(assets);
  });

  it("take one write more for a lock, however many there are", () => {
    const locks = new LockTree(Array.from({ length: 10_000 }, (_, i) => lockAt(i)));
    const before = inFlight(emptyLane(NATIVE), locks);
    const added = locks.copy();
    added.add(lockAt(10_000));
    expect(writesOf(ID, [before], [inFlight(before, added)]).map(({ key }) => key)).to.deep.equal([
      `lane/${ID}/0`,
      `lock/${ID}/0/mine/10000`,
    ]);
    const removed = locks.copy();
    removed.remove(1_234);
    const writes = writesOf(ID, [before], [inFlight(before, removed)]);
    expect(writes.map(({ key }) => key)).to.deep.equal([`lane/${ID}/0`, `lock/${ID}/0/mine/1234`]);
    expect(writes[1]!.value).to.equal(undefined);
    expect(writesOf(ID, [before], [before])).to.deep.equal([]);
  });

  it("take one write more for a voucher that waits, and one when it is acknowledged", () => {
    const before = used(NATIVE, 0);
    const waiting = {
      ...before,
      mine: { ...before.mine, unacknowledged: [...before.mine.unacknowledged, sentAt(9n)] },
    };
    const keys = (a: Lane, b: Lane) => writesOf(ID, [a], [b]).map(({ key }) => key);
    expect(keys(before, waiting)).to.deep.equal([`lane/${ID}/0`, `sent/${ID}/0/9`]);
    expect(keys(waiting, before)).to.deep.equal([`lane/${ID}/0`, `sent/${ID}/0/9`]);
  });

  it("are refused when a newer program has written them", async () => {
    for (const key of [`lane/${ID}/0`, `lock/${ID}/0/mine/0`, `sent/${ID}/0/3`]) {
      const store = await storeWith(used(NATIVE, 3));
      const bytes = Uint8Array.from(store.get(key)!);
      bytes[1] = 2; // behind the header of the list
      await store.write([{ key, value: bytes }]);
      await expectError("STORE_VERSION", () => loadLanes(store, ID));
    }
  });

  it("are refused with an error that says so when bytes are torn or foreign", async () => {
    const lane = used(NATIVE, 3);
    const whole = await storeWith(lane);
    for (const [key, bytes] of whole.entries("")) {
      const damaged = [
        new Uint8Array(),
        bytes.subarray(0, bytes.length / 2),
        Buffer.from("c0", "hex"),
        Buffer.from("nonsense"),
      ];
      for (const value of damaged) {
        const store = await storeWith(lane);
        await store.write([{ key, value }]);
        expect(refusalOf(() => loadLanes(store, ID)).code, `${key} ${value.length}`).to.match(
          /^STORE_(CORRUPT|VERSION)$/,
        );
      }
    }
  });

  it("are refused when a lock is missing or another one is there", async () => {
    const key = `lock/${ID}/0/mine/1`;
    for (const value of [undefined, (await storeWith(used(NATIVE, 3))).get(`lock/${ID}/0/mine/2`)]) {
      const store = await storeWith(used(NATIVE, 3));
      await store.write([{ key, value }]);
      await expectError("STORE_CORRUPT", () => loadLanes(store, ID));
    }
  });
});

function lockAt(position: number): HeldLock {
  const lock = { registry: REGISTRY, key: wordOf(position), amount: BigInt(1 + position), expiry: 2_000_000_000n };
  return { ...lock, position, serial: position + 1, origin: `payment ${position}` };
}

function signed(nonce: bigint, asset = NATIVE): SignedVoucher {
  const tally = { nonce, transferred: 10n ** 30n, locked: 5n, locksRoot: wordOf(4) };
  return { voucher: { ...tally, channelId: ID, asset, ack: wordOf(6) }, signature: { r: wordOf(1), vs: wordOf(2) } };
}

function sentAt(nonce: bigint, asset = NATIVE): Sent {
  const lock = { registry: REGISTRY, key: wordOf(1), amount: 5n, expiry: 9n, position: 3 };
  const operations: Operation[] = [
    { kind: "pay", amount: 2n ** 100n, note: "0xc0ffee" },
    { kind: "lock", lock, packet: `0x${"0a".repeat(1_300)}` },
    { kind: "settle", position: 1 },
    { kind: "drop", position: 2 },
  ];
  return { signed: signed(nonce, asset), ack: 12n, operations, ended: [lockAt(1), lockAt(2)] };
}

function inFlight(lane: Lane, locks: LockTree<HeldLock>): Lane {
  const tally = { ...lane.mine.tally, locked: locks.sum, locksRoot: locks.root };
  return { ...lane, mine: { ...lane.mine, locks, tally } };
}

/** A lane in which everything there can be is. */
function used(asset: typeof NATIVE, locks: number): Lane {
  const { mine, theirs } = inFlight(emptyLane(asset), new LockTree(Array.from({ length: locks }, (_, i) => lockAt(i))));
  const drop = { kind: "drop", position: 2 } as const;
  return {
    asset,
    mine: {
      ...mine,
      serial: 300,
      acknowledged: signed(2n, asset),
      unacknowledged: [sentAt(3n, asset), sentAt(20n, asset)],
      queue: [{ operation: drop, origin: "payment 2", failure: "0xfa11" }],
      dropped: [{ origin: "payment 3", serial: 4, nonce: 20n, failure: undefined }],
    },
    theirs: { ...theirs, serial: 7, taken: signed(2n ** 60n, asset), owed: true, ending: 1 },
  };
}

/** A lane after a voucher of each side, with locks that come and go. */
function stepped(lane: Lane, i: number): Lane {
  const { registry, key, amount, expiry } = lockAt(i);
  const { mine, theirs } = lane;
  const lock = { registry, key, amount, expiry, position: mine.locks.free };
  const add: Operation = { kind: "lock", lock, packet: "0x" };
  const held = [...mine.locks.locks()];
  const end: Operation[] = i % 5 > 2 ? [{ kind: "settle", position: held[0]!.position }] : [];
  const operations = [...end, add];
  const { tally, locks, serial } = applyOperations(mine, operations, () => `payment ${i}`);
  const sent: Sent = { signed: signed(tally.nonce, lane.asset), ack: 0n, operations, ended: [] };
  const others = applyOperations(theirs, [{ kind: "pay", amount: 1n, note: "0x" }]);
  const unacknowledged = [...mine.unacknowledged, sent].slice(-4);
  return {
    ...lane,
    mine: { ...mine, tally, locks, serial, unacknowledged },
    theirs: { ...theirs, tally: others.tally, serial: others.serial },
  };
}

async function storeWith(lane: Lane): Promise<MemoryStore> {
  const store = new MemoryStore();
  await store.write(writesOf(ID, [], [lane]));
  return store;
}

/** A lane whose locks can be compared. */
function plain({ asset, mine, theirs }: Lane): object {
  const { locks: mineLocks, ...myRest } = mine;
  const { locks: theirLocks, ...theirRest } = theirs;
  return { asset, mine: [myRest, [...mineLocks.locks()]], theirs: [theirRest, [...theirLocks.locks()]] };
}

function refusalOf(action: () => unknown): SluiceError {
  try {
    action();
  } catch (error) {
    expect(error).to.be.instanceOf(SluiceError);
    return error as SluiceError;
  }
  throw new Error("It was not refused.");
}
