import { expect } from "chai";
import { ethers, network } from "hardhat";
import {
  accountDestination,
  disputeHashOf,
  encodeOutcome,
  finalHashOf,
  NATIVE,
  NO_DISPUTE,
  stateHashOf,
  toAddress,
  type Address,
  type CompactSignature,
  type Destination,
  type Dispute,
  type Hex,
  type State,
  type StateHash,
} from "../../../src";
import type { ReferenceHarness } from "../../../typechain-types";
import { addressOf, deploySluice, TestChannel, type Actor, type Sluice } from "../../support/sluice";
import { channelName, PERIOD, type Agreed, type Model, type Owner } from "./model";

/** The members of each channel of the model, and the bond of a challenge. */
export const CHANNELS = [
  { members: ["alice", "mallory"], bond: 0n },
  { members: ["alice", "mallory"], bond: 4n },
  { members: ["alice", "carol", "mallory"], bond: 6n },
] as const;

const PEOPLE = ["alice", "carol", "mallory"] as const;

/** The contracts behind the model: encodes calls, sends them, reads everything back. */
export class Chain {
  private start = "";
  private readonly encoded = new WeakMap<Agreed, State>();
  private readonly hashed = new WeakMap<State, StateHash>();
  private readonly signed = new WeakMap<State, CompactSignature[]>();

  private constructor(
    readonly sluice: Sluice,
    private readonly harness: ReferenceHarness,
    private readonly token: Address,
    readonly channels: readonly TestChannel[],
    private readonly first: { time: bigint; owned: readonly bigint[] },
  ) {}

  static async create(): Promise<Chain> {
    const sluice = await deploySluice();
    const harness = await ethers.deployContract("ReferenceHarness");
    const token = await addressOf(sluice.token);
    const channels = CHANNELS.map(
      ({ members, bond }) =>
        new TestChannel(
          sluice,
          members.map((name) => sluice[name]),
          { bond, challengePeriod: PERIOD },
        ),
    );
    await network.provider.send("hardhat_setNextBlockBaseFeePerGas", ["0x0"]);
    await network.provider.send("evm_mine", []);
    const block = await ethers.provider.getBlock("latest");
    const chain = new Chain(sluice, harness, token, channels, { time: BigInt(block!.timestamp), owned: [] });
    const owned = await chain.ownedBy();
    const ready = new Chain(sluice, harness, token, channels, { time: BigInt(block!.timestamp), owned });
    ready.start = (await network.provider.send("evm_snapshot", [])) as string;
    return ready;
  }

  /** Goes back to the moment of deployment and returns its time. */
  async reset(): Promise<bigint> {
    expect(await network.provider.send("evm_revert", [this.start])).to.equal(true);
    this.start = (await network.provider.send("evm_snapshot", [])) as string;
    return this.first.time;
  }

  actor(name: Owner): Actor {
    return this.sluice[name as "alice" | "carol" | "mallory"];
  }

  destination(owner: Owner): Destination {
    if (owner === "wall") return accountDestination(this.token);
    if (owner.startsWith("key of ")) return accountDestination(this.actor(owner.slice(7)).participant);
    const index = this.channels.findIndex((_, i) => owner === channelName(i));
    return index < 0 ? this.actor(owner).destination : (this.channels[index]!.id as Hex as Destination);
  }

  /** Encoding, hashing and signing cost more than a transaction: once for each state. */
  state(agreed: Agreed): State {
    const known = this.encoded.get(agreed) ?? this.encodeState(agreed);
    this.encoded.set(agreed, known);
    return known;
  }

  private encodeState({ version, shares }: Agreed): State {
    const groups = shares.map((group, i) => ({
      asset: i === 0 ? NATIVE : this.token,
      allocations: group.map(({ to, amount }) => ({ destination: this.destination(to), amount })),
    }));
    return {
      version,
      outcome: encodeOutcome(groups.filter(({ allocations }) => allocations.length > 0)),
      appData: "0x",
    };
  }

  /** What a caller has to bring for a channel, or something that never was. */
  dispute(model: Model, index: number, right: boolean): Dispute {
    const { record, states, bond } = model.channel(index);
    if (record?.kind !== "dispute") return right ? NO_DISPUTE : { ...NO_DISPUTE, version: 7n };
    const { payer, challenger } = record;
    const version = states[record.state]!.version;
    return {
      version: right ? version : version ^ 1n,
      finalizesAt: record.finalizesAt,
      stateHash: this.hashOf(index, this.state(states[record.state]!)),
      challenger: challenger === undefined ? NATIVE : this.actor(challenger).participant,
      payer: payer === undefined ? NATIVE : toAddress(this.actor(payer).account.address),
      bond: payer === undefined ? 0n : bond,
    };
  }

  signatures(index: number, state: State): CompactSignature[] {
    const known = this.signed.get(state) ?? this.channels[index]!.sign(state);
    this.signed.set(state, known);
    return known;
  }

  private hashOf(index: number, state: State): StateHash {
    const known = this.hashed.get(state) ?? stateHashOf(this.channels[index]!.id, state);
    this.hashed.set(state, known);
    return known;
  }

  encode(method: string, args: readonly unknown[]): string {
    return this.sluice.adjudicator.interface.encodeFunctionData(method as "conclude", args as never);
  }

  /** Sends a call at `time`. Returns the name of the error it reverted with, if it did. */
  async send(from: Owner | undefined, data: string, value: bigint, time: bigint): Promise<string | undefined> {
    const sender = from === undefined ? this.sluice.relayer.address : this.actor(from).account.address;
    await network.provider.send("evm_setNextBlockTimestamp", [ethers.toQuantity(time)]);
    const to = this.sluice.deployment.adjudicator;
    const gas = { gas: ethers.toQuantity(5_000_000), gasPrice: "0x0" };
    try {
      await network.provider.send("eth_sendTransaction", [
        { from: sender, to, data, value: ethers.toQuantity(value), ...gas },
      ]);
      return undefined;
    } catch (error) {
      const [, name] = /custom error '(\w+)\(/.exec(error instanceof Error ? error.message : "") ?? [];
      if (name === undefined) throw error;
      return name;
    }
  }

  /** INV-1, INV-2, INV-4 and INV-5, and everything else the model says. */
  async check(model: Model): Promise<void> {
    const owners = [
      ...PEOPLE,
      ...PEOPLE.map((name) => `key of ${name}`),
      "wall",
      ...CHANNELS.map((_, i) => channelName(i)),
    ];
    const { adjudicator } = this.sluice;
    const held = await this.harness.heldBy(
      adjudicator,
      this.token,
      owners.map((owner) => this.destination(owner)),
    );
    expect([...held], "held").to.deep.equal(owners.flatMap((owner) => model.of(owner)));
    const owned = await this.ownedBy();
    const gained = owned.map((amount, i) => amount - this.first.owned[i]!);
    const [native, tokens] = gained.splice(-2);
    expect(gained, "owned").to.deep.equal([...PEOPLE, "wall"].flatMap((owner) => model.owned.get(owner) ?? [0n, 0n]));
    expect(native, "native coin of the contract").to.equal(sum(held, 0) + model.stakes());
    expect(tokens, "tokens of the contract").to.equal(sum(held, 1));
    const records = await this.harness.recordsOf(
      adjudicator,
      this.channels.map(({ id }) => id),
    );
    expect([...records], "records").to.deep.equal(this.channels.map((_, i) => this.record(model, i)));
    for (const { received, paid } of model.channels) {
      for (const asset of [0, 1] as const)
        expect(paid[asset] <= received[asset], "money out of a channel").to.equal(true);
    }
  }

  private record(model: Model, index: number): string {
    const { record, states } = model.channel(index);
    if (record === undefined) return ethers.ZeroHash;
    if (record.kind === "dispute") return disputeHashOf(this.dispute(model, index, true));
    return finalHashOf(this.hashOf(index, this.state(states[record.state]!)), record.owed);
  }

  private async ownedBy(): Promise<bigint[]> {
    const accounts = PEOPLE.map((name) => this.actor(name).account.address);
    const { adjudicator } = this.sluice.deployment;
    return [...(await this.harness.ownedBy(this.token, [...accounts, this.token, adjudicator]))];
  }
}

function sum(amounts: readonly bigint[], asset: number): bigint {
  return amounts.filter((_, i) => i % 2 === asset).reduce((total, amount) => total + amount, 0n);
}
