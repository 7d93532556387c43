import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";

/** A cable between a dialler and a listener that can be cut or go dead. */
export class Proxy {
  readonly #pairs = new Set<readonly [Socket, Socket]>();
  readonly #server: Server;

  private constructor(target: number, changed: () => void) {
    this.#server = createServer({ allowHalfOpen: false }, (near) => {
      const pair = [near, connect(target, "127.0.0.1")] as const;
      this.#pairs.add(pair);
      changed();
      near.pipe(pair[1]).pipe(near);
      for (const [i, socket] of pair.entries()) {
        socket.on("error", () => undefined);
        socket.on("close", () => {
          pair[1 - i]!.destroy();
          this.#pairs.delete(pair);
          changed();
        });
      }
    });
  }

  /** @param changed called whenever {@link connections} may have changed */
  static async to(target: number, changed: () => void = () => undefined): Promise<Proxy> {
    const proxy = new Proxy(target, changed);
    await new Promise<void>((resolve) => proxy.#server.listen(0, "127.0.0.1", resolve));
    return proxy;
  }

  get url(): string {
    return `ws://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  get connections(): number {
    return this.#pairs.size;
  }

  /** Both ends notice. */
  cut(): void {
    for (const pair of this.#pairs) for (const socket of pair) socket.destroy();
  }

  /** Nobody notices: nothing gets through any more, on the connections there are now. */
  die(): void {
    for (const [near, far] of this.#pairs) {
      near.unpipe(far).pause();
      far.unpipe(near).pause();
    }
  }

  async close(): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
