import { SluiceError } from "../../errors";
import { type VerifySignature } from "../../ports/crypto";
import { channelIdOf, type Deployment } from "../../protocol/hashing";
import { type Address, type ChannelId, type Hex } from "../../protocol/types";
import {
  type Announcement,
  type ChannelAnnouncement,
  type NodeAnnouncement,
  type PolicyAnnouncement,
} from "./announcements";
import { edgeKey, type Edge, type EdgeKey } from "./edges";
import { refuse } from "./errors";
import { nodeIdOf, publicKeysOf, requireAuthentic } from "./signatures";

/** Two weeks, in seconds: what is not renewed in that time is forgotten. */
export const STALE_AFTER = 14n * 24n * 60n * 60n;
/** Ten minutes, in seconds: how far the clock of an announcement may be ahead. */
export const MAX_AHEAD = 600n;

/** How much is kept. A channel has at most two policies for each asset it announces, whatever is sent about it. */
export interface NetworkLimits {
  readonly channels: number;
  /** Channels not known yet of which policies are kept, and how many of each. The oldest go first. */
  readonly waitingChannels: number;
  readonly waitingPolicies: number;
}

const LIMITS: NetworkLimits = { channels: 100_000, waitingChannels: 256, waitingPolicies: 16 };

/** What the network is a network of. */
export interface NetworkOptions {
  readonly deployment: Deployment;
  /** The payment app: channels with another one carry no payments. */
  readonly app: Address;
  readonly verify: VerifySignature;
  readonly limits?: Partial<NetworkLimits>;
}

/**
 * What became of an authentic announcement. `new`: it counts now, and is worth passing on. `old`: something as new is
 * known, or it is stale. `waiting`: for the announcement of its channel; not checked yet. `unneeded`: a node without a
 * channel. `full`: there are too many channels; those that are known stay.
 */
export type Learnt = "new" | "old" | "waiting" | "unneeded" | "full";

interface Known {
  readonly announcement: ChannelAnnouncement;
  readonly policies: Map<EdgeKey, PolicyAnnouncement>;
}

/**
 * The network as it is known from announcements. The newest of a kind counts, in whatever order they come; of two with one
 * timestamp the first. Who floods it with authentic announcements changes what is known of its own channels only.
 */
export class Network {
  readonly #options: NetworkOptions;
  readonly #limits: NetworkLimits;
  readonly #channels = new Map<ChannelId, Known>();
  readonly #channelsOf = new Map<Address, Set<ChannelId>>();
  readonly #nodes = new Map<Address, NodeAnnouncement>();
  readonly #waiting = new Map<ChannelId, PolicyAnnouncement[]>();

  constructor(options: NetworkOptions) {
    this.#options = options;
    this.#limits = { ...LIMITS, ...options.limits };
  }

  /**
   * Learns about a node.
   * @param now Unix time in seconds, here and everywhere
   * @throws SluiceError `ANNOUNCEMENT_INVALID`
   */
  applyNode(announcement: NodeAnnouncement, now: bigint): Learnt {
    requireTimely(announcement, now);
    const id = nodeIdOf(announcement.publicKey);
    if (!this.#channelsOf.has(id)) return "unneeded";
    if (isStale(announcement, now) || !isNewer(announcement, this.#nodes.get(id))) return "old";
    this.#requireSigned(announcement, [id]);
    this.#nodes.set(id, announcement);
    return "new";
  }

  /**
   * Learns about a channel, and then from the policies that waited for it.
   * @param held what the channel holds of each asset on the chain by now: the caller asks for it, since this library is
   * pure. Nothing is held by a channel that does not exist, or is closed
   * @throws SluiceError `ANNOUNCEMENT_INVALID`
   */
  applyChannel(announcement: ChannelAnnouncement, held: ReadonlyMap<Address, bigint>, now: bigint): Learnt {
    requireTimely(announcement, now);
    const { channel, assets } = announcement;
    const id = channelIdOf(this.#options.deployment, channel);
    const known = this.#channels.get(id);
    if (!isNewer(announcement, known?.announcement)) return "old";
    if (known === undefined && this.#channels.size >= this.#limits.channels) return "full";
    if (channel.app !== this.#options.app) refuse(`The channel runs ${channel.app}, which is not the payment app.`);
    const lacking = assets.find(({ asset, capacity }) => (held.get(asset) ?? 0n) < capacity);
    if (lacking !== undefined) refuse(`The channel does not hold ${lacking.capacity} of ${lacking.asset}.`);
    this.#requireSigned(announcement, channel.participants);
    this.#add(id, announcement);
    for (const policy of [...(known?.policies.values() ?? []), ...this.#takeWaiting(id)]) this.#retry(policy, now);
    return "new";
  }

  /**
   * Learns on which conditions a channel passes payments on. While its channel, or its asset in that channel, is unknown, a
   * policy waits, unchecked.
   * @throws SluiceError `ANNOUNCEMENT_INVALID`
   */
  applyPolicy(announcement: PolicyAnnouncement, now: bigint): Learnt {
    requireTimely(announcement, now);
    if (isStale(announcement, now)) return "old";
    const { channelId, direction, asset } = announcement;
    const known = this.#channels.get(channelId);
    if (!known?.announcement.assets.some((held) => held.asset === asset)) return this.#wait(announcement);
    const key = edgeKey(channelId, direction, asset);
    if (!isNewer(announcement, known.policies.get(key))) return "old";
    this.#requireSigned(announcement, [known.announcement.channel.participants[direction]!]);
    known.policies.set(key, announcement);
    return "new";
  }

  /** Forgets a channel that was closed, and its nodes if they have no other. */
  close(channelId: ChannelId): void {
    const known = this.#channels.get(channelId);
    if (known === undefined) return;
    this.#channels.delete(channelId);
    for (const participant of known.announcement.channel.participants) {
      const others = this.#channelsOf.get(participant)!;
      others.delete(channelId);
      if (others.size > 0) continue;
      this.#channelsOf.delete(participant);
      this.#nodes.delete(participant);
    }
  }

  /** Forgets what was not renewed in {@link STALE_AFTER}; a channel lives as long as one of its policies. */
  prune(now: bigint): void {
    for (const [id, { announcement, policies }] of this.#channels) {
      for (const [key, policy] of policies) if (isStale(policy, now)) policies.delete(key);
      if (policies.size === 0 && isStale(announcement, now)) this.close(id);
    }
    for (const [id, node] of this.#nodes) if (isStale(node, now)) this.#nodes.delete(id);
    for (const [id, policies] of this.#waiting) {
      if (policies.every((policy) => isStale(policy, now))) this.#waiting.delete(id);
    }
  }

  /** How many channels are known. */
  get size(): number {
    return this.#channels.size;
  }

  channel(id: ChannelId): ChannelAnnouncement | undefined {
    return this.#channels.get(id)?.announcement;
  }

  /** On which terms payments go over a channel, as far as is known. */
  policies(id: ChannelId): Iterable<PolicyAnnouncement> {
    return this.#channels.get(id)?.policies.values() ?? [];
  }

  node(id: Address): NodeAnnouncement | undefined {
    return this.#nodes.get(id);
  }

  /** The public key of a node with a channel, 33 bytes: from its signature, so that it need not announce itself. */
  publicKeyOf(id: Address): Hex | undefined {
    const [first] = this.#channelsOf.get(id) ?? [];
    if (first === undefined) return undefined;
    const { announcement } = this.#channels.get(first)!;
    return publicKeysOf(this.#options.deployment, announcement)[announcement.channel.participants.indexOf(id)];
  }

  /** Everything known, in an order in which another network can learn it. */
  *announcements(): Generator<Announcement> {
    for (const { announcement, policies } of this.#channels.values()) {
      yield announcement;
      yield* policies.values();
    }
    yield* this.#nodes.values();
  }

  /** What payments of an asset can go over: directions with a policy that is enabled. */
  *edges(asset: Address): Generator<Edge> {
    for (const [channelId, { announcement, policies }] of this.#channels) {
      const capacity = announcement.assets.find((held) => held.asset === asset)?.capacity;
      if (capacity === undefined) continue;
      const [first, second] = announcement.channel.participants as [Address, Address];
      for (const direction of [0, 1] as const) {
        const key = edgeKey(channelId, direction, asset);
        const policy = policies.get(key);
        if (!policy?.enabled) continue;
        const [from, to] = direction === 0 ? [first, second] : [second, first];
        yield { key, channelId, from, to, capacity, certain: false, policy };
      }
    }
  }

  #requireSigned(announcement: Announcement, signers: readonly Address[]): void {
    requireAuthentic(this.#options.deployment, this.#options.verify, announcement, signers);
  }

  #add(id: ChannelId, announcement: ChannelAnnouncement): void {
    this.#channels.set(id, { announcement, policies: new Map() });
    for (const participant of announcement.channel.participants) {
      const ids = this.#channelsOf.get(participant) ?? new Set();
      this.#channelsOf.set(participant, ids.add(id));
    }
  }

  #wait(policy: PolicyAnnouncement): Learnt {
    const waiting = [...this.#takeWaiting(policy.channelId), policy];
    this.#waiting.set(policy.channelId, waiting.slice(-this.#limits.waitingPolicies));
    if (this.#waiting.size > this.#limits.waitingChannels) this.#waiting.delete(this.#waiting.keys().next().value!);
    return "waiting";
  }

  #takeWaiting(id: ChannelId): PolicyAnnouncement[] {
    const waiting = this.#waiting.get(id) ?? [];
    this.#waiting.delete(id);
    return waiting;
  }

  /** What waited came without proof: if it is false, that is no fault of the announcement that it waited for. */
  #retry(policy: PolicyAnnouncement, now: bigint): void {
    try {
      this.applyPolicy(policy, now);
    } catch (error) {
      if (!(error instanceof SluiceError)) throw error;
    }
  }
}

type Timed = Pick<Announcement, "timestamp">;

function requireTimely({ timestamp }: Timed, now: bigint): void {
  if (timestamp > now + MAX_AHEAD) refuse(`The announcement is from ${timestamp - now} seconds in the future.`);
}

function isStale({ timestamp }: Timed, now: bigint): boolean {
  return timestamp + STALE_AFTER < now;
}

function isNewer({ timestamp }: Timed, known: Timed | undefined): boolean {
  return known === undefined || timestamp > known.timestamp;
}
