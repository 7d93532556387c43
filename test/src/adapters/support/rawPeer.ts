import { WebSocket } from "ws";
import { Handshake, type Identity } from "../../../../src/adapters/webSocket/handshake";

/** A WebSocket in Mallory's hands: sends what it likes, when it likes. */
export class RawPeer {
  /** All frames that came in. */
  readonly frames: Buffer[] = [];
  /** The code with which it was closed; 1006 if it was just cut off. */
  readonly closed: Promise<number>;
  #waiting: (() => void)[] = [];

  private constructor(readonly socket: WebSocket) {
    socket.on("error", () => undefined);
    socket.on("message", (data) => this.#add(data as Buffer));
    this.closed = new Promise((resolve) => socket.on("close", (code) => resolve(code)));
  }

  /** Dials; resolves once the WebSocket is open. */
  static async dial(port: number, autoPong = true): Promise<RawPeer> {
    const peer = new RawPeer(new WebSocket(`ws://127.0.0.1:${port}`, { autoPong, perMessageDeflate: false }));
    await new Promise((resolve, reject) => peer.socket.on("open", resolve).on("error", reject));
    return peer;
  }

  /** Takes over a WebSocket that somebody dialled. */
  static from(socket: WebSocket): RawPeer {
    return new RawPeer(socket);
  }

  /** Dials and proves that it is `identity`, as it should. */
  static async proven(port: number, identity: Identity, autoPong = true): Promise<RawPeer> {
    const peer = await RawPeer.dial(port, autoPong);
    const handshake = new Handshake("dialler", identity);
    peer.send(handshake.greeting());
    peer.send(handshake.receive(await peer.frame(0))!.answer!);
    if (handshake.receive(await peer.frame(1))?.proven === undefined) throw new Error("The listener proved nothing.");
    return peer;
  }

  send(frame: Uint8Array | string): void {
    this.socket.send(frame);
  }

  /** The frame that came in as the one with this number; waits for it. */
  async frame(index: number): Promise<Buffer> {
    while (this.frames.length <= index) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    return this.frames[index]!;
  }

  #add(frame: Buffer): void {
    this.frames.push(frame);
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }
}
