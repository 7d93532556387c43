import type { ChannelState } from "../engine/channel";
import { isFinal, others } from "../engine/channel";
import { totalsOf } from "../engine/funding";
import type { Announcement, ChannelTerms, PolicyTerms } from "../payments/routing/announcements";
import { decodeAnnouncement, encodeAnnouncement } from "../payments/routing/codec";
import type { Countersign, GossipMessage } from "../payments/routing/gossip";
import { MAX_AHEAD, Network, type Learnt } from "../payments/routing/graph";
import { announcementDigest, announce, requireAuthentic } from "../payments/routing/signatures";
import { channelDestination } from "../protocol/destination";
import { channelIdOf } from "../protocol/hashing";
import { NATIVE, type Address, type ChannelId } from "../protocol/types";
import { bytesOf, hexOf } from "../payments/bytes";
import { policyOf } from "../router/forward";
import type { NodeParts } from "./parts";

/** What is announced again after this time is remembered for longer than that by all who keep to the rules. Seconds. */
const RENEW_AFTER = 24n * 60n * 60n;

/** Milliseconds before the other participant is asked again to announce a channel, and between two looks for what is old. */
const ASK_AGAIN_AFTER = 60_000;
const PRUNE_EVERY = 60 * 60_000;

/** Announcements of channels that are being looked up on the chain, at most: what comes meanwhile is told again by others. */
const MAX_LOOKUPS = 64;

export interface GossipHost {
  send(peer: Address, message: GossipMessage): void;
  peers(): Iterable<Address>;
  channel(id: ChannelId): ChannelState | undefined;
  /** The payment channels of this node that are funded and not closed. */
  own(): Iterable<ChannelState>;
}

/** Learns from peers which channels there are, and tells them, as well as of the channels of this node. */
export class Gossip {
  readonly network: Network;
  private readonly asked = new Map<ChannelId, number>();
  private lookups = 0;
  private prunedAt = 0;

  constructor(
    private readonly parts: NodeParts,
    private readonly host: GossipHost,
  ) {
    const { deployment, payments, verify } = parts;
    const [app = NATIVE] = payments.keys();
    this.network = new Network({ deployment, app, verify });
  }

  /** Tells a peer everything that is known. */
  connected(peer: Address): void {
    for (const announcement of this.network.announcements()) this.tell(peer, announcement);
    // After a restart nobody may know of channels in which nothing goes on.
    for (const state of this.host.own()) if (state.record.terms.participants.includes(peer)) this.propose(state);
  }

  received(peer: Address, message: GossipMessage): void {
    const work = message.type === "announce" ? this.hear(peer, message.announcement) : this.sign(peer, message);
    // It may be wrong, or the chain cannot be asked: others will tell it again.
    work.catch((error: unknown) => this.parts.log.debug({ peer, error: String(error) }, "an announcement was dropped"));
  }

  /** A channel of this node is as this says. */
  changed(state: ChannelState): void {
    const { record } = state;
    if (record.closed || record.leaving || isFinal(record)) {
      this.asked.delete(record.id);
      return this.network.close(record.id);
    }
    if (isFresh(state)) this.propose(state);
  }

  /** Forgets what is old. */
  tick(): void {
    const now = this.parts.clock.now();
    if (now - this.prunedAt < PRUNE_EVERY) return;
    this.prunedAt = now;
    this.network.prune(this.now());
  }

  /** Asks the other participant to announce a channel, unless that was done lately. */
  private propose(state: ChannelState): void {
    const { record } = state;
    if (!this.isPublic(state)) return;
    const known = this.network.channel(record.id);
    if (known !== undefined && known.timestamp + RENEW_AFTER > this.now()) return;
    const { signer, deployment, clock } = this.parts;
    if (clock.now() - (this.asked.get(record.id) ?? 0) < ASK_AGAIN_AFTER) return;
    this.asked.set(record.id, clock.now());
    const timestamp = this.now();
    const signature = signer.sign(announcementDigest(deployment, termsOf(state, timestamp)));
    const peer = record.terms.participants[1 - record.self]!;
    this.host.send(peer, { type: "countersign", channelId: record.id, timestamp, signature });
  }

  /**
   * The other participant wants to announce a channel: with my signature it can be. Either of them asks as soon as it sees
   * the money; the one that saw it first can answer.
   */
  private async sign(peer: Address, { channelId, timestamp, signature }: Countersign): Promise<void> {
    const state = this.host.channel(channelId);
    if (state === undefined || !this.isPublic(state)) return;
    if (timestamp > this.now() + MAX_AHEAD || timestamp + MAX_AHEAD < this.now()) return;
    const { deployment, signer } = this.parts;
    const terms = termsOf(state, timestamp);
    const mine = signer.sign(announcementDigest(deployment, terms));
    const signatures = state.record.self === 0 ? [mine, signature] : [signature, mine];
    const announcement = { ...terms, signatures };
    if (await this.learn(announcement)) this.spread(announcement);
    else this.tell(peer, announcement);
  }

  private async hear(peer: Address, encoded: Parameters<typeof bytesOf>[0]): Promise<void> {
    const announcement = decodeAnnouncement(bytesOf(encoded));
    if (!(await this.learn(announcement))) return;
    this.spread(announcement, peer);
  }

  /** Returns whether it was news. @throws SluiceError `ANNOUNCEMENT_INVALID` */
  private async learn(announcement: Announcement): Promise<boolean> {
    const learnt = await this.apply(announcement);
    if (learnt === "new" && announcement.kind === "channel") {
      this.announcePolicies(channelIdOf(this.parts.deployment, announcement.channel));
    }
    return learnt === "new";
  }

  private async apply(announcement: Announcement): Promise<Learnt> {
    if (announcement.kind === "node") return this.network.applyNode(announcement, this.now());
    if (announcement.kind === "policy") return this.network.applyPolicy(announcement, this.now());
    const { deployment, verify } = this.parts;
    requireAuthentic(deployment, verify, announcement, announcement.channel.participants); // before the chain is asked
    const known = this.network.channel(channelIdOf(deployment, announcement.channel));
    if (known !== undefined && known.timestamp >= announcement.timestamp) return "old";
    return this.network.applyChannel(announcement, await this.heldBy(announcement), this.now());
  }

  /** What the chain says that a channel holds. */
  private async heldBy({ channel, assets }: ChannelTerms): Promise<ReadonlyMap<Address, bigint>> {
    if (this.lookups >= MAX_LOOKUPS) return new Map();
    const destination = channelDestination(channelIdOf(this.parts.deployment, channel));
    this.lookups++;
    try {
      const held = assets.map(async ({ asset }) => [asset, await this.parts.chain.held(destination, asset)] as const);
      return new Map(await Promise.all(held));
    } finally {
      this.lookups--;
    }
  }

  /** Says on which terms this node passes payments on in a channel of its own. */
  private announcePolicies(id: ChannelId): void {
    const state = this.host.channel(id);
    if (state === undefined || !this.isPublic(state)) return;
    const { deployment, settings, signer } = this.parts;
    for (const { asset } of state.lanes) {
      const direction = state.record.self as 0 | 1;
      const policy = policyOf(settings.routing, asset);
      const common = { kind: "policy", channelId: id, direction, asset, enabled: true, timestamp: this.now() } as const;
      const terms: PolicyTerms = { ...policy, ...common };
      const announcement = announce(deployment, terms, signer);
      this.network.applyPolicy(announcement, this.now());
      for (const peer of this.host.peers()) this.tell(peer, announcement);
    }
  }

  private isPublic({ record }: ChannelState): boolean {
    return this.parts.settings.announce && this.parts.payments.has(record.terms.app) && record.funded && !record.closed;
  }

  /** Tells all but the source; with a channel, the policies that came before it and had to wait for it. */
  private spread(announcement: Announcement, source?: Address): void {
    const isChannel = announcement.kind === "channel";
    const id = isChannel ? channelIdOf(this.parts.deployment, announcement.channel) : undefined;
    const waited = id === undefined ? [] : this.network.policies(id);
    for (const news of [announcement, ...waited])
      for (const peer of this.host.peers()) if (peer !== source) this.tell(peer, news);
  }

  private tell(peer: Address, announcement: Announcement): void {
    this.host.send(peer, { type: "announce", announcement: hexOf(encodeAnnouncement(announcement)) });
  }

  private now(): bigint {
    return BigInt(Math.floor(this.parts.clock.now() / 1_000));
  }
}

/** Whether the other participant hears it now. */
function isFresh({ record, session }: ChannelState): boolean {
  return others(record).every((i) => (session.synced >> i) & 1);
}

function termsOf({ record }: ChannelState, timestamp: bigint): ChannelTerms {
  const assets = totalsOf(record.opening).map(({ asset, amount }) => ({ asset, capacity: amount }));
  return { kind: "channel", channel: record.terms, assets, timestamp };
}
