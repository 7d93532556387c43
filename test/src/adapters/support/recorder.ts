import type { Address } from "../../../../src";
import type { TransportHandler } from "../../../../src/ports/transport";

/** Remembers what a transport reports, as `connected`, `disconnected` or the text of the message, by peer. */
export class Recorder implements TransportHandler {
  readonly #reports = new Map<Address, string[]>();
  #waiting: (() => void)[] = [];

  connected(peer: Address): void {
    this.#add(peer, "connected");
  }

  disconnected(peer: Address): void {
    this.#add(peer, "disconnected");
  }

  received(peer: Address, message: Uint8Array): void {
    this.#add(peer, Buffer.from(message).toString());
  }

  /** All reports about a peer so far. */
  about(peer: Address): readonly string[] {
    return this.#reports.get(peer) ?? [];
  }

  /** How often this was reported about a peer. */
  count(peer: Address, report: string): number {
    return this.about(peer).filter((each) => each === report).length;
  }

  /** Resolves as soon as `holds`; checked at every report. */
  async until(holds: () => boolean): Promise<void> {
    while (!holds()) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  /** Resolves once this was reported about a peer that many times. */
  async times(count: number, peer: Address, report: string): Promise<void> {
    await this.until(() => this.count(peer, report) >= count);
  }

  #add(peer: Address, report: string): void {
    const reports = this.#reports.get(peer) ?? [];
    this.#reports.set(peer, reports);
    reports.push(report);
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }
}
