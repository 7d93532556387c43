import { expect } from "chai";
import { MemoryStore } from "../../../src/adapters/memoryStore";
import { freshSession, type ChannelRecord, type ChannelState } from "../../../src/engine/channel";
import { Channels } from "../../../src/node/channels";
import { encodeRecord, recordKey } from "../../../src/node/records";
import { NATIVE, type Address, type ChannelId, type Hex } from "../../../src";

describe("the channels of a node", () => {
  it("stay in memory as long as they were used last", async () => {
    const { channels, states } = await settled(4, 2);
    expect(states.map(({ record }) => channels.isAsleep(record.id))).to.deep.equal([true, true, false, false]);
    use(channels, states[2]!);
    use(channels, states[0]!);
    expect(states.map(({ record }) => channels.isAsleep(record.id))).to.deep.equal([false, true, false, true]);
  });

  it("are all there, asleep or not", async () => {
    const { channels, states } = await settled(4, 2);
    const ids = [...channels.all()].map(({ record }) => record.id);
    expect(ids).to.have.members(states.map(({ record }) => record.id));
    for (const { record } of states) {
      expect(channels.has(record.id)).to.equal(true);
      expect(channels.get(record.id)!.record).to.deep.equal(record);
      expect(channels.getDurable(record.id)!.record).to.deep.equal(record);
    }
    expect(channels.get(idOf(9))).to.equal(undefined);
  });

  it("do not sleep while something goes on in them, or is not durable yet", async () => {
    const { channels, states } = await settled(1, 0);
    const [state] = states as [ChannelState];
    const { id } = state.record;
    const waiting = { ...state, session: { ...state.session, waitingSince: 1 } };
    channels.put(channels.get(id), waiting);
    channels.settle(waiting);
    expect([channels.isAsleep(id), channels.busy()]).to.deep.equal([false, [id]]);
    const paid = { ...state, record: { ...state.record, signed: 2n } };
    channels.put(waiting, paid);
    channels.settle(waiting); // an earlier step becomes durable later than the newest is made
    expect([channels.isAsleep(id), channels.get(id), channels.getDurable(id)]).to.deep.equal([false, paid, waiting]);
    channels.settle(paid);
    expect(channels.isAsleep(id)).to.equal(true);
  });

  it("do not sleep at all where their data come from a backup", async () => {
    const { channels, store } = await settled(2, 0);
    const restored = channelsOf(store, 0);
    restored.sleepless = true;
    expect([...restored.load()]).to.have.length(2);
    expect(restored.busy()).to.have.length(2);
    expect(channels.busy()).to.have.length(0);
  });

  it("remember what the chain said, and wake up for a dispute", async () => {
    const { channels, states } = await settled(1, 0);
    const { id } = states[0]!.record;
    const view = { held: { [NATIVE]: 5n }, record: { kind: "none" } } as const;
    expect(channels.see(id, { latest: view, confirmed: view })).to.equal(true);
    expect(channels.get(id)!.session.latest).to.equal(view);
    expect(channels.see(id, { latest: { held: {}, record: { kind: "paid" } }, confirmed: view })).to.equal(false);
    expect(channels.get(id)!.session.latest).to.equal(view);
  });

  it("remember who is level with them until a connection comes or goes", async () => {
    const { channels, states } = await settled(1, 0);
    const [state] = states as [ChannelState];
    use(channels, { ...state, session: { ...state.session, synced: 0b10 } });
    expect(channels.get(state.record.id)!.session).to.include({ synced: 0b10, connected: 0b10 });
    channels.reconnect();
    expect(channels.get(state.record.id)!.session).to.include({ synced: 0, connected: 0b10 });
  });
});

/** Some channels at rest, of which the store knows, each used in its turn. */
async function settled(count: number, maxResting: number) {
  const store = new MemoryStore();
  const channels = channelsOf(store, maxResting);
  const states: ChannelState[] = Array.from({ length: count }, (_, i) => ({
    record: recordOf(i),
    lanes: [],
    session: freshSession(),
  }));
  for (const { record } of states) await store.write([{ key: recordKey(record.id), value: encodeRecord(record) }]);
  for (const state of states) use(channels, state);
  return { store, channels, states };
}

function channelsOf(store: MemoryStore, maxResting: number): Channels {
  return new Channels({ store, maxResting, connectedTo: () => 0b10 });
}

function use(channels: Channels, state: ChannelState): void {
  channels.put(channels.get(state.record.id), state);
  channels.settle(state);
}

function idOf(index: number): ChannelId {
  return `0x${String(index).padStart(64, "0")}` as ChannelId;
}

function recordOf(index: number): ChannelRecord {
  const participants = ["11", "22"].map((byte) => `0x${byte.repeat(20)}` as Address);
  const opening = { version: 0n, outcome: "0x", appData: "0x" } as const;
  const word: Hex = `0x${"5a".repeat(32)}`;
  return {
    id: idOf(index),
    terms: { participants, nonce: word, app: NATIVE, challengePeriod: 3_600n, bond: 0n },
    self: 0,
    destinations: [],
    funding: { kind: "deposits" },
    opening,
    agreed: { state: { ...opening, version: 1n }, signatures: [] },
    moves: [],
    signed: 1n,
    promised: undefined,
    unsealed: [],
    answered: [0, 0],
    requested: 0,
    authorizations: [[], []],
    depositing: [],
    funded: true,
    leaving: false,
    closed: false,
    settled: undefined,
  };
}
