/** Payments over several hops: what a payee asks for, what hops are told, and keys of locks that hops cannot link. */
export * from "./invoice";
export { MAX_DESCRIPTION_SIZE, MAX_HINTS, type Invoice, type PaymentKey, type RouteHint } from "./invoiceContent";
export * from "./onion";
export * from "./points";
