import type { Destination } from "../protocol/types";
import { sameChange, type Change, type Transfer } from "./change";
import { isFinal, newestState } from "./channel";
import type { Draft } from "./draft";
import { childIn, paysOut } from "./ledger";

/** What a participant does with somebody else's change: sign it, or ask its application. */
export type Verdict = "sign" | "ask";

/**
 * Whether I may sign a change that I did not ask for. Without asking anybody I sign what takes nothing of mine, what I
 * have agreed to pay into another channel by signing that channel's opening, and what a channel of mine has decided.
 * Whether it can be agreed on at all, and whether the money is there, is decided elsewhere.
 */
export function judge(draft: Draft, change: Change): Verdict {
  const { session, record, context } = draft;
  if (session.consents.some((consent) => sameChange(consent, change))) return "sign";
  if (change.final && isUndecided(draft)) return "ask";
  if (change.appData !== undefined) {
    if (context.rulesOf(record.terms.app)?.accepts(newestState(record)!, change) !== true) return "ask";
  }
  const sources = new Set(change.transfers.map(({ from }) => from));
  return [...sources].every((source) => mayTake(draft, source, change.transfers)) ? "sign" : "ask";
}

/** Whether the newest state is another player's move in a game that still goes on: it pays as if I were silent. */
function isUndecided({ context, record }: Draft): boolean {
  const last = record.moves.at(-1);
  return (
    last !== undefined && last.by !== record.self && context.rulesOf(record.terms.app)?.isOver(last.state) !== true
  );
}

/** Whether it is right, as far as I am concerned, to take from `source` what these transfers take. */
function mayTake(draft: Draft, source: Destination, transfers: readonly Transfer[]): boolean {
  const { record } = draft;
  const taken = transfers.filter(({ from }) => from === source);
  // What is paid into a channel of ours is exactly what I have agreed to by signing its opening: `requireExact`.
  if (source === record.destinations[record.self])
    return taken.every(({ to }) => to === source || childIn(draft, to) !== undefined);
  if (record.destinations.includes(source)) return true; // its owner signs too, or not
  const ended = childIn(draft, source);
  return ended !== undefined && isFinal(ended) && paysOut(ended, taken);
}
