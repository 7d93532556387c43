import { SluiceError } from "../../errors";
import { type EdgeKey } from "./edges";
import { RouteNotFound } from "./errors";
import { carries, FEES_ALONE, findRouteIn, graphFor, routeAlong, type Route, type RouteQuery } from "./paths";
import { type SearchGraph } from "./search";

/** The most parts of a payment. */
export const MAX_PARTS = 16;

/** As for one route; `amount` and `maxFee` are those of all parts together. */
export interface SplitQuery extends RouteQuery {
  /** No part delivers less. */
  readonly minimumPart?: bigint;
  /** At most {@link MAX_PARTS}. */
  readonly maxParts?: number;
}

/** A split as far as it has got. */
interface Progress {
  readonly routes: Route[];
  readonly used: Map<EdgeKey, bigint>;
  rest: bigint;
  budget: bigint;
  /** The least that found no route. Room only shrinks, so neither will anything larger. */
  refused?: { readonly amount: bigint; readonly why: RouteNotFound };
}

type Limited = SplitQuery & Required<Pick<SplitQuery, "minimumPart" | "maxParts">>;

/**
 * Routes that deliver the amount together, as few as are found. No capacity counts twice. First in halves by all that
 * counts; if that fails, by the fee alone, where each part takes all the room on its path.
 * @throws RouteNotFound `ROUTE_NOT_FOUND`, with the reason that stopped the smallest part; with `FEE`, `excess` is what that
 * would cost above what earlier parts left of the limit
 * @throws SluiceError `ARGUMENT_INVALID`
 */
export function splitPayment(query: SplitQuery): Route[] {
  const { maxParts = MAX_PARTS, minimumPart = 1n } = query;
  if (maxParts < 1 || maxParts > MAX_PARTS || minimumPart < 1n) {
    throw new SluiceError(
      "ARGUMENT_INVALID",
      `A payment has 1 to ${MAX_PARTS} parts, and something in each.`,
      "Nothing was sent; check the payment.",
    );
  }
  const limits = { ...query, maxParts, minimumPart };
  const graph = graphFor(query);
  try {
    return split(graph, limits, false);
  } catch (error) {
    if (!(error instanceof RouteNotFound)) throw error;
    return split(graph, { ...limits, prices: FEES_ALONE }, true);
  }
}

function split(graph: SearchGraph, query: Limited, fill: boolean): Route[] {
  const progress: Progress = { routes: [], used: new Map(), rest: query.amount, budget: query.maxFee };
  while (progress.rest > 0n) {
    const found = nextPart(graph, query, progress);
    const route = fill ? filled(query, progress, found) : found;
    progress.routes.push(route);
    progress.rest -= route.delivered;
    progress.budget -= route.fee;
    for (const { edge, amount } of route.hops)
      progress.used.set(edge.key, amount + (progress.used.get(edge.key) ?? 0n));
  }
  return progress.routes;
}

/** A route for the largest part that finds one, by halves. */
function nextPart(graph: SearchGraph, query: Limited, progress: Progress): Route {
  const { routes, used, rest, budget } = progress;
  for (const amount of sizes(rest, query.maxParts - routes.length, query.minimumPart)) {
    if (progress.refused !== undefined && amount >= progress.refused.amount) continue;
    try {
      return findRouteIn(graph, { ...query, amount, maxFee: budget }, used);
    } catch (why) {
      if (!(why instanceof RouteNotFound)) throw why;
      progress.refused = { amount, why };
    }
  }
  const { reason, summary, excess } = progress.refused!.why; // there is a size, and each was refused, now or before
  throw new RouteNotFound(
    reason,
    `Of ${query.amount}, ${query.amount - rest} find a way, in ${routes.length} of at most ${query.maxParts} parts. ${summary}`,
    "Nothing was sent; pay less, allow a higher fee, or try later.",
    excess,
  );
}

/**
 * What to try for a part, falling. Of `parts` parts one is at least the rest divided by them: if that finds no route,
 * nothing less would do. What is left must be nothing, or enough for another part.
 */
function sizes(rest: bigint, parts: number, minimumPart: bigint): bigint[] {
  if (parts < 2 || rest < 2n * minimumPart) return [rest];
  const even = (rest + BigInt(parts) - 1n) / BigInt(parts);
  const least = even < minimumPart ? minimumPart : even;
  const falling = [rest];
  for (let half = rest / 2n; half > least; half /= 2n) falling.push(half);
  return [...falling, least];
}

/** The route with the most that fits on it. Whatever grows on it grows with what is delivered, so bisecting finds that. */
function filled(query: Limited, { used, rest, budget }: Progress, route: Route): Route {
  const path = route.hops.map(({ edge }) => edge);
  const fits = ({ fee, hops }: Route): boolean =>
    fee <= budget && hops.every(({ edge, amount }) => carries(query, used, edge, amount));
  const whole = routeAlong(query, path, rest);
  if (fits(whole)) return whole;
  let [best, beyond] = [route, rest - query.minimumPart + 1n];
  while (best.delivered + 1n < beyond) {
    const middle = routeAlong(query, path, (best.delivered + beyond) / 2n);
    if (fits(middle)) best = middle;
    else beyond = middle.delivered;
  }
  return best;
}
