import { isFinal, newestState, others, type Agreed, type ChannelState } from "../engine/channel";
import { shareOf } from "../engine/change";
import { decodeOutcome } from "../protocol/outcome";
import { currentState, footingsOf } from "../engine/payments/agreement";
import type { Lane } from "../engine/payments/lane";
import { receivable, spendable } from "../engine/payments/balance";
import { NATIVE, type Destination, type State } from "../protocol/types";
import type { ChannelDetails, ChannelSummary, Contribution, Phase } from "./api";
import type { NodeParts } from "./parts";

/** Where a channel is in its life. */
export function phaseOf({ record, session }: ChannelState): Phase {
  if (record.closed) return "closed";
  if (record.leaving || session.latest.record.kind !== "none") return "disputed";
  if (record.agreed === undefined) return "opening";
  if (isFinal(record)) return "closing";
  return record.funded ? "open" : "funding";
}

/** What counts in a channel: the newest state, and in a payment channel the vouchers since. */
export function stateOf({ record, lanes }: ChannelState, payments: NodeParts["payments"]): State | undefined {
  const contracts = payments.get(record.terms.app);
  if (contracts === undefined || record.agreed === undefined || isFinal(record)) return newestState(record);
  const known = states.get(lanes);
  if (known?.agreed === record.agreed) return known.state;
  const state = currentState(record, contracts, record.agreed.state, lanes);
  states.set(lanes, { agreed: record.agreed, state });
  return state;
}

/** Payments that are made at once are told the same. */
const states = new WeakMap<readonly Lane[], { readonly agreed: Agreed; readonly state: State }>();

/** A channel in one line. */
export function summaryOf(state: ChannelState, payments: NodeParts["payments"]): ChannelSummary {
  const { record, session } = state;
  const newest = stateOf(state, payments);
  const shown = newest ?? record.opening;
  const outcome = decodeOutcome(shown.outcome);
  const peers = others(record);
  return {
    id: record.id,
    phase: phaseOf(state),
    peers: peers.map((i) => record.terms.participants[i]!),
    online: peers.every((i) => (session.connected >> i) & 1),
    ...(newest === undefined ? {} : { version: newest.version }),
    outcome,
    mine: sharesOf(shown, [record.destinations[record.self]!]),
    payments: payments.has(record.terms.app),
    ...flowOf(state, shown),
  };
}

/** What can be paid and received now. */
function flowOf(state: ChannelState, shown: State): Pick<ChannelSummary, "canPay" | "canReceive"> {
  const { record, lanes } = state;
  if (phaseOf(state) !== "open") return { canPay: [], canReceive: [] };
  if (lanes.length > 0) {
    const { self } = record;
    const footings = footingsOf(state);
    return {
      canPay: lanes.map((lane) => ({ asset: lane.asset, amount: spendable(lane, self, footings) })),
      canReceive: lanes.map((lane) => ({ asset: lane.asset, amount: receivable(lane, self, footings) })),
    };
  }
  if (record.terms.app !== NATIVE) return { canPay: [], canReceive: [] };
  return {
    canPay: sharesOf(shown, [record.destinations[record.self]!]),
    canReceive: sharesOf(
      shown,
      others(record).map((i) => record.destinations[i]!),
    ),
  };
}

function sharesOf(state: State, owners: readonly Destination[]): Contribution[] {
  return decodeOutcome(state.outcome).map(({ asset }) => ({
    asset,
    amount: owners.reduce((sum, owner) => sum + shareOf(state, asset, owner), 0n),
  }));
}

/** Everything about a channel. */
export function detailsOf(state: ChannelState, payments: NodeParts["payments"]): ChannelDetails {
  const { record, session } = state;
  return {
    ...summaryOf(state, payments),
    self: record.self,
    terms: record.terms,
    destinations: record.destinations,
    funding: record.funding,
    state: stateOf(state, payments) ?? record.opening,
    held: Object.entries(session.latest.held).map(([asset, amount]) => ({ asset: asset as never, amount })),
    onChain: session.latest.record,
    questions: session.questions.map(({ from, change }) => ({ from, change })),
  };
}
