import { isFinal, newestState, others, type ChannelState } from "../engine/channel";
import { shareOf } from "../engine/change";
import { decodeOutcome } from "../protocol/outcome";
import type { ChannelDetails, ChannelSummary, Phase } from "./api";

/** Where a channel is in its life. */
export function phaseOf({ record, session }: ChannelState): Phase {
  if (record.closed) return "closed";
  if (record.leaving || session.latest.record.kind !== "none") return "disputed";
  if (record.agreed === undefined) return "opening";
  if (isFinal(record)) return "closing";
  return record.funded ? "open" : "funding";
}

/** A channel in one line. */
export function summaryOf(state: ChannelState): ChannelSummary {
  const { record, session } = state;
  const newest = newestState(record);
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
    mine: outcome.map(({ asset }) => ({ asset, amount: shareOf(shown, asset, record.destinations[record.self]!) })),
  };
}

/** Everything about a channel. */
export function detailsOf(state: ChannelState): ChannelDetails {
  const { record, session } = state;
  return {
    ...summaryOf(state),
    self: record.self,
    terms: record.terms,
    destinations: record.destinations,
    funding: record.funding,
    state: newestState(record) ?? record.opening,
    held: Object.entries(session.latest.held).map(([asset, amount]) => ({ asset: asset as never, amount })),
    onChain: session.latest.record,
    questions: session.questions.map(({ from, change }) => ({ from, change })),
  };
}
