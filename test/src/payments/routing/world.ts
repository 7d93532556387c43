import { id, toBeHex } from "ethers";
import { channelIdOf, NATIVE, toAddress, type Address, type ChannelId, type Hex } from "../../../../src";
import { createSigner, verifySignature } from "../../../../src/adapters/crypto/native";
import {
  announce,
  directionOf,
  edgeKey,
  Network,
  type ChannelAnnouncement,
  type ChannelTerms,
  type Edge,
  type NetworkOptions,
  type Policy,
  type PolicyAnnouncement,
  type PolicyTerms,
} from "../../../../src/payments/routing";
import type { Signer } from "../../../../src/ports/crypto";

export const NOW = 1_800_000_000n;
export const DEPLOYMENT = { chainId: 31_337n, adjudicator: toAddress(`0x${"ad".repeat(20)}`) };
export const PAYMENT_APP = toAddress(`0x${"a9".repeat(20)}`);
export const TOKEN = toAddress(`0x${"70".repeat(20)}`);
export const FREE: Policy = { feeBase: 0n, feeMillionths: 0n, minimum: 0n, maximum: 10n ** 30n, expiryDelta: 0n };

export const signerOf = (name: string): Signer => createSigner(id(`the key of ${name}`) as Hex);
export const [ALICE, BOB, CAROL, INGRID, MALLORY] = ["Alice", "Bob", "Carol", "Ingrid", "Mallory"].map(signerOf) as [
  Signer,
  Signer,
  Signer,
  Signer,
  Signer,
];

/** Two signers in the order of a channel. */
export function ordered(a: Signer, b: Signer): [Signer, Signer] {
  return BigInt(a.address) < BigInt(b.address) ? [a, b] : [b, a];
}

/** The terms of a channel that holds a thousand of the native coin. */
export function channelTerms(a: Signer, b: Signer, changes: Partial<ChannelTerms> = {}): ChannelTerms {
  return {
    kind: "channel",
    channel: {
      participants: ordered(a, b).map(({ address }) => address),
      nonce: id("a nonce") as Hex,
      app: PAYMENT_APP,
      challengePeriod: 86_400n,
      bond: 0n,
    },
    assets: [{ asset: NATIVE, capacity: 1_000n }],
    timestamp: NOW,
    ...changes,
  };
}

export function announcedChannel(a: Signer, b: Signer, changes: Partial<ChannelTerms> = {}): ChannelAnnouncement {
  return announce(DEPLOYMENT, channelTerms(a, b, changes), ...ordered(a, b));
}

export const idOf = ({ channel }: ChannelTerms): ChannelId => channelIdOf(DEPLOYMENT, channel);

/** What the chain says of an honest channel. */
export function heldBy({ assets }: ChannelTerms): Map<Address, bigint> {
  return new Map(assets.map(({ asset, capacity }) => [asset, capacity]));
}

/** The policy of `from` towards `to`; signed by `by`. */
export function announcedPolicy(
  channel: ChannelTerms,
  from: Signer,
  changes: Partial<PolicyTerms> = {},
  by = from,
): PolicyAnnouncement {
  const direction = channel.channel.participants[0] === from.address ? 0 : 1;
  const terms = { kind: "policy", channelId: idOf(channel), direction, asset: NATIVE, enabled: true } as const;
  return announce(DEPLOYMENT, { ...terms, ...FREE, maximum: 1_000n, timestamp: NOW, ...changes }, by);
}

export function newNetwork(options: Partial<NetworkOptions> = {}): Network {
  return new Network({ deployment: DEPLOYMENT, app: PAYMENT_APP, verify: verifySignature, ...options });
}

/** An address and an id for a number, where nothing is signed. */
export const place = (n: number): Address => toAddress(toBeHex(n + 1, 20));
export const channelNumber = (n: number): ChannelId => toBeHex(n + 1, 32) as ChannelId;

/** One direction of a channel of its own. */
export function edge(n: number, from: number, to: number, capacity: bigint, policy: Partial<Policy> = {}): Edge {
  const channelId = channelNumber(n);
  return {
    key: edgeKey(channelId, directionOf(place(from), place(to)), NATIVE),
    channelId,
    from: place(from),
    to: place(to),
    capacity,
    certain: false,
    policy: { ...FREE, ...policy },
  };
}
