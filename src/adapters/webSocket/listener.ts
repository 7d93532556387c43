import { createServer, type Server } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { WebSocketServer, type WebSocket } from "ws";
import { SluiceError } from "../../errors";
import type { Clock } from "../../ports/clock";
import { Admission } from "./admission";
import type { Limits } from "./limits";
import { SOCKET_OPTIONS } from "./socketOptions";

/** Where to accept connections. */
export interface Endpoint {
  readonly host: string;
  /** 0 for any free one. */
  readonly port: number;
}

/** Accepts WebSockets. */
export class Listener {
  readonly #admission: Admission;
  readonly #http: Server;

  constructor(
    private readonly endpoint: Endpoint,
    limits: Limits,
    clock: Clock,
    accept: (socket: WebSocket, tcp: Socket) => void,
  ) {
    this.#admission = new Admission(limits, clock);
    const webSockets = new WebSocketServer({ ...SOCKET_OPTIONS, noServer: true, clientTracking: false });
    this.#http = createServer((_request, response) => response.writeHead(426, { connection: "close" }).end());
    this.#http.on("error", () => undefined); // a connection could not be accepted; there will be others
    this.#http.on("connection", (tcp) => this.#admission.admit(tcp));
    this.#http.on("upgrade", (request, tcp, head) =>
      webSockets.handleUpgrade(request, tcp, head, (socket) => accept(socket, request.socket)),
    );
  }

  /** The port it listens on. */
  get port(): number {
    return (this.#http.address() as AddressInfo).port;
  }

  /**
   * Starts to accept.
   * @throws SluiceError `LISTEN_FAILED`
   */
  async open(): Promise<void> {
    const { host, port } = this.endpoint;
    await new Promise<void>((resolve, reject) => {
      this.#http.once("error", ({ message }) =>
        reject(
          new SluiceError(
            "LISTEN_FAILED",
            `Cannot listen on ${host}, port ${port}: ${message}.`,
            "No peer was connected; choose another address or port, or stop the process that uses it.",
          ),
        ),
      );
      this.#http.listen(port, host, resolve);
    });
  }

  /** A peer has proved who it is: its connection may stay. */
  proven(tcp: Socket): void {
    this.#admission.proven(tcp);
  }

  /** Accepts nothing more. Resolves when every connection has ended; those that are proven have to be ended elsewhere. */
  async close(): Promise<void> {
    this.#admission.close();
    await new Promise((resolve) => this.#http.close(resolve));
  }
}
