/** Packets that were taken, while their locks last: nobody finds out where one goes by sending it twice. */
import type { Address, Hex } from "../protocol/types";
import type { Shelf } from "./memory";

/** A packet, under the secret that this node shares with its payer. */
export interface SeenPacket {
  /** The neighbour that brought it. */
  readonly from: Address;
  /** Chain time from which on it can do no harm. */
  readonly until: bigint;
}

/** Of one neighbour at most: who sends more has to wait, and nobody else with it. */
const MAX_PER_NEIGHBOUR = 50_000;

export class SeenPackets {
  private readonly counts = new Map<Address, number>();

  constructor(
    private readonly shelf: Shelf<SeenPacket>,
    private readonly most = MAX_PER_NEIGHBOUR,
  ) {
    for (const { from } of shelf.values()) this.count(from, 1);
  }

  /** Notes a packet. Returns false if it was there before, or its neighbour has too many. */
  take(sharedSecret: Hex, packet: SeenPacket): boolean {
    const { from } = packet;
    if (this.shelf.get(sharedSecret) !== undefined || (this.counts.get(from) ?? 0) >= this.most) return false;
    this.shelf.put(sharedSecret, packet);
    this.count(from, 1);
    return true;
  }

  /** Forgets those whose locks have expired. */
  prune(chainTime: bigint): void {
    for (const [sharedSecret, { from, until }] of this.shelf.entries()) {
      if (until >= chainTime) continue;
      this.shelf.remove(sharedSecret);
      this.count(from, -1);
    }
  }

  private count(from: Address, change: number): void {
    const left = (this.counts.get(from) ?? 0) + change;
    if (left > 0) this.counts.set(from, left);
    else this.counts.delete(from);
  }
}
