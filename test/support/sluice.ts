import { loadFixture, time } from "@nomicfoundation/hardhat-network-helpers";
import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/signers";
import { id, SigningKey, toBeHex } from "ethers";
import { ethers } from "hardhat";
import {
  accountDestination,
  channelIdOf,
  encodeOutcome,
  everyone,
  FINAL_VERSION,
  NATIVE,
  NO_DISPUTE,
  NO_SIGNATURE,
  signChallenge,
  signState,
  sortParticipants,
  stateHashOf,
  toAddress,
  type Address,
  type AssetOutcome,
  type Channel,
  type ChannelId,
  type CompactSignature,
  type Deployment,
  type Destination,
  type Dispute,
  type Hex,
  type SignedState,
  type State,
} from "../../src";
import type { Adjudicator, TestToken, TicTacToe } from "../../typechain-types";

export const ETHER = 10n ** 18n;
export const DAY = 86_400n;

/** Somebody in a story: an account that sends transactions and receives money, and a session key that signs states. */
export interface Actor {
  readonly name: string;
  readonly account: HardhatEthersSigner;
  readonly key: SigningKey;
  /** The address of the session key: what a channel lists as participant. */
  readonly participant: Address;
  /** The destination of the account. */
  readonly destination: Destination;
}

/** A fresh deployment and the people who use it. Alice and Bob hold tokens and have approved the adjudicator. */
export interface Sluice {
  readonly adjudicator: Adjudicator;
  readonly token: TestToken;
  readonly ticTacToe: TicTacToe;
  readonly deployment: Deployment;
  readonly alice: Actor;
  readonly bob: Actor;
  readonly carol: Actor;
  readonly ingrid: Actor;
  readonly mallory: Actor;
  /** Sends transactions for anybody: nothing depends on who calls. */
  readonly relayer: HardhatEthersSigner;
}

const NAMES = ["alice", "bob", "carol", "ingrid", "mallory"] as const;

/** Deploys everything once and goes back to that moment in every test. */
export function freshSluice(): Promise<Sluice> {
  return loadFixture(deploySluice);
}

export async function deploySluice(): Promise<Sluice> {
  const [relayer, ...accounts] = await ethers.getSigners();
  const adjudicator = await ethers.deployContract("Adjudicator");
  const token = await ethers.deployContract("TestToken");
  const ticTacToe = await ethers.deployContract("TicTacToe");
  const actors = NAMES.map((name, i) => createActor(name, accounts[i]!));
  for (const { account } of actors) {
    await token.mint(account, 1_000_000n * ETHER);
    await token.connect(account).approve(adjudicator, 500_000n * ETHER);
  }
  const { chainId } = await ethers.provider.getNetwork();
  const [alice, bob, carol, ingrid, mallory] = actors as [Actor, Actor, Actor, Actor, Actor];
  const deployment = { chainId, adjudicator: toAddress(await adjudicator.getAddress()) };
  return { adjudicator, token, ticTacToe, deployment, alice, bob, carol, ingrid, mallory, relayer: relayer! };
}

export function createActor(name: string, account: HardhatEthersSigner): Actor {
  const key = new SigningKey(id(`session key of ${name}`));
  const participant = toAddress(ethers.computeAddress(key));
  return { name, account, key, participant, destination: accountDestination(toAddress(account.address)) };
}

/** Divides an asset: `split(NATIVE, [alice, 6n], [bob, 4n])`. Takes actors and destinations. */
export function split(asset: Address, ...shares: readonly (readonly [Actor | Destination, bigint])[]): AssetOutcome {
  const allocations = shares.map(([to, amount]) => ({
    destination: typeof to === "string" ? to : to.destination,
    amount,
  }));
  return { asset, allocations };
}

export async function addressOf(contract: { getAddress(): Promise<string> }): Promise<Address> {
  return toAddress(await contract.getAddress());
}

let nextNonce = 1n;

/** A channel in a test: its terms, and everything its participants can sign. */
export class TestChannel {
  readonly terms: Channel;
  readonly id: ChannelId;
  /** In the order of the participants, which is that of their keys. */
  readonly actors: readonly Actor[];

  constructor(
    readonly sluice: Sluice,
    actors: readonly Actor[],
    terms: Partial<Channel> = {},
  ) {
    const participants = sortParticipants(actors.map(({ participant }) => participant));
    this.actors = participants.map((participant) => actors.find((actor) => actor.participant === participant)!);
    const nonce = toBeHex(nextNonce++, 32) as Hex;
    this.terms = { participants, nonce, app: NATIVE, challengePeriod: DAY, bond: 0n, ...terms };
    this.id = channelIdOf(sluice.deployment, this.terms);
  }

  state(version: bigint, outcome: readonly AssetOutcome[], appData: Hex = "0x"): State {
    return { version, outcome: encodeOutcome(outcome), appData };
  }

  finalState(outcome: readonly AssetOutcome[], appData: Hex = "0x"): State {
    return this.state(FINAL_VERSION, outcome, appData);
  }

  indexOf(actor: Actor): number {
    return this.actors.indexOf(actor);
  }

  /** Signatures in the order of the participants; of all of them unless some are named. */
  sign(state: State, ...signers: readonly Actor[]): CompactSignature[] {
    const { deployment } = this.sluice;
    return this.signersOf(signers).map(({ key }) => signState(key, deployment, this.id, state));
  }

  signed(state: State, ...signers: readonly Actor[]): SignedState {
    if (signers.length === 0) return { state, signers: everyone(this.terms) };
    return { state, signers: signers.reduce((set, actor) => set | (1n << BigInt(this.indexOf(actor))), 0n) };
  }

  /** The signature that puts `challenger` behind a challenge; zero without a bond. */
  signChallenge(state: State, challenger: Actor): CompactSignature {
    if (this.terms.bond === 0n) return NO_SIGNATURE;
    return signChallenge(challenger.key, this.sluice.deployment, stateHashOf(this.id, state));
  }

  /** Deposits native coin from the relayer. */
  async fundNative(amount: bigint): Promise<void> {
    await this.sluice.adjudicator.depositNative(this.id, 0n, { value: amount });
  }

  /** Deposits test tokens from Alice's account. */
  async fundToken(amount: bigint): Promise<void> {
    const { adjudicator, token, alice } = this.sluice;
    await adjudicator.connect(alice.account).deposit(this.id, await token.getAddress(), 0n, amount);
  }

  async held(asset: Address = NATIVE): Promise<bigint> {
    return this.sluice.adjudicator.held(this.id, asset);
  }

  /** Challenges with a state signed by all and returns the dispute that is then registered. */
  async challenge(state: State, challenger: Actor = this.actors[0]!, dispute: Dispute = NO_DISPUTE): Promise<Dispute> {
    const { adjudicator } = this.sluice;
    await adjudicator
      .connect(challenger.account)
      .challenge(this.terms, dispute, state, this.sign(state), this.signChallenge(state, challenger), {
        value: this.terms.bond,
      });
    const bonded = this.terms.bond > 0n;
    return {
      version: state.version,
      finalizesAt: BigInt(await time.latest()) + this.terms.challengePeriod,
      stateHash: stateHashOf(this.id, state),
      challenger: bonded ? challenger.participant : NATIVE,
      payer: bonded ? toAddress(challenger.account.address) : NATIVE,
      bond: this.terms.bond,
    };
  }

  /** Answers with a newer state signed by all and returns the dispute that is then registered. */
  async checkpoint(state: State, dispute: Dispute = NO_DISPUTE): Promise<Dispute> {
    await this.sluice.adjudicator.checkpoint(this.terms, dispute, state, this.sign(state));
    return this.stopped(state);
  }

  /** The dispute registered by a checkpoint. */
  stopped(state: State): Dispute {
    return { ...NO_DISPUTE, version: state.version, stateHash: stateHashOf(this.id, state) };
  }

  private signersOf(signers: readonly Actor[]): readonly Actor[] {
    return signers.length === 0 ? this.actors : this.actors.filter((actor) => signers.includes(actor));
  }
}
