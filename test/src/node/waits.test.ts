import { expect } from "chai";
import { Events } from "../../../src/node/events";
import { Tickets } from "../../../src/node/tickets";
import { Watchers } from "../../../src/node/watchers";

describe("promises that others end", () => {
  it("end once, the way they are ended first", async () => {
    const tickets = new Tickets<string, number>();
    const promise = tickets.issue("a", () => undefined);
    tickets.resolve("a", 1);
    tickets.fail("a", new Error("too late"));
    tickets.resolve("unknown", 2);
    expect(await promise).to.equal(1);
  });

  it("end with what their start throws, and are forgotten", async () => {
    const tickets = new Tickets<string, number>();
    const signal = new AbortController().signal;
    let added = 0;
    signal.addEventListener = () => added++;
    signal.removeEventListener = () => added--;
    const broken = tickets.issue(
      "a",
      () => {
        throw new Error("It does not start.");
      },
      signal,
    );
    expect(await messageOf(broken)).to.equal("It does not start.");
    expect(added).to.equal(0);
  });

  it("end with the reason of a signal, and whoever works for them hears of it once", async () => {
    const tickets = new Tickets<string, number>();
    const abort = new AbortController();
    let abandoned = 0;
    const promise = tickets.issue(
      "a",
      () => undefined,
      abort.signal,
      () => abandoned++,
    );
    abort.abort(new Error("enough"));
    tickets.resolve("a", 1);
    expect(await messageOf(promise)).to.equal("enough");
    expect(abandoned).to.equal(1);
    const late = tickets.issue("b", () => abandoned++, abort.signal);
    expect(await messageOf(late)).to.equal("enough");
    expect(abandoned, "it did not even start").to.equal(1);
  });

  it("end all at once", async () => {
    const tickets = new Tickets<number, number>();
    const promises = [1, 2].map((name) => messageOf(tickets.issue(name, () => undefined)));
    tickets.failAll(new Error("over"));
    expect(await Promise.all(promises)).to.deep.equal(["over", "over"]);
  });
});

describe("waiting until something is as it is wanted", () => {
  it("looks at once, and then whenever it may have changed", async () => {
    const watchers = new Watchers<string>();
    let value: number | undefined = 1;
    expect(await watchers.until("a", () => value)).to.equal(1);
    value = undefined;
    let looks = 0;
    const promise = watchers.until("a", () => (looks++, value));
    watchers.look("b");
    expect(looks).to.equal(1);
    watchers.look("a");
    value = 2;
    watchers.lookAll();
    expect(await promise).to.equal(2);
    watchers.lookAll();
    expect(looks).to.equal(3);
  });

  it("ends with what a look throws, and with the reason of a signal", async () => {
    const watchers = new Watchers<string>();
    let isBroken = false;
    const probe = () => {
      if (isBroken) throw new Error("It is gone.");
      return undefined;
    };
    const abort = new AbortController();
    const promises = [messageOf(watchers.until("a", probe)), messageOf(watchers.until("a", probe, abort.signal))];
    abort.abort(new Error("enough"));
    isBroken = true;
    watchers.look("a");
    expect(await Promise.all(promises)).to.deep.equal(["It is gone.", "enough"]);
  });
});

describe("events", () => {
  it("are numbered, and reach every listener although another one fails", () => {
    const errors: unknown[] = [];
    const events = new Events((error) => errors.push(error));
    const heard: number[] = [];
    events.on(() => {
      throw new Error("deaf");
    });
    const end = events.on(({ sequence }) => heard.push(sequence));
    const event = { type: "alarm", code: "GAS_LOW", message: "" } as const;
    events.emit(event);
    events.emit(event);
    end();
    events.emit(event);
    expect(heard).to.deep.equal([1, 2]);
    expect(errors).to.have.length(3);
  });
});

async function messageOf(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => "It did not fail.",
    (error: unknown) => (error as Error).message,
  );
}
