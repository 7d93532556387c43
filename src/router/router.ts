/**
 * Payments over several hops. What happens to locks comes in from the channels of this node; what is to happen to locks goes
 * out to them. All of it belongs to one step: what changes here is stored together with what changes in the channels, so
 * that no crash ever parts a lock that I am paid from the lock that I pay for it.
 */
import type { LaneEvent } from "../engine/effects";
import { SluiceError } from "../errors";
import { decodePayload } from "../payments/onion/payload";
import type { PeeledOnion } from "../payments/onion/onion";
import type { Route } from "../payments/routing/paths";
import { bytesOf, hexOf } from "../payments/bytes";
import type { RouterContext, RouterEffect } from "./context";
import { Desk } from "./desk";
import { isPassage, onPassageFailed, onPassageRefused, onPassed, pass, placeOf, type Locked } from "./forward";
import { boundTo, kindOf } from "./keys";
import { Memory } from "./memory";
import { Quotes } from "./quotes";
import { createReceivable, giveUpParts, receive, type InvoiceRequest } from "./receive";
import { onPaid, onPartFailed, onPartRefused, payInvoice, routesOf, type PayInvoiceRequest } from "./send";
import type { Payment, Receivable } from "./state";
import { swap, type SwapRequest } from "./swap";

export class Router {
  readonly memory = new Memory();
  readonly quotes = new Quotes();

  /** Something has become of a lock. */
  handle(context: RouterContext, event: LaneEvent): RouterEffect[] {
    const desk = new Desk(context, this.memory, this.quotes);
    switch (event.type) {
      case "locked":
        this.onLocked(desk, event);
        break;
      case "settled":
        if (isPassage(event.origin)) onPassed(desk, event.origin, event.secret);
        else onPaid(desk, event.origin, event.secret);
        break;
      case "failed":
        if (isPassage(event.origin)) onPassageFailed(desk, event.origin, event.failure);
        else onPartFailed(desk, event.origin, event.failure);
        break;
      case "refused":
        if (isPassage(event.origin)) onPassageRefused(desk, event.origin);
        else onPartRefused(desk, event.origin, event.error);
    }
    return desk.effects;
  }

  /** Time has passed. */
  tick(context: RouterContext): RouterEffect[] {
    this.memory.seen.prune(context.chainTime);
    const desk = new Desk(context, this.memory, this.quotes);
    giveUpParts(desk);
    return desk.effects;
  }

  /** Makes an invoice. @throws SluiceError `INVOICE_INVALID` */
  createInvoice(context: RouterContext, request: InvoiceRequest): Receivable {
    return createReceivable(new Desk(context, this.memory, this.quotes), request);
  }

  /** Starts to pay an invoice. @throws SluiceError as `payInvoice` */
  pay(
    context: RouterContext,
    request: PayInvoiceRequest,
  ): { readonly payment: Payment; readonly effects: RouterEffect[] } {
    const desk = new Desk(context, this.memory, this.quotes);
    const payment = payInvoice(desk, request);
    return { payment, effects: desk.effects };
  }

  /** Starts an exchange. @throws SluiceError as `swap` */
  swap(context: RouterContext, request: SwapRequest): { readonly payment: Payment; readonly effects: RouterEffect[] } {
    const desk = new Desk(context, this.memory, this.quotes);
    const payment = swap(desk, request);
    return { payment, effects: desk.effects };
  }

  /** The ways that a payment would take. @throws SluiceError as `payInvoice` */
  routes(context: RouterContext, request: PayInvoiceRequest): readonly Route[] {
    return routesOf(new Desk(context, this.memory, this.quotes), request);
  }

  private onLocked(desk: Desk, locked: Locked): void {
    const onion = this.open(desk, locked);
    if (onion === undefined) return desk.giveUp(placeOf(locked), "0x"); // nobody but the neighbour can be told why
    try {
      const payload = decodePayload(onion.payload);
      if (payload.kind === "final") receive(desk, locked, payload, onion);
      else pass(desk, locked, payload, onion);
    } catch (error) {
      if (!(error instanceof SluiceError)) throw error;
      desk.giveUp(placeOf(locked), "0x");
    }
  }

  /** Reads what is for me; undefined for what is not, or was there before. */
  private open({ context }: Desk, { channelId, lock, packet }: Locked): PeeledOnion | undefined {
    const channel = context.channel(channelId);
    const kind = channel && kindOf(channel.contracts, lock.registry);
    if (channel === undefined || kind === undefined) return undefined;
    try {
      const onion = context.peel(bytesOf(packet), boundTo(kind, lock.key));
      const latest = context.chainTime + context.settings.maxLockTime; // whatever lasts longer is not taken
      const until = lock.expiry < latest ? lock.expiry : latest;
      return this.memory.seen.take(hexOf(onion.sharedSecret), { from: channel.peer, until }) ? onion : undefined;
    } catch (error) {
      if (error instanceof SluiceError) return undefined;
      throw error;
    }
  }
}
