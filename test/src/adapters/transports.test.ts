import { expect } from "chai";
import type { Address } from "../../../src";
import { InProcessHub } from "../../../src/adapters/inProcess";
import { WebSocketTransport } from "../../../src/adapters/webSocket";
import type { Transport } from "../../../src/ports/transport";
import { identityOf } from "./support/identity";
import { ManualClock } from "./support/manualClock";
import { Recorder } from "./support/recorder";

/** A way to connect Alice, who dials, and Bob, who is dialled. */
interface Network {
  alice(): Transport;
  bob(): Transport;
  /** Where the last one of Bob is reached. */
  url(): string;
  /** Waits until an attempt has failed, or a connection was lost, and it is clear when to dial again. */
  lost(): Promise<void>;
  /** Lets as much time pass as it takes to dial again. */
  redial(): void;
}

const ALICE = identityOf("Alice").signer.address;
const BOB = identityOf("Bob").signer.address;
const bytes = (text: string) => Buffer.from(text);

function inProcess(): Network {
  const hub = new InProcessHub();
  return {
    alice: () => hub.transport(ALICE),
    bob: () => hub.transport(BOB),
    url: () => "",
    lost: () => Promise.resolve(),
    redial: () => undefined,
  };
}

function webSocket(): Network {
  const clock = new ManualClock();
  let bob: WebSocketTransport | undefined;
  let port = 0;
  return {
    alice: () => new WebSocketTransport({ ...identityOf("Alice"), clock }),
    bob: () => (bob = new WebSocketTransport({ ...identityOf("Bob"), clock, listen: { host: "127.0.0.1", port } })),
    url: () => `ws://127.0.0.1:${(port = bob!.port!)}`,
    lost: () => clock.due(500),
    redial: () => clock.advance(500),
  };
}

for (const [name, create] of Object.entries({ inProcess, webSocket })) {
  describe(`the transport ${name}`, () => {
    let network: Network;
    let running: Transport[];

    beforeEach(() => {
      network = create();
      running = [];
    });
    afterEach(async () => {
      await Promise.all(running.map((transport) => transport.close()));
    });

    async function start(transport: Transport): Promise<[Transport, Recorder]> {
      const recorder = new Recorder();
      running.push(transport);
      await transport.start(recorder);
      return [transport, recorder];
    }

    async function connect() {
      const [bob, atBob] = await start(network.bob());
      const [alice, atAlice] = await start(network.alice());
      alice.dial(BOB, network.url());
      await Promise.all([met(atAlice, BOB), met(atBob, ALICE)]);
      return { alice, atAlice, bob, atBob };
    }

    const met = (recorder: Recorder, peer: Address) => recorder.times(1, peer, "connected");

    it("tells both peers, once, that they are connected", async () => {
      const { atAlice, atBob } = await connect();
      expect(atAlice.about(BOB)).to.deep.equal(["connected"]);
      expect(atBob.about(ALICE)).to.deep.equal(["connected"]);
    });

    it("carries messages both ways, in order and unchanged", async () => {
      const { alice, atAlice, bob, atBob } = await connect();
      const texts = Array.from({ length: 500 }, (_, i) => `${i} ${"x".repeat(i)}`);
      for (const text of texts) {
        expect(alice.send(BOB, bytes(text))).to.equal(true);
        expect(bob.send(ALICE, bytes(text))).to.equal(true);
      }
      await Promise.all([atAlice.times(1, BOB, texts[499]!), atBob.times(1, ALICE, texts[499]!)]);
      expect(atAlice.about(BOB)).to.deep.equal(["connected", ...texts]);
      expect(atBob.about(ALICE)).to.deep.equal(["connected", ...texts]);
    });

    it("never reports while its user still handles a report", async () => {
      const { alice, atAlice, bob, atBob } = await connect();
      const rally = 50;
      let handling = 0;
      const answer = (from: Transport, to: Address, recorder: Recorder) => {
        const record = recorder.received.bind(recorder);
        recorder.received = (peer, message) => {
          expect(++handling).to.equal(1);
          record(peer, message);
          if (recorder.about(peer).length < rally) from.send(to, message);
          handling--;
        };
      };
      answer(alice, BOB, atAlice);
      answer(bob, ALICE, atBob);
      alice.send(BOB, bytes("ping"));
      await atBob.until(() => atBob.about(ALICE).length === rally);
    });

    it("says that it cannot send to a peer it is not connected to", async () => {
      const [alice] = await start(network.alice());
      expect(alice.send(BOB, bytes("hello"))).to.equal(false);
    });

    it("drops what does not fit into the queue, and carries on", async () => {
      const { alice, atBob } = await connect();
      const large = Buffer.alloc(100_000, "x");
      let sent = 0;
      while (alice.send(BOB, large)) sent++;
      await atBob.times(sent, ALICE, large.toString());
      expect(alice.send(BOB, bytes("still here"))).to.equal(true);
      await atBob.times(1, ALICE, "still here");
      expect(atBob.count(ALICE, large.toString())).to.equal(sent);
    });

    it("tells the peer when it closes, and tells its own user nothing more", async () => {
      const { alice, atAlice, bob, atBob } = await connect();
      await bob.close();
      await atAlice.times(1, BOB, "disconnected");
      expect(alice.send(BOB, bytes("anybody there?"))).to.equal(false);
      expect(bob.send(ALICE, bytes("farewell"))).to.equal(false);
      expect(atBob.about(ALICE)).to.deep.equal(["connected"]);
    });

    it("finds a peer again that starts anew", async () => {
      const { alice, atAlice, bob } = await connect();
      await bob.close();
      await atAlice.times(1, BOB, "disconnected");
      await network.lost();
      const [, atBob] = await start(network.bob());
      network.redial();
      await Promise.all([atAlice.times(2, BOB, "connected"), met(atBob, ALICE)]);
      alice.send(BOB, bytes("back again"));
      await atBob.times(1, ALICE, "back again");
    });

    it("finds a peer that starts later", async () => {
      const [first] = await start(network.bob());
      const url = network.url();
      await first.close();
      const [alice, atAlice] = await start(network.alice());
      alice.dial(BOB, url);
      await network.lost();
      const [, atBob] = await start(network.bob());
      network.redial();
      await Promise.all([met(atAlice, BOB), met(atBob, ALICE)]);
    });

    it("can be closed twice, and dials nobody afterwards", async () => {
      const { alice, atAlice } = await connect();
      await alice.close();
      await alice.close();
      alice.dial(identityOf("Carol").signer.address, network.url());
      expect(atAlice.about(BOB)).to.deep.equal(["connected"]);
    });
  });
}
