import { SluiceError } from "../../errors";
import { type Address, type ChannelId } from "../../protocol/types";
import { type Policy } from "./announcements";
import { directionOf, edgeKey, type Edge, type EdgeKey } from "./edges";
import { RouteNotFound } from "./errors";
import { amountsAlong, expiriesAlong, feeOf, freeOfCharge, type ExpiryRule } from "./fees";
import { expectedFailures, type Liquidity } from "./reliability";
import { cheapestPath, isCutOff, leastHops, searchGraph, type Pricing, type SearchGraph } from "./search";

/** The most hops of a route unless a query says otherwise. */
export const MAX_HOPS = 20;

/** A channel of the payer that payments can begin with. */
export interface OwnChannel {
  readonly channelId: ChannelId;
  readonly peer: Address;
  /** What the payer can send over it by now. */
  readonly spendable: bigint;
}

/** An edge that is not announced, as the payee tells of it in an invoice. Its capacity is the maximum of its policy. */
export interface Hint {
  readonly channelId: ChannelId;
  readonly from: Address;
  readonly to: Address;
  readonly policy: Policy;
}

/** What counts besides fees when routes are compared. */
export interface Prices {
  /** Millionths of the amount for each day that a hop adds to expiries. */
  readonly dayMillionths: bigint;
  /** Millionths of the amount, and units of the asset, for each attempt that is expected to fail. */
  readonly failureMillionths: bigint;
  readonly failureBase: bigint;
}

/** Locked money is worth 50 millionths a day (some 2 % a year), and an attempt that fails 100 millionths. */
export const USUAL_PRICES: Prices = { dayMillionths: 50n, failureMillionths: 100n, failureBase: 0n };
/** Nothing but fees counts. */
export const FEES_ALONE: Prices = { dayMillionths: 0n, failureMillionths: 0n, failureBase: 0n };

/** What to find a route for. Amounts are in the smallest unit of the asset. */
export interface RouteQuery {
  /** A `Network`, or whatever else knows edges. */
  readonly network: { edges(asset: Address): Iterable<Edge> };
  readonly from: Address;
  readonly to: Address;
  readonly asset: Address;
  /** What the payee gets. */
  readonly amount: bigint;
  readonly maxFee: bigint;
  readonly maxHops?: number;
  readonly expiryRule: ExpiryRule;
  /** Unix time in seconds. */
  readonly now: bigint;
  /** The channels of the payer. Those are the first hops, whatever the network knows of them. */
  readonly own: readonly OwnChannel[];
  readonly hints?: readonly Hint[];
  readonly known?: Liquidity;
  /** Channels and nodes not to go over. */
  readonly excluded?: ReadonlySet<ChannelId | Address>;
  readonly prices?: Prices;
}

/** One hop: a lock in a channel. */
export interface Hop {
  readonly edge: Edge;
  /** What the lock holds. */
  readonly amount: bigint;
  /** Seconds by which the lock expires after the last one of the route. */
  readonly delay: bigint;
}

/** A way for one payment, from the payer to the payee. */
export interface Route {
  readonly asset: Address;
  readonly expiryRule: ExpiryRule;
  readonly hops: readonly Hop[];
  /** What the payee gets, and what the nodes in between keep. */
  readonly delivered: bigint;
  readonly fee: bigint;
}

/** What the earlier parts of a payment go over. */
export type Used = ReadonlyMap<EdgeKey, bigint>;

const NOTHING_USED: Used = new Map();
const MILLION = 1_000_000n;
const DAY = 86_400n;

/**
 * The cheapest route. The same query on the same network has the same answer.
 * @throws RouteNotFound `ROUTE_NOT_FOUND`, with the reason
 * @throws SluiceError `ARGUMENT_INVALID` for no amount, or a payment to oneself
 */
export function findRoute(query: RouteQuery): Route {
  return findRouteIn(graphFor(query), query, NOTHING_USED);
}

/**
 * As {@link findRoute}, in a graph that was made for the query, beside what is used already. First by all that counts; if
 * that is above a limit, by the fee alone; if that is too long, with a charge for each hop that grows until it is all that
 * counts.
 */
export function findRouteIn(graph: SearchGraph, query: RouteQuery, used: Used): Route {
  const { from, to, amount, maxFee, maxHops = MAX_HOPS } = query;
  const search = (prices: Prices, perHop: bigint): Route | undefined => {
    const path = cheapestPath(graph, from, to, amount, pricing(query, used, prices, perHop));
    return path && routeAlong(query, path, amount);
  };
  const fits = (route: Route | undefined): route is Route =>
    route !== undefined && route.fee <= maxFee && route.hops.length <= maxHops;

  if (isCutOff(graph, from, to, (edge) => carries(query, used, edge, amount))) return refuseForRoom(graph, query);
  const preferred = search(query.prices ?? USUAL_PRICES, 0n);
  if (fits(preferred)) return preferred;
  const cheapest = search(FEES_ALONE, 0n);
  if (cheapest === undefined) return refuseForRoom(graph, query);
  if (cheapest.fee > maxFee) return refuseForFee(cheapest, maxFee);
  if (fits(cheapest)) return cheapest;
  for (const shift of [12n, 8n, 4n, 0n]) {
    const shorter = search(FEES_ALONE, (maxFee >> shift) + 1n);
    if (fits(shorter)) return shorter;
  }
  return refuseForHops(maxHops);
}

/** The edges a payment may go over: its own channels, then those of the network, whose policies are signed by those who charge, then hints. */
export function graphFor(query: RouteQuery): SearchGraph {
  const { from, to, amount, excluded } = query;
  if (amount <= 0n || from === to) {
    throw new SluiceError(
      "ARGUMENT_INVALID",
      amount <= 0n ? `${amount} is no amount to pay.` : "The payer is the payee.",
      "Nothing was sent; check the payment.",
    );
  }
  const barred = (id: ChannelId | Address): boolean => excluded?.has(id) ?? false;
  return searchGraph(
    [...edgesFor(query)].filter((edge) => !barred(edge.channelId) && !barred(edge.from) && !barred(edge.to)),
  );
}

function* edgesFor({ network, from, to, asset, own, hints = [] }: RouteQuery): Generator<Edge> {
  for (const { channelId, peer, spendable } of own) {
    const policy = freeOfCharge(spendable);
    const key = edgeKey(channelId, directionOf(from, peer), asset);
    yield { key, channelId, from, to: peer, capacity: spendable, certain: true, policy };
  }
  const passes = (edge: Pick<Edge, "from" | "to">): boolean =>
    edge.from !== from && edge.to !== from && edge.from !== to;
  for (const edge of network.edges(asset)) if (passes(edge)) yield edge;
  for (const hint of hints.filter(passes)) {
    const key = edgeKey(hint.channelId, directionOf(hint.from, hint.to), asset);
    yield { ...hint, key, capacity: hint.policy.maximum, certain: false };
  }
}

/** The route over these edges on which the payee gets `delivered`. */
export function routeAlong({ asset, expiryRule }: RouteQuery, path: readonly Edge[], delivered: bigint): Route {
  const policies = path.map(({ policy }) => policy);
  const amounts = amountsAlong(policies, delivered);
  const delays = expiriesAlong(policies, 0n, expiryRule);
  const hops = path.map((edge, i) => ({ edge, amount: amounts[i]!, delay: delays[i]! }));
  return { asset, expiryRule, hops, delivered, fee: amounts[0]! - delivered };
}

/** Whether an edge can carry an amount, beside what it carries already. */
export function carries({ known, now }: RouteQuery, used: Used, edge: Edge, amount: bigint): boolean {
  const { capacity, certain, policy } = edge;
  if (amount < policy.minimum || amount > policy.maximum) return false;
  const total = amount + (used.get(edge.key) ?? 0n);
  return total <= capacity && (certain || known === undefined || total < known.bounds(edge, now).fails);
}

/** Fees at the amount that goes over an edge; what else counts at the amount that the payee gets. */
function pricing(query: RouteQuery, used: Used, prices: Prices, perHop: bigint): Pricing {
  const worry = failurePrice(query, used, prices);
  return (edge, amount) => {
    if (!carries(query, used, edge, amount)) return undefined;
    const fee = feeOf(edge.policy, amount);
    return { fee, cost: Number(fee + timePrice(query, edge, prices) + worry(edge) + perHop) };
  };
}

function timePrice({ amount, expiryRule }: RouteQuery, { policy }: Edge, { dayMillionths }: Prices): bigint {
  return expiryRule === "constant" ? 0n : (amount * policy.expiryDelta * dayMillionths) / (DAY * MILLION);
}

function failurePrice(query: RouteQuery, used: Used, prices: Prices): (edge: Edge) => bigint {
  const { amount, known, now } = query;
  const each = prices.failureBase + (amount * prices.failureMillionths) / MILLION;
  if (each === 0n) return () => 0n;
  return (edge) => {
    if (edge.certain) return 0n;
    const bounds = known?.bounds(edge, now) ?? { passes: 0n, fails: edge.capacity + 1n };
    // it is known to carry this much, or it would not be priced
    return (expectedFailures(bounds, amount + (used.get(edge.key) ?? 0n))! * each) / MILLION;
  };
}

function refuseForRoom(graph: SearchGraph, { from, to, amount, own }: RouteQuery): never {
  if (leastHops(graph, from, to) === undefined) {
    throw new RouteNotFound(
      "PATH",
      `No channels lead to ${to} with this asset.`,
      "Nothing was sent; open a channel towards the payee, or ask it for an invoice with hints.",
    );
  }
  const most = own.reduce((largest, { spendable }) => (spendable > largest ? spendable : largest), 0n);
  throw new RouteNotFound(
    "CAPACITY",
    most < amount
      ? `None of your channels can send ${amount} at once; the most is ${most}.`
      : `There are paths to ${to}, but none that carries ${amount} at once.`,
    "Nothing was sent; split the payment, pay another amount, or try later.",
  );
}

function refuseForFee({ fee }: Route, maxFee: bigint): never {
  const excess = fee - maxFee;
  throw new RouteNotFound(
    "FEE",
    `The cheapest route costs ${fee}, which is ${excess} above your limit of ${maxFee}.`,
    "Nothing was sent; allow a higher fee, or try later.",
    excess,
  );
}

function refuseForHops(maxHops: number): never {
  throw new RouteNotFound(
    "HOPS",
    `Every affordable route that was found has more than ${maxHops} hops.`,
    "Nothing was sent; open a channel nearer to the payee, or allow a higher fee.",
  );
}
