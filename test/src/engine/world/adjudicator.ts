import type { Authorization, Call, Proven } from "../../../../src/engine/calls";
import type { AppRules, PaymentContracts } from "../../../../src/engine/context";
import type { VerifySignature } from "../../../../src/ports/crypto";
import type { RecordView } from "../../../../src/ports/chain";
import { accountDestination, channelDestination, destinationAccount } from "../../../../src/protocol/destination";
import {
  challengeDigest,
  channelIdOf,
  stateDigest,
  stateHashOf,
  stoppedAt,
  type Deployment,
} from "../../../../src/protocol/hashing";
import { decodeOutcome } from "../../../../src/protocol/outcome";
import { payOut } from "../../../../src/protocol/payout";
import { isChallengeable, isFraud, isNewer, isSettleable } from "../../../../src/protocol/rules";
import { everyone } from "../../../../src/protocol/signing";
import {
  FINAL_VERSION,
  NATIVE,
  NO_DISPUTE,
  type Address,
  type Channel,
  type ChannelId,
  type CompactSignature,
  type Destination,
  type Dispute,
  type State,
} from "../../../../src/protocol/types";
import { LockSet } from "./lockSet";
import { Registries } from "./registries";
import { Revert } from "./revert";
import { whyUnsupported } from "./paymentApp";

export { Revert } from "./revert";

/** What never changes on a chain. */
export interface Laws {
  readonly deployment: Deployment;
  readonly verify: VerifySignature;
  rulesOf(app: Address): AppRules | undefined;
  paymentsOf(app: Address): PaymentContracts | undefined;
}

/** Amounts by owner and asset. */
class Balances {
  private readonly amounts: Map<string, bigint>;

  constructor(amounts: Iterable<readonly [string, bigint]> = []) {
    this.amounts = new Map(amounts);
  }

  copy(): Balances {
    return new Balances(this.amounts);
  }

  of(owner: Destination, asset: Address): bigint {
    return this.amounts.get(owner + asset) ?? 0n;
  }

  add(owner: Destination, asset: Address, amount: bigint): void {
    this.amounts.set(owner + asset, this.of(owner, asset) + amount);
  }

  take(owner: Destination, asset: Address, amount: bigint): void {
    if (this.of(owner, asset) < amount) throw new Revert("BalanceTooLow");
    this.add(owner, asset, -amount);
  }

  total(asset: Address): bigint {
    return [...this.amounts].reduce((sum, [key, amount]) => (key.endsWith(asset) ? sum + amount : sum), 0n);
  }

  /** What an owner has, by asset; without what it has nothing of. */
  view(owner: Destination): Record<Address, bigint> {
    const mine = [...this.amounts].filter(([key, amount]) => amount > 0n && key.startsWith(owner));
    return Object.fromEntries(mine.map(([key, amount]) => [key.slice(owner.length) as Address, amount]));
  }
}

/** What a chain knows at one moment: a model of the adjudicator on the rules that the library shares with it. */
export class Adjudicator {
  /** What destinations hold inside. */
  readonly held: Balances;
  /** What accounts own outside. */
  readonly owned: Balances;
  readonly records: Map<ChannelId, RecordView>;
  /** Changes whenever the view of a channel may have changed. */
  readonly revisions: Map<ChannelId, object>;
  /** The state by which a channel was paid. */
  readonly settledBy: Map<ChannelId, State>;
  /** What registries know. */
  readonly registries: Registries;
  private readonly lockSet: LockSet;
  private readonly used: Set<string>;

  constructor(
    private readonly laws: Laws,
    parts?: Adjudicator,
  ) {
    this.held = parts?.held.copy() ?? new Balances();
    this.owned = parts?.owned.copy() ?? new Balances();
    this.records = new Map(parts?.records);
    this.revisions = new Map(parts?.revisions);
    this.settledBy = new Map(parts?.settledBy);
    this.used = new Set(parts?.used);
    this.registries = new Registries(parts?.registries);
    this.lockSet = new LockSet(parts?.lockSet);
  }

  copy(): Adjudicator {
    return new Adjudicator(this.laws, this);
  }

  recordOf(id: ChannelId): RecordView {
    return this.records.get(id) ?? { kind: "none" };
  }

  /** Everything there is of an asset; no call changes it. */
  total(asset: Address): bigint {
    const bonds = [...this.records.values()].map((record) => (record.kind === "dispute" ? record.dispute.bond : 0n));
    const staked = asset === NATIVE ? bonds.reduce((sum, bond) => sum + bond, 0n) : 0n;
    return this.held.total(asset) + this.owned.total(asset) + staked;
  }

  /** @throws Revert, and then this object is spoilt: call on a copy */
  execute(sender: Address, call: Call, time: bigint): void {
    switch (call.kind) {
      case "depositNative":
        return this.deposit(sender, call.destination, NATIVE, call.expectedHeld, call.amount);
      case "deposit":
        return this.deposit(sender, call.destination, call.token, call.expectedHeld, call.amount);
      case "fund":
        for (const authorization of call.authorizations) this.authorized(call.destination, authorization, time);
        return;
      case "conclude":
        return this.conclude(call.channel, call.state, call.signatures);
      case "challenge":
        this.requireUnanimous(call.channel, call.state, call.signatures);
        return this.challenge(sender, call, call.state, everyone(call.channel), time);
      case "challengeWithProof":
        this.requireSupported(call.channel, call.dispute, call.proven);
        return this.challenge(sender, call, call.proven.candidate.state, call.proven.candidate.signers, time);
      case "checkpoint":
        this.requireUnanimous(call.channel, call.state, call.signatures);
        return this.checkpoint(call.channel, call.dispute, call.state, everyone(call.channel));
      case "checkpointWithProof":
        this.requireSupported(call.channel, call.dispute, call.proven);
        return this.checkpoint(call.channel, call.dispute, call.proven.candidate.state, call.proven.candidate.signers);
      case "settle":
        return this.settle(call.channelId, call.state, call.dispute, time);
      case "checkpointAndSettle":
        this.requireUnanimous(call.channel, call.state, call.signatures);
        this.checkpoint(call.channel, call.dispute, call.state, everyone(call.channel));
        return this.settle(call.channelId, call.state, stoppedAt(call.channelId, call.state), time);
      case "collect":
        return this.collect(call.channelId, call.state, call.owed);
      case "withdraw":
        this.held.take(accountDestination(sender), call.asset, call.amount);
        return this.owned.add(accountDestination(call.to), call.asset, call.amount);
      case "revealPreimages":
      case "revealScalars":
        return this.registries.reveal(call, time);
      case "claimLocks":
        for (const { from, to, amount } of this.lockSet.claim(call, this.registries, time)) {
          this.held.take(from, call.asset, amount);
          this.give(to, call.asset, amount);
        }
    }
  }

  /* MONEY */

  private deposit(from: Address, to: Destination, asset: Address, expectedHeld: bigint, amount: bigint): void {
    if (this.held.of(to, asset) < expectedHeld) throw new Revert("HeldTooLittle");
    this.owned.take(accountDestination(from), asset, amount);
    this.credit(to, asset, amount);
  }

  private authorized(to: Destination, a: Authorization, time: bigint): void {
    const nonce = [a.from, a.token, to, a.expectedHeld, a.salt].join();
    if (this.used.has(nonce)) return;
    if (time <= a.validAfter || time >= a.validBefore) throw new Revert("AuthorizationExpired");
    this.used.add(nonce);
    this.deposit(a.from, to, a.token, a.expectedHeld, a.amount);
  }

  private credit(to: Destination, asset: Address, amount: bigint): void {
    this.held.add(to, asset, amount);
    this.touch(to as string as ChannelId);
  }

  /** Pays money out: accounts receive it outside. */
  private give(to: Destination, asset: Address, amount: bigint): void {
    if (destinationAccount(to) === undefined) this.credit(to, asset, amount);
    else this.owned.add(to, asset, amount);
  }

  private pay(id: ChannelId, state: State, owed?: readonly bigint[]): readonly bigint[] {
    this.settledBy.set(id, state);
    const source = channelDestination(id);
    const outcome = decodeOutcome(state.outcome);
    const payout = payOut(outcome, (asset) => this.held.of(source, asset), owed);
    let i = 0;
    for (const { asset, allocations } of outcome) {
      for (const { destination } of allocations) {
        const payment = payout.payments[i++]!;
        this.held.take(source, asset, payment);
        this.give(destination, asset, payment);
      }
    }
    return payout.owed.some((due) => due > 0n) ? payout.owed : [];
  }

  /* AGREEMENT AND DISPUTE */

  private conclude(channel: Channel, state: State, signatures: readonly CompactSignature[]): void {
    if (state.version !== FINAL_VERSION) throw new Revert("StateNotFinal");
    const id = this.requireUnanimous(channel, state, signatures);
    const { kind } = this.recordOf(id);
    if (kind !== "none" && kind !== "paid") throw new Revert("RecordMismatch");
    const source = channelDestination(id);
    const allocations = decodeOutcome(state.outcome).flatMap(({ asset, allocations: list }) =>
      list.map(({ amount }) => ({ asset, amount })),
    );
    const before = this.held.view(source);
    const owed = this.pay(id, state);
    const inFull = owed.length === 0 && allocations.some(({ amount }) => amount > 0n);
    if (inFull && Object.keys(before).length > 0) this.put(id, { kind: "paid" });
    else this.put(id, { kind: "final", state, owed });
  }

  private challenge(
    payer: Address,
    { channel, dispute, challenger }: { channel: Channel; dispute: Dispute; challenger: CompactSignature },
    state: State,
    signers: bigint,
    time: bigint,
  ): void {
    const id = channelIdOf(this.laws.deployment, channel);
    if (this.load(id, dispute)) {
      if (!isChallengeable(dispute, state.version)) throw new Revert("VersionNotNewer");
      this.resolveBond(channel, dispute, state.version, signers);
    }
    const finalizesAt = time + channel.challengePeriod;
    let next: Dispute = { ...stoppedAt(id, state), finalizesAt };
    if (channel.bond > 0n) {
      const digest = challengeDigest(this.laws.deployment, stateHashOf(id, state));
      const guarantor = channel.participants.find((key) => this.laws.verify(key, digest, challenger));
      if (guarantor === undefined) throw new Revert("ChallengerNotParticipant");
      this.owned.take(accountDestination(payer), NATIVE, channel.bond);
      next = { ...next, challenger: guarantor, payer, bond: channel.bond };
    }
    this.put(id, { kind: "dispute", dispute: next, state });
  }

  private checkpoint(channel: Channel, dispute: Dispute, state: State, signers: bigint): void {
    const id = channelIdOf(this.laws.deployment, channel);
    if (this.load(id, dispute)) {
      if (!isNewer(dispute, state.version)) throw new Revert("VersionNotNewer");
      this.resolveBond(channel, dispute, state.version, signers);
    }
    this.put(id, { kind: "dispute", dispute: stoppedAt(id, state), state });
  }

  private settle(id: ChannelId, state: State, dispute: Dispute, time: bigint): void {
    if (!this.load(id, dispute)) throw new Revert("RecordMismatch");
    if (stateHashOf(id, state) !== dispute.stateHash) throw new Revert("StateMismatch");
    if (!isSettleable(dispute, time)) throw new Revert("ClockRunning");
    if (dispute.bond > 0n) this.credit(accountDestination(dispute.payer), NATIVE, dispute.bond);
    this.put(id, { kind: "final", state, owed: this.pay(id, state) });
  }

  private collect(id: ChannelId, state: State, owed: readonly bigint[]): void {
    const record = this.recordOf(id);
    const same =
      record.kind === "final" && record.owed.join() === owed.join() && record.state.outcome === state.outcome;
    if (!same) throw new Revert("RecordMismatch");
    if (owed.length === 0) throw new Revert("NothingOwed");
    this.put(id, { kind: "final", state, owed: this.pay(id, state, owed) });
  }

  /** Whether a dispute is registered; if so, it must be this one. */
  private load(id: ChannelId, dispute: Dispute): boolean {
    const record = this.recordOf(id);
    if (record.kind === "none" || record.kind === "paid") return false;
    const { version, finalizesAt, stateHash, bond } = record.kind === "dispute" ? record.dispute : NO_DISPUTE;
    const same = version === dispute.version && finalizesAt === dispute.finalizesAt && stateHash === dispute.stateHash;
    if (record.kind === "final" || !same || bond !== dispute.bond) throw new Revert("RecordMismatch");
    return true;
  }

  private resolveBond(channel: Channel, dispute: Dispute, version: bigint, signers: bigint): void {
    if (dispute.bond === 0n) return;
    const guilty = channel.participants.indexOf(dispute.challenger);
    if (!isFraud(dispute, version, signers, guilty)) {
      return this.credit(accountDestination(dispute.payer), NATIVE, dispute.bond);
    }
    const innocent = channel.participants.filter((_, i) => i !== guilty);
    let left = dispute.bond;
    innocent.forEach((participant, i) => {
      const share = left / BigInt(innocent.length - i);
      left -= share;
      this.credit(accountDestination(participant), NATIVE, share);
    });
  }

  /* SIGNATURES */

  private requireUnanimous(channel: Channel, state: State, signatures: readonly CompactSignature[]): ChannelId {
    decodeOutcome(state.outcome);
    const id = channelIdOf(this.laws.deployment, channel);
    const digest = stateDigest(this.laws.deployment, id, state);
    const { participants } = channel;
    const signed = participants.every((key, i) => {
      const signature = signatures[i];
      return signature !== undefined && this.laws.verify(key, digest, signature);
    });
    if (!signed || signatures.length !== participants.length) throw new Revert("SignatureWrong");
    return id;
  }

  private requireSupported(channel: Channel, dispute: Dispute, { candidate, proof, signatures }: Proven): void {
    const id = channelIdOf(this.laws.deployment, channel);
    const n = channel.participants.length;
    let used = 0;
    for (const { state, signers } of [candidate, ...proof]) {
      const digest = stateDigest(this.laws.deployment, id, state);
      for (const [i, key] of channel.participants.entries()) {
        if (((signers >> BigInt(i)) & 1n) === 0n) continue;
        const signature = signatures[used++];
        if (signature === undefined || !this.laws.verify(key, digest, signature)) throw new Revert("SignatureWrong");
      }
    }
    if (used !== signatures.length) throw new Revert("SignatureCountWrong");
    const chain = [...proof, candidate];
    const first = chain[0]!;
    const registered = this.recordOf(id).kind === "dispute" && stateHashOf(id, first.state) === dispute.stateHash;
    if (registered && chain.length === 1) return;
    if (candidate.state.version === FINAL_VERSION) throw new Revert("FinalNotUnanimous");
    const payments = this.laws.paymentsOf(channel.app);
    if (payments !== undefined) {
      const laws = { ...this.laws, lockSet: payments.lockSet };
      const fault = whyUnsupported(laws, { id, channel, proof, candidate, registered });
      if (fault !== undefined) throw new Revert(fault);
      return;
    }
    const rules = this.laws.rulesOf(channel.app);
    if (rules === undefined) throw new Revert("AppMissing");
    const requireMover = ({ state, signers }: (typeof chain)[number]) => {
      if (((signers >> BigInt(rules.moverOf(state.version, n))) & 1n) === 0n) throw new Revert("MoverNotSigned");
    };
    if (!registered && first.signers !== everyone(channel)) {
      if (chain.length < n) throw new Revert("ChainTooShort");
      requireMover(first);
    }
    for (let i = 1; i < chain.length; i++) {
      if (chain[i]!.state.version !== chain[i - 1]!.state.version + 1n) throw new Revert("TurnSkipped");
      requireMover(chain[i]!);
      try {
        rules.requireMove(chain[i - 1]!.state, chain[i]!.state);
      } catch {
        throw new Revert("MoveInvalid");
      }
    }
  }

  private put(id: ChannelId, record: RecordView): void {
    this.records.set(id, record);
    this.touch(id);
  }

  private touch(id: ChannelId): void {
    this.revisions.set(id, {});
  }
}
