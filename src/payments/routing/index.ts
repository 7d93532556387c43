/** Finding ways for payments: what nodes announce, the network as it is known, fees, routes and splits. */
export * from "./announcements";
export {
  ANNOUNCEMENT_VERSION,
  decodeAnnouncement,
  encodeAnnouncement,
  MAX_ANNOUNCEMENT_SIZE,
  MAX_EXPIRY_DELTA,
} from "./codec";
export * from "./edges";
export { RouteNotFound, type NoRoute } from "./errors";
export * from "./fees";
export * from "./gossip";
export * from "./graph";
export {
  FEES_ALONE,
  findRoute,
  MAX_HOPS,
  USUAL_PRICES,
  type Hint,
  type Hop,
  type OwnChannel,
  type Prices,
  type Route,
  type RouteQuery,
} from "./paths";
export * from "./reliability";
export * from "./signatures";
export { MAX_PARTS, splitPayment, type SplitQuery } from "./split";
