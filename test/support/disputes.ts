import { time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import type { ContractTransactionReceipt, ContractTransactionResponse, Interface } from "ethers";
import { ethers } from "hardhat";
import {
  finalHashOf,
  NATIVE,
  signState,
  stateHashOf,
  type Channel,
  type CompactSignature,
  type Dispute,
  type Hex,
  type SignedState,
  type State,
} from "../../src";
import type { Adjudicator, ConfigurableApp } from "../../typechain-types";
import { addressOf, createActor, TestChannel, type Actor, type Sluice } from "./sluice";

/** What a {@link ConfigurableApp} does when it is asked. */
export const BEHAVIOUR = { accept: 0, refuse: 1, echo: 2, burnGas: 3, returnGarbage: 4 };

export async function deployApp(behaviour = BEHAVIOUR.accept): Promise<ConfigurableApp> {
  const app = await ethers.deployContract("ConfigurableApp");
  await app.configure(behaviour);
  return app;
}

/** A channel between Alice and Bob whose app supports everything. */
export async function permissiveChannel(sluice: Sluice, terms: Partial<Channel> = {}): Promise<TestChannel> {
  return new TestChannel(sluice, [sluice.alice, sluice.bob], { app: await addressOf(await deployApp()), ...terms });
}

/** `count` people with keys of their own, who share Alice's account. */
export function crowd(sluice: Sluice, count: number): Actor[] {
  return Array.from({ length: count }, (_, i) => createActor(`member ${i}`, sluice.alice.account));
}

/** What a call with proof takes after the dispute: candidate, proof and all their signatures. */
export function supported(
  channel: TestChannel,
  candidate: readonly [State, ...Actor[]],
  ...proof: readonly (readonly [State, ...Actor[]])[]
): [SignedState, SignedState[], CompactSignature[]] {
  const signed = ([state, ...signers]: readonly [State, ...Actor[]]): SignedState => ({
    state,
    signers: signers.reduce((set, actor) => set | (1n << BigInt(channel.indexOf(actor))), 0n),
  });
  const signatures = [candidate, ...proof].flatMap(([state, ...signers]) =>
    channel.actors
      .filter((actor) => signers.includes(actor))
      .map(({ key }) => signState(key, channel.sluice.deployment, channel.id, state)),
  );
  return [signed(candidate), proof.map(signed), signatures];
}

/** The word that is stored for a final state. */
export function finalRecord(channel: TestChannel, state: State, owed: readonly bigint[] = []): Hex {
  return finalHashOf(stateHashOf(channel.id, state), owed);
}

/** Waits until the clock has run out, and settles. */
export async function settle(
  channel: TestChannel,
  state: State,
  dispute: Dispute,
): Promise<ContractTransactionResponse> {
  if (dispute.finalizesAt > (await time.latest())) await time.increaseTo(dispute.finalizesAt);
  return channel.sluice.adjudicator.settle(channel.id, state, dispute);
}

/** A channel with `held` wei in which nobody has anything registered, challenged with `state`, clock run out, settled. */
export async function disputeToTheEnd(channel: TestChannel, state: State): Promise<void> {
  await settle(channel, state, await channel.challenge(state));
}

export async function mined(transaction: Promise<ContractTransactionResponse>): Promise<ContractTransactionReceipt> {
  const receipt = await (await transaction).wait();
  if (receipt === null) throw new Error("The transaction was not mined.");
  return receipt;
}

/** The native coin of every destination, rebuilt from the events alone (INV-1). */
export async function balancesFromLogs(adjudicator: Adjudicator): Promise<Map<string, bigint>> {
  const balances = new Map<string, bigint>();
  const add = (destination: string, amount: bigint): void => {
    balances.set(destination, (balances.get(destination) ?? 0n) + amount);
  };
  const { filters } = adjudicator;
  for (const { args } of await adjudicator.queryFilter(filters.NativeDeposited())) add(args.destination, args.amount);
  for (const { args } of await adjudicator.queryFilter(filters.Credited())) {
    if (args.asset === NATIVE) add(args.destination, args.amount);
  }
  for (const { args } of await adjudicator.queryFilter(filters.Debited())) {
    if (args.asset === NATIVE) add(args.destination, -args.amount);
  }
  return balances;
}

/** INV-2 in native coin, exactly: the contract owns what destinations hold and the bonds of running challenges. */
export async function expectSolvent({ adjudicator }: Sluice, runningBonds: bigint): Promise<void> {
  const balances = await balancesFromLogs(adjudicator);
  let total = runningBonds;
  for (const [destination, amount] of balances) {
    expect(await adjudicator.held(destination, NATIVE), `held by ${destination}`).to.equal(amount);
    total += amount;
  }
  expect(await ethers.provider.getBalance(adjudicator), "native coin of the contract").to.equal(total);
}

/** The custom error by which a call was refused. Rethrows what is no such thing. */
export function customErrorOf(contract: { readonly interface: Interface }, error: unknown): string {
  const data = (error as { data?: unknown }).data;
  const name = typeof data === "string" ? contract.interface.parseError(data)?.name : undefined;
  if (name === undefined) throw error;
  return name;
}
