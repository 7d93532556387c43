import { loadFixture, time } from "@nomicfoundation/hardhat-network-helpers";
import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/signers";
import { id, SigningKey } from "ethers";
import { ethers } from "hardhat";
import {
  accountDestination,
  everyone,
  FINAL_VERSION,
  NATIVE,
  NO_DISPUTE,
  NO_SIGNATURE,
  signChallenge,
  signerSet,
  stateHashOf,
  stoppedAt,
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
import { agree, ETHER, memberOf, signaturesOf, stateOf, type Agreement, type Member } from "../../scripts/lib/channels";
import type { Adjudicator, TestToken, TicTacToe } from "../../typechain-types";

export { DAY, ETHER, split } from "../../scripts/lib/channels";

/** Somebody in a story: an account that sends transactions and receives money, and a session key that signs states. */
export interface Actor extends Member {
  readonly name: string;
  readonly account: HardhatEthersSigner;
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
  const member = memberOf(new SigningKey(id(`session key of ${name}`)));
  return { ...member, name, account, destination: accountDestination(toAddress(account.address)) };
}

export async function addressOf(contract: { getAddress(): Promise<string> }): Promise<Address> {
  return toAddress(await contract.getAddress());
}

let nextNonce = 1n;

/** A channel in a test: its terms, and everything its participants can sign. */
export class TestChannel implements Agreement<Actor> {
  readonly deployment: Deployment;
  readonly terms: Channel;
  readonly id: ChannelId;
  /** In the order of the participants, which is that of their keys. */
  readonly actors: readonly Actor[];

  constructor(
    readonly sluice: Sluice,
    actors: readonly Actor[],
    terms: Partial<Channel> = {},
  ) {
    const agreed = agree(sluice.deployment, actors, nextNonce++, terms);
    this.deployment = agreed.deployment;
    this.terms = agreed.terms;
    this.id = agreed.id;
    this.actors = agreed.actors;
  }

  state(version: bigint, outcome: readonly AssetOutcome[], appData: Hex = "0x"): State {
    return stateOf(version, outcome, appData);
  }

  finalState(outcome: readonly AssetOutcome[], appData: Hex = "0x"): State {
    return this.state(FINAL_VERSION, outcome, appData);
  }

  indexOf(actor: Actor): number {
    return this.actors.indexOf(actor);
  }

  /** Signatures in the order of the participants; of all of them unless some are named. */
  sign(state: State, ...signers: readonly Actor[]): CompactSignature[] {
    return signaturesOf(this, state, this.signersOf(signers));
  }

  signed(state: State, ...signers: readonly Actor[]): SignedState {
    if (signers.length === 0) return { state, signers: everyone(this.terms) };
    return { state, signers: signerSet(...signers.map((actor) => this.indexOf(actor))) };
  }

  /** Signatures for signed states, in the order in which an adjudicator takes them. */
  signAll(states: readonly SignedState[]): CompactSignature[] {
    return states.flatMap(({ state, signers }) =>
      signaturesOf(
        this,
        state,
        this.actors.filter((_, i) => (signers >> BigInt(i)) & 1n),
      ),
    );
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
    return this.running(state, challenger);
  }

  /** Answers with a newer state signed by all and returns the dispute that is then registered. */
  async checkpoint(state: State, dispute: Dispute = NO_DISPUTE): Promise<Dispute> {
    await this.sluice.adjudicator.checkpoint(this.terms, dispute, state, this.sign(state));
    return this.stopped(state);
  }

  /** The dispute registered by a checkpoint. */
  stopped(state: State): Dispute {
    return stoppedAt(this.id, state);
  }

  /** The dispute registered by a challenge in the latest block. */
  protected async running(state: State, challenger: Actor): Promise<Dispute> {
    const finalizesAt = BigInt(await time.latest()) + this.terms.challengePeriod;
    const { bond } = this.terms;
    if (bond === 0n) return { ...this.stopped(state), finalizesAt };
    const payer = toAddress(challenger.account.address);
    return { ...this.stopped(state), finalizesAt, challenger: challenger.participant, payer, bond };
  }

  private signersOf(signers: readonly Actor[]): readonly Actor[] {
    return signers.length === 0 ? this.actors : this.actors.filter((actor) => signers.includes(actor));
  }
}
