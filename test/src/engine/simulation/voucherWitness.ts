import { fail, ok } from "node:assert/strict"; // asked at every write: matchers for numbers of contracts cost too much
import type { ChannelRecord } from "../../../../src/engine/channel";
import type { Voucher as Message } from "../../../../src/engine/messages";
import type { Lane } from "../../../../src/engine/payments/lane";
import type { ChannelId, Hex, State } from "../../../../src/protocol/types";
import { decodeTallies, epochOf, tallyOf, type SignedVoucher, type Tally } from "../../../../src/protocol/vouchers";
import type { SimulatedNode } from "../world/node";

/** What somebody honest holds of a payment channel for good. */
interface Holding {
  readonly self: number;
  /** The newest epoch that all have signed, as far as it knows. */
  readonly epoch: bigint;
  /** By asset, what it has been given. */
  readonly taken: readonly Tally[];
}

/** Sees the payments of honest people as they become durable, and knows what must never be in them. */
export class VoucherWitness {
  private readonly holdings = new Map<string, Holding>();
  /** What honest payers have signed, by person, channel, lane and number. */
  private readonly signed = new Map<string, Tally>();
  private readonly digests = new Map<string, Hex>();
  /** What anybody has signed, by what the signature says. */
  readonly made = new Map<Hex, SignedVoucher>();

  /** Notes what somebody has signed, honest or not. */
  note(lanes: readonly Lane[]): void {
    for (const { mine } of lanes)
      for (const { signed } of mine.unacknowledged) this.made.set(signed.signature.r, signed);
  }

  see(node: SimulatedNode, record: ChannelRecord, before: readonly Lane[] | undefined, lanes: readonly Lane[]): void {
    if (record.settled !== undefined) return; // what it was paid by is all that is left: `whyUnjust` looks at that
    for (const [i, { mine, theirs }] of lanes.entries()) {
      const was = before?.[i];
      const where = `${node.name} in ${record.id}`;
      if (was !== undefined) {
        ok(mine.tally.nonce >= was.mine.tally.nonce, `${where} forgets what it has paid`);
        ok(theirs.tally.nonce >= was.theirs.tally.nonce, `${where} forgets what it was paid`);
        ok(theirs.tally.transferred >= was.theirs.tally.transferred, `${where} gives back`);
      }
      for (const { signed } of mine.unacknowledged) {
        this.signed.set(keyOf(node, record.id, i, signed.voucher.nonce), tallyOf(signed.voucher));
      }
    }
    if (record.agreed === undefined || lanes.length === 0) return;
    const taken = lanes.map(({ theirs }) => theirs.tally);
    const epoch = epochOf(record.agreed.state.version);
    this.holdings.set(node.address + record.id, { self: record.self, epoch, taken });
  }

  forget(node: SimulatedNode): void {
    for (const key of [...this.holdings.keys()]) if (key.startsWith(node.address)) this.holdings.delete(key);
  }

  /** One person signs one voucher of a number; but who was set back may not know of one that nobody has heard of. */
  hear(node: SimulatedNode, { channelId, lane, nonce, signature }: Message, wasSetBack: boolean): void {
    const key = keyOf(node, channelId, lane, nonce);
    const before = this.digests.get(key);
    this.digests.set(key, signature.r);
    if (before === undefined || before === signature.r) return;
    const isKnown = [...this.holdings].some(
      ([of, { taken }]) => of.endsWith(channelId) && !of.startsWith(node.address) && taken[lane]!.nonce >= nonce,
    );
    if (!wasSetBack || isKnown) fail(`${node.name} signs two vouchers of ${key}`);
  }

  /** What is wrong, for somebody honest, about a state by which a channel was paid; undefined if nothing. */
  whyUnjust(node: SimulatedNode, id: ChannelId, { version, appData }: State): string | undefined {
    const holding = this.holdings.get(node.address + id);
    if (holding === undefined) return undefined;
    const { self, epoch, taken } = holding;
    if (epochOf(version) < epoch) return `it is of epoch ${epochOf(version)}, and not of ${epoch}`;
    for (const [i, pair] of decodeTallies(appData, taken.length).entries()) {
      const [mine, theirs] = self === 0 ? pair : [pair[1], pair[0]];
      if (theirs.nonce < taken[i]!.nonce) return `it leaves out vouchers ${theirs.nonce} to ${taken[i]!.nonce}`;
      const signed = this.signed.get(keyOf(node, id, i, mine.nonce));
      if (mine.nonce > 0n && signed?.transferred !== mine.transferred) return `it makes ${mine.nonce} up`;
      if (mine.nonce > 0n && signed?.locksRoot !== mine.locksRoot) return `it makes the locks of ${mine.nonce} up`;
    }
    return undefined;
  }
}

function keyOf({ address }: SimulatedNode, id: ChannelId, lane: number, nonce: bigint): string {
  return `${address} ${id} ${lane} ${nonce}`;
}
