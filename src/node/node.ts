import { dataLength } from "ethers";
import { ENDING, type Change } from "../engine/change";
import { isFinal, newestState, others, type ChannelState } from "../engine/channel";
import { openChannel, type Terms } from "../engine/opening";
import { SluiceError } from "../errors";
import { channelIdOf } from "../protocol/hashing";
import { decodeOutcome } from "../protocol/outcome";
import type { Address, ChannelId, Hex, State } from "../protocol/types";
import type { Rate } from "../router/context";
import type { InvoiceRequest } from "../router/receive";
import type { PayInvoiceRequest } from "../router/send";
import type { Payment } from "../router/state";
import type { SwapRequest } from "../router/swap";
import { encodeMessage } from "../wire/codec";
import type {
  ChannelDetails,
  ChannelProposal,
  ChannelSummary,
  Contribution,
  Health,
  InvoiceSummary,
  NodeApi,
  NodeEvent,
  NodeInfo,
  OpenRequest,
  PaymentSummary,
  PayRequest,
  QuoteRequest,
  RouteSummary,
  SpliceRequest,
} from "./api";
import { checkHealth } from "./health";
import { Machine, unknownChannel } from "./machine";
import type { NodeParts } from "./parts";
import { invoiceView, paymentView, routeView } from "./paymentViews";
import { contributionOf } from "./policy";
import { detailsOf, stateOf, summaryOf } from "./summary";
import { installing, splicing, termsOf } from "./terms";

/** A running node, for whoever uses it in the same process. */
export class Node implements NodeApi {
  private readonly machine: Machine;

  constructor(private readonly parts: NodeParts) {
    this.machine = new Machine(parts);
  }

  /** Reads what is stored, then listens to the chain and to peers. */
  start(): Promise<void> {
    return this.machine.start();
  }

  info(): NodeInfo {
    const { signer, deployment } = this.parts;
    const listening = this.parts.listening();
    const { head } = this.machine;
    return {
      address: signer.address,
      ...deployment,
      ...(head === undefined ? {} : { block: head.number }),
      ...(listening === undefined ? {} : { listening }),
      peers: this.machine.peers(),
      channels: this.openChannels(),
    };
  }

  health(): Promise<Health> {
    const { chain, clock, signer } = this.parts;
    return checkHealth(chain, clock, signer.address, this.machine.all());
  }

  connect(peer: Address, url: string): void {
    this.machine.requireRunning();
    this.machine.dial(peer, url);
  }

  async open(request: OpenRequest, signal?: AbortSignal): Promise<ChannelSummary> {
    this.machine.requireRunning();
    const { signer, settings, deployment } = this.parts;
    for (const { address, url } of request.peers) if (url !== undefined) this.connect(address, url);
    const { payout, challengePeriod } = settings;
    const payments = [...this.parts.payments.keys()];
    const defaults = { self: signer.address, payout, challengePeriod, payments };
    const terms = termsOf(defaults, request, this.parts.random());
    await this.machine.reach(
      request.peers.map(({ address }) => address),
      signal,
    );
    const id = await this.propose(terms, signal);
    if (terms.funding.kind === "ledger") await this.update(terms.funding.ledger, installing(deployment, terms), signal);
    return this.summary(this.machine.state(id));
  }

  proposals(): ChannelProposal[] {
    return [...this.machine.proposed].map(([id, { open, from }]) => ({
      id,
      from,
      terms: open.channel,
      outcome: decodeOutcome(open.opening.outcome),
      funding: open.funding,
      mine: contributionOf(this.machine.context(), open),
    }));
  }

  async decide(channelId: ChannelId, join: boolean): Promise<void> {
    this.machine.requireRunning();
    const proposal = this.machine.proposed.get(channelId);
    if (proposal === undefined) throw unknownChannel(channelId);
    this.machine.proposed.delete(channelId);
    if (join) this.machine.join(proposal.open, proposal.from);
    else this.machine.refuseOpening(proposal.from, channelId, "The user says no.");
    await this.machine.idle();
  }

  funded(channelId: ChannelId, signal?: AbortSignal): Promise<ChannelSummary> {
    return this.machine.until(channelId, ({ record }) => record.funded, signal).then((state) => this.summary(state));
  }

  async pay({ channelId, asset, amount, to, note }: PayRequest, signal?: AbortSignal): Promise<State> {
    const { record } = this.machine.state(channelId);
    const payee = to ?? (others(record).length === 1 ? others(record)[0] : undefined);
    const from = record.destinations[record.self]!;
    const target = payee === undefined ? undefined : record.destinations[payee];
    if (target === undefined || target === from) {
      throw new SluiceError(
        "PAYEE_UNKNOWN",
        "It is not clear who is paid.",
        "Nothing was signed; name another participant.",
      );
    }
    if (this.parts.payments.has(record.terms.app)) return this.payByVoucher(channelId, asset, amount, note, signal);
    if (note !== undefined) throw noteImpossible();
    return this.update(channelId, { transfers: [{ asset, from, to: target, amount }], final: false }, signal);
  }

  /** Pays with one signature, and resolves when the payee has it. */
  private async payByVoucher(
    channelId: ChannelId,
    asset: Address,
    amount: bigint,
    note: Hex = "0x",
    signal?: AbortSignal,
  ): Promise<State> {
    this.machine.requireRunning();
    requireVoucher(amount, note);
    await this.machine.issue(
      (ticket) => this.machine.pay(channelId, { asset, amount, note, ticket }),
      signal,
      (ticket) => this.machine.dispatch(channelId, { type: "withdrawn", ticket }),
    );
    return stateOf(this.machine.state(channelId), this.parts.payments)!;
  }

  async createInvoice(request: InvoiceRequest): Promise<InvoiceSummary> {
    this.machine.requireRunning();
    const receivable = this.machine.routing.createInvoice(request);
    await this.machine.idle(); // nobody must see it before its secret is durable
    return invoiceView(receivable);
  }

  async payInvoice(request: PayInvoiceRequest, signal?: AbortSignal): Promise<PaymentSummary> {
    this.machine.requireRunning();
    return requirePaid(await this.machine.routing.pay(request, signal));
  }

  routes(request: PayInvoiceRequest): RouteSummary[] {
    this.machine.requireRunning();
    return this.machine.routing.routes(request).map(routeView);
  }

  quote({ hub, give, get }: QuoteRequest, signal?: AbortSignal): Promise<Rate> {
    this.machine.requireRunning();
    const patience = AbortSignal.timeout(this.parts.settings.patience);
    return this.machine.exchange.ask(
      hub,
      give,
      get,
      signal === undefined ? patience : AbortSignal.any([signal, patience]),
    );
  }

  async swap(request: SwapRequest, signal?: AbortSignal): Promise<PaymentSummary> {
    this.machine.requireRunning();
    return requirePaid(await this.machine.routing.swap(request, signal));
  }

  payments(): PaymentSummary[] {
    return this.machine.routing.payments().map(paymentView);
  }

  invoices(): InvoiceSummary[] {
    return this.machine.routing.invoices().map(invoiceView);
  }

  async update(channelId: ChannelId, change: Change, signal?: AbortSignal): Promise<State> {
    this.machine.requireRunning();
    this.machine.state(channelId);
    encodeMessage({ type: "request", channelId, id: 0, change }); // what does not fit the wire is refused before it is signed
    return this.machine.issue(
      (ticket) => this.machine.dispatch(channelId, { type: "wish", change, ticket }),
      signal,
      (ticket) => this.machine.dispatch(channelId, { type: "withdrawn", ticket }),
    );
  }

  async answer(channelId: ChannelId, change: Change, accept: boolean): Promise<void> {
    this.machine.requireRunning();
    this.machine.state(channelId);
    this.machine.dispatch(channelId, { type: "answer", change, accept });
    await this.machine.idle();
  }

  async move(channelId: ChannelId, state: State, signal?: AbortSignal): Promise<State> {
    this.machine.requireRunning();
    this.machine.state(channelId);
    const move = { ...state }; // what the caller does with its own object must not matter
    return this.machine.issue(
      (ticket) => this.machine.dispatch(channelId, { type: "move", state: move, ticket }),
      signal,
    );
  }

  async close(channelId: ChannelId, signal?: AbortSignal): Promise<ChannelSummary> {
    const { record } = this.machine.state(channelId);
    const closed = this.machine.until(channelId, isClosed, signal).then((state) => this.summary(state));
    if (record.closed || isFinal(record)) return closed;
    // Where nobody answers, the engine leaves through the chain; where another one was quicker, it ends by that.
    const agreed = this.update(channelId, ENDING, signal).catch((error: unknown) => {
      const refused = error instanceof SluiceError && error.code === "CHANGE_REFUSED";
      if (refused && !isFinal(this.machine.state(channelId).record)) throw error;
    });
    return Promise.all([agreed, closed]).then(([, summary]) => summary);
  }

  async splice(request: SpliceRequest, signal?: AbortSignal): Promise<ChannelSummary> {
    const { deployment, payments } = this.parts;
    const channel = this.machine.state(request.channelId);
    const { record } = channel;
    const state = stateOf(channel, payments);
    if (state === undefined) throw unknownChannel(request.channelId);
    const isPayments = payments.has(record.terms.app);
    const { successor, ending } = splicing(deployment, record, state, request, this.parts.random(), isPayments);
    const id = await this.propose(successor, signal);
    await this.update(request.channelId, ending, signal);
    return this.funded(id, signal);
  }

  async challenge(channelId: ChannelId, signal?: AbortSignal): Promise<ChannelSummary> {
    this.machine.requireRunning();
    if (newestState(this.machine.state(channelId).record) === undefined) {
      throw new SluiceError(
        "CHANNEL_NOT_OPEN",
        "The opening of this channel is not signed by all.",
        "Nothing was sent, and no money is in it.",
      );
    }
    if (this.machine.isBehind()) {
      throw new SluiceError(
        "NOT_CAUGHT_UP",
        "These data come from a backup, and not every participant has said since what the newest states are.",
        "Nothing was sent: an old state could cost money. Wait until the others are connected.",
      );
    }
    this.machine.dispatch(channelId, { type: "leave" });
    return this.machine.until(channelId, isClosed, signal).then((state) => this.summary(state));
  }

  waiting(): readonly Contribution[] {
    return [...this.machine.waitingMoney]
      .filter(([, amount]) => amount > 0n)
      .map(([asset, amount]) => ({ asset, amount }));
  }

  async withdraw(asset: Address, to: Address = this.parts.settings.payout, signal?: AbortSignal): Promise<Hex> {
    this.machine.requireRunning();
    const amount = this.machine.waitingMoney.get(asset) ?? 0n;
    if (amount === 0n) {
      throw new SluiceError("NOTHING_WAITING", `Nothing of ${asset} waits here.`, "Nothing was sent.");
    }
    const id = `withdraw:${asset}:${this.parts.random()}`;
    return this.machine.submit(id, { kind: "withdraw", asset, to, amount }, signal);
  }

  channels(): ChannelSummary[] {
    return [...this.machine.all()].map((state) => this.summary(state));
  }

  channel(channelId: ChannelId): ChannelDetails {
    return detailsOf(this.machine.state(channelId), this.parts.payments);
  }

  on(listener: (event: NodeEvent) => void): () => void {
    return this.machine.on(listener);
  }

  metrics(): Promise<string> {
    this.parts.metrics.channels.set(this.openChannels());
    return this.parts.metrics.text();
  }

  backup(file: string, password: string): Promise<void> {
    return this.parts.backup(file, password);
  }

  stop(): Promise<void> {
    return this.machine.stop();
  }

  private summary(state: ChannelState): ChannelSummary {
    return summaryOf(state, this.parts.payments);
  }

  private openChannels(): number {
    return [...this.machine.all()].filter((state) => !isClosed(state)).length;
  }

  /** Agrees with the others on the opening of a channel. */
  private async propose(terms: Terms, signal?: AbortSignal): Promise<ChannelId> {
    const id = channelIdOf(this.parts.deployment, terms.channel);
    await this.machine.issue(
      (ticket) => this.machine.begin(openChannel(this.machine.context(), terms, ticket), true),
      signal,
      (ticket) => this.machine.dispatch(id, { type: "withdrawn", ticket }),
    );
    return id;
  }
}

/** @throws SluiceError `PAYMENT_FAILED` */
function requirePaid(payment: Payment): PaymentSummary {
  if (payment.status === "paid") return paymentView(payment);
  throw new SluiceError(
    "PAYMENT_FAILED",
    `The payment failed: ${payment.failure ?? "nobody could pass it on."}`,
    "Nothing was paid; allow a higher fee, or try again later.",
  );
}

/** @throws SluiceError for what no voucher can say */
function requireVoucher(amount: bigint, note: Hex): void {
  if (amount <= 0n || amount >> 128n) {
    throw new SluiceError(
      "AMOUNT_OUT_OF_RANGE",
      `${amount} cannot be paid.`,
      "Nothing was signed; pay 1 to 2^128 - 1.",
    );
  }
  if (dataLength(note) > 32)
    throw new SluiceError("NOTE_TOO_LONG", "A note has 32 bytes at most.", "Nothing was signed; shorten it.");
}

function noteImpossible(): SluiceError {
  return new SluiceError("NOTE_IMPOSSIBLE", "Only payments in payment channels have notes.", "Nothing was signed.");
}

function isClosed({ record }: ChannelState): boolean {
  return record.closed;
}
