import { expect } from "chai";
import { after as afterParts, systemClock } from "../../../src/adapters/systemClock";

describe("the system clock", () => {
  /** Whatever else waits keeps this process alive, so the test does: timers of the clock do not. */
  let alive: NodeJS.Timeout;
  before(() => (alive = setInterval(() => undefined, 1_000)));
  after(() => clearInterval(alive));

  it("tells the Unix time in milliseconds", () => {
    const before = Date.now();
    expect(systemClock.now()).to.be.within(before, Date.now());
  });

  it("calls back in the order of the times", async () => {
    const calls: string[] = [];
    systemClock.after(20, () => calls.push("later"));
    systemClock.after(1, () => calls.push("sooner"));
    await passed(40);
    expect(calls).to.deep.equal(["sooner", "later"]);
  });

  it("does not call back what was cancelled", async () => {
    let called = false;
    const cancel = systemClock.after(1, () => (called = true));
    cancel();
    await passed(10);
    expect(called).to.equal(false);
  });

  it("does not call back at once after a period that timers cannot hold, and cancels it", async () => {
    let called = false;
    const cancel = systemClock.after(365 * 24 * 60 * 60 * 1_000, () => (called = true));
    await passed(10);
    cancel();
    expect(called).to.equal(false);
  });

  it("waits for a long period in parts, and can be cancelled in any of them", async () => {
    const calls: string[] = [];
    const cancel = afterParts(30, () => calls.push("cancelled"), 5);
    afterParts(30, () => calls.push("parts"), 5);
    systemClock.after(25, () => calls.push("sooner"));
    systemClock.after(12, cancel);
    await new Promise<void>((resolve) => afterParts(60, resolve, 5));
    expect(calls).to.deep.equal(["sooner", "parts"]);
  });

  it("keeps no process alive", () => {
    const resources = process.getActiveResourcesInfo();
    const cancel = systemClock.after(60_000, () => undefined);
    expect(process.getActiveResourcesInfo()).to.deep.equal(resources);
    cancel();
  });
});

function passed(milliseconds: number): Promise<void> {
  return new Promise((resolve) => systemClock.after(milliseconds, resolve));
}
