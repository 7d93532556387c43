import { expect } from "chai";
import { SluiceError } from "../../../../src";
import { WebSocketTransport } from "../../../../src/adapters/webSocket";
import { identityOf } from "../support/identity";
import { ManualClock } from "../support/manualClock";
import { Proxy } from "../support/proxy";
import { Recorder } from "../support/recorder";

const HERE = { host: "127.0.0.1", port: 0 };
const [ALICE, BOB] = [identityOf("Alice"), identityOf("Bob")];
const [alice, bob] = [ALICE.signer.address, BOB.signer.address];

describe("the connections of the WebSocket transport", () => {
  let clock: ManualClock;
  let ends: (() => Promise<void>)[];

  beforeEach(() => {
    clock = new ManualClock();
    ends = [];
  });
  afterEach(async () => {
    for (const end of ends) await end();
  });

  async function start(identity: typeof ALICE, listens = true): Promise<[WebSocketTransport, Recorder]> {
    const transport = new WebSocketTransport({ ...identity, clock, ...(listens && { listen: HERE }) });
    const recorder = new Recorder();
    await transport.start(recorder);
    ends.unshift(() => transport.close());
    return [transport, recorder];
  }

  async function cableTo(transport: WebSocketTransport, changed?: () => void): Promise<Proxy> {
    const proxy = await Proxy.to(transport.port!, changed);
    ends.push(() => proxy.close());
    return proxy;
  }

  /** Alice says something, and Bob hears it. */
  async function expectHeard(sender: WebSocketTransport, atBob: Recorder, text: string): Promise<void> {
    expect(sender.send(bob, Buffer.from(text))).to.equal(true);
    await atBob.times(1, alice, text);
  }

  it("are made anew after the cable was cut", async () => {
    const [there, atBob] = await start(BOB);
    const [here, atAlice] = await start(ALICE, false);
    const cable = await cableTo(there);
    here.dial(bob, cable.url);
    await atAlice.times(1, bob, "connected");
    for (let cut = 1; cut <= 5; cut++) {
      cable.cut();
      await Promise.all([atAlice.times(cut, bob, "disconnected"), atBob.times(cut, alice, "disconnected")]);
      expect(here.send(bob, Buffer.from("lost"))).to.equal(false);
      clock.advance(8_000);
      await Promise.all([atAlice.times(cut + 1, bob, "connected"), atBob.times(cut + 1, alice, "connected")]);
      await expectHeard(here, atBob, `after cut ${cut}`);
    }
    expect(atBob.count(alice, "lost")).to.equal(0);
  });

  it("are made anew after the cable went dead without a word", async () => {
    const [there, atBob] = await start(BOB);
    const [here, atAlice] = await start(ALICE, false);
    const cable = await cableTo(there);
    here.dial(bob, cable.url);
    await Promise.all([atAlice.times(1, bob, "connected"), atBob.times(1, alice, "connected")]);
    await expectHeard(here, atBob, "before");
    cable.die();
    clock.advance(15_000);
    clock.advance(15_000);
    await Promise.all([atAlice.times(1, bob, "disconnected"), atBob.times(1, alice, "disconnected")]);
    clock.advance(500);
    await Promise.all([atAlice.times(2, bob, "connected"), atBob.times(2, alice, "connected")]);
    await expectHeard(here, atBob, "after");
  });

  it("take the place of dead ones that the other side still believes in", async () => {
    const [there, atBob] = await start(BOB);
    const [here, atAlice] = await start(ALICE, false);
    const cable = await cableTo(there);
    here.dial(bob, cable.url);
    await Promise.all([atAlice.times(1, bob, "connected"), atBob.times(1, alice, "connected")]);
    cable.die();
    const [again, atAgain] = await start(ALICE, false); // Alice after a crash
    again.dial(bob, cable.url);
    await Promise.all([atAgain.times(1, bob, "connected"), atBob.times(2, alice, "connected")]);
    expect(atBob.about(alice)).to.deep.equal(["connected", "disconnected", "connected"]);
    await expectHeard(again, atBob, "after the crash");
  });

  it("are kept for as long as the peer answers", async () => {
    const [there, atBob] = await start(BOB);
    const [here, atAlice] = await start(ALICE, false);
    const cable = await cableTo(there);
    here.dial(bob, cable.url);
    await Promise.all([atAlice.times(1, bob, "connected"), atBob.times(1, alice, "connected")]);
    for (let i = 0; i < 20; i++) {
      await expectHeard(here, atBob, `tick ${i}`); // comes behind Alice's ping,
      there.send(alice, Buffer.from(`tock ${i}`)); // and this behind Bob's
      await atAlice.times(1, bob, `tock ${i}`);
      clock.advance(15_000);
    }
    await expectHeard(here, atBob, "still here");
    expect(atAlice.count(bob, "disconnected") + atBob.count(alice, "disconnected")).to.equal(0);
  });

  it("are one in the end when both dial at once", async () => {
    for (let round = 0; round < 10; round++) {
      const [here, atAlice] = await start(ALICE);
      const [there, atBob] = await start(BOB);
      let check: () => void = () => undefined;
      const cables = [await cableTo(here, () => check()), await cableTo(there, () => check())] as const;
      here.dial(bob, cables[1].url);
      there.dial(alice, cables[0].url);
      await Promise.all([atAlice.times(1, bob, "connected"), atBob.times(1, alice, "connected")]);
      await new Promise<void>((resolve) => {
        check = () => {
          if (cables[0].connections + cables[1].connections === 1) resolve();
        };
        check();
      });
      expect(here.send(bob, Buffer.from("hello"))).to.equal(true);
      expect(there.send(alice, Buffer.from("hello"))).to.equal(true);
      await Promise.all([atAlice.times(1, bob, "hello"), atBob.times(1, alice, "hello")]);
      expect(atAlice.count(bob, "connected") - atAlice.count(bob, "disconnected")).to.equal(1);
      expect(atBob.count(alice, "connected") - atBob.count(alice, "disconnected")).to.equal(1);
    }
  });

  it("are dialled at a new place once it is known", async () => {
    const [there, atBob] = await start(BOB);
    const [here] = await start(ALICE, false);
    here.dial(bob, "ws://127.0.0.1:1");
    await clock.due(250);
    here.dial(bob, `ws://127.0.0.1:${there.port!}`);
    clock.advance(250);
    await atBob.times(1, alice, "connected");
  });

  it("are not made to oneself", async () => {
    const [here, atAlice] = await start(ALICE);
    here.dial(alice, `ws://127.0.0.1:${here.port!}`);
    await clock.due(250);
    expect(atAlice.about(alice)).to.be.empty;
  });

  for (const url of ["", "example.org:9000", "http://example.org", "ws://", "ws://example.org/#fragment"]) {
    it(`are not dialled to "${url}"`, async () => {
      const [here] = await start(ALICE, false);
      expect(() => here.dial(bob, url))
        .to.throw(SluiceError)
        .with.property("code", "URL_INVALID");
    });
  }

  it("are not accepted on a port that somebody else has", async () => {
    const [first] = await start(ALICE);
    const second = new WebSocketTransport({ ...BOB, clock, listen: { ...HERE, port: first.port! } });
    const error: unknown = await second.start(new Recorder()).catch((reason: unknown) => reason);
    expect(error).to.be.instanceOf(SluiceError).with.property("code", "LISTEN_FAILED");
    await second.close();
  });
});
