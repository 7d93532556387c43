import { time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import type { ContractTransactionResponse } from "ethers";
import { ethers } from "hardhat";
import {
  accountDestination,
  DEPOSIT_TYPE,
  depositDigest,
  domainOf,
  NATIVE,
  toAddress,
  toHex,
  type Address,
  type AssetOutcome,
  type DepositTerms,
  type Destination,
  type Dispute,
  type Hex,
  type State,
} from "../../src";
import { signAuthorization, tokenDomain, vrs } from "../../scripts/lib/authorizations";
import type { Adjudicator, Reenterer } from "../../typechain-types";
import type {
  AuthorizationStruct,
  DepositOrderStruct,
  PermitStruct,
} from "../../typechain-types/contracts/Adjudicator";
import { disputeToTheEnd } from "./disputes";
import { addressOf, DAY, type Actor, type Sluice, type TestChannel } from "./sluice";

export const MAX = 2n ** 256n - 1n;
export const NO_PERMIT: PermitStruct = { deadline: 0n, v: 0, r: `0x${"00".repeat(32)}`, s: `0x${"00".repeat(32)}` };

/** A destination that no contract derives, for tests that need just any channel or escrow. */
export const ANYWHERE = ethers.id("any destination") as Destination;
export const ELSEWHERE = ethers.id("another destination") as Destination;

export async function destinationOf(contract: { getAddress(): Promise<string> }): Promise<Destination> {
  return accountDestination(await addressOf(contract));
}

/* SIGNED FUNDING */

export interface AuthorizationOptions {
  readonly expectedHeld?: bigint;
  readonly salt?: bigint;
  readonly validAfter?: bigint;
  readonly validBefore?: bigint;
  readonly signer?: Actor;
}

/** Signs an ERC-3009 authorisation that pays test tokens of `from` into `destination`. */
export async function authorize(
  { token, deployment }: Sluice,
  from: Actor,
  destination: Destination,
  amount: bigint,
  { signer = from, ...options }: AuthorizationOptions = {},
): Promise<AuthorizationStruct> {
  return signAuthorization(signer.account, deployment, {
    token: await addressOf(token),
    from: toAddress(from.account.address),
    destination,
    amount,
    expectedHeld: 0n,
    salt: 1n,
    validAfter: 0n,
    validBefore: 2n ** 40n,
    ...options,
  });
}

/** Cancels an authorisation at the token, as its payer may before it is used. */
export async function cancelAuthorization(sluice: Sluice, from: Actor, nonce: Hex): Promise<void> {
  const type = {
    CancelAuthorization: [
      { name: "authorizer", type: "address" },
      { name: "nonce", type: "bytes32" },
    ],
  };
  const terms = { authorizer: from.account.address, nonce };
  const { v, r, s } = vrs(
    await from.account.signTypedData(tokenDomain(sluice.deployment, await addressOf(sluice.token)), type, terms),
  );
  await sluice.token.cancelAuthorization(terms.authorizer, nonce, v, r, s);
}

/** Signs an ERC-2612 permit for the adjudicator. */
export async function signPermit(sluice: Sluice, owner: Actor, value: bigint): Promise<PermitStruct> {
  const type = {
    Permit: ["address owner", "address spender", "uint256 value", "uint256 nonce", "uint256 deadline"].map((field) => {
      const [fieldType, name] = field.split(" ") as [string, string];
      return { name, type: fieldType };
    }),
  };
  const deadline = 2n ** 40n;
  const signature = await owner.account.signTypedData(
    tokenDomain(sluice.deployment, await addressOf(sluice.token)),
    type,
    {
      owner: owner.account.address,
      spender: sluice.deployment.adjudicator,
      value,
      nonce: await sluice.token.nonces(owner.account),
      deadline,
    },
  );
  return { deadline, ...vrs(signature) };
}

export interface OrderOptions {
  readonly expectedHeld?: bigint;
  readonly salt?: bigint;
  readonly deadline?: bigint;
  readonly permit?: PermitStruct;
  readonly token?: Address;
  /** Whose tokens; the signer's unless said otherwise. */
  readonly from?: Address;
}

export interface SignedOrder {
  readonly order: DepositOrderStruct;
  readonly digest: Hex;
}

/** Signs an order that pays tokens into `destination`. */
export async function signOrder(
  sluice: Sluice,
  signer: Actor,
  destination: Destination,
  amount: bigint,
  options: OrderOptions = {},
): Promise<SignedOrder> {
  const terms: DepositTerms = {
    from: options.from ?? toAddress(signer.account.address),
    destination,
    token: options.token ?? (await addressOf(sluice.token)),
    expectedHeld: options.expectedHeld ?? 0n,
    amount,
    salt: options.salt ?? 1n,
    deadline: options.deadline ?? BigInt(await time.latest()) + DAY,
  };
  const signature = await signer.account.signTypedData(domainOf(sluice.deployment), DEPOSIT_TYPE, terms);
  const order = { ...terms, signature: toHex(signature), permit: options.permit ?? NO_PERMIT };
  return { order, digest: depositDigest(sluice.deployment, terms) };
}

/* CLOSING */

/** Closes a channel with a final state that everybody signed. */
export function conclude(
  channel: TestChannel,
  outcome: readonly AssetOutcome[],
  gasLimit?: bigint,
): Promise<ContractTransactionResponse> {
  const state = channel.finalState(outcome);
  const overrides = gasLimit === undefined ? {} : { gasLimit };
  return channel.sluice.adjudicator.conclude(channel.terms, state, channel.sign(state), overrides);
}

/** A channel in dispute whose clock has run out. */
export async function expired(
  channel: TestChannel,
  outcome: readonly AssetOutcome[],
): Promise<{ state: State; dispute: Dispute }> {
  const state = channel.state(1n, outcome);
  const dispute = await channel.challenge(state);
  await time.increaseTo(dispute.finalizesAt);
  return { state, dispute };
}

/** Closes a channel by a dispute that nobody answers. */
export function disputeAndSettle(
  channel: TestChannel,
  outcome: readonly AssetOutcome[],
): Promise<ContractTransactionResponse> {
  return disputeToTheEnd(channel, channel.state(1n, outcome));
}

export async function collect(
  channel: TestChannel,
  state: State,
  owed: bigint[],
): Promise<ContractTransactionResponse> {
  return channel.sluice.adjudicator.collect(channel.id, state, owed);
}

/* ACCOUNTING */

/** Rebuilds every balance from the four events (INV-1) and compares it with what the contract says. */
export async function expectHeldEqualsLogs(adjudicator: Adjudicator): Promise<void> {
  const balances = await balancesFromLogs(adjudicator);
  expect(balances.size).to.be.greaterThan(0);
  for (const { destination, asset, amount } of balances.values()) {
    expect(await adjudicator.held(destination, asset), `${destination} ${asset}`).to.equal(amount);
  }
}

/** INV-2 in native coin, exactly: the contract owns what destinations hold and the bonds of running challenges. */
export async function expectSolvent({ adjudicator }: Sluice, runningBonds: bigint): Promise<void> {
  await expectHeldEqualsLogs(adjudicator);
  const total = (await totalHeld(adjudicator, NATIVE)) + runningBonds;
  expect(await ethers.provider.getBalance(adjudicator), "native coin of the contract").to.equal(total);
}

/** The sum of all balances of an asset, from the logs. */
export async function totalHeld(adjudicator: Adjudicator, asset: string): Promise<bigint> {
  const balances = [...(await balancesFromLogs(adjudicator)).values()];
  return balances.filter((balance) => balance.asset === asset).reduce((sum, { amount }) => sum + amount, 0n);
}

interface LoggedBalance {
  readonly destination: string;
  readonly asset: string;
  readonly amount: bigint;
}

async function balancesFromLogs(adjudicator: Adjudicator): Promise<Map<string, LoggedBalance>> {
  const balances = new Map<string, LoggedBalance>();
  const add = (destination: string, asset: string, change: bigint): void => {
    const key = destination + asset;
    balances.set(key, { destination, asset, amount: (balances.get(key)?.amount ?? 0n) + change });
  };
  const { NativeDeposited, TokenDeposited, Credited, Debited } = adjudicator.filters;
  for (const { args } of await adjudicator.queryFilter(NativeDeposited())) {
    add(args.destination, NATIVE, args.amount);
  }
  for (const { args } of await adjudicator.queryFilter(TokenDeposited())) {
    add(args.destination, args.token, args.amount);
  }
  for (const { args } of await adjudicator.queryFilter(Credited())) add(args.destination, args.asset, args.amount);
  for (const { args } of await adjudicator.queryFilter(Debited())) add(args.destination, args.asset, -args.amount);
  return balances;
}

/* HOSTILE CONTRACTS */

/** A contract that makes these calls to the adjudicator whenever it is paid or called. */
export async function deployReenterer(sluice: Sluice, ...calls: readonly string[]): Promise<Reenterer> {
  const reenterer = await ethers.deployContract("Reenterer");
  for (const data of calls) await reenterer.plan(sluice.adjudicator, data);
  return reenterer;
}

/** In the order of `Recipient.Manner`. */
export const Manner = { Accept: 0, Revert: 1, BurnGas: 2, Bomb: 3, RevertBomb: 4, NeedGas: 5 } as const;

/** In the order of `OddToken.Answer`. */
export const Answer = { True: 0, Nothing: 1, False: 2, Two: 3, Short: 4, Bomb: 5, Take: 6 } as const;
