import { time } from "@nomicfoundation/hardhat-network-helpers";
import type { ContractTransactionResponse, Interface } from "ethers";
import { ethers } from "hardhat";
import {
  finalHashOf,
  signerSet,
  stateHashOf,
  type Channel,
  type CompactSignature,
  type Dispute,
  type Hex,
  type SignedState,
  type State,
} from "../../src";
import type { ConfigurableApp } from "../../typechain-types";
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
    signers: signerSet(...signers.map((actor) => channel.indexOf(actor))),
  });
  const states = [candidate, ...proof].map(signed);
  return [states[0]!, states.slice(1), channel.signAll(states)];
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

/** Challenges with a state signed by all, which nobody answers, and settles. */
export async function disputeToTheEnd(channel: TestChannel, state: State): Promise<ContractTransactionResponse> {
  return settle(channel, state, await channel.challenge(state));
}

/** The custom error by which a call was refused. Rethrows what is no such thing. */
export function customErrorOf(contract: { readonly interface: Interface }, error: unknown): string {
  const data = (error as { data?: unknown }).data;
  const name = typeof data === "string" ? contract.interface.parseError(data)?.name : undefined;
  if (name === undefined) throw error;
  return name;
}
