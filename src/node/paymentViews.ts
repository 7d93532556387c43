import type { Route } from "../payments/routing/paths";
import type { Payment, Receivable } from "../router/state";
import type { InvoiceSummary, PaymentSummary, RouteSummary } from "./api";

/** An invoice of this node for its user: without the secret, which is worth the money until it is paid. */
export function invoiceView({ text, key, status, received, paidAt }: Receivable): InvoiceSummary {
  return { text, key, status, received, ...(paidAt !== undefined && { paidAt }) };
}

/** A payment of this node for its user: without the keys of its packets. */
export function paymentView(payment: Payment): PaymentSummary {
  const { id, invoice, asset, amount, maxFee, status, createdAt, endedAt, fee, proof, failure, parts, exchange } =
    payment;
  return {
    id,
    invoice,
    asset,
    amount,
    maxFee,
    status,
    createdAt,
    parts: parts.map((part) => ({
      status: part.status,
      delivered: part.delivered,
      fee: part.fee,
      hops: part.hops.map((hop) => ({ channelId: hop.channelId, to: hop.to, amount: hop.amount })),
    })),
    ...(endedAt !== undefined && { endedAt }),
    ...(fee !== undefined && { fee }),
    ...(proof !== undefined && { proof }),
    ...(exchange !== undefined && { exchange }),
    ...(failure !== undefined && status === "failed" && { failure }),
  };
}

export function routeView({ delivered, fee, hops }: Route): RouteSummary {
  return {
    delivered,
    fee,
    hops: hops.map(({ edge, amount }) => ({ channelId: edge.channelId, to: edge.to, amount })),
  };
}
