import type { ChannelView, RecordView } from "../../ports/chain";
import { stoppedAt } from "../../protocol/hashing";
import { NO_DISPUTE, type Address, type ChannelId, type Dispute } from "../../protocol/types";
import type { ChannelEvent } from "./events";

/** What the chain knows of a channel that it has never heard of. */
export const EMPTY_VIEW: ChannelView = { held: {}, record: { kind: "none" } };

type Stake = Pick<Dispute, "challenger" | "payer" | "bond">;

/**
 * What the chain knows of a channel after more events, in their order. Events of one transaction must come together: a
 * bond is announced before the challenge it belongs to.
 */
export function foldEvents(id: ChannelId, view: ChannelView, events: readonly ChannelEvent[]): ChannelView {
  if (events.length === 0) return view; // itself, of which there may be tens of thousands
  const held = new Map<Address, bigint>(Object.entries(view.held) as [Address, bigint][]);
  let { record } = view;
  let stake: Stake = NO_DISPUTE;
  for (const event of events) {
    if (event.kind === "moved") {
      // The contract wraps too: a channel that pays itself is credited before it is debited.
      held.set(event.asset, BigInt.asUintN(256, (held.get(event.asset) ?? 0n) + event.amount));
    }
    record = recordAfter(id, record, event, stake);
    stake = event.kind === "bonded" ? event : NO_DISPUTE;
  }
  return { held: heldView(held), record };
}

/** Whether two views say the same. */
export function sameView(a: ChannelView, b: ChannelView): boolean {
  return a === b || canonical(a) === canonical(b);
}

function recordAfter(id: ChannelId, record: RecordView, event: ChannelEvent, stake: Stake): RecordView {
  switch (event.kind) {
    case "bonded":
      return record;
    case "moved": // money leaves without a record only when all agreed to pay it out
      return event.amount < 0n && record.kind === "none" ? { kind: "paid" } : record;
    case "challenged": {
      const { finalizesAt, state } = event;
      const { challenger, payer, bond } = stake;
      const dispute = { ...stoppedAt(id, state), finalizesAt, challenger, payer, bond };
      return { kind: "dispute", dispute, state };
    }
    case "checkpointed":
      return { kind: "dispute", dispute: stoppedAt(id, event.state), state: event.state };
    case "concluded": // `final` follows and says what is owed
      return { kind: "final", state: event.state, owed: [] };
    case "final":
      return "state" in record ? { kind: "final", state: record.state, owed: event.owed } : record;
  }
}

function heldView(held: ReadonlyMap<Address, bigint>): Record<Address, bigint> {
  const entries = [...held].filter(([, amount]) => amount > 0n);
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}

function canonical(view: ChannelView): string {
  return JSON.stringify(view, (_, value: unknown) => (typeof value === "bigint" ? value.toString() : value));
}
