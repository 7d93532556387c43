import { loadFixture, time } from "@nomicfoundation/hardhat-network-helpers";
import type { ContractTransactionResponse } from "ethers";
import { keccak256 } from "ethers";
import { ethers } from "hardhat";
import {
  encodeOutcome,
  joinVouchers,
  lockDestination,
  LockTree,
  NATIVE,
  NO_DISPUTE,
  NO_LOCKS,
  NO_VOUCHER,
  signerSet,
  signVoucher,
  versionOfEpoch,
  voucherHash,
  type Address,
  type Allocation,
  type Channel,
  type CompactSignature,
  type Destination,
  type Dispute,
  type Hex,
  type Join,
  type Lock,
  type LockTerms,
  type PlacedLock,
  type SignedState,
  type SignedVoucher,
  type State,
  type Tally,
  type Vouchers,
} from "../../src";
import type {
  ConfigurableRegistry,
  LockSet,
  PaymentApp,
  PreimageRegistry,
  ScalarRegistry,
  ThresholdRegistry,
} from "../../typechain-types";
import { addressOf, deploySluice, ETHER, TestChannel, type Actor, type Sluice } from "./sluice";

/** What payments need on top of a {@link Sluice}. */
export interface Payments extends Sluice {
  readonly preimages: PreimageRegistry;
  readonly scalars: ScalarRegistry;
  readonly thresholds: ThresholdRegistry;
  readonly lockSet: LockSet;
  readonly app: PaymentApp;
  readonly addresses: Readonly<Record<"preimages" | "scalars" | "thresholds" | "lockSet" | "app", Address>>;
}

/** What a {@link ConfigurableRegistry} does when it is asked. */
export const REGISTRY = { answer: 0, revert: 1, burnGas: 2, bomb: 3, short: 4 };

/** A time that no test reaches. */
export const FAR = 4_000_000_000n;

/** Deploys everything once and goes back to that moment in every test. */
export function freshPayments(): Promise<Payments> {
  return loadFixture(deployPayments);
}

export async function deployPayments(): Promise<Payments> {
  const sluice = await deploySluice();
  const preimages = await ethers.deployContract("PreimageRegistry");
  const scalars = await ethers.deployContract("ScalarRegistry");
  const thresholds = await ethers.deployContract("ThresholdRegistry");
  const lockSet = await ethers.deployContract("LockSet", [sluice.adjudicator]);
  const app = await ethers.deployContract("PaymentApp", [lockSet]);
  const addresses = {
    preimages: await addressOf(preimages),
    scalars: await addressOf(scalars),
    thresholds: await addressOf(thresholds),
    lockSet: await addressOf(lockSet),
    app: await addressOf(app),
  };
  return { ...sluice, preimages, scalars, thresholds, lockSet, app, addresses };
}

export async function deployRegistry(behaviour = REGISTRY.answer, answer = 0n): Promise<ConfigurableRegistry> {
  const registry = await ethers.deployContract("ConfigurableRegistry");
  await registry.configure(behaviour, answer);
  return registry;
}

/** A secret, and the key under which the {@link PreimageRegistry} records it. */
export function secretOf(name: string): { readonly preimage: Hex; readonly key: Hex } {
  const preimage = ethers.id(name) as Hex;
  return { preimage, key: keccak256(preimage) as Hex };
}

/** Lets an account run the code of a contract (EIP-7702). */
export async function delegate({ account }: Actor, contract: Address): Promise<void> {
  await ethers.provider.send("hardhat_setCode", [account.address, `0xef0100${contract.slice(2)}`]);
}

export async function now(): Promise<bigint> {
  return BigInt(await time.latest());
}

/* LOCKS */

/** A set of locks with money in it: a hashed timelock contract without a channel. */
export class TestLocks {
  readonly tree = new LockTree();

  constructor(
    readonly payments: Payments,
    readonly payer: Actor,
    readonly payee: Actor,
    readonly salt: Hex = ethers.id("salt") as Hex,
  ) {}

  /** Locks an amount until `expiry` under the hash of a secret. */
  add(secret: string, amount: bigint, expiry: bigint = FAR): PlacedLock {
    const { key } = secretOf(secret);
    return this.addLock({ registry: this.payments.addresses.preimages, key, amount, expiry });
  }

  addLock(lock: Lock): PlacedLock {
    return this.tree.add(lock);
  }

  get terms(): LockTerms {
    const { payer, payee, salt, tree } = this;
    return { payer: payer.destination, payee: payee.destination, salt, root: tree.root };
  }

  get destination(): Destination {
    return lockDestination(this.payments.addresses.lockSet, this.terms);
  }

  /** Deposits native coin: as much as the locks add up to, unless told otherwise. */
  async fund(amount: bigint = this.tree.sum): Promise<void> {
    await this.payments.adjudicator.depositNative(this.destination, 0n, { value: amount });
  }

  held(asset: Address = NATIVE): Promise<bigint> {
    return this.payments.adjudicator.held(this.destination, asset);
  }

  claim(...positions: number[]): Promise<ContractTransactionResponse> {
    return this.claimIn(NATIVE, ...positions);
  }

  claimIn(asset: Address, ...positions: number[]): Promise<ContractTransactionResponse> {
    const { locks, proof } = this.tree.prove(positions);
    return this.payments.lockSet.claim(this.terms, asset, locks, proof);
  }

  claimAll(): Promise<ContractTransactionResponse> {
    return this.claim(...[...this.tree.locks()].map(({ position }) => position));
  }
}

/* VOUCHERS */

/** A call that shows vouchers to the adjudicator. */
export interface Shown {
  readonly candidate: SignedState;
  readonly proof: SignedState[];
  readonly signatures: CompactSignature[];
}

/** A payment channel of two: what they have, and everything they can sign. */
export class TestPayments extends TestChannel {
  readonly payments: Payments;
  readonly base: State;

  constructor(
    payments: Payments,
    actors: readonly [Actor, Actor],
    readonly balances: readonly [bigint, bigint] = [10n * ETHER, 10n * ETHER],
    terms: Partial<Channel> = {},
    readonly assets: readonly Address[] = [NATIVE],
    others: readonly Allocation[] = [],
  ) {
    super(payments, actors, { app: payments.addresses.app, ...terms });
    this.payments = payments;
    this.base = this.baseState(1n, others);
  }

  /** What both sign to open an epoch in which nothing was paid before. */
  baseState(epoch: bigint, others: readonly Allocation[] = []): State {
    const shares = this.actors.map(({ destination }, i) => ({ destination, amount: this.balances[i]! }));
    const outcome = this.assets.map((asset) => ({ asset, allocations: [...shares, ...others] }));
    return { version: versionOfEpoch(epoch), outcome: encodeOutcome(outcome), appData: "0x" };
  }

  /** A voucher of a payer that has seen `ack`. */
  voucher(payer: Actor, tally: Partial<Tally>, ack?: SignedVoucher, asset: Address = this.assets[0]!): SignedVoucher {
    return signVoucher(payer.key, this.deployment, {
      channelId: this.id,
      asset,
      nonce: 1n,
      transferred: 0n,
      locked: 0n,
      locksRoot: NO_LOCKS,
      ack: ack === undefined ? NO_VOUCHER : voucherHash(ack.voucher),
      ...tally,
    });
  }

  /** Vouchers of one asset, in the order of the participants, each given with its payer. */
  inOrder(...signed: readonly (readonly [Actor, SignedVoucher | undefined])[]): Vouchers {
    const of = (actor: Actor) => signed.find(([payer]) => payer === actor)?.[1];
    return [of(this.actors[0]!), of(this.actors[1]!)];
  }

  join(previous: State, ...vouchers: Vouchers[]): Join {
    return joinVouchers(this.id, this.payments.addresses.lockSet, previous, vouchers);
  }

  /** The join of vouchers and a state, signed by `signers`; the state is signed by both, or registered. */
  show(previous: State, vouchers: readonly Vouchers[], signers: readonly Actor[], registered = false): Shown {
    const { state, endorsements } = this.join(previous, ...vouchers);
    return this.present(previous, state, endorsements, signers, registered);
  }

  present(previous: State, state: State, endorsements: Hex, signers: readonly Actor[], registered = false): Shown {
    const candidate = { state, signers: signerSet(...signers.map((actor) => this.indexOf(actor))) };
    const first = registered ? { state: previous, signers: 0n } : this.signed(previous);
    const carrier = { state: { version: 0n, outcome: "0x", appData: endorsements } as const, signers: 0n };
    const proof = [first, carrier];
    return { candidate, proof, signatures: this.signAll([candidate, ...proof]) };
  }

  /** What the app says about it when an adjudicator asks: this channel's, unless told otherwise. */
  async ask({ candidate, proof }: Pick<Shown, "candidate" | "proof">, registered = false): Promise<void> {
    await this.askAs(this.deployment.adjudicator, { candidate, proof }, registered);
  }

  async askAs(
    from: string,
    { candidate, proof }: Pick<Shown, "candidate" | "proof">,
    registered = false,
  ): Promise<void> {
    const app = this.payments.app.connect(ethers.provider);
    await app.requireSupported(this.id, this.terms, proof, candidate, registered, { from });
  }

  checkpointWith(shown: Shown, dispute: Dispute = NO_DISPUTE): Promise<ContractTransactionResponse> {
    const { adjudicator } = this.payments;
    return adjudicator.checkpointWithProof(this.terms, dispute, shown.candidate, shown.proof, shown.signatures);
  }

  /** Challenges with vouchers and returns the dispute that is then registered. */
  async challengeWith(shown: Shown, challenger: Actor, dispute: Dispute = NO_DISPUTE): Promise<Dispute> {
    const { candidate, proof, signatures } = shown;
    await this.payments.adjudicator
      .connect(challenger.account)
      .challengeWithProof(
        this.terms,
        dispute,
        candidate,
        proof,
        signatures,
        this.signChallenge(candidate.state, challenger),
        { value: this.terms.bond },
      );
    return this.running(candidate.state, challenger);
  }

  /** The locks that a payer has in flight in this channel. */
  locksOf(payer: Actor): TestLocks {
    const payee = this.actors.find((actor) => actor !== payer)!;
    return new TestLocks(this.payments, payer, payee, this.id);
  }
}
