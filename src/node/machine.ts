import { others, type ChannelState } from "../engine/channel";
import type { Context } from "../engine/context";
import type { Effect, Notice } from "../engine/effects";
import type { Message, Open } from "../engine/messages";
import { joinChannel, type StepResult } from "../engine/opening";
import type { ChannelEvent } from "../engine/step";
import { SluiceError } from "../errors";
import type { Block, ChainAlarm, ChainHandler, ChannelView, Fate } from "../ports/chain";
import { RESTORED } from "../ports/store";
import type { TransportHandler } from "../ports/transport";
import { channelIdOf } from "../protocol/hashing";
import type { Address, ChannelId, Hex, State } from "../protocol/types";
import { decodeMessage, encodeMessage } from "../wire/codec";
import { reasonOf } from "./abort";
import type { NodeEvent } from "./api";
import { Events } from "./events";
import type { NodeParts } from "./parts";
import { considerOpening } from "./policy";
import { Runner } from "./runner";
import { Tickets } from "./tickets";

/** Proposals of channels that are kept for the user, at most; older ones make room. */
const MAX_PROPOSALS = 100;

/** Where the URLs of peers are stored. */
const PEERS = "peer/";

/** What somebody watches who waits for a connection. */
const ANY_PEER = "peers";

/** Connects the engine with the disk, the network and the chain: what comes in becomes an event, effects go out. */
export class Machine implements ChainHandler, TransportHandler {
  readonly proposed = new Map<ChannelId, { readonly open: Open; readonly from: Address }>();
  readonly waitingMoney = new Map<Address, bigint>();
  head: Block | undefined;

  private readonly runner: Runner;
  private readonly tickets = new Tickets();
  private readonly events = new Events();
  private readonly connectedPeers = new Set<Address>();
  private readonly channelsOf = new Map<Address, Set<ChannelId>>();
  private readonly lookers = new Map<ChannelId | typeof ANY_PEER, Set<() => void>>();
  private readonly fates = new Map<string, (fate: Fate) => void>();
  private cancelTick: (() => void) | undefined;
  private stopped = false;
  private restored = false;

  constructor(private readonly parts: NodeParts) {
    this.runner = new Runner(
      parts.store,
      () => this.context(),
      (id, effect) => this.perform(id, effect),
      (state) => this.look(state.record.id),
      (error) => this.die(error),
    );
  }

  async start(): Promise<void> {
    const { chain, transport, store } = this.parts;
    this.restored = store.get(RESTORED) !== undefined;
    this.runner.load();
    for (const state of this.runner.all()) {
      this.index(state);
      if (!state.record.closed) chain.watch(state.record.id);
    }
    await chain.start(this);
    await transport.start(this);
    for (const [key, url] of store.entries(PEERS)) {
      transport.dial(key.slice(PEERS.length) as Address, new TextDecoder().decode(url));
    }
    this.scheduleTick();
  }

  async stop(): Promise<void> {
    if (this.stopped) return;
    this.stopped = true;
    this.cancelTick?.();
    this.tickets.failAll(nodeStopped());
    for (const id of this.lookers.keys()) this.look(id);
    await this.runner.idle();
    await this.parts.transport.close();
    await this.parts.chain.close();
    await this.parts.release();
  }

  /* CHANNELS */

  /** What steps depend on beside their event. */
  context(): Context {
    const { deployment, signer, verify, settings, apps, clock } = this.parts;
    return {
      deployment,
      signer,
      verify,
      settings,
      rulesOf: (app) => apps.get(app),
      recordOf: (id) => this.runner.get(id)?.record,
      now: clock.now(),
      chainTime: this.head?.timestamp ?? 0n,
    };
  }

  all(): Iterable<ChannelState> {
    return this.runner.all();
  }

  /** @throws SluiceError `CHANNEL_UNKNOWN` */
  state(id: ChannelId): ChannelState {
    const state = this.runner.get(id);
    if (state === undefined) throw unknownChannel(id);
    return state;
  }

  dispatch(id: ChannelId, event: ChannelEvent): void {
    this.runner.dispatch(id, event);
  }

  /** Takes over a channel that has just come into being. */
  begin(result: StepResult): void {
    const { record } = result.state;
    if (this.runner.get(record.id) !== undefined) return;
    this.runner.begin(result);
    this.index(result.state);
    this.parts.chain.watch(record.id);
    for (const peer of others(record)) {
      if (this.connectedPeers.has(record.terms.participants[peer]!))
        this.dispatch(record.id, { type: "connected", peer });
    }
  }

  /** Resolves when everything so far is durable and done. */
  idle(): Promise<void> {
    return this.runner.idle();
  }

  /** A promise that the engine ends. */
  issue(use: (ticket: number) => void, signal?: AbortSignal, abandon?: (ticket: number) => void): Promise<State> {
    return this.tickets.issue(use, signal, abandon);
  }

  /** Resolves as soon as a channel is as wanted. */
  until(id: ChannelId, wanted: (state: ChannelState) => boolean, signal?: AbortSignal): Promise<ChannelState> {
    return this.watchFor(
      id,
      () => {
        const state = this.state(id);
        return wanted(state) ? state : undefined;
      },
      signal,
    );
  }

  /* PEERS */

  peers(): { readonly address: Address; readonly connected: boolean }[] {
    const known = new Set([...this.channelsOf.keys(), ...this.connectedPeers]);
    return [...known].map((address) => ({ address, connected: this.connectedPeers.has(address) }));
  }

  /** Keeps a connection to a peer up, also after a restart. */
  dial(peer: Address, url: string): void {
    this.parts.store
      .write([{ key: PEERS + peer, value: new TextEncoder().encode(url) }])
      .catch((error: unknown) => this.die(error));
    this.parts.transport.dial(peer, url);
  }

  connected(peer: Address): void {
    this.connectedPeers.add(peer);
    this.parts.metrics.peers.set(this.connectedPeers.size);
    this.parts.log.info({ peer }, "connected");
    this.events.emit({ type: "connected", peer });
    this.look(ANY_PEER);
    for (const id of this.channelsOf.get(peer) ?? [])
      this.dispatchFrom(peer, id, (i) => ({ type: "connected", peer: i }));
  }

  disconnected(peer: Address): void {
    this.connectedPeers.delete(peer);
    this.parts.metrics.peers.set(this.connectedPeers.size);
    this.parts.log.info({ peer }, "disconnected");
    this.events.emit({ type: "disconnected", peer });
    for (const id of this.channelsOf.get(peer) ?? [])
      this.dispatchFrom(peer, id, (i) => ({ type: "disconnected", peer: i }));
  }

  received(peer: Address, bytes: Uint8Array): void {
    let message: Message;
    try {
      message = decodeMessage(bytes);
    } catch (error) {
      this.parts.metrics.messagesReceived.inc({ type: "malformed" });
      this.parts.log.warn({ peer, error: String(error) }, "a message could not be read");
      return;
    }
    this.parts.metrics.messagesReceived.inc({ type: message.type });
    if (message.type === "open") this.hearOpening(peer, message);
    else if (this.runner.get(message.channelId) !== undefined) {
      this.dispatchFrom(peer, message.channelId, (from) => ({ type: "message", from, message }));
    } else if (message.type !== "reject") {
      this.refuseOpening(peer, message.channelId, "I do not know this channel.", "UNKNOWN_CHANNEL");
    }
  }

  /** Resolves when these peers are connected. */
  async reach(peers: readonly Address[], signal?: AbortSignal): Promise<void> {
    const patience = AbortSignal.timeout(this.parts.settings.patience);
    const either = signal === undefined ? patience : AbortSignal.any([signal, patience]);
    try {
      await this.watchFor(
        ANY_PEER,
        () => (peers.every((peer) => this.connectedPeers.has(peer)) ? true : undefined),
        either,
      );
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
    if (this.runner.get(id) !== undefined) {
      return this.dispatchFrom(peer, id, (from) => ({ type: "message", from, message: open }));
    }
    if (!open.channel.participants.includes(peer) || this.proposed.has(id)) return;
    try {
      const verdict = considerOpening(this.context(), settings.policy, [signer.address, settings.payout], open);
      if (verdict === "join") return this.join(open, peer);
    } catch (error) {
      if (!(error instanceof SluiceError)) throw error;
      return this.refuseOpening(peer, id, error.message);
    }
    if (this.proposed.size >= MAX_PROPOSALS) this.proposed.delete(this.proposed.keys().next().value!);
    this.proposed.set(id, { open, from: peer });
    this.events.emit({ type: "proposed", channelId: id, from: peer });
  }

  private dispatchFrom(peer: Address, id: ChannelId, event: (index: number) => ChannelEvent): void {
    const index = this.runner.get(id)?.record.terms.participants.indexOf(peer) ?? -1;
    if (index >= 0) this.dispatch(id, event(index));
  }

  private index({ record }: ChannelState): void {
    if (record.closed) return;
    for (const i of others(record)) {
      const peer = record.terms.participants[i]!;
      const ids = this.channelsOf.get(peer) ?? new Set();
      this.channelsOf.set(peer, ids.add(record.id));
    }
  }

  /* CHAIN */

  block(block: Block): void {
    this.head = block;
    this.parts.metrics.block.set(Number(block.number));
    this.runner.tick();
  }

  channel(id: ChannelId, latest: ChannelView, confirmed: ChannelView): void {
    this.dispatch(id, { type: "chain", latest, confirmed });
  }

  waiting(account: Address, asset: Address, amount: bigint): void {
    if (account === this.parts.signer.address) this.waitingMoney.set(asset, amount);
  }

  done(id: string, fate: Fate): void {
    if (fate.kind === "reverted") {
      this.parts.metrics.reverts.inc({ error: fate.error });
      this.parts.log.warn({ id, error: fate.error }, "a transaction was given up");
    }
    this.fates.get(id)?.(fate);
    this.fates.delete(id);
    const channelId = id.split(":")[0] as ChannelId;
    this.dispatch(channelId, { type: "done", id });
  }

  alarm({ code, message }: ChainAlarm): void {
    this.parts.metrics.alarms.inc({ code });
    this.parts.log.warn({ code }, message);
    this.events.emit({ type: "alarm", code, message });
  }

  /** The hash of a transaction that is about to be submitted, once it is confirmed. */
  fateOf(id: string, signal?: AbortSignal): Promise<Hex> {
    return new Promise((resolve, reject) => {
      signal?.addEventListener("abort", () => reject(reasonOf(signal)), { once: true });
      this.fates.set(id, (fate) => {
        if (fate.kind === "mined") resolve(fate.hash);
        else
          reject(
            new SluiceError("TRANSACTION_REVERTED", `The chain refuses it: ${fate.error}.`, "No money has moved."),
          );
      });
    });
  }

  /** Whether the data come from a backup, and some participant has not said yet what the newest state is. */
  isBehind(): boolean {
    if (!this.restored) return false;
    for (const state of this.runner.all()) if (!state.record.closed && !hasHeardAll(state)) return true;
    this.restored = false;
    this.parts.store.write([{ key: RESTORED, value: undefined }]).catch((error: unknown) => this.die(error));
    return false;
  }

  /* EFFECTS */

  private perform(id: ChannelId, effect: Effect): void {
    switch (effect.type) {
      case "send":
        return this.send(this.state(id).record.terms.participants[effect.to]!, effect.message);
      case "submit":
        this.parts.metrics.transactions.inc({ method: effect.call.kind });
        this.parts.log.info({ id: effect.id }, "a transaction is handed to the chain");
        this.parts.chain.submit(effect).catch((error: unknown) => this.die(error));
        return;
      case "notify":
        return this.tell(effect.notice);
      case "resolve":
        return this.tickets.resolve(effect.ticket, effect.state);
      case "fail":
        return this.tickets.fail(effect.ticket, effect.error);
      case "authorize":
        this.parts.chain
          .authorize(id, effect.items)
          .then((authorizations) => this.dispatch(id, { type: "authorized", authorizations }))
          .catch((error: unknown) =>
            this.parts.log.error({ id, error: String(error) }, "transfers could not be signed"),
          );
        return;
    }
  }

  private send(peer: Address, message: Message): void {
    if (this.parts.transport.send(peer, encodeMessage(message)))
      this.parts.metrics.messagesSent.inc({ type: message.type });
  }

  private tell(notice: Notice): void {
    if (notice.type === "updated") this.parts.metrics.updates.inc();
    else if (notice.type === "moved") this.parts.metrics.moves.inc();
    else this.parts.metrics.notices.inc({ type: notice.type });
    this.events.emit(notice);
    if (notice.type !== "closed") return;
    this.parts.chain.unwatch(notice.channelId);
    for (const ids of this.channelsOf.values()) ids.delete(notice.channelId);
  }

  /* WAITING */

  /** @throws SluiceError `NODE_STOPPED` */
  requireRunning(): void {
    if (this.stopped) throw nodeStopped();
  }

  /** Calls `probe` now and whenever its subject changes, until it gives a value. */
  private watchFor<T>(
    subject: ChannelId | typeof ANY_PEER,
    probe: () => T | undefined,
    signal?: AbortSignal,
  ): Promise<T> {
    return new Promise((resolve, reject) => {
      signal?.throwIfAborted();
      const lookers = this.lookers.get(subject) ?? new Set();
      const end = () => {
        lookers.delete(look);
        signal?.removeEventListener("abort", abort);
      };
      const look = () => {
        try {
          this.requireRunning();
          const value = probe();
          if (value === undefined) return;
          resolve(value);
        } catch (error) {
          reject(error);
        }
        end();
      };
      const abort = () => {
        reject(reasonOf(signal!));
        end();
      };
      this.lookers.set(subject, lookers.add(look));
      signal?.addEventListener("abort", abort, { once: true });
      look();
    });
  }

  private look(subject: ChannelId | typeof ANY_PEER): void {
    for (const look of [...(this.lookers.get(subject) ?? [])]) look();
  }

  private scheduleTick(): void {
    this.cancelTick = this.parts.clock.after(this.parts.settings.tickEvery, () => {
      this.runner.tick();
      if (!this.stopped) this.scheduleTick();
    });
  }

  /** What cannot be stored must not be acted on: the node stops, and the disk and the chain keep what was agreed. */
  private die(error: unknown): void {
    if (this.stopped) return;
    const message = error instanceof Error ? error.message : String(error);
    this.parts.log.error({ error: message }, "the node stops because it cannot go on safely");
    this.events.emit({ type: "alarm", code: "STOPPED", message });
    void this.stop().catch(() => undefined);
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

function nodeStopped(): SluiceError {
  return new SluiceError("NODE_STOPPED", "The node has stopped.", "What is signed is stored; start it again.");
}
