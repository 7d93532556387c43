/** Being paid for an invoice: all of it or nothing. */
import { createInvoice, parseInvoice } from "../payments/invoice";
import type { Invoice, PaymentKey, RouteHint } from "../payments/invoiceContent";
import type { OnionCurve } from "../payments/onion/curve";
import type { PeeledOnion } from "../payments/onion/onion";
import type { FinalPayload } from "../payments/onion/payload";
import { SluiceError } from "../errors";
import { evenScalar } from "../protocol/scalars";
import { keccakOf, digitsOf } from "../protocol/words";
import type { Address, Hex } from "../protocol/types";
import { hexOf, scalarHex } from "../payments/bytes";
import { placeName, type Desk } from "./desk";
import { failWith } from "./failures";
import { placeOf, type Locked } from "./forward";
import { kindOf, nextKey, secretBefore, type KeyKind } from "./keys";
import type { HeldPart, Receivable } from "./state";

/** What to be paid for. */
export interface InvoiceRequest {
  readonly asset: Address;
  /** What the payer likes, if omitted. */
  readonly amount?: bigint;
  readonly kind?: KeyKind;
  readonly description?: string;
  /** Seconds in which it may be paid. */
  readonly validFor: bigint;
  readonly hints?: readonly RouteHint[];
}

/** Makes an invoice. @throws SluiceError `INVOICE_INVALID` */
export function createReceivable(desk: Desk, request: InvoiceRequest): Receivable {
  const { context, memory } = desk;
  const { asset, amount, kind = "hash", description = "", validFor, hints = [] } = request;
  const { secret, paymentKey } = freshKey(context.random(), kind);
  const created = BigInt(Math.floor(context.now / 1_000));
  const invoice: Invoice = {
    deployment: { chainId: context.deployment.chainId, adjudicator: context.deployment.adjudicator },
    asset,
    amount,
    paymentKey,
    payee: context.publicKey,
    created,
    expiry: created + validFor,
    margin: context.settings.minLockTime,
    secret: hexOf(context.random()),
    description,
    hints,
  };
  const text = createInvoice(invoice, (digest) => context.sign(digest), context.curve);
  const receivable: Receivable = { text, key: paymentKey.key, secret, status: "open", received: 0n };
  written.set(receivable, invoice);
  memory.receivables.put(paymentKey.key, receivable);
  return receivable;
}

/** Takes a part of a payment; with the last one, all are claimed. */
export function receive(desk: Desk, locked: Locked, payload: FinalPayload, onion: PeeledOnion): void {
  giveUpParts(desk);
  const place = placeOf(locked);
  const sharedSecret = hexOf(onion.sharedSecret);
  const receivable = receivableFor(desk, locked, payload);
  if (receivable === undefined) return desk.giveUp(place, failWith(sharedSecret, "PAYMENT_UNKNOWN"));
  const { key, amount, expiry } = locked.lock;
  const { total } = payload;
  const part: HeldPart = {
    place,
    invoice: receivable.key,
    key,
    amount,
    total,
    expiry,
    sharedSecret,
    since: desk.context.now,
    ...(payload.tweak !== undefined && { tweak: payload.tweak }),
  };
  const parts = [...partsOf(desk, receivable.key), part];
  if (sumOf(parts) < total) return desk.memory.held.put(placeName(place), part);
  for (const one of parts) {
    desk.memory.held.remove(placeName(one.place));
    desk.claim(one.place, secretBefore(one.key, one.tweak, receivable.secret));
  }
  const paid: Receivable = { ...receivable, status: "paid", received: sumOf(parts), paidAt: desk.context.now };
  desk.memory.receivables.put(receivable.key, paid);
  desk.notify({ type: "received", invoice: paid });
}

/** Gives back the parts of payments whose other parts do not come, all of them. */
export function giveUpParts(desk: Desk): void {
  const { now, chainTime, settings } = desk.context;
  const latest = chainTime + settings.minLockTime / 2n; // what expires sooner may be too late to be claimed with the others
  const late = new Set<Hex>();
  for (const { since, expiry, invoice } of desk.memory.held.values())
    if (now - since >= settings.partsTimeout || expiry < latest) late.add(invoice);
  for (const invoice of late) {
    for (const { place, sharedSecret } of partsOf(desk, invoice)) {
      desk.memory.held.remove(placeName(place));
      desk.giveUp(place, failWith(sharedSecret, "PARTS_MISSING"));
    }
  }
}

/** The invoice that a lock pays, if all its terms are met. */
function receivableFor(desk: Desk, { channelId, asset, lock }: Locked, payload: FinalPayload): Receivable | undefined {
  const { context, memory } = desk;
  const kind = kindOf(context.channel(channelId)!.contracts, lock.registry);
  if (kind === undefined || (kind === "point") !== (payload.tweak !== undefined)) return undefined;
  const receivable = memory.receivables.get(keyFor(lock.key, payload.tweak) ?? "");
  if (receivable?.status !== "open") return undefined;
  const invoice = invoiceOf(receivable, context.curve);
  const isRight =
    invoice.paymentKey.kind === kind &&
    invoice.secret === payload.secret &&
    invoice.asset === asset &&
    lock.amount >= payload.amount &&
    (invoice.amount === undefined || (payload.total >= invoice.amount && payload.total <= 2n * invoice.amount)) &&
    BigInt(Math.floor(context.now / 1_000)) <= invoice.expiry &&
    partsOf(desk, receivable.key).every(({ total }) => total === payload.total) &&
    lock.expiry >= payload.expiry &&
    lock.expiry >= context.chainTime + invoice.margin;
  return isRight ? receivable : undefined;
}

/** What an invoice of mine says. Read once: to check its signature takes a while. */
function invoiceOf(receivable: Receivable, curve: OnionCurve): Invoice {
  const known = written.get(receivable) ?? parseInvoice(receivable.text, curve);
  written.set(receivable, known);
  return known;
}

const written = new WeakMap<Receivable, Invoice>();

function keyFor(key: Hex, tweak: bigint | undefined): Hex | undefined {
  try {
    return nextKey(key, tweak);
  } catch (error) {
    if (error instanceof SluiceError) return undefined;
    throw error;
  }
}

function partsOf({ memory }: Desk, invoice: Hex): HeldPart[] {
  return [...memory.held.values()].filter((part) => part.invoice === invoice);
}

function sumOf(parts: readonly HeldPart[]): bigint {
  return parts.reduce((sum, { amount }) => sum + amount, 0n);
}

function freshKey(random: Uint8Array, kind: KeyKind): { readonly secret: Hex; readonly paymentKey: PaymentKey } {
  const secret = hexOf(random);
  if (kind === "hash") return { secret, paymentKey: { kind, key: keccakOf(digitsOf(secret)) } };
  const { key, scalar } = evenScalar(secret); // the one that the registry takes
  return { secret: scalarHex(scalar), paymentKey: { kind, key } };
}
