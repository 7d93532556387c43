/** How payments over several nodes look in JSON; see `values.ts`. */
import { z } from "zod";
import type { HopSummary, InvoiceSummary, PaymentSummary, RouteSummary } from "../node/api";
import type { Rate } from "../router/context";
import { address, bytes32, channelId, hex, uint } from "./basics";

const hop: z.ZodType<HopSummary> = z
  .object({ channelId, to: address, amount: uint })
  .meta({ id: "Hop", description: "what is locked in a channel for the next node" });

const route = { delivered: uint, fee: uint, hops: z.array(hop) };

export const routeSummary: z.ZodType<RouteSummary> = z
  .object(route)
  .meta({ id: "Route", description: "a way for a payment or for a part of it; the last hop reaches the payee" });

export const invoiceText = z
  .string()
  .min(1)
  .max(4096)
  .meta({ id: "InvoiceText", description: "an invoice: `sluice1` and small letters, or all of it in capitals" });

export const invoiceSummary: z.ZodType<InvoiceSummary> = z
  .object({
    text: z.string(),
    key: bytes32,
    status: z.enum(["open", "paid"]),
    received: uint,
    paidAt: z.exactOptional(z.number()),
  })
  .meta({ id: "Invoice", description: "an invoice of this node; `paidAt` in Unix milliseconds" });

export const paymentSummary: z.ZodType<PaymentSummary> = z
  .object({
    id: hex,
    invoice: z.string(),
    asset: address,
    amount: uint,
    maxFee: uint,
    status: z.enum(["pending", "paid", "failed"]),
    createdAt: z.number(),
    endedAt: z.exactOptional(z.number()),
    fee: z.exactOptional(uint),
    proof: z.exactOptional(bytes32),
    failure: z.exactOptional(z.string()),
    exchange: z.exactOptional(z.object({ asset: address, amount: uint })),
    parts: z.array(z.object({ ...route, status: z.enum(["pending", "settled", "failed"]) })),
  })
  .meta({
    id: "Payment",
    description: "a payment of an invoice by this node, with every way it took; times in Unix milliseconds",
  });

/** Parameters of a payment. */
export const payInvoiceRequest = z.strictObject({
  invoice: invoiceText,
  amount: z.exactOptional(uint.describe("how much to pay; needed where the invoice leaves it open")),
  maxFee: uint.describe("what all nodes in between may keep together"),
});

const amountOf = z.strictObject({ asset: address, amount: uint });

/** Parameters of a swap. */
export const swapRequest = z.strictObject({
  hub: address.describe("the node that exchanges"),
  give: amountOf.describe("what it gets"),
  get: amountOf.describe("what it has to give for it"),
});

/** Parameters of a question for a rate. */
export const quoteRequest = z.strictObject({
  hub: address.describe("the node that exchanges"),
  give: address.describe("the asset it gets"),
  get: address.describe("the asset it gives"),
});

export const rate: z.ZodType<Rate> = z
  .object({ give: uint, get: uint })
  .meta({ id: "Rate", description: "so much of one asset for so much of the other, each in its smallest unit" });

/** Parameters of an invoice. */
export const invoiceRequest = z.strictObject({
  asset: address,
  amount: z.exactOptional(uint.describe("what is asked for; what the payer likes if omitted")),
  kind: z.exactOptional(
    z
      .enum(["hash", "point"])
      .describe('`"hash"` if omitted; with `"point"` no two nodes on the way can tell that they serve one payment'),
  ),
  description: z.exactOptional(z.string().max(200).describe("for the payer; at most 200 bytes")),
  validFor: uint.describe("seconds in which it may be paid"),
});
