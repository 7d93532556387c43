import { deepEqual, equal, ok } from "node:assert/strict"; // asked at every write: matchers for numbers of contracts cost too much
import { expect } from "chai";
import { newestVersion, type ChannelRecord } from "../../../../src/engine/channel";
import { totalsOf } from "../../../../src/engine/funding";
import { newestEvidence } from "../../../../src/engine/turns";
import { accountDestination } from "../../../../src/protocol/destination";
import type { Address, ChannelId, CompactSignature, State } from "../../../../src/protocol/types";
import type { Letter } from "../world/network";
import type { Kept, SimulatedNode } from "../world/node";
import { VoucherWitness } from "./voucherWitness";

/** Sees every record of honest people as it changes, and knows what must never be in one. */
export class Witness {
  /** States that somebody honest has signed, by what the signature says. */
  readonly signed = new Map<string, State>();
  /** The newest state of each channel that each person can prove. */
  readonly newest = new Map<string, State>();
  readonly restored = new Set<string>();
  readonly vouchers = new VoucherWitness();

  private readonly signatures = new Map<string, string>();
  private readonly agreements = new Map<string, string>();

  constructor(
    private readonly nodes: () => readonly SimulatedNode[],
    readonly liar: string | undefined,
  ) {}

  isHonest({ name }: SimulatedNode): boolean {
    return name !== this.liar;
  }

  see(node: SimulatedNode, kept: Kept | undefined, { record: after, lanes }: Kept): void {
    const before = kept?.record;
    this.seeSignatures(after);
    this.vouchers.note(lanes);
    if (!this.isHonest(node)) return;
    this.vouchers.see(node, after, kept?.lanes, lanes);
    const where = `${node.name} in ${after.id}`;
    if (before !== undefined) {
      ok(newestVersion(after) >= newestVersion(before), `${where} goes back to an older state`);
      ok(after.signed >= before.signed, `${where} forgets what it has signed`);
      ok(!before.closed || after.closed, `${where} opens again`);
    }
    if (after.agreed !== undefined) this.newest.set(node.address + after.id, newestEvidence(after).state);
    if (after.agreed !== undefined && after.agreed !== before?.agreed) this.seeAgreement(after.id, after);
  }

  /** Somebody is set back: what it held before is the others' to tell. */
  forget(node: SimulatedNode): void {
    this.vouchers.forget(node);
    for (const key of [...this.newest.keys()]) if (key.startsWith(node.address)) this.newest.delete(key);
  }

  /** Whether somebody has signed a state. */
  hasSigned(address: Address, id: ChannelId, version: bigint, state: State): boolean {
    const digest = this.signatures.get(`${address} ${id} ${version}`);
    const known = digest === undefined ? undefined : this.signed.get(digest);
    return known?.outcome === state.outcome && known.appData === state.appData;
  }

  /** One person signs one state of a version; who was set back to a backup may not know what it has signed. */
  hear({ from, message }: Letter): void {
    const node = this.nodes().find(({ address }) => address === from)!;
    if (!this.isHonest(node) || !("channelId" in message)) return;
    const { channelId: id } = message;
    const self = node.record(id).self;
    if (message.type === "voucher") this.vouchers.hear(node, message, this.restored.has(node.name));
    if (message.type === "sign") this.leaves(node, id, message.version, message.signature);
    if (message.type === "commit") this.leaves(node, id, message.state.version, message.signatures[self]!);
    if (message.type === "move" && message.signature.vs === (accountDestination(from) as string))
      this.leaves(node, id, message.state.version, message.signature);
  }

  private leaves(node: SimulatedNode, id: ChannelId, version: bigint, { r }: CompactSignature): void {
    const { name, address } = node;
    const key = `${address} ${id} ${version}`;
    const before = this.signatures.get(key);
    this.signatures.set(key, r);
    if (before === undefined || before === r) return;
    // Who was set back to a backup may not know what it has signed; but what others hold, they have told it.
    const others = this.nodes().filter((other) => other !== node && this.isHonest(other));
    const known = others.some((other) => (this.newest.get(other.address + id)?.version ?? -1n) >= version);
    if (!this.restored.has(name) || known) expect.fail(`${name} signs two states of version ${version} of ${id}`);
  }

  private seeSignatures({ promised, agreed, moves, self }: ChannelRecord): void {
    if (promised !== undefined) this.signed.set(promised.signature.r, promised.state);
    if (agreed !== undefined) this.signed.set(agreed.signatures[self]!.r, agreed.state);
    for (const { state, signature } of moves) if (signature !== undefined) this.signed.set(signature.r, state);
  }

  /** Nobody honest holds another state of a version that all have signed. */
  private seeAgreement(id: ChannelId, { agreed, opening }: ChannelRecord): void {
    const { state, signatures } = agreed!;
    const key = `${id} ${state.version}`;
    const before = this.agreements.get(key);
    const digest = signatures[0]!.r;
    if (before !== undefined) equal(digest, before, `all have signed two states of ${key}`);
    this.agreements.set(key, digest);
    deepEqual(totalsOf(state), totalsOf(opening), "what is shared out");
  }
}
