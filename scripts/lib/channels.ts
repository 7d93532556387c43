/** What the demo, the gas report and the tests have in common: channels, and the states their participants sign. */
import { computeAddress, toBeHex, type SigningKey } from "ethers";
import {
  channelIdOf,
  encodeOutcome,
  NATIVE,
  signState,
  sortParticipants,
  toAddress,
  type Address,
  type AssetOutcome,
  type Channel,
  type ChannelId,
  type CompactSignature,
  type Deployment,
  type Destination,
  type Hex,
  type State,
} from "../../src";

export const ETHER = 10n ** 18n;
export const DAY = 86_400n;

/** Somebody who signs states. */
export interface Member {
  readonly key: SigningKey;
  /** The address of the key: what a channel lists as participant. */
  readonly participant: Address;
}

/** A channel, with those who sign for its participants. */
export interface Agreement<Actor extends Member = Member> {
  readonly deployment: Deployment;
  readonly terms: Channel;
  readonly id: ChannelId;
  /** In the order of the participants, which is that of their addresses. */
  readonly actors: readonly Actor[];
}

export function memberOf(key: SigningKey): Member {
  return { key, participant: toAddress(computeAddress(key)) };
}

/** Agrees on the terms of a channel: a day to answer, no app and no bond unless `terms` say otherwise. */
export function agree<Actor extends Member>(
  deployment: Deployment,
  members: readonly Actor[],
  nonce: bigint,
  terms: Partial<Channel> = {},
): Agreement<Actor> {
  const participants = sortParticipants(members.map(({ participant }) => participant));
  const actors = participants.map((address) => members.find(({ participant }) => participant === address)!);
  const agreed = { participants, nonce: toBeHex(nonce, 32) as Hex, app: NATIVE, challengePeriod: DAY, bond: 0n };
  const channel: Channel = { ...agreed, ...terms };
  return { deployment, terms: channel, id: channelIdOf(deployment, channel), actors };
}

/** Divides an asset: `split(NATIVE, [alice, 6n], [bob, 4n])`. Takes destinations and whoever has one. */
export function split(
  asset: Address,
  ...shares: readonly (readonly [Destination | { readonly destination: Destination }, bigint])[]
): AssetOutcome {
  const allocations = shares.map(([to, amount]) => ({
    destination: typeof to === "string" ? to : to.destination,
    amount,
  }));
  return { asset, allocations };
}

export function stateOf(version: bigint, outcome: readonly AssetOutcome[], appData: Hex = "0x"): State {
  return { version, outcome: encodeOutcome(outcome), appData };
}

/** Signatures of a state; of all participants, in their order, unless other signers are given. */
export function signaturesOf(
  { deployment, id, actors }: Agreement,
  state: State,
  signers: readonly Member[] = actors,
): CompactSignature[] {
  return signers.map(({ key }) => signState(key, deployment, id, state));
}
