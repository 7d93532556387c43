import { MultiDirectedGraph } from "graphology";
import { dijkstra, unweighted } from "graphology-shortest-path";
import { type Attributes } from "graphology-types";
import { type Address } from "../../protocol/types";
import { type Edge } from "./edges";

/** Edges as a search needs them: against the flow of the money, since a search goes back from the payee. */
export type SearchGraph = MultiDirectedGraph<Attributes, { readonly edge: Edge }>;

/** What going over an edge means for the node that pays out there. Amounts in the smallest unit of the asset. */
export interface Price {
  /** What it keeps, so what it has to be paid in addition to what it pays out. */
  readonly fee: bigint;
  /** What the edge costs in the search: the fee, and whatever else counts. */
  readonly cost: number;
}

/** The price of passing an amount over an edge; undefined if that cannot be. */
export type Pricing = (edge: Edge, amount: bigint) => Price | undefined;

/** The cheapest way from a node to the payee that was found so far. */
interface Label {
  readonly cost: number;
  /** What the node has to be paid. */
  readonly amount: bigint;
  /** Where that way begins; undefined for the payee. */
  readonly first?: Edge;
}

/** A graph of these edges. Of two with one name the first counts. */
export function searchGraph(edges: Iterable<Edge>): SearchGraph {
  const graph: SearchGraph = new MultiDirectedGraph();
  for (const edge of edges) {
    if (graph.hasEdge(edge.key)) continue;
    graph.mergeNode(edge.from);
    graph.mergeNode(edge.to);
    graph.addDirectedEdgeWithKey(edge.key, edge.to, edge.from, { edge });
  }
  return graph;
}

/**
 * The cheapest path, if there is one, on which the payee gets exactly `amount`.
 *
 * Dijkstra's algorithm asks for the weight of an edge once, when the cheapest way from its far end to the payee is final.
 * Then what that end must be paid is known as well, so every edge is priced at the very amount that would go over it. The
 * labels here follow the algorithm's own distances, which the library keeps to itself.
 */
export function cheapestPath(
  graph: SearchGraph,
  from: Address,
  to: Address,
  amount: bigint,
  price: Pricing,
): Edge[] | undefined {
  if (!graph.hasNode(from) || !graph.hasNode(to)) return undefined;
  const labels = new Map<Address, Label>([[to, { cost: 0, amount }]]);
  dijkstra.singleSource(graph, to, (_, { edge }) => {
    const next = labels.get(edge.to);
    // Infinity stands for "not this way": the far end is out of reach, or the payer was reached for less.
    if (next === undefined || next.cost >= (labels.get(from)?.cost ?? Infinity)) return Infinity;
    const paid = price(edge, next.amount);
    if (paid === undefined) return Infinity;
    const cost = next.cost + paid.cost;
    if (cost < (labels.get(edge.from)?.cost ?? Infinity)) {
      labels.set(edge.from, { cost, amount: next.amount + paid.fee, first: edge });
    }
    return paid.cost;
  });
  return labels.has(from) ? pathFrom(labels, from) : undefined;
}

/** Whether no edge of the payer, or none to the payee, can be gone over: then there is nothing to search for. */
export function isCutOff(graph: SearchGraph, from: Address, to: Address, carries: (edge: Edge) => boolean): boolean {
  if (!graph.hasNode(from) || !graph.hasNode(to)) return true;
  const holds = (_: string, { edge }: { readonly edge: Edge }): boolean => carries(edge);
  return !graph.someInboundEdge(from, holds) || !graph.someOutboundEdge(to, holds);
}

/** How many hops the shortest way has, whatever it costs and carries; undefined if there is no way. */
export function leastHops(graph: SearchGraph, from: Address, to: Address): number | undefined {
  if (!graph.hasNode(from) || !graph.hasNode(to)) return undefined;
  const nodes = unweighted.bidirectional(graph, to, from);
  return nodes === null ? undefined : nodes.length - 1;
}

function pathFrom(labels: ReadonlyMap<Address, Label>, from: Address): Edge[] {
  const path: Edge[] = [];
  for (let edge = labels.get(from)!.first; edge !== undefined; edge = labels.get(edge.to)!.first) path.push(edge);
  return path;
}
