import { writeFile } from "node:fs/promises";
import { id, SigningKey } from "ethers";
import {
  accountDestination,
  channelIdOf,
  decodeOutcome,
  encodeOutcome,
  NATIVE,
  signDigest,
  sortParticipants,
  SluiceError,
  toAddress,
  toHex,
  type Address,
  type AssetOutcome,
  type Channel,
  type ChannelId,
  type Destination,
  type Hex,
  type State,
} from "../../src";
import { applyChange, ENDING, sameChange, type Change } from "../../src/engine/change";
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
} from "../../src/node/api";
import { createInvoice, parseInvoice } from "../../src/payments/invoice";
import type { Rate } from "../../src/router/context";
import type { InvoiceRequest } from "../../src/router/receive";
import type { PayInvoiceRequest } from "../../src/router/send";
import type { SwapRequest } from "../../src/router/swap";

/** Who gets what invoices are paid with. */
const PAYEE = new SigningKey(id("payee"));
const KEYS: Record<"hash" | "point", Hex> = {
  hash: `0x${"4a".repeat(32)}`,
  point: `0x${SigningKey.computePublicKey(id("a point"), true).slice(4)}`,
};

export const ALICE = toAddress("0x70997970C51812dc3A010C7d01b50e0d17dc79C8");
export const BOB = toAddress("0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC");
/** A peer that never answers. */
export const MALLORY = toAddress("0x90F79bf6EB2c4f870365E785982E1f101E93b906");
const ADJUDICATOR = toAddress("0x5FbDB2315678afecb367f032d93F642f64180aa3");
const CHAIN = { chainId: 31337n, adjudicator: ADJUDICATOR };
const TRANSACTION: Hex = `0x${"7e".repeat(32)}`;

/** An event before it has its number. */
type Unnumbered<Event> = Event extends unknown ? Omit<Event, "sequence"> : never;

/** Alice's node for tests of what surrounds it: without network, disk and chain, and with peers that agree to everything. */
export class MemoryNode implements NodeApi {
  /** What was asked for and has not been answered. */
  pending = 0;
  waits: Contribution[] = [];
  checks: Health["checks"] = [{ name: "chain", ok: true, detail: "block 100" }];
  stopped = false;
  /** What came with payments. */
  readonly notes: Hex[] = [];
  private readonly known = new Map<ChannelId, ChannelDetails>();
  private readonly peers = new Map<Address, string>();
  private readonly listeners = new Set<(event: NodeEvent) => void>();
  private readonly proposed = new Map<ChannelId, { readonly proposal: ChannelProposal; readonly join: () => void }>();
  private readonly paid: PaymentSummary[] = [];
  private readonly invoiced: InvoiceSummary[] = [];
  private sequence = 0;
  private nonces = 0;

  info(): NodeInfo {
    const peers = [...this.peers.keys()].map((address) => ({ address, connected: address !== MALLORY }));
    return { address: ALICE, ...CHAIN, block: 100n, peers, channels: this.known.size };
  }

  health(): Promise<Health> {
    return Promise.resolve({ ok: this.checks.every(({ ok }) => ok), checks: this.checks });
  }

  connect(peer: Address, url: string): void {
    this.peers.set(peer, url);
  }

  async open({ peers, ...rest }: OpenRequest, signal?: AbortSignal): Promise<ChannelSummary> {
    if (peers.some(({ address }) => address === MALLORY)) return this.silence(signal);
    for (const { address, url = "" } of peers) this.connect(address, url);
    const { terms, shares } = this.termsOf({ peers, ...rest });
    return this.begin(terms, shares, rest.payments);
  }

  proposals(): ChannelProposal[] {
    return [...this.proposed.values()].map(({ proposal }) => proposal);
  }

  decide(channelId: ChannelId, join: boolean): Promise<void> {
    return this.later(() => {
      const proposed = this.proposed.get(channelId);
      if (proposed === undefined) throw unknownChannel(channelId);
      this.proposed.delete(channelId);
      if (join) proposed.join();
    });
  }

  funded(channelId: ChannelId): Promise<ChannelSummary> {
    return this.later(() => this.channel(channelId));
  }

  pay({ channelId, asset, amount, to, note }: PayRequest): Promise<State> {
    return this.later(() => {
      if (note !== undefined) this.notes.push(note);
      const { terms, destinations, self } = this.channel(channelId);
      const other = to ?? terms.participants.findIndex((participant) => participant !== ALICE);
      return this.apply(channelId, {
        transfers: [{ asset, from: destinations[self]!, to: destinations[other]!, amount }],
        final: false,
      });
    });
  }

  createInvoice({ asset, amount, kind = "hash", description = "", validFor }: InvoiceRequest): Promise<InvoiceSummary> {
    const created = 1_900_000_000n;
    const key = KEYS[kind];
    const text = createInvoice(
      {
        deployment: CHAIN,
        asset,
        amount,
        paymentKey: { kind, key },
        payee: SigningKey.computePublicKey(PAYEE.privateKey, true) as Hex,
        created,
        expiry: created + validFor,
        margin: 600n,
        secret: TRANSACTION,
        description,
        hints: [],
      },
      (digest) => signDigest(PAYEE, digest),
    );
    const invoice: InvoiceSummary = { text, key, status: "open", received: 0n };
    this.invoiced.push(invoice);
    return this.later(() => invoice);
  }

  payInvoice(request: PayInvoiceRequest): Promise<PaymentSummary> {
    return this.later(() => {
      const { asset, amount: asked, paymentKey } = parseInvoice(request.invoice);
      const amount = request.amount ?? asked ?? 0n;
      const parts = this.routes(request).map((route) => ({ ...route, status: "settled" as const }));
      const payment: PaymentSummary = {
        ...request,
        id: `0x${"1d".repeat(16)}`,
        asset,
        amount,
        status: "paid",
        createdAt: 1_900_000_000_000,
        fee: parts[0]!.fee,
        proof: paymentKey.key,
        parts,
      };
      this.paid.push(payment);
      this.tell({ type: "payment", payment });
      return payment;
    });
  }

  routes({ invoice, amount, maxFee }: PayInvoiceRequest): RouteSummary[] {
    const delivered = amount ?? parseInvoice(invoice).amount ?? 0n;
    const fee = delivered / 1_000n;
    if (fee > maxFee) throw new SluiceError("ROUTE_NOT_FOUND", "It costs more.", "Nothing was sent.");
    const hops = [
      { channelId: TRANSACTION as ChannelId, to: MALLORY, amount: delivered + fee },
      { channelId: TRANSACTION as ChannelId, to: BOB, amount: delivered },
    ];
    return [{ delivered, fee, hops }];
  }

  quote({ get }: QuoteRequest): Promise<Rate> {
    return this.later(() => {
      if (get === NATIVE) throw new SluiceError("RATE_UNKNOWN", "It does not exchange these.", "Nothing was sent.");
      return { give: 10n ** 18n, get: 3_000_000n };
    });
  }

  swap({ give, get }: SwapRequest): Promise<PaymentSummary> {
    return this.later(() => {
      const payment: PaymentSummary = {
        id: `0x${"2d".repeat(16)}`,
        invoice: "sluice1",
        ...give,
        maxFee: 0n,
        status: "paid",
        createdAt: 1_900_000_000_000,
        fee: 0n,
        exchange: get,
        parts: [],
      };
      this.paid.push(payment);
      return payment;
    });
  }

  payments(): PaymentSummary[] {
    return this.paid;
  }

  invoices(): InvoiceSummary[] {
    return this.invoiced;
  }

  update(channelId: ChannelId, change: Change): Promise<State> {
    return this.later(() => this.apply(channelId, change));
  }

  async answer(channelId: ChannelId, change: Change, accept: boolean): Promise<void> {
    const { questions } = this.channel(channelId);
    this.alter(channelId, { questions: questions.filter((question) => !sameChange(question.change, change)) });
    if (accept) this.apply(channelId, change);
    await Promise.resolve();
  }

  move(channelId: ChannelId, state: State): Promise<State> {
    return this.later(() => {
      this.alter(channelId, { state });
      this.tell({ type: "moved", channelId, state, by: 0 });
      return state;
    });
  }

  close(channelId: ChannelId): Promise<ChannelSummary> {
    return this.later(() => this.end(channelId));
  }

  splice({ channelId, add = [], take = [] }: SpliceRequest): Promise<ChannelSummary> {
    return this.later(() => {
      const { terms, state } = this.end(channelId);
      const held = decodeOutcome(state.outcome);
      const sum = (items: readonly Contribution[] = [], asset: Address) =>
        items.filter((item) => item.asset === asset).reduce((total, { amount }) => total + amount, 0n);
      const shares = terms.participants.map((participant, i) =>
        held.map(({ asset, allocations }) => {
          const owned = allocations.find(({ destination }) => destination === accountDestination(participant));
          return { asset, amount: (owned?.amount ?? 0n) + sum(add[i], asset) - sum(take[i], asset) };
        }),
      );
      return this.begin({ ...terms, nonce: toHex(`0x${"5b".repeat(32)}`) }, shares);
    });
  }

  challenge(channelId: ChannelId): Promise<ChannelSummary> {
    return this.later(() => {
      this.tell({ type: "leaving", channelId, why: "The user asked for it." });
      return this.end(channelId);
    });
  }

  waiting(): readonly Contribution[] {
    return this.waits;
  }

  withdraw(asset: Address): Promise<Hex> {
    return this.later(() => {
      this.waits = this.waits.filter((item) => item.asset !== asset);
      return TRANSACTION;
    });
  }

  channels(): ChannelSummary[] {
    return [...this.known.values()].map((details) => ({
      id: details.id,
      phase: details.phase,
      peers: details.peers,
      online: details.online,
      version: details.state.version,
      outcome: details.outcome,
      mine: details.mine,
      payments: details.payments,
      canPay: details.canPay,
      canReceive: details.canReceive,
    }));
  }

  channel(channelId: ChannelId): ChannelDetails {
    const details = this.known.get(channelId);
    if (details !== undefined) return details;
    throw unknownChannel(channelId);
  }

  on(listener: (event: NodeEvent) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  metrics(): Promise<string> {
    return Promise.resolve(`# TYPE sluice_channels gauge\nsluice_channels ${this.known.size}\n`);
  }

  async backup(file: string, password: string): Promise<void> {
    await writeFile(file, `sealed with ${password.length} characters`);
  }

  async stop(): Promise<void> {
    this.stopped = true;
    await Promise.resolve();
  }

  /** Bob wants something that only Alice can decide about. */
  ask(channelId: ChannelId, change: Change): void {
    const from = this.channel(channelId).terms.participants.indexOf(BOB);
    this.alter(channelId, { questions: [...this.channel(channelId).questions, { from, change }] });
    this.tell({ type: "asked", channelId, from, change });
  }

  /** Bob proposes a channel into which Alice would put something. */
  propose(request: Omit<OpenRequest, "peers">): ChannelProposal {
    const { terms, shares } = this.termsOf({ ...request, peers: [{ address: BOB }] });
    const { id, ...rest } = this.detailsOf(terms, shares);
    const proposal: ChannelProposal = {
      id,
      from: BOB,
      terms,
      outcome: rest.outcome,
      funding: rest.funding,
      mine: rest.mine,
    };
    this.proposed.set(id, { proposal, join: () => this.begin(terms, shares) });
    this.tell({ type: "proposed", channelId: id, from: BOB });
    return proposal;
  }

  tell(notice: Unnumbered<NodeEvent>): void {
    const event = { ...notice, sequence: ++this.sequence };
    for (const listener of this.listeners) listener(event);
  }

  private termsOf({ peers, mine, theirs = [], challengePeriod = 86_400n, bond = 0n, app = NATIVE }: OpenRequest) {
    const terms: Channel = {
      participants: sortParticipants([ALICE, ...peers.map(({ address }) => address)]),
      nonce: toHex(`0x${(++this.nonces).toString(16).padStart(64, "0")}`),
      app,
      challengePeriod,
      bond,
    };
    const given = new Map([[ALICE, mine], ...peers.map(({ address }, i) => [address, theirs[i] ?? []] as const)]);
    return { terms, shares: terms.participants.map((participant) => given.get(participant)!) };
  }

  private begin(terms: Channel, shares: readonly (readonly Contribution[])[], payments = false): ChannelDetails {
    const details = { ...this.detailsOf(terms, shares), payments };
    this.known.set(details.id, details);
    this.tell({ type: "opened", channelId: details.id });
    this.tell({ type: "funded", channelId: details.id });
    return details;
  }

  private detailsOf(terms: Channel, shares: readonly (readonly Contribution[])[]): ChannelDetails {
    const id = channelIdOf(CHAIN, terms);
    const destinations = terms.participants.map(accountDestination);
    const assets = [...new Set(shares.flat().map(({ asset }) => asset))].sort();
    const outcome: AssetOutcome[] = assets.map((asset) => ({
      asset,
      allocations: destinations.map((destination, i) => ({
        destination,
        amount: shares[i]!.filter((share) => share.asset === asset).reduce((sum, { amount }) => sum + amount, 0n),
      })),
    }));
    const state: State = { version: 0n, outcome: encodeOutcome(outcome), appData: "0x" };
    const held = outcome.map(({ asset, allocations }) => ({
      asset,
      amount: allocations.reduce((sum, { amount }) => sum + amount, 0n),
    }));
    const peers = terms.participants.filter((participant) => participant !== ALICE);
    return {
      id,
      phase: "open",
      peers,
      online: true,
      version: 0n,
      ...sharedOut(state),
      payments: false,
      terms,
      self: terms.participants.indexOf(ALICE),
      destinations,
      funding: { kind: "deposits" },
      state,
      held,
      onChain: { kind: "none" },
      questions: [],
    };
  }

  private apply(channelId: ChannelId, change: Change): State {
    const { state } = this.channel(channelId);
    const next = applyChange(state, state.version + 1n, change);
    this.alter(channelId, { state: next });
    this.tell({ type: "updated", channelId, state: next, change });
    return next;
  }

  private end(channelId: ChannelId): ChannelDetails {
    this.apply(channelId, ENDING);
    this.alter(channelId, { phase: "closed", onChain: { kind: "paid" }, held: [] });
    this.tell({ type: "closed", channelId });
    return this.channel(channelId);
  }

  private alter(channelId: ChannelId, difference: Partial<ChannelDetails>): void {
    const details = { ...this.channel(channelId), ...difference };
    this.known.set(channelId, { ...details, ...sharedOut(details.state), version: details.state.version });
  }

  private later<T>(work: () => T): Promise<T> {
    return Promise.resolve().then(work);
  }

  private silence(signal?: AbortSignal): Promise<never> {
    this.pending++;
    return new Promise((_, reject) => {
      signal?.addEventListener("abort", () => {
        this.pending--;
        reject(signal.reason as Error);
      });
    });
  }
}

function sharedOut({ outcome: encoded }: State): Pick<ChannelDetails, "outcome" | "mine" | "canPay" | "canReceive"> {
  const outcome = decodeOutcome(encoded);
  const sharesThat = (isMeant: (destination: Destination) => boolean) =>
    outcome.map(({ asset, allocations }) => ({
      asset,
      amount: allocations.reduce((sum, { destination, amount }) => (isMeant(destination) ? sum + amount : sum), 0n),
    }));
  const mine = sharesThat((destination) => destination === accountDestination(ALICE));
  return { outcome, mine, canPay: mine, canReceive: sharesThat((one) => one !== accountDestination(ALICE)) };
}

function unknownChannel(channelId: ChannelId): SluiceError {
  return new SluiceError("CHANNEL_UNKNOWN", `There is no channel ${channelId}.`, "Nothing was done; check the id.");
}
