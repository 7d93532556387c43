/** Payments over several nodes, in words. */
import type { InvoiceSummary, PaymentSummary, RouteSummary } from "../node/api";
import { parseInvoice } from "../payments/invoice";
import type { Address } from "../protocol/types";
import { formatAmount } from "./amounts";
import { short, table } from "./text";

/** Payments, one in a line, the newest first. */
export function describePayments(payments: readonly PaymentSummary[]): string {
  if (payments.length === 0) return "Nothing was paid by invoice.";
  return table([
    ["PAYMENT", "STATUS", "AMOUNT", "FEE", "WHEN", "REASON"],
    ...payments.map(({ id, status, amount, asset, fee, createdAt, failure }) => [
      short(id),
      status,
      formatAmount(amount, asset),
      fee === undefined ? "–" : formatAmount(fee, asset),
      new Date(createdAt).toISOString(),
      failure ?? "",
    ]),
  ]);
}

/** Invoices, one in a line. */
export function describeInvoices(invoices: readonly InvoiceSummary[]): string {
  if (invoices.length === 0) return "There are no invoices. Make one with `sluice invoice`.";
  return table([
    ["INVOICE", "STATUS", "ASKED", "RECEIVED", "DESCRIPTION"],
    ...invoices.map(({ key, text, status, received }) => {
      const { asset, amount, description } = parseInvoice(text);
      const asked = amount === undefined ? "any amount" : formatAmount(amount, asset);
      return [short(key), status, asked, status === "paid" ? formatAmount(received, asset) : "–", description];
    }),
  ]);
}

/** Routes, hop by hop. */
export function describeRoutes(routes: readonly RouteSummary[], asset: Address): string {
  return routes
    .map(({ delivered, fee, hops }) => {
      const head = `${formatAmount(delivered, asset)} arrive; the fee is ${formatAmount(fee, asset)}.`;
      const rows = hops.map(({ channelId, to, amount }) => [short(channelId), to, formatAmount(amount, asset)]);
      return `${head}\n${table([["CHANNEL", "TO", "LOCKED"], ...rows])}`;
    })
    .join("\n\n");
}
