import { expect } from "chai";
import { randomBytes } from "node:crypto";
import { connect, type Socket } from "node:net";
import { WebSocketServer } from "ws";
import { WebSocketTransport, type Limits } from "../../../../src/adapters/webSocket";
import { Handshake, type Identity } from "../../../../src/adapters/webSocket/handshake";
import { MAX_MESSAGE_SIZE } from "../../../../src/wire/limits";
import { identityOf } from "../support/identity";
import { ManualClock } from "../support/manualClock";
import { RawPeer } from "../support/rawPeer";
import { Recorder } from "../support/recorder";

const [ALICE, BOB, MALLORY] = [identityOf("Alice"), identityOf("Bob"), identityOf("Mallory")];
const [alice, bob, mallory] = [ALICE.signer.address, BOB.signer.address, MALLORY.signer.address];

const PROTOCOL_ERROR = 1002;
const NOT_BINARY = 1003;
const CUT_OFF = 1006;
const TOO_LARGE = 1009;
const NOT_PROVEN = 4001;
const REPLACED = 4002;

/** Alice listens, Bob is connected to her, and Mallory does what she can. In the end Alice and Bob still talk. */
describe("a malicious peer of the WebSocket transport", () => {
  let clock: ManualClock;
  let server: WebSocketTransport;
  let atAlice: Recorder;
  let honest: WebSocketTransport;
  let atBob: Recorder;
  let port: number;
  let exchanges: number;

  async function begin(limits: Partial<Limits> = {}): Promise<void> {
    clock = new ManualClock();
    exchanges = 0;
    atAlice = new Recorder();
    atBob = new Recorder();
    server = new WebSocketTransport({ ...ALICE, clock, listen: { host: "127.0.0.1", port: 0 }, limits });
    honest = new WebSocketTransport({ ...BOB, clock });
    await Promise.all([server.start(atAlice), honest.start(atBob)]);
    port = server.port!;
    honest.dial(alice, `ws://127.0.0.1:${port}`);
    await Promise.all([atAlice.times(1, bob, "connected"), atBob.times(1, alice, "connected")]);
  }

  async function expectHealthy(): Promise<void> {
    const text = `exchange ${++exchanges}`;
    expect(honest.send(alice, Buffer.from(text))).to.equal(true);
    await atAlice.times(1, bob, text);
    expect(server.send(bob, Buffer.from(text))).to.equal(true);
    await atBob.times(1, alice, text);
    expect(atAlice.count(bob, "disconnected")).to.equal(0);
  }

  beforeEach(() => begin());
  afterEach(async () => {
    await expectHealthy();
    await Promise.all([server.close(), honest.close()]);
  });

  describe("before it has proved who it is", () => {
    afterEach(() => expect(atAlice.about(mallory)).to.be.empty);

    const GARBAGE: [string, Uint8Array][] = [
      ["nothing", Buffer.alloc(0)],
      ["random bytes", randomBytes(53)],
      ["a short hello", new Handshake("dialler", MALLORY).greeting().subarray(1)],
      ["a long hello", Buffer.concat([new Handshake("dialler", MALLORY).greeting(), Buffer.alloc(1)])],
      [
        "the hello of another version",
        Buffer.concat([Buffer.of(2), new Handshake("dialler", MALLORY).greeting().subarray(1)]),
      ],
      ["a large frame", Buffer.alloc(MAX_MESSAGE_SIZE)],
    ];
    for (const [what, frame] of GARBAGE) {
      it(`is shown out when it says ${what}`, async () => {
        const peer = await RawPeer.dial(port);
        peer.send(frame);
        expect(await peer.closed).to.equal(NOT_PROVEN);
      });
    }

    it("is shown out when it sends messages first", async () => {
      const peer = await RawPeer.dial(port);
      peer.send(new Handshake("dialler", MALLORY).greeting());
      for (let i = 0; i < 100; i++) peer.send(Buffer.from("take this"));
      expect(await peer.closed).to.equal(NOT_PROVEN);
    });

    const PROOFS: [string, Uint8Array][] = [
      ["no signature", Buffer.alloc(0)],
      ["zeros", Buffer.alloc(64)],
      ["random bytes", randomBytes(64)],
      ["all ones", Buffer.alloc(64, 0xff)],
      ["a signature and more", Buffer.alloc(65, 1)],
    ];
    for (const [what, proof] of PROOFS) {
      it(`is shown out when its proof is ${what}`, async () => {
        const peer = await RawPeer.dial(port);
        peer.send(new Handshake("dialler", MALLORY).greeting());
        await peer.frame(0);
        peer.send(proof);
        expect(await peer.closed).to.equal(NOT_PROVEN);
        expect(peer.frames).to.have.length(1); // Alice has signed nothing
      });
    }

    it("cannot pass for Bob with a key of its own", async () => {
      const peer = await RawPeer.dial(port);
      const handshake = new Handshake("dialler", callingHerself(bob));
      peer.send(handshake.greeting());
      peer.send(handshake.receive(await peer.frame(0))!.answer!);
      expect(await peer.closed).to.equal(NOT_PROVEN);
    });

    it("cannot pass for Carol by replaying what she once said", async () => {
      const handshake = new Handshake("dialler", identityOf("Carol"));
      const carol = await RawPeer.dial(port);
      const hello = handshake.greeting();
      carol.send(hello);
      const proof = handshake.receive(await carol.frame(0))!.answer!;
      carol.send(proof);
      expect(handshake.receive(await carol.frame(1))).to.have.property("proven", alice);
      const replay = await RawPeer.dial(port);
      replay.send(hello);
      replay.send(proof);
      expect(await replay.closed).to.equal(NOT_PROVEN);
      carol.socket.terminate();
    });

    it("cannot pass for Alice by holding up a mirror", async () => {
      const peer = await RawPeer.dial(port);
      peer.send(await peer.frame(0));
      expect(await peer.closed).to.equal(NOT_PROVEN);
    });

    it("is cut off when it stays silent", async () => {
      const silentTcp = connect(port, "127.0.0.1");
      const slowHttp = connect(port, "127.0.0.1");
      slowHttp.write("GET / HTTP/1.1\r\nHost: alice\r\n");
      const ends = [silentTcp, slowHttp].map(ended);
      const silent = await RawPeer.dial(port);
      const half = await RawPeer.dial(port);
      half.send(new Handshake("dialler", MALLORY).greeting());
      await Promise.all([silent.frame(0), half.frame(0), expectHealthy()]);
      clock.advance(9_999);
      await expectHealthy();
      expect([silent.socket.readyState, half.socket.readyState]).to.deep.equal([silent.socket.OPEN, half.socket.OPEN]);
      clock.advance(1);
      expect(await Promise.all([silent.closed, half.closed])).to.deep.equal([CUT_OFF, CUT_OFF]);
      await Promise.all(ends);
    });

    it("gets an answer to plain HTTP that sends it away", async () => {
      const response = await fetch(`http://127.0.0.1:${port}/`);
      expect(response.status).to.equal(426);
    });

    it("is cut off when it speaks another protocol", async () => {
      const socket = connect(port, "127.0.0.1");
      socket.write(randomBytes(1000));
      await ended(socket);
    });
  });

  describe("in great numbers", () => {
    it("makes room for newcomers by losing its oldest silent connection", async () => {
      await restart({ pending: 3 });
      const silent = [await RawPeer.dial(port), await RawPeer.dial(port), await RawPeer.dial(port)];
      const last = await RawPeer.proven(port, MALLORY);
      expect(await silent[0]!.closed).to.equal(CUT_OFF);
      expect(silent[1]!.socket.readyState).to.equal(last.socket.OPEN);
      await atAlice.times(1, mallory, "connected");
      for (const peer of [...silent, last]) peer.socket.terminate();
    });

    it("gets no more connections than an address may have", async () => {
      await restart({ connectionsPerAddress: 3 }); // Bob has one
      const peers = [await RawPeer.dial(port), await RawPeer.dial(port)];
      await ended(connect(port, "127.0.0.1"));
      for (const peer of peers) {
        expect(peer.socket.readyState).to.equal(peer.socket.OPEN);
        peer.socket.terminate();
      }
    });

    it("gets no more connections than there may be", async () => {
      await restart({ connections: 2 });
      const peer = await RawPeer.dial(port);
      await ended(connect(port, "127.0.0.1"));
      expect(peer.socket.readyState).to.equal(peer.socket.OPEN);
      peer.socket.terminate();
    });

    async function restart(limits: Partial<Limits>): Promise<void> {
      await Promise.all([server.close(), honest.close()]);
      await begin(limits);
    }
  });

  describe("once it has proved who it is", () => {
    let peer: RawPeer;

    beforeEach(async () => {
      peer = await RawPeer.proven(port, MALLORY, false);
      await atAlice.times(1, mallory, "connected");
    });
    afterEach(() => peer.socket.terminate());

    it("is heard", async () => {
      peer.send(Buffer.alloc(MAX_MESSAGE_SIZE, "x"));
      await atAlice.times(1, mallory, "x".repeat(MAX_MESSAGE_SIZE));
    });

    it("is shown out when it sends text", async () => {
      peer.send("text");
      expect(await peer.closed).to.equal(NOT_BINARY);
      await atAlice.times(1, mallory, "disconnected");
      expect(atAlice.about(mallory)).to.deep.equal(["connected", "disconnected"]);
    });

    it("is shown out when a frame is too large, before the frame is read", async () => {
      peer.send(Buffer.alloc(MAX_MESSAGE_SIZE + 1));
      expect(await peer.closed).to.equal(TOO_LARGE);
      await atAlice.times(1, mallory, "disconnected");
    });

    it("is shown out when a message is too large in small pieces", async () => {
      for (let i = 0; i < 5; i++) peer.socket.send(Buffer.alloc(MAX_MESSAGE_SIZE / 4), { fin: false });
      expect(await peer.closed).to.equal(TOO_LARGE);
    });

    it("is shown out when a message comes in many tiny pieces", async () => {
      for (let i = 0; i < 100; i++) peer.socket.send(Buffer.alloc(1), { fin: false });
      expect(await peer.closed).to.equal(1008);
    });

    it("is shown out when it breaks the rules of WebSocket", async () => {
      rawSocket(peer).write(Buffer.from("ffffffffffffffff", "hex"));
      expect(await peer.closed).to.equal(PROTOCOL_ERROR);
    });

    it("is noticed to be gone when it does not answer", async () => {
      clock.advance(14_999);
      await expectHealthy();
      expect(atAlice.count(mallory, "disconnected")).to.equal(0);
      clock.advance(1);
      expect(await peer.closed).to.equal(CUT_OFF);
      await atAlice.times(1, mallory, "disconnected");
    });

    it("is noticed to be gone when it hangs up", async () => {
      rawSocket(peer).end();
      await atAlice.times(1, mallory, "disconnected");
    });

    it("has one connection, the newest", async () => {
      const second = await RawPeer.proven(port, MALLORY);
      expect(await peer.closed).to.equal(REPLACED);
      await atAlice.times(2, mallory, "connected");
      expect(atAlice.about(mallory)).to.deep.equal(["connected", "disconnected", "connected"]);
      server.send(mallory, Buffer.from("which one?"));
      expect((await second.frame(2)).toString()).to.equal("which one?");
      second.socket.terminate();
      await atAlice.times(2, mallory, "disconnected");
    });

    it("fills its own queue when it does not read", async () => {
      peer.socket.pause();
      const large = Buffer.alloc(MAX_MESSAGE_SIZE);
      let rounds = 0;
      for (; server.send(mallory, large); rounds++) if (rounds % 16 === 0) await expectHealthy();
      expect(server.send(mallory, large)).to.equal(false);
      await expectHealthy();
    });
  });

  describe("that floods", () => {
    it("with messages is read no faster than agreed", async () => {
      await Promise.all([server.close(), honest.close()]);
      await begin({ bytesPerSecond: 100 * 1024 });
      const peer = await RawPeer.proven(port, MALLORY);
      for (let i = 0; i < 500; i++) peer.send(Buffer.alloc(1000, "x"));
      peer.send(Buffer.from("done"));
      for (let i = 0; i < 20; i++) await expectHealthy();
      expect(atAlice.about(mallory).length).to.be.below(250);
      while (atAlice.count(mallory, "done") === 0) {
        clock.advance(500);
        await expectHealthy();
      }
      expect(atAlice.count(mallory, "disconnected")).to.equal(0);
      peer.socket.terminate();
    });

    it("with pings is cut off", async () => {
      const peer = await RawPeer.proven(port, MALLORY);
      for (let i = 0; i < 5000; i++) peer.socket.ping(Buffer.alloc(100));
      await atAlice.times(1, mallory, "disconnected");
      await peer.closed;
    });
  });

  describe("that is dialled", () => {
    let traps: WebSocketServer[];
    beforeEach(() => (traps = []));
    afterEach(() => {
      for (const trap of traps) {
        for (const socket of trap.clients) socket.terminate();
        trap.close();
      }
    });

    /** Mallory answers where Bob or she herself should; resolves with her end once Alice has dialled. */
    async function lure(expected: typeof mallory): Promise<RawPeer> {
      const trap = new WebSocketServer({ port: 0, host: "127.0.0.1" });
      const lured = new Promise<RawPeer>((resolve) => trap.on("connection", (socket) => resolve(RawPeer.from(socket))));
      await new Promise((resolve) => trap.on("listening", resolve));
      server.dial(expected, `ws://127.0.0.1:${(trap.address() as { port: number }).port}`);
      const peer = await lured;
      traps.push(trap);
      return peer;
    }

    const carol = identityOf("Carol").signer.address;

    it("gets no signature when it is not the one who was dialled", async () => {
      const peer = await lure(carol);
      await peer.frame(0);
      peer.send(new Handshake("listener", MALLORY).greeting());
      expect(await peer.closed).to.equal(NOT_PROVEN);
      expect(peer.frames).to.have.length(1);
      expect(atAlice.about(carol)).to.be.empty;
    });

    it("cannot hand the signature of the dialler back to it", async () => {
      const peer = await lure(carol);
      peer.send(new Handshake("listener", callingHerself(carol)).greeting());
      peer.send(await peer.frame(1)); // Alice's own proof
      expect(await peer.closed).to.equal(NOT_PROVEN);
      expect(atAlice.about(carol)).to.be.empty;
    });

    it("cannot pass the proof of the dialler on to somebody else", async () => {
      // Alice dials Mallory, who wants Carol to believe that Alice dialled her.
      const target = new WebSocketTransport({ ...identityOf("Carol"), clock, listen: { host: "127.0.0.1", port: 0 } });
      const atCarol = new Recorder();
      await target.start(atCarol);
      const peer = await lure(mallory);
      const toCarol = await RawPeer.dial(target.port!);
      toCarol.send(await peer.frame(0));
      const nonce = (await toCarol.frame(0)).subarray(21);
      peer.send(Buffer.concat([Buffer.of(1), Buffer.from(mallory.slice(2), "hex"), nonce]));
      toCarol.send(await peer.frame(1));
      expect(await toCarol.closed).to.equal(NOT_PROVEN);
      expect(atCarol.about(alice)).to.be.empty;
      await target.close();
    });

    it("is given up when it stays silent", async () => {
      const peer = await lure(carol);
      await peer.frame(0);
      clock.advance(10_000);
      expect(await peer.closed).to.equal(CUT_OFF);
    });
  });
});

/** Mallory, under the address of somebody else. */
function callingHerself(address: typeof mallory): Identity {
  return { ...MALLORY, signer: { ...MALLORY.signer, address } };
}

/** Resolves when a TCP connection is over, however it ended. */
async function ended(socket: Socket): Promise<void> {
  socket.on("error", () => undefined).resume();
  await new Promise((resolve) => socket.on("close", resolve));
}

/** What a WebSocket of the library runs on. */
function rawSocket(peer: RawPeer): Socket {
  return (peer.socket as unknown as { _socket: Socket })._socket;
}
