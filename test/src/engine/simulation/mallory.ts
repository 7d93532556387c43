import * as ticTacToe from "../../../../src/apps/ticTacToe";
import type { Call } from "../../../../src/engine/calls";
import { applyChange, type Change } from "../../../../src/engine/change";
import { newestState, type ChannelRecord } from "../../../../src/engine/channel";
import type { Message, RejectReason } from "../../../../src/engine/messages";
import { newestEvidence } from "../../../../src/engine/turns";
import { SluiceError } from "../../../../src/errors";
import { challengeDigest, stateDigest, stateHashOf, stoppedAt } from "../../../../src/protocol/hashing";
import {
  FINAL_VERSION,
  NO_DISPUTE,
  NO_SIGNATURE,
  type ChannelId,
  type CompactSignature,
  type Dispute,
  type SignedState,
  type State,
} from "../../../../src/protocol/types";
import { everyone } from "../../../../src/protocol/signing";
import {
  joinVouchers,
  NO_VOUCHER,
  voucherDigest,
  voucherHash,
  type SignedVoucher,
} from "../../../../src/protocol/vouchers";
import type { Letter } from "../world/network";
import type { SimulatedNode } from "../world/node";
import { LOCK_SET } from "../world/world";
import { isPaying } from "./paying";
import type { Stage } from "./stage";

/** What a liar keeps of a state: who of the others has signed it. */
interface Kept {
  readonly id: ChannelId;
  readonly state: State;
  readonly signatures: Map<number, CompactSignature>;
}

/** Somebody with a machine that follows the protocol, and with everything that it has ever heard in a drawer. */
export class Mallory {
  /** Kinds of messages that she does not send. */
  mute = new Set<Message["type"]>();
  private readonly kept = new Map<string, Kept>();
  /** Vouchers that she knows, of both sides. */
  private readonly vouchers: { readonly by: SimulatedNode; readonly signed: SignedVoucher }[] = [];
  private readonly letters: Letter[] = [];
  private calls = 0;

  constructor(
    private readonly stage: Stage,
    readonly node: SimulatedNode,
  ) {}

  /** Reads what is hers to read. Whether a letter may go. */
  lets(letter: Letter): boolean {
    const { from, to, message } = letter;
    if (from !== this.node.address && to !== this.node.address) return true;
    this.letters.push(letter);
    this.keep(from, message);
    return from !== this.node.address || !this.mute.has(message.type);
  }

  /* LIES OVER THE NETWORK */

  /** Sends something that she or another one has sent before, with something in it changed. */
  forge(pick: number, change: number, to: number): void {
    const letter = this.letters[pick % Math.max(1, this.letters.length)];
    if (letter === undefined) return;
    this.tell(to, mutate(letter.message, change, pick));
  }

  /** Proposes a change out of turn, or signs it: for a version of her choice, on a state of her choice. */
  propose(id: ChannelId, change: Change, version: bigint, back: number, as: "propose" | "sign" | "request"): void {
    const record = this.node.states.get(id)?.record;
    const base = record === undefined ? undefined : newestState(record);
    if (record === undefined || base === undefined) return;
    const common = { channelId: id, base: base.version - BigInt(back), version: base.version + version, change };
    const at = change.final ? FINAL_VERSION : common.version;
    if (as === "request") return this.tellAll(id, { type: "request", channelId: id, id: 1_000 + this.calls++, change });
    if (as === "propose") return this.tellAll(id, { type: "propose", ...common, version: at });
    try {
      const signature = this.sign(id, applyChange(base, common.version, change));
      this.tellAll(id, { type: "sign", ...common, version: at, signature });
    } catch (error) {
      if (!(error instanceof SluiceError)) throw error;
    }
  }

  /** Pays by a voucher that she does not remember: perhaps a second one of its number, and of more than she has. */
  pay(pick: number, amount: bigint, ack: number): void {
    const id = this.stage.channel(pick);
    const lane = id === undefined ? undefined : this.node.states.get(id)?.lanes[0];
    if (id === undefined || lane === undefined) return;
    const { tally } = lane.mine;
    const known = this.vouchersOf(id, 1 - this.node.record(id).self);
    const acknowledged = ack % 4 > 0 ? lane.theirs.taken : known[ack % Math.max(1, known.length)];
    const voucher = {
      ...tally,
      channelId: id,
      asset: lane.asset,
      nonce: tally.nonce + 1n,
      transferred: tally.transferred + amount,
      ack: acknowledged === undefined ? NO_VOUCHER : voucherHash(acknowledged.voucher),
    };
    const signature = this.node.signer.sign(voucherDigest(this.stage.world.deployment, voucher));
    this.vouchers.push({ by: this.node, signed: { voucher, signature } });
    this.tellAll(id, {
      type: "voucher",
      channelId: id,
      lane: 0,
      nonce: voucher.nonce,
      ack: acknowledged?.voucher.nonce ?? 0n,
      operations: [{ kind: "pay", amount, note: "0x" }],
      signature,
    });
  }

  /** Refuses what somebody may be waiting for. */
  refuse(id: ChannelId, reason: RejectReason, back: number): void {
    for (const { promised, agreed } of this.recordsOfOthers(id)) {
      const version = (promised?.state.version ?? agreed?.state.version ?? 0n) - BigInt(back);
      this.tellAll(id, { type: "reject", channelId: id, version: version < 0n ? 0n : version, reason, text: "No." });
      this.tellAll(id, { type: "reject", channelId: id, request: back + 1, reason, text: "No." });
    }
  }

  /** Says that she stands where she does not. */
  misplace(id: ChannelId, agreed: bigint, newest: bigint): void {
    this.tellAll(id, { type: "sync", channelId: id, agreed, newest, ask: true });
  }

  /** Seals a state that the others have signed, though she may have refused it, or sealed another one. */
  seal(pick: number): void {
    const whole = this.whole(pick);
    if (whole === undefined) return;
    const { id, state, signatures } = whole;
    this.tellAll(id, { type: "commit", channelId: id, state, signatures, answered: signatures.map(() => 0) });
  }

  /* LIES ON THE CHAIN */

  /** Goes to the chain with any state that ever counted, or that she can make count. */
  register(pick: number, how: "challenge" | "checkpoint" | "conclude", first = false): void {
    const whole = this.whole(pick);
    if (whole === undefined) return;
    const { id, state, signatures } = whole;
    const { terms: channel } = this.node.record(id);
    const dispute = this.disputeOf(id);
    const challenger = this.stand(id, state);
    if (how === "conclude") {
      if (dispute === NO_DISPUTE) return this.submit(id, { kind: "conclude", channel, state, signatures });
      return this.submit(id, { kind: "checkpointAndSettle", channel, dispute, channelId: id, state, signatures });
    }
    if (how === "challenge")
      this.submit(id, { kind: "challenge", channel, dispute, state, signatures, challenger }, first);
    else this.submit(id, { kind: "checkpoint", channel, dispute, state, signatures }, first);
  }

  /** Goes to the chain with any vouchers, on top of any state that counted or of what is there. */
  join(pick: number, which: number, how: "challenge" | "checkpoint"): void {
    const whole = this.whole(pick);
    if (whole === undefined || !isPaying(this.node, whole.id)) return;
    const { id } = whole;
    const registered = which % 2 === 0 ? this.registeredOf(id) : undefined;
    const base = registered ?? whole.state;
    const [first, second] = [0, 1].map((payer) => {
      const known = this.vouchersOf(id, payer);
      return known[(which >> (3 * payer)) % (known.length + 1)];
    });
    const { terms: channel, self } = this.node.record(id);
    try {
      const { state, endorsements } = joinVouchers(id, LOCK_SET, base, [[first, second]]);
      const proof: SignedState[] = [
        { state: base, signers: registered === undefined ? everyone(channel) : 0n },
        { state: { version: 0n, outcome: "0x", appData: endorsements }, signers: 0n },
      ];
      const signatures = [this.sign(id, state), ...(registered === undefined ? whole.signatures : [])];
      const proven = { candidate: { state, signers: 1n << BigInt(self) }, proof, signatures };
      const common = { channel, dispute: this.disputeOf(id), proven };
      if (how === "checkpoint") this.submit(id, { kind: "checkpointWithProof", ...common });
      else this.submit(id, { kind: "challengeWithProof", ...common, challenger: NO_SIGNATURE });
    } catch (error) {
      if (!(error instanceof SluiceError)) throw error;
    }
  }

  /** Plays on the chain alone. */
  moveThere(id: ChannelId, field: number, how: "challenge" | "checkpoint"): void {
    const record = this.node.states.get(id)?.record;
    const before = record === undefined ? undefined : newestState(record);
    if (record?.agreed === undefined || before === undefined) return;
    try {
      const state = ticTacToe.play(before, field);
      const by = Number(state.version % 2n);
      const moves = [...record.moves, { by, state, signature: this.sign(id, state) }];
      const { proven } = newestEvidence({ ...record, moves }, this.registeredOf(id));
      if (by !== record.self || proven === undefined) return;
      const dispute = this.disputeOf(id);
      const common = { channel: record.terms, dispute, proven };
      if (how === "checkpoint") this.submit(id, { kind: "checkpointWithProof", ...common });
      else this.submit(id, { kind: "challengeWithProof", ...common, challenger: this.stand(id, state) });
    } catch (error) {
      if (!(error instanceof SluiceError)) throw error;
    }
  }

  /* INSIDE */

  private vouchersOf(id: ChannelId, payer: number): SignedVoucher[] {
    const party = this.stage.members(id)[payer];
    return this.vouchers
      .filter(({ by, signed }) => by === party && signed.voucher.channelId === id)
      .map(({ signed }) => signed);
  }

  private keep(from: string, message: Message): void {
    if (message.type === "voucher") {
      const signed = this.stage.witness.vouchers.made.get(message.signature.r);
      const by = this.stage.nodes.find(({ address }) => address === from)!;
      if (signed !== undefined && this.vouchers.every((one) => one.signed !== signed))
        this.vouchers.push({ by, signed });
    }
    if (message.type === "commit") {
      this.note(message.channelId, message.state, message.signatures);
    } else if (message.type === "sign" || message.type === "move") {
      const state = this.stage.witness.signed.get(message.signature.r);
      const parties = this.stage.members(message.channelId);
      const by = parties.findIndex(({ address }) => address === from);
      if (state !== undefined)
        this.note(
          message.channelId,
          state,
          parties.map((_, i) => (i === by ? message.signature : undefined)),
        );
    }
  }

  private note(id: ChannelId, state: State, signatures: readonly (CompactSignature | undefined)[]): void {
    const digest = signatures.find((signature) => signature !== undefined)?.r;
    if (digest === undefined) return;
    const known = this.kept.get(digest) ?? { id, state, signatures: new Map<number, CompactSignature>() };
    this.kept.set(digest, known);
    for (const [i, signature] of signatures.entries()) if (signature !== undefined) known.signatures.set(i, signature);
  }

  /** One of the states that she can complete. */
  private whole(pick: number): { id: ChannelId; state: State; signatures: CompactSignature[] } | undefined {
    const all = [...this.kept.values()].filter(({ id, signatures }) =>
      this.stage.members(id).every((member, i) => member === this.node || signatures.has(i)),
    );
    const one = all[pick % Math.max(1, all.length)];
    if (one === undefined || !this.node.states.has(one.id)) return undefined;
    const { id, state, signatures } = one;
    const mine = this.sign(id, state);
    return {
      id,
      state,
      signatures: this.stage.members(id).map((member, i) => (member === this.node ? mine : signatures.get(i)!)),
    };
  }

  private sign(id: ChannelId, state: State): CompactSignature {
    return this.node.signer.sign(stateDigest(this.stage.world.deployment, id, state));
  }

  private stand(id: ChannelId, state: State): CompactSignature {
    return this.node.signer.sign(challengeDigest(this.stage.world.deployment, stateHashOf(id, state)));
  }

  private disputeOf(id: ChannelId): Dispute {
    const record = this.stage.world.chain.head.recordOf(id);
    if (record.kind === "dispute") return record.dispute;
    return record.kind === "final" ? stoppedAt(id, record.state) : NO_DISPUTE;
  }

  private registeredOf(id: ChannelId): State | undefined {
    const record = this.stage.world.chain.head.recordOf(id);
    return record.kind === "dispute" ? record.state : undefined;
  }

  private submit(id: ChannelId, call: Call, first = false): void {
    this.stage.world.chain.submit(this.node.address, `${id}:lie${this.calls++}`, call, first);
  }

  private recordsOfOthers(id: ChannelId): ChannelRecord[] {
    const others = this.stage.members(id).filter((member) => member !== this.node);
    return others.flatMap((member) => member.states.get(id)?.record ?? []);
  }

  private tell(to: number, message: Message): void {
    const target = this.stage.nodes[to % this.stage.nodes.length]!;
    if (target !== this.node) this.stage.world.network.send({ from: this.node.address, to: target.address, message });
  }

  private tellAll(id: ChannelId, message: Message): void {
    for (const member of this.stage.members(id)) this.tell(this.stage.nodes.indexOf(member), message);
  }
}

/** A message with one thing in it changed. */
function mutate(message: Message, what: number, by: number): Message {
  const shift = BigInt((by % 7) - 3);
  const shifted = (version: bigint) => (version + shift < 0n ? 0n : version + shift);
  const wrong: CompactSignature = { r: `0x${"5a".repeat(32)}`, vs: `0x${"a5".repeat(32)}` };
  switch (message.type) {
    case "propose":
    case "sign": {
      const changed = [
        { version: shifted(message.version) },
        { base: shifted(message.base) },
        { change: mutateChange(message.change, by) },
        { version: FINAL_VERSION },
        message.type === "sign" ? { signature: wrong } : {},
      ];
      return { ...message, ...changed[what % changed.length] };
    }
    case "voucher": {
      const changed = [{ nonce: shifted(message.nonce) }, { ack: shifted(message.ack) }, { signature: wrong }];
      return { ...message, ...changed[what % changed.length] };
    }
    case "claim":
    case "giveUp":
      return { ...message, lane: message.lane + (what % 2) };
    case "request":
      return { ...message, id: message.id + (what % 3), change: mutateChange(message.change, by) };
    case "commit": {
      const changed = [
        { signatures: [...message.signatures].reverse() },
        { signatures: message.signatures.slice(1) },
        { state: { ...message.state, version: shifted(message.state.version) } },
        { answered: message.answered.map((id) => id + 1) },
        { signatures: message.signatures.map(() => wrong) },
      ];
      return { ...message, ...changed[what % changed.length] };
    }
    case "move": {
      const changed = [
        { state: { ...message.state, version: shifted(message.state.version) } },
        { signature: wrong },
        {},
      ];
      return { ...message, ...changed[what % changed.length] };
    }
    case "sync":
      return { ...message, newest: BigInt(by % 9), agreed: BigInt(what % 9) };
    case "open":
      return { ...message, ...(what % 2 === 0 ? { signature: wrong } : {}) };
    case "authorize":
      return { ...message, authorizations: message.authorizations.map((one) => ({ ...one, amount: one.amount + 1n })) };
    case "reject":
      return message;
  }
}

function mutateChange(change: Change, by: number): Change {
  const changes: Change[] = [
    { ...change, final: !change.final },
    { ...change, transfers: change.transfers.map((transfer) => ({ ...transfer, amount: transfer.amount + 50n })) },
    { ...change, transfers: change.transfers.map((t) => ({ ...t, from: t.to, to: t.from })) },
    { ...change, appData: "0x1234" },
    { ...change, transfers: change.transfers.map((transfer) => ({ ...transfer, amount: 0n })) },
  ];
  return changes[by % changes.length]!;
}
