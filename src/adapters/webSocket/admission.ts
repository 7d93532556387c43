import type { Socket } from "node:net";
import type { Clock } from "../../ports/clock";
import { AUTHENTICATION_TIMEOUT, type Limits } from "./limits";

/** Decides which TCP connections may stay, from their first packet on: before TLS, HTTP or a handshake cost anything. */
export class Admission {
  readonly #perNetwork = new Map<string, number>();
  /** Connections that have proved nothing yet, oldest first, and how to call off their deadline. */
  readonly #pending = new Map<Socket, () => void>();
  #total = 0;

  constructor(
    private readonly limits: Limits,
    private readonly clock: Clock,
  ) {}

  /** Takes a new connection in, or destroys it. It is destroyed as well if it has not proved who it is in time. */
  admit(socket: Socket): void {
    const network = networkOf(socket.remoteAddress ?? "");
    const count = this.#perNetwork.get(network) ?? 0;
    if (this.#total >= this.limits.connections || count >= this.limits.connectionsPerAddress) {
      socket.destroy();
      return;
    }
    if (this.#pending.size >= this.limits.pending) this.#evict();
    this.#total++;
    this.#perNetwork.set(network, count + 1);
    this.#pending.set(
      socket,
      this.clock.after(AUTHENTICATION_TIMEOUT, () => socket.destroy()),
    );
    socket.once("close", () => this.#leave(socket, network));
  }

  /** The peer has proved who it is: there is no deadline any more. */
  proven(socket: Socket): void {
    this.#pending.get(socket)?.();
    this.#pending.delete(socket);
  }

  /** Destroys what has not proved anything. */
  close(): void {
    for (const socket of this.#pending.keys()) socket.destroy();
  }

  /** An attacker would fill the places and stay; an honest peer is through in the blink of an eye. */
  #evict(): void {
    const [oldest] = this.#pending.keys();
    if (oldest === undefined) return;
    this.proven(oldest);
    oldest.destroy();
  }

  #leave(socket: Socket, network: string): void {
    this.proven(socket);
    this.#total--;
    const left = this.#perNetwork.get(network)! - 1;
    if (left === 0) this.#perNetwork.delete(network);
    else this.#perNetwork.set(network, left);
  }
}

/** What one party can be expected to own one of: an IPv4 address, or a /64 network of IPv6. */
export function networkOf(address: string): string {
  const ipv4 = /^(?:::ffff:)?(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  const groups = address.split("::")[0]!.split(":");
  return ipv4 ?? [...groups, "0", "0", "0"].slice(0, 4).join(":");
}
