import type { ContractTransactionReceipt } from "ethers";
import {
  channelIdOf,
  encodeOutcome,
  NATIVE,
  NO_DISPUTE,
  signState,
  sortParticipants,
  stateHashOf,
  type Address,
  type AssetOutcome,
  type Channel,
  type ChannelId,
  type CompactSignature,
  type Deployment,
  type Destination,
  type Dispute,
  type Hex,
  type State,
} from "../../src";
import type { Adjudicator } from "../../typechain-types";
import { nonceOf, type Actor } from "./stage";

/** Two people with a channel between them. */
export interface OpenChannel {
  readonly terms: Channel;
  readonly id: ChannelId;
  /** In the order of the participants, which is that of their addresses. */
  readonly people: readonly [Actor, Actor];
  readonly deployment: Deployment;
}

/** Agrees on the terms of a channel; nothing is on the chain yet. */
export function agree(
  deployment: Deployment,
  people: readonly [Actor, Actor],
  chapter: number,
  terms: Partial<Channel> = {},
): OpenChannel {
  const participants = sortParticipants(people.map(({ address }) => address));
  const [a, b] = people;
  const ordered = participants[0] === a.address ? ([a, b] as const) : ([b, a] as const);
  const channel = { participants, nonce: nonceOf(chapter), app: NATIVE, challengePeriod: 86_400n, bond: 0n, ...terms };
  return { terms: channel, id: channelIdOf(deployment, channel), people: ordered, deployment };
}

/** Divides one asset: `split(NATIVE, [alice.destination, 6n], [bob.destination, 4n])`. */
export function split(asset: Address, ...shares: readonly (readonly [Destination, bigint])[]): AssetOutcome {
  return { asset, allocations: shares.map(([destination, amount]) => ({ destination, amount })) };
}

export function stateOf(version: bigint, outcome: AssetOutcome, appData: Hex = "0x"): State {
  return { version, outcome: encodeOutcome([outcome]), appData };
}

/** Signatures of both, in the order of the participants. */
export function signedByBoth({ people, deployment, id }: OpenChannel, state: State): CompactSignature[] {
  return people.map(({ key }) => signState(key, deployment, id, state));
}

/** What is on record after a challenge, as its events tell it. */
export function challengedIn(
  adjudicator: Adjudicator,
  { id }: OpenChannel,
  state: State,
  receipt: ContractTransactionReceipt,
): Dispute {
  let dispute: Dispute = { ...NO_DISPUTE, version: state.version, stateHash: stateHashOf(id, state) };
  for (const log of receipt.logs) {
    const event = adjudicator.interface.parseLog(log);
    if (event?.name === "Challenged") dispute = { ...dispute, finalizesAt: event.args["finalizesAt"] as bigint };
    if (event?.name === "BondPosted") {
      const { challenger, payer, amount } = event.args.toObject() as {
        challenger: Address;
        payer: Address;
        amount: bigint;
      };
      dispute = { ...dispute, challenger, payer, bond: amount };
    }
  }
  return dispute;
}

/** What is on record after a checkpoint: a state whose clock does not run. */
export function stoppedAt({ id }: OpenChannel, state: State): Dispute {
  return { ...NO_DISPUTE, version: state.version, stateHash: stateHashOf(id, state) };
}
