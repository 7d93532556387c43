/** Paying an invoice: over one route or several at once, and over others when one fails. */
import { SluiceError } from "../errors";
import { createOnion } from "../payments/onion/onion";
import { encodePayload, type HopPayload } from "../payments/onion/payload";
import { readFailure } from "../payments/onion/failure";
import { parseInvoice, requirePayable } from "../payments/invoice";
import type { Invoice } from "../payments/invoiceContent";
import { outgoingScalar, tweakRoute } from "../payments/points";
import type { Edge } from "../payments/routing/edges";
import { freeOfCharge } from "../payments/routing/fees";
import { RouteNotFound } from "../payments/routing/errors";
import { findRoute, type Hint, type Route, type RouteQuery } from "../payments/routing/paths";
import { nodeIdOf } from "../payments/routing/signatures";
import { splitPayment } from "../payments/routing/split";
import type { Address, ChannelId, Hex } from "../protocol/types";
import { bytesOf, hexOf, scalarHex } from "../payments/bytes";
import type { Desk } from "./desk";
import { reasonIn, type Reason } from "./failures";
import { boundTo, registryOf } from "./keys";
import type { Part, PartHop, Payment } from "./state";

/** What to pay, and what for. */
export interface PayInvoiceRequest {
  readonly invoice: string;
  /** Needed where the invoice leaves it open. */
  readonly amount?: bigint;
  /** What all in between may keep. */
  readonly maxFee: bigint;
}

const OWN = "payment:";
const MAX_PARTS = 8;

/** Whether a lock of mine was made for a payment of mine. */
export function isPayment(origin: string): boolean {
  return origin.startsWith(OWN);
}

/**
 * Starts to pay an invoice.
 * @throws SluiceError `INVOICE_…` when it cannot be paid, `PAYMENT_EXISTS` when it is being paid or was, `ROUTE_NOT_FOUND`
 */
export function payInvoice(desk: Desk, request: PayInvoiceRequest): Payment {
  const { context, memory } = desk;
  const invoice = parseInvoice(request.invoice, context.curve);
  requirePayable(invoice, context.deployment, seconds(desk));
  requireShort(desk, invoice);
  const payment: Payment = {
    id: hexOf(context.random().subarray(0, 16)),
    invoice: request.invoice,
    key: invoice.paymentKey.key,
    asset: invoice.asset,
    amount: amountOf(invoice, request.amount),
    maxFee: request.maxFee,
    status: "pending",
    createdAt: context.now,
    parts: [],
    excluded: [],
    attempts: 0,
  };
  requireUnpaid(desk, payment);
  send(desk, payment, invoice, routesFor(desk, payment, invoice));
  return memory.payments.get(payment.id)!;
}

/** Pays along a given route which ends here, in another asset: an exchange. */
export function sendAlong(desk: Desk, invoice: Invoice, text: string, route: Route): Payment {
  const { context, memory } = desk;
  const payment: Payment = {
    id: hexOf(context.random().subarray(0, 16)),
    invoice: text,
    key: invoice.paymentKey.key,
    asset: route.asset,
    amount: route.hops[0]!.amount,
    maxFee: 0n,
    status: "pending",
    createdAt: context.now,
    parts: [],
    excluded: [],
    attempts: 0,
    exchange: { asset: invoice.asset, amount: route.delivered },
  };
  send(desk, payment, invoice, [route]);
  return memory.payments.get(payment.id)!;
}

/** The ways that a payment would take, without paying. @throws SluiceError as {@link payInvoice} */
export function routesOf(desk: Desk, request: PayInvoiceRequest): readonly Route[] {
  const invoice = parseInvoice(request.invoice, desk.context.curve);
  requirePayable(invoice, desk.context.deployment, seconds(desk));
  const { asset } = invoice;
  const amount = amountOf(invoice, request.amount);
  return routesFor(desk, { asset, amount, maxFee: request.maxFee, parts: [], excluded: [] }, invoice);
}

/** A part is paid: its secret is proof. */
export function onPaid(desk: Desk, origin: string, secret: Hex): void {
  const found = partOf(desk, origin);
  if (found?.part.status !== "pending") return;
  const { payment, part } = found;
  learn(desk, part, part.hops.length);
  const parts = payment.parts.map((one): Part => (one === part ? { ...part, status: "settled" } : one));
  keep(desk, { ...payment, parts, proof: payment.proof ?? proofOf(part, secret) });
}

/** A part failed, and its lock is gone for good. @param failure undefined if it has expired */
export function onPartFailed(desk: Desk, origin: string, failure: Hex | undefined): void {
  const found = partOf(desk, origin);
  if (found?.part.status !== "pending") return;
  const { part } = found;
  const read = failure === undefined ? undefined : readFailure(part.sharedSecrets.map(bytesOf), bytesOf(failure));
  const reason = read === undefined ? undefined : reasonIn(read.failure);
  const hop = read?.hop;
  if (hop !== undefined) learn(desk, part, hop + 1, reason === "CHANNEL_BUSY");
  fail(desk, found.payment, part, hop, reason);
}

/** My own channel did not take the lock. */
export function onPartRefused(desk: Desk, origin: string, error: SluiceError): void {
  const found = partOf(desk, origin);
  if (found?.part.status !== "pending") return;
  desk.context.liquidity.failed(edgeOf(found.part.hops[0]!), found.part.hops[0]!.amount, seconds(desk));
  fail(desk, found.payment, found.part, -1, undefined, error.message);
}

/* ROUTES */

type Wanted = Pick<Payment, "asset" | "amount" | "maxFee" | "parts" | "excluded">;

function routesFor(desk: Desk, { asset, amount, maxFee, parts, excluded }: Wanted, invoice: Invoice): readonly Route[] {
  const { context } = desk;
  const live = parts.filter(({ status }) => status !== "failed");
  const query: RouteQuery = {
    network: context.network,
    from: context.self,
    to: nodeIdOf(invoice.payee),
    asset,
    amount: amount - live.reduce((sum, { delivered }) => sum + delivered, 0n),
    maxFee: maxFee - live.reduce((sum, { fee }) => sum + fee, 0n),
    // A hash is known to all hops at once. The key of a point is another one for each, and takes time of its own to show.
    expiryRule: invoice.paymentKey.kind === "hash" ? "constant" : "staircase",
    now: seconds(desk),
    own: context.own(asset),
    hints: hintsIn(invoice),
    known: context.liquidity,
    excluded: new Set(excluded),
  };
  try {
    return [findRoute(query)];
  } catch (error) {
    if (!(error instanceof RouteNotFound) || error.reason !== "CAPACITY") throw error;
    return splitPayment({ ...query, maxParts: MAX_PARTS });
  }
}

function hintsIn({ hints, amount, asset }: Invoice): Hint[] {
  return hints.map(({ channelId, from, to, feeBase, feeMillionths }) => ({
    channelId,
    from: nodeIdOf(from),
    to: nodeIdOf(to),
    asset,
    policy: { feeBase, feeMillionths, minimum: 0n, maximum: amount ?? 2n ** 127n, expiryDelta: 0n },
  }));
}

/* LOCKS */

/** @throws SluiceError `ROUTE_INVALID` before anything has changed */
function send(desk: Desk, payment: Payment, invoice: Invoice, routes: readonly Route[]): void {
  const first = payment.parts.length;
  const sendings = routes.map((route, i) => prepare(desk, payment, invoice, route, first + i));
  const parts = [...payment.parts, ...sendings.map(({ part }) => part)];
  desk.memory.payments.put(payment.id, { ...payment, parts, attempts: payment.attempts + 1 });
  for (const sending of sendings) sending.lock();
}

interface Sending {
  readonly part: Part;
  lock(): void;
}

function prepare(desk: Desk, payment: Payment, invoice: Invoice, route: Route, index: number): Sending {
  const { context } = desk;
  const { kind, key } = invoice.paymentKey;
  const hops = route.hops.map(({ edge: { key: edge, channelId, from, to, capacity }, amount }, i): PartHop => {
    const exchanged =
      i === route.hops.length - 1 && payment.exchange !== undefined ? { asset: payment.exchange.asset } : {};
    return { channelId, edge, from, to, capacity, amount, ...exchanged };
  });
  const locks = kind === "point" ? tweakRoute(key, hops.map(() => context.random())) : undefined; // prettier-ignore
  const tweaks = locks?.map(({ tweak }) => tweak);
  const expiry = context.chainTime + invoice.margin + context.settings.lockTime;
  const delays = route.hops.map(({ delay }) => delay);
  const payloads = hops.map((_, i): HopPayload => {
    const tweak = tweaks === undefined ? {} : { tweak: tweaks[i]! };
    const next = hops[i + 1];
    if (next !== undefined) {
      const exchanged = next.asset === undefined ? {} : { asset: next.asset };
      const { channelId, amount } = next;
      return { kind: "forward", channelId, amount, expiry: expiry + delays[i + 1]!, ...tweak, ...exchanged };
    }
    const total = toDeliver(payment);
    return { kind: "final", amount: route.delivered, expiry, total, secret: invoice.secret, ...tweak };
  });
  const firstKey = locks?.[0]?.key ?? key;
  const { packet, sharedSecrets } = createOnion(
    hops.map(({ to }, i) => ({ publicKey: publicKeyOf(desk, invoice, to), payload: encodePayload(payloads[i]!) })),
    context.random(),
    boundTo(kind, firstKey),
    context.curve,
  );
  const part: Part = {
    origin: `${OWN}${payment.id}/${index}`,
    status: "pending",
    delivered: route.delivered,
    fee: route.fee,
    hops,
    sharedSecrets: sharedSecrets.map(hexOf),
    ...(tweaks !== undefined && { tweaks }),
  };
  const { channelId, amount } = hops[0]!;
  const registry = registryOf(context.channel(channelId)!.contracts, kind);
  const lock = { registry, key: firstKey, amount, expiry: expiry + delays[0]! };
  return { part, lock: () => desk.lock(channelId, payment.asset, lock, hexOf(packet), part.origin) };
}

function publicKeyOf({ context }: Desk, invoice: Invoice, node: Address): Uint8Array {
  const hinted = invoice.hints.flatMap(({ from, to }) => [from, to]);
  const known = [invoice.payee, ...hinted].find((key) => nodeIdOf(key) === node) ?? context.network.publicKeyOf(node);
  if (known !== undefined) return bytesOf(known);
  throw new SluiceError("ROUTE_INVALID", `The key of ${node} is not known.`, "Nothing was sent; try another route.");
}

/* ENDS */

/** Goes on without a part: over other routes if there are any, else the payment fails with its last part. */
function fail(desk: Desk, payment: Payment, part: Part, hop: number | undefined, reason?: Reason, text?: string): void {
  const parts = payment.parts.map((one): Part => (one === part ? { ...part, status: "failed" } : one));
  const excluded = [...new Set([...payment.excluded, ...toExclude(part, hop, reason)])];
  const failure = text ?? describe(part, hop, reason);
  const rest: Payment = { ...payment, parts, excluded, failure };
  if (isWorthwhile(desk, payment, part, hop)) retry(desk, rest);
  else keep(desk, rest);
}

function retry(desk: Desk, payment: Payment): void {
  const invoice = parseInvoice(payment.invoice, desk.context.curve);
  try {
    requirePayable(invoice, desk.context.deployment, seconds(desk));
    send(desk, payment, invoice, routesFor(desk, payment, invoice));
  } catch (error) {
    if (!(error instanceof SluiceError)) throw error;
    keep(desk, { ...payment, failure: `${payment.failure ?? ""} ${error.message}`.trim() });
  }
}

/** What the payee has refused it refuses again, and after an expiry it is too late. */
function isWorthwhile({ context }: Desk, payment: Payment, part: Part, hop: number | undefined): boolean {
  const { maxAttempts, payTimeout } = context.settings;
  const isPayee = hop === part.hops.length - 1;
  if (
    payment.exchange !== undefined ||
    isPayee ||
    payment.attempts >= maxAttempts ||
    context.now - payment.createdAt >= payTimeout
  )
    return false;
  return !payment.parts.some(({ status }) => status === "settled");
}

/** The channel that failed, if that is likely to fail again; where nobody knows, all but the first. */
function toExclude({ hops }: Part, hop: number | undefined, reason: Reason | undefined): ChannelId[] {
  if (hop === undefined) return hops.slice(1).map(({ channelId }) => channelId);
  const stuck = reason === "TOO_MANY" ? hops[hop] : hops[hop + 1];
  return stuck === undefined || (reason === "CHANNEL_BUSY" && hop >= 0) ? [] : [stuck.channelId];
}

/** Remembers a payment. It has come to its end when nothing of it is under way: once its secret is out, it is paid. */
function keep(desk: Desk, payment: Payment): void {
  const { parts, proof } = payment;
  const isOver = !parts.some(({ status }) => status === "pending");
  const fee = parts.reduce((sum, one) => (one.status === "settled" ? sum + one.fee : sum), 0n);
  const end = proof === undefined ? { status: "failed" as const } : { status: "paid" as const, fee };
  const kept: Payment = isOver ? { ...payment, ...end, endedAt: desk.context.now } : payment;
  desk.memory.payments.put(payment.id, kept);
  if (isOver) desk.notify({ type: "payment", payment: kept });
}

/** Remembers how far a payment came, and where it got stuck. */
function learn({ context }: Desk, { hops }: Part, passed: number, isStuck = false): void {
  const now = BigInt(Math.floor(context.now / 1_000));
  for (const hop of hops.slice(0, passed)) context.liquidity.passed(edgeOf(hop), hop.amount, now);
  const stuck = hops[passed];
  if (isStuck && stuck !== undefined) context.liquidity.failed(edgeOf(stuck), stuck.amount, now);
}

function edgeOf({ edge: key, channelId, from, to, capacity }: PartHop): Edge {
  return { key, channelId, from, to, capacity, certain: false, policy: freeOfCharge(capacity) };
}

function partOf({ memory }: Desk, origin: string): { readonly payment: Payment; readonly part: Part } | undefined {
  const payment = memory.payments.get(origin.slice(OWN.length).split("/")[0]!);
  const part = payment?.parts.find((one) => one.origin === origin);
  return payment === undefined || part === undefined ? undefined : { payment, part };
}

/** The secret of the invoice, from that of my own lock. */
function proofOf({ tweaks = [] }: Part, secret: Hex): Hex {
  const scalar = tweaks.reduce((known, tweak) => outgoingScalar(known, tweak), BigInt(secret));
  return tweaks.length === 0 ? secret : scalarHex(scalar);
}

/** Nobody's money is to be locked for longer than hops would accept, whatever the payee wants. */
function requireShort({ context: { settings } }: Desk, { margin }: Invoice): void {
  const time = margin + settings.lockTime;
  if (time <= settings.maxLockTime) return;
  throw new SluiceError(
    "INVOICE_INVALID",
    `To pay this invoice, money would be locked for ${time} seconds.`,
    "Nothing was sent; ask the payee for one with a smaller margin.",
  );
}

function requireUnpaid({ memory }: Desk, { key }: Payment): void {
  const status = memory.payments.ofKey(key)?.status ?? "failed";
  if (status === "failed") return;
  throw new SluiceError(
    "PAYMENT_EXISTS",
    status === "paid" ? "This invoice is paid already." : "This invoice is being paid.",
    "Nothing was sent; look at your payments, or ask the payee for another invoice.",
  );
}

function amountOf(invoice: Invoice, wanted: bigint | undefined): bigint {
  const amount = wanted ?? invoice.amount;
  if (amount !== undefined && amount > 0n && (invoice.amount === undefined || amount === invoice.amount)) return amount;
  throw new SluiceError(
    "AMOUNT_OUT_OF_RANGE",
    invoice.amount === undefined ? "This invoice leaves the amount to you." : `This invoice is for ${invoice.amount}.`,
    "Nothing was sent; say how much to pay, or leave it to the invoice.",
  );
}

/** What the payee is to get. */
function toDeliver({ exchange, amount }: Payment): bigint {
  return exchange?.amount ?? amount;
}

function describe({ hops }: Part, hop: number | undefined, reason: Reason | undefined): string {
  if (hop === undefined) return "A part of it failed, and nobody can tell where.";
  const who = hop === hops.length - 1 ? "The payee" : hops[hop]!.to;
  return `${who} says ${reason ?? "nothing that can be understood"}.`;
}

function seconds({ context }: Desk): bigint {
  return BigInt(Math.floor(context.now / 1_000));
}
