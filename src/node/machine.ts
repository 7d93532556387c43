import { others, type ChannelRecord, type ChannelState } from "../engine/channel";
import type { Context } from "../engine/context";
import type { Call } from "../engine/calls";
import type { Deposit, Effect, Notice } from "../engine/effects";
import type { Message, Open } from "../engine/messages";
import { joinChannel, type StepResult } from "../engine/opening";
import type { WantedPayment } from "../engine/payments/pay";
import type { ChannelEvent } from "../engine/step";
import { SluiceError } from "../errors";
import type { Block, ChainAlarm, ChainHandler, ChannelView, FactReport, Fate } from "../ports/chain";
import { RESTORED } from "../ports/store";
import type { TransportHandler } from "../ports/transport";
import { channelIdOf } from "../protocol/hashing";
import type { Address, ChannelId, Hex, State } from "../protocol/types";
import type { RouterNotice } from "../router/context";
import { decodeMessage, encodeMessage } from "../wire/codec";
import type { WireMessage } from "../wire/formats";
import { asError } from "./abort";
import type { NodeEvent } from "./api";
import { Channels } from "./channels";
import { Events, type Unnumbered } from "./events";
import { Facts } from "./facts";
import type { NodeParts } from "./parts";
import { invoiceView, paymentView } from "./paymentViews";
import { considerOpening } from "./policy";
import { Exchange } from "./exchange";
import { Gossip } from "./gossip";
import { Routing } from "./routing";
import { Runner, type RunnerHandler } from "./runner";
import { Tickets } from "./tickets";
import { Watchers } from "./watchers";

/** Proposals of channels that are kept for the user, at most; older ones make room. */
const MAX_PROPOSALS = 100;

/**
 * Channels with one peer that wait for money, or were given up before it came, at most: each of them is stored, because it
 * was signed, and looked up on the chain.
 */
const MAX_UNFUNDED = 1_000;

/** Where the URLs of peers are stored. */
const PEERS = "peer/";

/** What somebody watches who waits for a connection. */
const ANY_PEER = "peers";

/** Connects the engine with the disk, the network and the chain: what comes in becomes an event, effects go out. */
export class Machine implements ChainHandler, RunnerHandler, TransportHandler {
  readonly proposed = new Map<ChannelId, { readonly open: Open; readonly from: Address }>();
  readonly waitingMoney = new Map<Address, bigint>();
  readonly routing: Routing;
  readonly exchange: Exchange;
  head: Block | undefined;
  private confirmedTime = 0n;

  private readonly channels: Channels;
  private readonly runner: Runner;
  private readonly gossip: Gossip;
  private readonly keys: Facts;
  private readonly events = new Events((error) => this.parts.log.error({ error: String(error) }, "a listener failed"));
  private readonly tickets = new Tickets<number, State>();
  private readonly fates = new Tickets<string, Hex>();
  private readonly watchers = new Watchers<ChannelId | typeof ANY_PEER>();
  private readonly connectedPeers = new Set<Address>();
  /** With whom there is a channel, or was one since the start. */
  private readonly knownPeers = new Set<Address>();
  /** How many channels with a peer were given up before the opening was signed by all. */
  private readonly abandoned = new Map<Address, number>();
  /** What failed, and is not tried again before something can have changed. */
  private atNextBlock: (() => void)[] = [];
  /** By channel: what is wanted in this turn. */
  private readonly payments = new Map<ChannelId, WantedPayment[]>();
  private nextTicket = 1;
  private cancelTick: (() => void) | undefined;
  private stopping: Promise<void> | undefined;
  /** Why nothing goes on any more. */
  private stopReason: SluiceError | undefined;
  private restored = false;

  constructor(private readonly parts: NodeParts) {
    const { store, settings } = parts;
    const { maxResting } = settings;
    this.channels = new Channels({ store, maxResting, connectedTo: (record) => this.connectedTo(record) });
    const channel = (id: ChannelId) => this.channels.get(id);
    this.gossip = new Gossip(parts, {
      channel,
      peers: () => this.connectedPeers,
      own: () => this.routing.openChannels(),
      send: (peer, message) => this.send(peer, message),
    });
    this.routing = new Routing(parts, this.gossip.network, {
      channel,
      dispatch: (id, event) => this.dispatch(id, event),
      save: () => this.runner.save(),
      emit: (notice) => this.events.emit(eventOf(notice)),
      chainTime: () => this.head?.timestamp ?? 0n,
    });
    this.exchange = new Exchange({
      send: (peer, message) => this.connectedPeers.has(peer) && (this.send(peer, message), true),
      quote: (peer, give, get) => this.routing.quote(peer, give, get),
    });
    this.runner = new Runner(store, this.channels, () => this.context(), this, this.routing);
    this.keys = new Facts(parts.chain);
  }

  async start(): Promise<void> {
    const { chain, transport, store } = this.parts;
    this.restored = store.get(RESTORED) !== undefined;
    this.channels.sleepless = this.restored; // all have to compare notes
    for (const record of this.channels.load()) {
      if (record.closed) {
        if (record.agreed === undefined) this.countAbandoned(record);
        continue;
      }
      this.index(record);
      chain.watch(record.id);
      this.routing.changed(this.channels.get(record.id)!);
    }
    this.routing.load();
    await chain.start(this);
    await transport.start(this);
    for (const [key, url] of store.entries(PEERS)) {
      transport.dial(key.slice(PEERS.length) as Address, new TextDecoder().decode(url));
    }
    this.scheduleTick();
  }

  /** Finishes what is under way and closes everything. */
  stop(): Promise<void> {
    return (this.stopping ??= this.end(nodeStopped("It was told to stop.")));
  }

  private async end(reason: SluiceError): Promise<void> {
    const { parts } = this;
    this.stopReason = reason;
    this.cancelTick?.();
    this.tickets.failAll(reason);
    this.fates.failAll(reason);
    this.routing.end(reason);
    this.exchange.end(reason);
    this.watchers.lookAll();
    await this.runner.end();
    let failure: unknown;
    for (const close of [() => parts.transport.close(), () => parts.chain.close(), () => parts.release()]) {
      await close().catch((error: unknown) => (failure ??= error));
    }
    if (failure !== undefined) throw asError(failure);
  }

  /* CHANNELS */

  /** What steps depend on beside their event. */
  context(): Context {
    const { deployment, signer, verify, settings, apps, payments, clock } = this.parts;
    return {
      deployment,
      signer,
      verify,
      settings: this.restored ? { ...settings, leaveAfter: Infinity } : settings, // not with what may be an old state
      rulesOf: (app) => apps.get(app),
      paymentsOf: (app) => payments.get(app),
      recordOf: (id) => this.channels.get(id)?.record,
      factOf: (registry, key) => this.keys.get(registry, key),
      now: clock.now(),
      chainTime: this.head?.timestamp ?? 0n,
      confirmedTime: this.confirmedTime,
    };
  }

  all(): Iterable<ChannelState> {
    return this.channels.all();
  }

  /**
   * A channel, as far as it is durable.
   * @throws SluiceError `CHANNEL_UNKNOWN`
   */
  state(id: ChannelId): ChannelState {
    const state = this.channels.getDurable(id);
    if (state === undefined) throw unknownChannel(id);
    return state;
  }

  dispatch(id: ChannelId, event: ChannelEvent): void {
    this.flush(id); // what was wanted before happens before
    this.runner.dispatch(id, event);
  }

  /** Pays by voucher. Payments that are wanted in one turn are one step. */
  pay(id: ChannelId, payment: WantedPayment): void {
    const payments = this.payments.get(id);
    if (payments !== undefined) return void payments.push(payment);
    this.payments.set(id, [payment]);
    process.nextTick(() => this.flush(id));
  }

  private flush(id: ChannelId): void {
    const payments = this.payments.get(id);
    if (payments === undefined) return;
    this.payments.delete(id);
    this.runner.dispatch(id, { type: "pay", payments });
  }

  /**
   * Takes over a channel that has just come into being.
   * @param isNew whether it is of this node's own making, so that nobody else has heard of it
   */
  begin(result: StepResult, isNew = false): void {
    const { record } = result.state;
    if (this.channels.has(record.id)) return;
    this.runner.begin(result);
    this.index(record);
    this.parts.chain.watch(record.id, isNew);
    for (const peer of others(record)) {
      if ((this.connectedTo(record) >> peer) & 1) this.dispatch(record.id, { type: "connected", peer });
    }
  }

  /** Resolves when everything so far is durable and done. */
  idle(): Promise<void> {
    return this.runner.idle();
  }

  /** A promise that the engine ends. `use` gets its number; so does `abandon`, when nobody waits for it any more. */
  issue(use: (ticket: number) => void, signal?: AbortSignal, abandon?: (ticket: number) => void): Promise<State> {
    const ticket = this.nextTicket++;
    return this.tickets.issue(
      ticket,
      () => use(ticket),
      signal,
      () => abandon?.(ticket),
    );
  }

  /**
   * Resolves as soon as a channel is as wanted.
   * @throws SluiceError `CHANNEL_UNKNOWN`, or `CHANNEL_NOT_OPEN` when it is closed without ever being so
   */
  until(id: ChannelId, wanted: (state: ChannelState) => boolean, signal?: AbortSignal): Promise<ChannelState> {
    const probe = () => {
      this.requireRunning();
      const state = this.state(id);
      if (wanted(state)) return state;
      if (!state.record.closed) return undefined;
      throw new SluiceError("CHANNEL_NOT_OPEN", "The channel is closed.", "Everybody is paid by its last state.");
    };
    return this.watchers.until(id, probe, signal);
  }

  /* PEERS */

  peers(): { readonly address: Address; readonly connected: boolean }[] {
    const known = new Set([...this.knownPeers, ...this.connectedPeers]);
    return [...known].map((address) => ({ address, connected: this.connectedPeers.has(address) }));
  }

  /**
   * Keeps a connection to a peer up, also after a restart.
   * @throws SluiceError `URL_INVALID`
   */
  dial(peer: Address, url: string): void {
    this.parts.transport.dial(peer, url);
    this.write(PEERS + peer, new TextEncoder().encode(url));
  }

  connected(peer: Address): void {
    this.connectedPeers.add(peer);
    this.channels.reconnect();
    this.parts.metrics.peers.set(this.connectedPeers.size);
    this.parts.log.info({ peer }, "connected");
    this.events.emit({ type: "connected", peer });
    this.watchers.look(ANY_PEER);
    this.gossip.connected(peer);
    // Those that are asleep hear of it when they wake up: with ten thousand, that would be megabytes at once.
    for (const id of this.channels.awake()) this.dispatchFrom(peer, id, (i) => ({ type: "connected", peer: i }));
  }

  disconnected(peer: Address): void {
    this.connectedPeers.delete(peer);
    this.channels.reconnect();
    this.parts.metrics.peers.set(this.connectedPeers.size);
    this.parts.log.info({ peer }, "disconnected");
    this.events.emit({ type: "disconnected", peer });
    for (const id of this.channels.awake()) this.dispatchFrom(peer, id, (i) => ({ type: "disconnected", peer: i }));
  }

  received(peer: Address, bytes: Uint8Array): void {
    let message: WireMessage;
    try {
      message = decodeMessage(bytes);
    } catch (error) {
      this.parts.metrics.messagesReceived.inc({ type: "malformed" });
      this.parts.log.warn({ peer, error: String(error) }, "a message could not be read");
      return;
    }
    this.parts.metrics.messagesReceived.inc({ type: message.type });
    if (message.type === "announce" || message.type === "countersign") this.gossip.received(peer, message);
    else if (message.type === "askQuote" || message.type === "quote") this.exchange.received(peer, message);
    else if (message.type === "open") this.hearOpening(peer, message);
    else if (this.channels.has(message.channelId)) {
      this.dispatchFrom(peer, message.channelId, (from) => ({ type: "message", from, message }));
    } else if (this.proposed.has(message.channelId)) {
      if (message.type === "reject") this.withdrawn(peer, message.channelId);
    } else if (!isIdle(message)) {
      this.refuseOpening(peer, message.channelId, "I do not know this channel.", "UNKNOWN_CHANNEL");
    }
  }

  /** Resolves when these peers are connected. */
  async reach(peers: readonly Address[], signal?: AbortSignal): Promise<void> {
    const patience = AbortSignal.timeout(this.parts.settings.patience);
    const either = signal === undefined ? patience : AbortSignal.any([signal, patience]);
    try {
      const probe = () => {
        this.requireRunning();
        return peers.every((peer) => this.connectedPeers.has(peer)) ? true : undefined;
      };
      await this.watchers.until(ANY_PEER, probe, either);
    } catch (error) {
      signal?.throwIfAborted();
      if (!patience.aborted) throw error;
      throw new SluiceError(
        "PEER_UNREACHABLE",
        "A participant cannot be reached.",
        "Nothing was signed; check its address and URL.",
      );
    }
  }

  join(open: Open, from: Address): void {
    this.begin(joinChannel(this.context(), open, open.channel.participants.indexOf(from)));
  }

  refuseOpening(
    peer: Address,
    channelId: ChannelId,
    text: string,
    reason: "TERMS_REFUSED" | "UNKNOWN_CHANNEL" = "TERMS_REFUSED",
  ): void {
    this.send(peer, { type: "reject", channelId, reason, text: text.slice(0, 200) });
  }

  on(listener: (event: NodeEvent) => void): () => void {
    return this.events.on(listener);
  }

  private hearOpening(peer: Address, open: Open): void {
    const { deployment, settings, signer } = this.parts;
    const id = channelIdOf(deployment, open.channel);
    if (this.channels.has(id)) {
      return this.dispatchFrom(peer, id, (from) => ({ type: "message", from, message: open }));
    }
    if (!open.channel.participants.includes(peer) || this.proposed.has(id)) return;
    if (this.unfundedOf(peer) >= MAX_UNFUNDED) return this.refuseOpening(peer, id, "Fund what you have opened first.");
    try {
      const verdict = considerOpening(this.context(), settings.policy, [signer.address, settings.payout], open);
      if (verdict === "join") return this.join(open, peer);
    } catch (error) {
      this.parts.log.warn({ id, peer, error: String(error) }, "a channel was refused");
      return this.refuseOpening(peer, id, error instanceof SluiceError ? error.message : "I cannot judge these terms.");
    }
    if (this.proposed.size >= MAX_PROPOSALS) this.proposed.delete(this.proposed.keys().next().value!);
    this.proposed.set(id, { open, from: peer });
    this.events.emit({ type: "proposed", channelId: id, from: peer });
  }

  /** Whoever has proposed a channel does not want it any more. */
  private withdrawn(peer: Address, id: ChannelId): void {
    if (this.proposed.get(id)?.from === peer) this.proposed.delete(id);
  }

  private unfundedOf(peer: Address): number {
    const records = this.channels.awake().map((id) => this.channels.get(id)!.record);
    const waiting = records.filter(
      ({ funded, closed, terms }) => !funded && !closed && terms.participants.includes(peer),
    );
    return waiting.length + (this.abandoned.get(peer) ?? 0);
  }

  private countAbandoned(record: ChannelRecord): void {
    for (const i of others(record)) {
      const peer = record.terms.participants[i]!;
      this.abandoned.set(peer, (this.abandoned.get(peer) ?? 0) + 1);
    }
  }

  private dispatchFrom(peer: Address, id: ChannelId, event: (index: number) => ChannelEvent): void {
    const index = this.channels.get(id)?.record.terms.participants.indexOf(peer) ?? -1;
    if (index >= 0) this.dispatch(id, event(index));
  }

  private index(record: ChannelRecord): void {
    for (const i of others(record)) this.knownPeers.add(record.terms.participants[i]!);
  }

  private connectedTo({ terms, self }: ChannelRecord): number {
    return terms.participants.reduce(
      (bits, peer, i) => (i !== self && this.connectedPeers.has(peer) ? bits | (1 << i) : bits),
      0,
    );
  }

  /* CHAIN */

  block(block: Block, confirmedTime: bigint): void {
    this.head = block;
    this.confirmedTime = confirmedTime;
    this.parts.metrics.block.set(Number(block.number));
    const again = this.atNextBlock;
    this.atNextBlock = [];
    for (const act of again) act();
    this.runner.tick();
  }

  channel(id: ChannelId, latest: ChannelView, confirmed: ChannelView): void {
    this.dispatch(id, { type: "chain", latest, confirmed });
  }

  facts(reports: readonly FactReport[]): void {
    for (const id of this.keys.hear(reports)) this.dispatch(id, { type: "facts" });
  }

  waiting(account: Address, asset: Address, amount: bigint): void {
    if (account === this.parts.signer.address) this.waitingMoney.set(asset, amount);
  }

  done(id: string, fate: Fate): void {
    const done = (error?: string) =>
      this.dispatch(channelOf(id), { type: "done", id, ...(error !== undefined && { error }) });
    if (fate.kind === "mined") {
      this.fates.resolve(id, fate.hash);
      return done();
    }
    const { error } = fate;
    this.parts.metrics.reverts.inc({ error });
    this.parts.log.warn({ id, error }, "a transaction was given up");
    const message = `The chain refuses it: ${error}.`;
    this.fates.fail(id, new SluiceError("TRANSACTION_REVERTED", message, "No money has moved."));
    this.atNextBlock.push(() => done(error)); // the engine may want it again at once
  }

  alarm({ code, message }: Pick<ChainAlarm, "message"> & { readonly code: string }): void {
    this.parts.metrics.alarms.inc({ code });
    this.parts.log.warn({ code }, message);
    this.events.emit({ type: "alarm", code, message });
  }

  /**
   * Sends a transaction that belongs to no channel. Resolves with its hash, once it is confirmed.
   * @throws SluiceError `TRANSACTION_REVERTED`
   */
  submit(id: string, call: Call, signal?: AbortSignal): Promise<Hex> {
    const send = () => {
      this.parts.chain.submit({ id, call }).catch((error: unknown) => this.die(error));
    };
    return this.fates.issue(id, send, signal);
  }

  /** Whether the data come from a backup, and some participant has not said yet what the newest state is. */
  isBehind(): boolean {
    if (!this.restored) return false;
    for (const state of this.all()) if (!state.record.closed && !hasHeardAll(state)) return true;
    this.restored = false;
    this.channels.sleepless = false;
    this.write(RESTORED, undefined);
    return false;
  }

  /* EFFECTS */

  perform(id: ChannelId, effect: Effect): void {
    switch (effect.type) {
      case "send":
        return this.send(this.state(id).record.terms.participants[effect.to]!, effect.message);
      case "submit":
        this.parts.metrics.transactions.inc({ method: effect.call.kind });
        this.parts.log.info({ id: effect.id }, "a transaction is handed to the chain");
        this.parts.chain.submit(effect).catch((error: unknown) => this.die(error));
        return;
      case "cancel":
        return this.parts.chain.cancel(effect.id);
      case "follow":
        return this.keys.follow(id, effect.registry, effect.key);
      case "unfollow":
        return this.keys.unfollow(id, effect.registry, effect.key);
      case "notify":
        return this.tell(effect.notice);
      case "resolve":
        return this.tickets.resolve(effect.ticket, effect.state);
      case "fail":
        return this.tickets.fail(effect.ticket, effect.error);
      case "authorize":
        return this.authorize(id, effect.items);
    }
  }

  changed(state: ChannelState): void {
    const { record } = state;
    if (record.closed) this.parts.chain.unwatch(record.id);
    if (state.lanes.length > 0) {
      this.routing.changed(state);
      this.gossip.changed(state);
    }
    this.watchers.look(record.id);
  }

  dropped(id: ChannelId, event: ChannelEvent, thrown: unknown): void {
    const error = asError(thrown);
    this.parts.log.error({ id, type: event.type, error: error.stack }, "an event was dropped");
    this.events.emit({ type: "alarm", code: "EVENT_DROPPED", message: `${event.type} in ${id}: ${error.message}` });
    if ("ticket" in event && event.ticket !== undefined) this.tickets.fail(event.ticket, error);
  }

  /** What cannot be stored must not be acted on: the node stops, and the disk and the chain keep what was agreed. */
  failed(error: unknown): void {
    this.die(error);
  }

  /** Signs transfers. A token that knows none will not learn it: only a restart tries that again. */
  private authorize(id: ChannelId, deposits: readonly Deposit[]): void {
    this.parts.chain
      .authorize(id, deposits)
      .then((authorizations) => this.dispatch(id, { type: "authorized", authorizations }))
      .catch((error: unknown) => {
        this.parts.log.error({ id, error: String(error) }, "transfers could not be signed");
        if (error instanceof SluiceError && error.code === "TOKEN_UNSUITABLE") this.alarm(error);
        else this.atNextBlock.push(() => this.dispatch(id, { type: "authorized", authorizations: [] }));
      });
  }

  private send(peer: Address, message: WireMessage): void {
    const { log, metrics, transport } = this.parts;
    try {
      if (transport.send(peer, encodeFitting(message))) metrics.messagesSent.inc({ type: message.type });
    } catch (thrown) {
      // It is as if it were lost on its way, which no message may depend on.
      const error = asError(thrown);
      log.error({ peer, type: message.type, error: error.stack }, "a message was dropped");
      this.alarm({ code: "MESSAGE_DROPPED", message: `${message.type} to ${peer}: ${error.message}` });
    }
  }

  private tell(notice: Notice): void {
    if (notice.type === "closed") {
      const { record } = this.state(notice.channelId);
      if (record.agreed === undefined) this.countAbandoned(record);
    }
    if (notice.type === "updated") this.parts.metrics.updates.inc();
    else if (notice.type === "moved") this.parts.metrics.moves.inc();
    else if (notice.type === "paid") this.parts.metrics.paymentsReceived.inc(notice.payments.length);
    else this.parts.metrics.notices.inc({ type: notice.type });
    this.events.emit(notice);
  }

  /* LIFE */

  /** @throws SluiceError `NODE_STOPPED` */
  requireRunning(): void {
    if (this.stopReason !== undefined) throw this.stopReason;
  }

  private scheduleTick(): void {
    this.cancelTick = this.parts.clock.after(this.parts.settings.tickEvery, () => {
      this.isBehind();
      this.runner.tick();
      this.routing.tick();
      this.gossip.tick();
      if (this.stopReason === undefined) this.scheduleTick();
    });
  }

  private write(key: string, value: Uint8Array | undefined): void {
    this.parts.store.write([{ key, value }]).catch((error: unknown) => this.die(error));
  }

  private die(thrown: unknown): void {
    if (this.stopReason !== undefined) return;
    const { message } = asError(thrown);
    this.parts.log.error({ error: message }, "the node stops because it cannot go on safely");
    this.stopping = this.end(nodeStopped(message));
    this.stopping.catch((error: unknown) => this.parts.log.error({ error: String(error) }, "not all could be closed"));
    this.events.emit({ type: "alarm", code: "STOPPED", message });
  }
}

/** What an application is told of payments over several nodes. */
function eventOf(notice: RouterNotice): Unnumbered {
  if (notice.type === "received") return { ...notice, invoice: invoiceView(notice.invoice) };
  return notice.type === "payment" ? { ...notice, payment: paymentView(notice.payment) } : notice;
}

/** Whether nobody needs to know that this is about a channel unknown here: its terms, which come first, can be on their way. */
function isIdle(message: Message): boolean {
  return message.type === "reject" || (message.type === "sync" && message.agreed === undefined);
}

/** The channel that a transaction was named for; of others, what no channel is called. */
function channelOf(transaction: string): ChannelId {
  return transaction.split(":")[0] as ChannelId;
}

/** A commit and the proposal on top may be too large for one message: the proposal is said again by itself. */
function encodeFitting(message: WireMessage): Uint8Array {
  if (message.type !== "commit" || message.next === undefined) return encodeMessage(message);
  try {
    return encodeMessage(message);
  } catch {
    const { type, channelId, state, signatures, answered } = message;
    return encodeMessage({ type, channelId, state, signatures, answered });
  }
}

function hasHeardAll({ record, session }: ChannelState): boolean {
  return others(record).every((i) => (session.synced >> i) & 1);
}

/** @returns the error for a channel that this node has no part in */
export function unknownChannel(id: ChannelId): SluiceError {
  return new SluiceError(
    "CHANNEL_UNKNOWN",
    `There is no channel ${id} here.`,
    "Nothing was changed; list the channels.",
  );
}

function nodeStopped(why: string): SluiceError {
  return new SluiceError("NODE_STOPPED", `The node has stopped. ${why}`, "What is signed is stored; start it again.");
}
