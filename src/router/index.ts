/** Payments over several hops: invoices, routes, and passing on what others pay. */
export * from "./context";
export { REASONS, type Reason } from "./failures";
export type { InvoiceRequest } from "./receive";
export { Router } from "./router";
export type { PayInvoiceRequest } from "./send";
export * from "./state";
