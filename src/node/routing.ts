import { SigningKey } from "ethers";
import { Packr } from "msgpackr";
import type { ChannelState } from "../engine/channel";
import type { LaneEvent } from "../engine/effects";
import type { ChannelEvent } from "../engine/step";
import type { Network } from "../payments/routing/graph";
import type { Route } from "../payments/routing/paths";
import { Liquidity } from "../payments/routing/reliability";
import type { Write } from "../ports/store";
import { stateDigest } from "../protocol/hashing";
import type { Address, ChannelId, Hex } from "../protocol/types";
import { ownChannels, routedChannel } from "../router/channels";
import type { Rate, RouterContext, RouterEffect, RouterNotice } from "../router/context";
import type { InvoiceRequest } from "../router/receive";
import { Router } from "../router/router";
import type { PayInvoiceRequest } from "../router/send";
import type { Payment, Receivable } from "../router/state";
import type { SwapRequest } from "../router/swap";
import { bytesOf } from "../payments/bytes";
import { asError } from "./abort";
import type { NodeParts } from "./parts";
import type { Companion } from "./runner";
import { Tickets } from "./tickets";

const ROUTES = "route/";
const packr = new Packr({ useRecords: false, useBigIntExtension: true, moreTypes: false });

/** What passing payments on needs of the node around it. */
export interface RoutingHost {
  dispatch(id: ChannelId, event: ChannelEvent): void;
  /** A channel after its last step. */
  channel(id: ChannelId): ChannelState | undefined;
  /** Makes durable what has changed, if anything has. */
  save(): void;
  emit(notice: RouterNotice): void;
  chainTime(): bigint;
}

/** Runs the router of a node: in the same steps and batches as its channels. */
export class Routing implements Companion {
  private readonly router = new Router();
  private readonly liquidity = new Liquidity();
  /** Payments that somebody waits for, by id. */
  private readonly tickets = new Tickets<Hex, Payment>();
  /** Payment channels that are funded and not closed. */
  private readonly open = new Set<ChannelId>();
  private readonly peerKeys = new Map<Address, Hex>();
  private notices: RouterNotice[] = [];

  constructor(
    private readonly parts: NodeParts,
    private readonly network: Pick<Network, "edges" | "publicKeyOf">,
    private readonly host: RoutingHost,
  ) {}

  /** Reads what was stored. */
  load(): void {
    const entries = [...this.parts.store.entries(ROUTES)];
    this.router.memory.load(entries.map(([key, bytes]) => [key.slice(ROUTES.length), packr.unpack(bytes)]));
  }

  /** A channel is as this says. */
  changed({ record }: ChannelState): void {
    if (!this.parts.payments.has(record.terms.app)) return;
    if (record.funded && !record.closed) this.open.add(record.id);
    else this.open.delete(record.id);
  }

  handle(event: LaneEvent): void {
    this.follow(this.router.handle(this.context(), event));
  }

  tick(): void {
    this.follow(this.router.tick(this.context()));
  }

  writes(): Write[] {
    return this.router.memory.changes().map(([key, item]) => ({
      key: ROUTES + key,
      value: item === undefined ? undefined : packr.pack(item),
    }));
  }

  written(): void {
    const { notices } = this;
    this.notices = [];
    for (const notice of notices) {
      if (notice.type === "payment") this.tickets.resolve(notice.payment.id, notice.payment);
      this.host.emit(notice);
    }
  }

  /** Makes an invoice. @throws SluiceError `INVOICE_INVALID` */
  createInvoice(request: InvoiceRequest): Receivable {
    const receivable = this.router.createInvoice(this.context(), request);
    this.host.save();
    return receivable;
  }

  /**
   * Pays an invoice. Resolves with how it ended, well or not.
   * @throws SluiceError as `payInvoice`, before anything is sent
   */
  pay(request: PayInvoiceRequest, signal?: AbortSignal): Promise<Payment> {
    const { payment, effects } = this.router.pay(this.context(), request);
    const end = this.tickets.issue(payment.id, () => this.follow(effects), signal);
    this.host.save();
    return end;
  }

  /**
   * Exchanges one asset for another over a hub. Resolves with how it ended.
   * @throws SluiceError as `swap`, before anything is sent
   */
  swap(request: SwapRequest, signal?: AbortSignal): Promise<Payment> {
    const { payment, effects } = this.router.swap(this.context(), request);
    const end = this.tickets.issue(payment.id, () => this.follow(effects), signal);
    this.host.save();
    return end;
  }

  /** What this node would exchange at now; from now on it has to for a while. */
  quote(peer: Address, give: Address, get: Address): Rate | undefined {
    return this.router.quotes.quote(this.context(), peer, give, get);
  }

  /** The ways that a payment would take now. @throws SluiceError as `payInvoice` */
  routes(request: PayInvoiceRequest): readonly Route[] {
    return this.router.routes(this.context(), request);
  }

  /** Payments of this node, the newest first. */
  payments(): Payment[] {
    return [...this.router.memory.payments.values()].sort((a, b) => b.createdAt - a.createdAt);
  }

  /** Invoices of this node. */
  invoices(): Receivable[] {
    return [...this.router.memory.receivables.values()];
  }

  /** Ends every wait: the node stops. */
  end(reason: Error): void {
    this.tickets.failAll(asError(reason));
  }

  private follow(effects: readonly RouterEffect[]): void {
    for (const effect of effects) {
      if (effect.type === "channel") this.host.dispatch(effect.channelId, effect.event);
      if (effect.type === "notify") this.notices.push(effect.notice);
    }
  }

  private context(): RouterContext {
    const { deployment, signer, settings, payments, identity, clock } = this.parts;
    return {
      deployment,
      self: signer.address,
      publicKey: identity.publicKey,
      settings: settings.routing,
      curve: identity.curve,
      liquidity: this.liquidity,
      network: {
        edges: (asset) => this.network.edges(asset),
        publicKeyOf: (node) => this.network.publicKeyOf(node) ?? this.keyOfPeer(node),
      },
      sign: (digest) => signer.sign(digest),
      peel: (packet, data) => identity.peel(packet, data),
      channel: (id) => {
        const state = this.host.channel(id);
        return state && routedChannel(state, (app) => payments.get(app));
      },
      own: (asset) => ownChannels(this.openChannels(), asset),
      random: () => bytesOf(this.parts.random()),
      now: clock.now(),
      chainTime: this.host.chainTime(),
    };
  }

  /** The public key of somebody I have a channel with, announced or not: its signatures give it away. */
  private keyOfPeer(node: Address): Hex | undefined {
    const known = this.peerKeys.get(node);
    if (known !== undefined) return known;
    for (const { record } of this.openChannels()) {
      const position = record.terms.participants.indexOf(node);
      if (position < 0 || record.agreed === undefined) continue;
      const { state, signatures } = record.agreed;
      const { r, vs } = signatures[position]!;
      const digest = stateDigest(this.parts.deployment, record.id, state);
      const key = SigningKey.recoverPublicKey(digest, { r, yParityAndS: vs });
      const compressed = SigningKey.computePublicKey(key, true) as Hex;
      this.peerKeys.set(node, compressed);
      return compressed;
    }
    return undefined;
  }

  /** The payment channels of this node that are funded and not closed. */
  *openChannels(): Generator<ChannelState> {
    for (const id of this.open) {
      const state = this.host.channel(id);
      if (state !== undefined) yield state;
    }
  }
}
