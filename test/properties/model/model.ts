import { FINAL_VERSION } from "../../../src";

/** Assets of the model: the native coin and one token. */
export type Asset = 0 | 1;
export const ASSETS = [0, 1] as const;

/** Whoever can own money: people by name, channels as `channel 0`. */
export type Owner = string;

export interface Share {
  readonly to: Owner;
  readonly amount: bigint;
}

/** A state that everybody signed. What each asset pays, in order. */
export interface Agreed {
  readonly version: bigint;
  readonly shares: readonly [readonly Share[], readonly Share[]];
}

export interface Registered {
  readonly kind: "dispute";
  readonly state: number;
  readonly finalizesAt: bigint;
  readonly payer: Owner | undefined;
  readonly challenger: Owner | undefined;
}

export interface Final {
  readonly kind: "final";
  readonly state: number;
  readonly owed: readonly bigint[];
}

export interface ChannelModel {
  readonly members: readonly Owner[];
  readonly bond: bigint;
  states: Agreed[];
  record: Registered | Final | undefined;
  /** Everything that ever arrived, by asset. */
  received: [bigint, bigint];
  /** Everything that ever left. */
  paid: [bigint, bigint];
}

/** What a call is expected to revert with. */
export type Failure = string;

export const PERIOD = 1_000n;

/** The suite as sums and maxima: no hashing, no encoding, no signatures. */
export class Model {
  now = 0n;
  /** Inside, by owner. */
  held = new Map<Owner, [bigint, bigint]>();
  /** Outside: what every owner gained or lost. */
  owned = new Map<Owner, [bigint, bigint]>();

  /** What every owner put into channels. */
  deposited = new Map<Owner, [bigint, bigint]>();

  constructor(public channels: ChannelModel[]) {}

  copy(): Model {
    const copy = new Model(
      this.channels.map(({ states, received, paid, ...rest }) => ({
        ...rest,
        states: [...states],
        received: [...received],
        paid: [...paid],
      })),
    );
    copy.now = this.now;
    copy.held = new Map(this.held);
    copy.owned = new Map(this.owned);
    copy.deposited = new Map(this.deposited);
    return copy;
  }

  of(owner: Owner): [bigint, bigint] {
    return this.held.get(owner) ?? [0n, 0n];
  }

  channel(index: number): ChannelModel {
    return this.channels[index]!;
  }

  /* MONEY */

  deposit(from: Owner, index: number, asset: Asset, amount: bigint, expectedHeld: bigint): Failure | undefined {
    if (this.of(channelName(index))[asset] < expectedHeld) return "HeldTooLittle";
    this.move(this.owned, from, asset, -amount);
    this.move(this.deposited, from, asset, amount);
    this.credit(channelName(index), asset, amount);
    return undefined;
  }

  withdraw(owner: Owner, asset: Asset, amount: bigint): Failure | undefined {
    if (this.of(owner)[asset] < amount) return "HeldTooLittle";
    this.move(this.held, owner, asset, -amount);
    this.move(this.owned, owner, asset, amount);
    return undefined;
  }

  /* DISPUTES */

  conclude(index: number, at: number): Failure | undefined {
    const channel = this.channel(index);
    const state = channel.states[at]!;
    if (state.version !== FINAL_VERSION) return "StateNotFinal";
    if (channel.record !== undefined) return "RecordMismatch";
    const due = state.shares.map(totalOf) as [bigint, bigint];
    const inFull = ASSETS.every((asset) => due[asset] <= this.of(channelName(index))[asset]);
    const anything = due[0] + due[1] > 0n;
    const owed = this.pay(index, state, owedBy(state));
    if (!inFull || !anything) channel.record = { kind: "final", state: at, owed };
    return undefined;
  }

  challenge(index: number, at: number, payer: Owner, value: bigint, rightRecord: boolean): Failure | undefined {
    const channel = this.channel(index);
    const { record, bond } = channel;
    const { version } = channel.states[at]!;
    if (record !== undefined) {
      if (record.kind === "final" || !rightRecord) return "RecordMismatch";
      const registered = channel.states[record.state]!.version;
      const answered = record.finalizesAt === 0n;
      if (answered ? version < registered : version <= registered) return "VersionNotNewer";
    }
    if (value !== bond) return "BondWrong";
    this.endClock(channel, version);
    this.move(this.owned, payer, 0, -bond);
    const staked = bond > 0n ? payer : undefined;
    const finalizesAt = this.now + PERIOD;
    channel.record = { kind: "dispute", state: at, finalizesAt, payer: staked, challenger: staked };
    return undefined;
  }

  checkpoint(index: number, at: number, rightRecord: boolean): Failure | undefined {
    const channel = this.channel(index);
    const { record } = channel;
    const { version } = channel.states[at]!;
    if (record !== undefined) {
      if (record.kind === "final" || !rightRecord) return "RecordMismatch";
      if (version <= channel.states[record.state]!.version) return "VersionNotNewer";
    }
    this.endClock(channel, version);
    channel.record = { kind: "dispute", state: at, finalizesAt: 0n, payer: undefined, challenger: undefined };
    return undefined;
  }

  settle(index: number, at: number, rightRecord: boolean): Failure | undefined {
    const channel = this.channel(index);
    const { record } = channel;
    if (record?.kind !== "dispute" || !rightRecord) return "RecordMismatch";
    if (record.state !== at) return "StateMismatch";
    const state = channel.states[at]!;
    if (state.version !== FINAL_VERSION) {
      if (record.finalizesAt === 0n) return "ClockStopped";
      if (this.now < record.finalizesAt) return "ClockRunning";
    }
    if (record.payer !== undefined) this.move(this.held, record.payer, 0, channel.bond);
    channel.record = { kind: "final", state: at, owed: this.pay(index, state, owedBy(state)) };
    return undefined;
  }

  collect(index: number, at: number): Failure | undefined {
    const channel = this.channel(index);
    const { record } = channel;
    if (record?.kind !== "final" || record.state !== at) return "RecordMismatch";
    if (record.owed.length === 0) return "NothingOwed";
    channel.record = { ...record, owed: this.pay(index, channel.states[at]!, record.owed) };
    return undefined;
  }

  /** What an owner has from channels by now: what it owns more than before it deposited and staked. */
  gainedFromChannels(owner: Owner, asset: Asset): bigint {
    return (this.owned.get(owner)?.[asset] ?? 0n) + (this.deposited.get(owner)?.[asset] ?? 0n);
  }

  /** Bonds of running challenges. */
  stakes(): bigint {
    const staked = ({ record }: ChannelModel): boolean => record?.kind === "dispute" && record.payer !== undefined;
    return this.channels.filter(staked).reduce((sum, { bond }) => sum + bond, 0n);
  }

  /**
   * Members sign everything, so a newer state proves that the challenger knew better, unless it is the very next one, which
   * the challenger may have proposed in vain, or the final one, which may be the end of the dispute.
   */
  private endClock(channel: ChannelModel, version: bigint): void {
    const { record, members, bond } = channel;
    if (record?.kind !== "dispute" || record.payer === undefined) return;
    const registered = channel.states[record.state]!.version;
    if (version === registered) return;
    if (version === registered + 1n || version === FINAL_VERSION) {
      this.move(this.held, record.payer, 0, bond);
      return;
    }
    const others = members.filter((member) => member !== record.challenger);
    for (const other of others) this.move(this.held, `key of ${other}`, 0, bond / BigInt(others.length));
  }

  /** Pays in order what is held, and returns what stays owed: nothing at all when everything is paid. */
  private pay(index: number, { shares }: Agreed, owed: readonly bigint[]): bigint[] {
    let at = 0;
    const left = shares.flatMap((group, i) => {
      const asset = i as Asset;
      return group.map(({ to }) => {
        const due = owed[at++]!;
        const held = this.of(channelName(index))[asset];
        const paid = due < held ? due : held;
        this.move(this.held, channelName(index), asset, -paid);
        this.channel(index).paid[asset] += paid;
        if (to.startsWith("channel")) this.credit(to, asset, paid);
        else this.move(to === "wall" && asset === 0 ? this.held : this.owned, to, asset, paid);
        return due - paid;
      });
    });
    return left.some((due) => due > 0n) ? left : [];
  }

  private credit(to: Owner, asset: Asset, amount: bigint): void {
    this.move(this.held, to, asset, amount);
    this.channels.forEach((channel, i) => {
      if (to === channelName(i)) channel.received[asset] += amount;
    });
  }

  private move(purse: Map<Owner, [bigint, bigint]>, owner: Owner, asset: Asset, amount: bigint): void {
    const amounts: [bigint, bigint] = [...(purse.get(owner) ?? [0n, 0n])];
    amounts[asset] += amount;
    purse.set(owner, amounts);
  }
}

export function channelName(index: number): Owner {
  return `channel ${index}`;
}

export function owedBy({ shares }: Agreed): bigint[] {
  return shares.flat().map(({ amount }) => amount);
}

/** What `owner` gets of an asset when a channel that received `total` pays in order. */
export function shareOf(owner: Owner, { shares }: Agreed, asset: Asset, total: bigint): bigint {
  let left = total;
  let share = 0n;
  for (const { to, amount } of shares[asset]) {
    const paid = amount < left ? amount : left;
    left -= paid;
    if (to === owner) share += paid;
  }
  return share;
}

function totalOf(shares: readonly Share[]): bigint {
  return shares.reduce((sum, { amount }) => sum + amount, 0n);
}
