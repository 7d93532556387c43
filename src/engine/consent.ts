import { decodeOutcome } from "../protocol/outcome";
import { channelDestination } from "../protocol/destination";
import type { Address, ChannelId, Destination, Hex } from "../protocol/types";
import { sameChange, shareOf, type Change, type Transfer } from "./change";
import { isFinal, newestState, type ChannelRecord } from "./channel";
import type { Draft } from "./draft";

/** What a participant does with somebody else's change: sign it, ask its application, or neither. */
export type Verdict = "sign" | "ask" | { readonly refuse: string };

/**
 * Whether I may sign a change that I did not ask for. Without asking anybody I sign what takes nothing of mine, what I
 * have agreed to pay into another channel by signing that channel's opening, and what a channel of mine has decided.
 * Whether the money is there is decided when the change is applied.
 */
export function judge(draft: Draft, change: Change): Verdict {
  const { record, session } = draft;
  if (session.consents.some((consent) => sameChange(consent, change))) return "sign";
  const state = newestState(record);
  if (state === undefined) return { refuse: "The opening is not signed by all." };
  const verdicts = new Set<string>();
  for (const destination of new Set(change.transfers.map(({ from }) => from))) {
    verdicts.add(judgeTaking(draft, destination, change.transfers));
  }
  if (change.final && isUndecided(draft)) verdicts.add("ask");
  if (change.appData !== undefined && draft.context.rulesOf(record.terms.app)?.accepts(state, change) !== true) {
    verdicts.add("ask");
  }
  return verdicts.has("ask") ? "ask" : "sign";
}

/** Whether the newest state is another player's move in a game that still goes on: it pays as if I were silent. */
function isUndecided({ context, record }: Draft): boolean {
  const last = record.moves.at(-1);
  return (
    last !== undefined && last.by !== record.self && context.rulesOf(record.terms.app)?.isOver(last.state) !== true
  );
}

/** Whether it is right, as far as I am concerned, to take from `source` what these transfers take. */
function judgeTaking(draft: Draft, source: Destination, transfers: readonly Transfer[]): "sign" | "ask" {
  const { record } = draft;
  const taken = transfers.filter(({ from }) => from === source);
  if (source === record.destinations[record.self]) {
    return taken.every(({ to }) => isOwedTo(draft, to, transfers)) ? "sign" : "ask";
  }
  if (record.destinations.includes(source)) return "sign"; // its owner signs too, or not
  const ended = relatedTo(draft, source);
  return ended !== undefined && isFinal(ended) && paysOut(ended, taken) ? "sign" : "ask";
}

/** Whether `to` is a channel whose opening I have signed, and takes no more from me than that opening gives me. */
function isOwedTo(draft: Draft, to: Destination, transfers: readonly Transfer[]): boolean {
  const { record } = draft;
  const target = relatedTo(draft, to);
  if (target?.agreed === undefined || target.funded) return false;
  if (!("ledger" in target.funding || "predecessor" in target.funding)) return false;
  const mine = record.destinations[record.self]!;
  const assets = new Set(
    transfers.filter(({ from, to: other }) => from === mine && other === to).map(({ asset }) => asset),
  );
  return [...assets].every((asset) => {
    const sum = total(transfers, asset, mine, to);
    return sum <= shareOf(target.opening, asset, target.destinations[target.self]!);
  });
}

/** Whether transfers pay exactly what a channel's final state pays. */
function paysOut(ended: ChannelRecord, transfers: readonly Transfer[]): boolean {
  const outcome = decodeOutcome(ended.agreed!.state.outcome);
  const due = outcome.flatMap(({ asset, allocations }) => allocations.map((allocation) => ({ asset, ...allocation })));
  const source = channelDestination(ended.id);
  const paid = transfers.length === due.filter(({ amount }) => amount > 0n).length;
  return paid && due.every(({ asset, destination, amount }) => total(transfers, asset, source, destination) === amount);
}

function total(transfers: readonly Transfer[], asset: Address, from: Destination, to: Destination): bigint {
  const matching = transfers.filter((t) => t.asset === asset && t.from === from && t.to === to);
  return matching.reduce((sum, { amount }) => sum + amount, 0n);
}

/** The channel of mine behind a destination, if it has the same participants. */
function relatedTo({ context, record }: Draft, destination: Destination): ChannelRecord | undefined {
  const related = context.recordOf(destination as Hex as ChannelId);
  const same = related?.terms.participants.every((participant, i) => participant === record.terms.participants[i]);
  return same === true ? related : undefined;
}
