/**
 * Exchanging one asset for another over a hub: a payment to oneself, out over one channel and back over another (or over the
 * other asset of the same channel). The hub is paid only if it pays, because both locks wait for one secret.
 */
import { SluiceError } from "../errors";
import type { Route } from "../payments/routing/paths";
import { freeOfCharge } from "../payments/routing/fees";
import { directionOf, edgeKey, type Edge } from "../payments/routing/edges";
import { parseInvoice } from "../payments/invoice";
import type { Address, ChannelId } from "../protocol/types";
import type { Desk } from "./desk";
import { createReceivable } from "./receive";
import { sendAlong } from "./send";
import type { Payment } from "./state";

/** What to exchange, with whom. Amounts are in the smallest unit of their asset. */
export interface SwapRequest {
  readonly hub: Address;
  readonly give: { readonly asset: Address; readonly amount: bigint };
  /** Of what is got the hub may not give less. */
  readonly get: { readonly asset: Address; readonly amount: bigint };
}

/** Seconds in which a swap must have begun. */
const VALID_FOR = 600n;

/**
 * Starts an exchange.
 * @throws SluiceError `ROUTE_NOT_FOUND` when there are no channels with the hub that have the money
 */
export function swap(desk: Desk, { hub, give, get }: SwapRequest): Payment {
  const { context } = desk;
  const paying = channelWith(desk, hub, give.asset, ({ spendable }) => spendable >= give.amount);
  const paid = channelWith(desk, hub, get.asset, () => true);
  const { text } = createReceivable(desk, { ...get, validFor: VALID_FOR, kind: "hash" });
  const hop = (channelId: ChannelId, from: Address, to: Address, asset: Address, amount: bigint): Edge => ({
    key: edgeKey(channelId, directionOf(from, to), asset),
    channelId,
    from,
    to,
    capacity: amount,
    certain: true,
    policy: freeOfCharge(amount),
  });
  const route: Route = {
    asset: give.asset,
    expiryRule: "constant",
    hops: [
      { edge: hop(paying, context.self, hub, give.asset, give.amount), amount: give.amount, delay: 0n },
      { edge: hop(paid, hub, context.self, get.asset, get.amount), amount: get.amount, delay: 0n },
    ],
    delivered: get.amount,
    fee: 0n,
  };
  return sendAlong(desk, parseInvoice(text, context.curve), text, route);
}

function channelWith(
  { context }: Desk,
  hub: Address,
  asset: Address,
  suits: (channel: { readonly spendable: bigint }) => boolean,
): ChannelId {
  const found = context.own(asset).find((channel) => channel.peer === hub && suits(channel));
  if (found !== undefined) return found.channelId;
  throw new SluiceError(
    "ROUTE_NOT_FOUND",
    `There is no open channel with ${hub} that has enough of ${asset}.`,
    "Nothing was sent; open one, or swap less.",
  );
}
