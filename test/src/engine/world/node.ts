import { ok } from "node:assert/strict";
import { others, type ChannelRecord, type ChannelState } from "../../../../src/engine/channel";
import type { Context } from "../../../../src/engine/context";
import type { Effect, LaneEvent, Notice } from "../../../../src/engine/effects";
import type { Message, Open } from "../../../../src/engine/messages";
import { joinChannel, openChannel, type StepResult, type Terms } from "../../../../src/engine/opening";
import { resume, step, type ChannelEvent } from "../../../../src/engine/step";
import { SluiceError } from "../../../../src/errors";
import type { Signer } from "../../../../src/ports/crypto";
import type { Fact } from "../../../../src/ports/chain";
import { channelIdOf } from "../../../../src/protocol/hashing";
import { NATIVE, type Address, type ChannelId, type Hex, type State } from "../../../../src/protocol/types";
import { factIn, viewOf, type Done } from "./chain";
import type { World } from "./world";

/** What a node passes payments on with. It lives in the same steps as the channels, and is as durable. */
export interface SimulatedRouter {
  handle(event: LaneEvent): void;
  tick(): void;
  /** Makes durable what has changed. */
  save(): void;
  /** Forgets what is not durable. */
  load(): void;
}

/** Where a crash cuts a flush: before the records are durable, or after this many effects. */
export type Cut = "before" | number;

/** How a wait ended. */
export type End = { readonly state: State } | { readonly error: SluiceError };

interface Job {
  readonly id: ChannelId;
  readonly effects: readonly Effect[];
}

/** What is on a disk of a channel. */
export type Kept = Pick<ChannelState, "record" | "lanes">;

/** A machine that runs the engine as a node does: records to a disk, then effects to the network and the chain. */
export class SimulatedNode {
  readonly states = new Map<ChannelId, ChannelState>();
  readonly notices: Notice[] = [];
  /** What became of locks. */
  readonly events: LaneEvent[] = [];
  /** Passes payments on, if it is to. */
  router: SimulatedRouter | undefined;
  readonly ends = new Map<number, End>();
  up = true;
  /** How often it has started. */
  life = 0;
  /** Whether it joins what peers propose. */
  joins = true;
  /** While true nothing becomes durable, and nothing leaves. */
  held = false;
  cut: Cut | undefined;

  private disk = new Map<ChannelId, Kept>();
  private dirty = new Map<ChannelId, Kept>();
  private jobs: Job[] = [];
  /** What became of locks in steps that are not durable yet: it is stored with them, or not at all. */
  private untold: LaneEvent[] = [];
  private reported = new Map<ChannelId, readonly unknown[]>();
  private readonly followed = new Map<string, { registry: Address; key: Hex; fact: Fact | undefined }>();
  /** Whether there are keys of which nothing was told yet. */
  private asked = false;
  private confirmedTime = 0n;
  private tickets = 0;

  constructor(
    private readonly world: World,
    readonly name: string,
    readonly signer: Signer,
  ) {}

  get address(): Address {
    return this.signer.address;
  }

  record(id: ChannelId): ChannelRecord {
    return this.states.get(id)!.record;
  }

  /* EVENTS */

  open(terms: Terms): ChannelId {
    const ticket = ++this.tickets;
    this.begin(openChannel(this.context(), terms, ticket));
    return channelIdOf(this.world.deployment, terms.channel);
  }

  /** Wants a change; returns the number under which the end of the wait is found. */
  wish(id: ChannelId, change: Extract<ChannelEvent, { type: "wish" }>["change"]): number {
    const ticket = ++this.tickets;
    this.dispatch(id, { type: "wish", change, ticket });
    return ticket;
  }

  /** Pays by voucher; returns the number under which the end of the wait is found. */
  pay(id: ChannelId, amount: bigint, asset: Address = NATIVE, note: Hex = "0x"): number {
    const ticket = ++this.tickets;
    this.dispatch(id, { type: "pay", payments: [{ asset, amount, note, ticket }] });
    return ticket;
  }

  move(id: ChannelId, state: State): number {
    const ticket = ++this.tickets;
    this.dispatch(id, { type: "move", state, ticket });
    return ticket;
  }

  dispatch(id: ChannelId, event: ChannelEvent): void {
    if (!this.up) return;
    this.take(id, event);
    this.flush();
  }

  receive(from: Address, message: Message): void {
    if (!this.up) return;
    if (message.type === "open") return this.receiveOpen(from, message);
    const state = this.states.get(message.channelId);
    if (state !== undefined) {
      const index = state.record.terms.participants.indexOf(from);
      if (index >= 0) this.dispatch(message.channelId, { type: "message", from: index, message });
    } else if (message.type !== "reject") this.refuse(from, message.channelId, "UNKNOWN_CHANNEL");
  }

  connected(peer: Address): void {
    this.tellOfPeer("connected", peer);
  }

  disconnected(peer: Address): void {
    this.tellOfPeer("disconnected", peer);
  }

  /** Looks at the chain, as an adapter does for it at every block. */
  look(done: readonly Done[] = []): void {
    if (!this.up) return;
    for (const id of [...this.states.keys()]) this.report(id);
    this.readFacts();
    this.confirmedTime = this.world.chain.confirmedTime;
    for (const { id, error } of done) {
      this.dispatch(id.split(":")[0] as ChannelId, { type: "done", id, ...(error !== undefined && { error }) });
    }
    this.tick();
  }

  tick(): void {
    if (this.up) this.router?.tick();
    for (const id of [...this.states.keys()]) this.dispatch(id, { type: "tick" });
  }

  /** Reads what the chain says of the keys that are followed, and tells what is new. */
  private readFacts(): void {
    const { chain } = this.world;
    this.asked = false;
    const news = [...this.followed].filter(([name, { registry, key, fact }]) => {
      const now = factIn(chain, registry, key);
      this.followed.set(name, { registry, key, fact: now });
      return now.latest !== fact?.latest || now.confirmed !== fact.confirmed || now.secret !== fact.secret;
    });
    if (news.length > 0) for (const id of [...this.states.keys()]) this.dispatch(id, { type: "facts" });
  }

  /* CRASHES */

  /** Everything that is not durable is lost, and so are the connections. */
  crash(): void {
    if (!this.up) return;
    this.up = false;
    this.held = false;
    this.cut = undefined;
    this.states.clear();
    this.dirty.clear();
    this.jobs = [];
    this.untold = [];
    this.reported.clear();
    this.router?.load();
    this.followed.clear();
    for (const peer of this.linked()) peer.disconnected(this.address);
  }

  restart(): void {
    if (this.up) return;
    this.up = true;
    this.life++;
    for (const kept of this.disk.values()) this.states.set(kept.record.id, resume(kept));
    this.look();
    for (const peer of this.linked()) {
      this.connected(peer.address);
      peer.connected(this.address);
    }
  }

  /** What is on the disk. */
  backup(): ReadonlyMap<ChannelId, Kept> {
    return new Map(this.disk);
  }

  /** Starts again from what was on the disk once. */
  restore(backup: ReadonlyMap<ChannelId, Kept>): void {
    this.crash();
    this.disk = new Map(backup);
  }

  /** Makes everything durable, then does what follows from it; unless it crashes on the way. */
  flush(): void {
    if (this.held) return;
    const { cut } = this;
    if (cut === "before") return this.crash();
    if (this.dirty.size === 0 && this.jobs.length === 0) this.router?.save();
    while (this.dirty.size > 0 || this.jobs.length > 0 || this.untold.length > 0) {
      const { jobs } = this;
      for (const [id, kept] of this.dirty) {
        this.world.watch?.(this, this.disk.get(id), kept);
        this.disk.set(id, kept);
      }
      this.dirty.clear();
      this.router?.save();
      this.events.push(...this.untold.splice(0));
      this.jobs = [];
      let left = cut ?? Infinity;
      for (const { id, effects } of jobs) {
        for (const effect of effects) {
          if (left-- <= 0) return this.crash();
          this.perform(id, effect);
        }
      }
      if (cut !== undefined) return this.crash();
      if (this.asked) this.readFacts();
    }
  }

  /* INSIDE */

  private begin(result: StepResult): void {
    const { id, terms } = result.state.record;
    if (this.states.has(id)) return;
    this.settle(undefined, result);
    this.report(id);
    for (const peer of others(result.state.record)) {
      if (this.world.network.isConnected(this.address, terms.participants[peer]!))
        this.take(id, { type: "connected", peer });
    }
    this.flush();
  }

  private receiveOpen(from: Address, open: Open): void {
    const id = channelIdOf(this.world.deployment, open.channel);
    const index = open.channel.participants.indexOf(from);
    if (index < 0) return;
    if (this.states.has(id)) return this.dispatch(id, { type: "message", from: index, message: open });
    if (!this.joins) return this.refuse(from, id, "TERMS_REFUSED");
    try {
      this.begin(joinChannel(this.context(), open, index));
    } catch (error) {
      if (!(error instanceof SluiceError)) throw error;
      this.refuse(from, id, "TERMS_REFUSED");
    }
  }

  private refuse(to: Address, channelId: ChannelId, reason: "TERMS_REFUSED" | "UNKNOWN_CHANNEL"): void {
    this.world.network.send({ from: this.address, to, message: { type: "reject", channelId, reason, text: "No." } });
  }

  private settle(before: ChannelState | undefined, { state, effects, regained }: StepResult): void {
    const { record, lanes } = state;
    const isEarly = regained === true && this.jobs.every(({ id }) => id !== record.id);
    this.states.set(record.id, state);
    if (before?.record !== record || before.lanes !== lanes) this.dirty.set(record.id, { record, lanes });
    this.untold.push(...effects.flatMap((effect) => (effect.type === "lane" ? [effect.event] : [])));
    const outward = effects.filter(({ type }) => type !== "poke" && type !== "wish" && type !== "lane");
    if (isEarly) for (const effect of outward) this.perform(record.id, effect);
    else if (outward.length > 0) this.jobs.push({ id: record.id, effects: outward });
    for (const effect of effects) {
      if (effect.type === "lane") this.router?.handle(effect.event);
      if (effect.type === "poke") this.take(effect.channelId, { type: "related" });
      if (effect.type === "wish") this.take(effect.channelId, { type: "wish", change: effect.change });
    }
  }

  /** Lets something happen to a channel, in the same step as what caused it. */
  take(id: ChannelId, event: ChannelEvent): void {
    const before = this.states.get(id);
    if (before === undefined) return;
    this.settle(before, step(this.context(), before, event));
  }

  private perform(id: ChannelId, effect: Effect): void {
    switch (effect.type) {
      case "send": {
        const to = this.record(id).terms.participants[effect.to]!;
        return this.world.post({ from: this.address, to, message: effect.message });
      }
      case "submit":
        return this.world.chain.submit(this.address, effect.id, effect.call);
      case "cancel":
        return this.world.chain.cancel(this.address, effect.id);
      case "follow": {
        const { registry, key } = effect;
        if (!this.followed.has(registry + key)) this.followed.set(registry + key, { registry, key, fact: undefined });
        this.asked = true;
        return;
      }
      case "unfollow":
        this.followed.delete(effect.registry + effect.key);
        return;
      case "notify":
        this.notices.push(effect.notice);
        return;
      case "resolve":
        return this.end(effect.ticket, { state: effect.state });
      case "fail":
        return this.end(effect.ticket, { error: effect.error });
      case "authorize": {
        const authorizations = effect.items.map((item) => this.world.authorize(this.address, item));
        return this.take(id, { type: "authorized", authorizations });
      }
    }
  }

  private end(ticket: number, end: End): void {
    ok(!this.ends.has(ticket), `${this.name} hears twice how ${ticket} ended`);
    this.ends.set(ticket, end);
  }

  /** Tells a channel what the chain says of it, if that has changed. */
  private report(id: ChannelId): void {
    if (!this.up) return;
    const { head, confirmed } = this.world.chain;
    const revisions = [head.revisions.get(id), confirmed.revisions.get(id)];
    const before = this.reported.get(id);
    if (before?.every((revision, i) => revision === revisions[i]) === true) return;
    this.reported.set(id, revisions);
    this.dispatch(id, { type: "chain", latest: viewOf(head, id), confirmed: viewOf(confirmed, id) });
  }

  private linked(): SimulatedNode[] {
    return this.world.nodes.filter((peer) => this.world.network.isConnected(this.address, peer.address));
  }

  private tellOfPeer(type: "connected" | "disconnected", address: Address): void {
    for (const { record } of [...this.states.values()]) {
      const peer = record.terms.participants.indexOf(address);
      if (peer >= 0) this.dispatch(record.id, { type, peer });
    }
  }

  context(): Context {
    const { deployment, keyring, settings, now, chain } = this.world;
    return {
      deployment,
      signer: this.signer,
      verify: keyring.verify,
      settings,
      rulesOf: this.world.rulesOf,
      paymentsOf: this.world.paymentsOf,
      recordOf: (id) => this.states.get(id)?.record,
      factOf: (registry, key) => this.followed.get(registry + key)?.fact,
      now,
      chainTime: chain.timestamp,
      confirmedTime: this.confirmedTime,
    };
  }
}
