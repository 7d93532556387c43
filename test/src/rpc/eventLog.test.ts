import { expect } from "chai";
import { NATIVE } from "../../../src";
import { EventLog, PAGE_SIZE } from "../../../src/rpc/eventLog";
import { BOB, MemoryNode } from "../../support/memoryNode";

const NEVER = new AbortController().signal;

describe("the log of events", () => {
  let node: MemoryNode;

  beforeEach(() => {
    node = new MemoryNode();
  });

  /** Each channel is two events: `opened` and `funded`. */
  async function openChannels(count: number): Promise<void> {
    for (let i = 0; i < count; i++) {
      await node.open({ peers: [{ address: BOB }], mine: [{ asset: NATIVE, amount: 1n }] });
    }
  }

  it("starts with what comes from now on", async () => {
    const log = new EventLog(node);
    await openChannels(1);
    expect(await log.read({}, 0, NEVER)).to.deep.include({ events: [], next: 2, missed: false });
  });

  it("says that events are missed when they are not kept any more", async () => {
    const log = new EventLog(node, 3);
    await openChannels(3);
    const late = await log.read({ after: 2 }, 0, NEVER);
    expect(late.missed).to.equal(true);
    expect(late.events.map(({ sequence }) => sequence)).to.deep.equal([4, 5, 6]);
    expect(await log.read({ after: 3 }, 0, NEVER)).to.deep.include({ missed: false, events: late.events });
  });

  it("says that events are missed by whoever read in another run of the node", async () => {
    const before = await new EventLog(node).read({}, 0, NEVER);
    const log = new EventLog(node);
    await openChannels(1);
    const page = await log.read({ run: before.run, after: before.next }, 60_000, NEVER);
    expect(page).to.deep.include({ missed: true, next: 2 });
    expect(page.run).not.to.equal(before.run);
    expect(await log.read({ run: page.run, after: page.next }, 0, NEVER)).to.deep.include({ missed: false });
  });

  it("says that events are missed by whoever is ahead of it, which is how a new run looks", async () => {
    const log = new EventLog(node);
    await openChannels(1);
    expect(await log.read({ after: 50 }, 60_000, NEVER)).to.deep.include({ missed: true, next: 2 });
  });

  it("says that events are missed when the node told them before the log began", async () => {
    await openChannels(2);
    const log = new EventLog(node);
    await openChannels(1);
    expect(await log.read({ after: 1 }, 0, NEVER)).to.deep.include({ missed: true, next: 6 });
  });

  it("gives a long backlog in pages that join", async () => {
    const log = new EventLog(node);
    await openChannels(PAGE_SIZE);
    const first = await log.read({ after: 0 }, 0, NEVER);
    const second = await log.read({ after: first.next }, 0, NEVER);
    const sequences = [...first.events, ...second.events].map(({ sequence }) => sequence);
    expect(sequences).to.deep.equal(Array.from({ length: 2 * PAGE_SIZE }, (_, i) => i + 1));
  });

  it("comes back with nothing when the wait is over", async () => {
    const log = new EventLog(node);
    expect(await log.read({}, 1, NEVER)).to.deep.include({ events: [], next: 0, missed: false });
  });

  it("wakes everybody who waits", async () => {
    const log = new EventLog(node);
    const pages = [log.read({}, 60_000, NEVER), log.read({}, 60_000, NEVER)];
    await openChannels(1);
    for (const { events } of await Promise.all(pages)) expect(events[0]).to.deep.include({ type: "opened" });
  });

  it("stops to wait when it is told to", async () => {
    const log = new EventLog(node);
    const patience = new AbortController();
    const page = log.read({}, 60_000, patience.signal);
    patience.abort(new Error("enough"));
    const error = await page.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).to.deep.include({ message: "enough" });
  });

  it("hears nothing after it was closed", async () => {
    const log = new EventLog(node);
    log.close();
    await openChannels(1);
    expect(await log.read({ after: 0 }, 0, NEVER)).to.deep.include({ events: [], next: 0 });
  });
});
