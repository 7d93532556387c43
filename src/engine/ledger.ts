/**
 * Channels that other channels pay: app channels, whose money lies in the state of a ledger channel, and the successors of
 * channels that are spliced.
 */
import { SluiceError } from "../errors";
import { channelDestination } from "../protocol/destination";
import type { Address, ChannelId, Destination, Hex, State } from "../protocol/types";
import { outcomeOf, shareOf, type Change, type Transfer } from "./change";
import { isFinal, newestState, type ChannelRecord } from "./channel";
import type { Draft } from "./draft";
import type { ChannelView } from "../ports/chain";

/** The channel of mine behind a destination, if it has the same participants and is to be paid by this one. */
export function childIn({ context, record }: Draft, destination: Destination): ChannelRecord | undefined {
  if (record.destinations.includes(destination)) return undefined;
  const child = context.recordOf(destination as Hex as ChannelId);
  return child !== undefined && parentOf(child) === record.id ? child : undefined;
}

/** The channel that a channel gets money from. */
export function parentOf({ funding }: Pick<ChannelRecord, "funding">): ChannelId | undefined {
  if (funding.kind === "ledger") return funding.ledger;
  return funding.kind === "splice" ? funding.predecessor : undefined;
}

/**
 * A change that pays into a channel of ours must pay all of its money, once, and from everybody what its opening says.
 * @throws SluiceError `CHANNEL_NOT_OPEN`
 */
export function requireExact(draft: Draft, change: Change): void {
  for (const to of new Set(change.transfers.map((transfer) => transfer.to))) {
    const child = childIn(draft, to);
    if (child === undefined || isPaidExactly(child, change)) continue;
    throw new SluiceError(
      "CHANNEL_NOT_OPEN",
      "This is not what the opening of the channel that it pays says, or that channel needs no money any more.",
      "Nothing was signed; the newest state still counts.",
    );
  }
}

function isPaidExactly(child: ChannelRecord, { transfers, final }: Change): boolean {
  const { funding, opening, destinations } = child;
  if (child.agreed === undefined || child.funded || child.closed || child.leaving || isFinal(child)) return false;
  if (final !== (funding.kind === "splice")) return false;
  const to = channelDestination(child.id);
  const amountOf = (asset: Address, i: number): bigint => {
    if (funding.kind === "splice") return funding.carried.find((carried) => carried.asset === asset)?.amounts[i] ?? 0n;
    return shareOf(opening, asset, destinations[i]!);
  };
  const due = outcomeOf(opening).flatMap(({ asset }) =>
    destinations.map((from, i) => ({ asset, from, to, amount: amountOf(asset, i) })),
  );
  return sameTransfers(
    transfers.filter((transfer) => transfer.to === to),
    due,
  );
}

/** Whether transfers pay exactly what a channel's final state pays. */
export function paysOut(ended: ChannelRecord, transfers: readonly Transfer[]): boolean {
  return sameTransfers(transfers, payingOut(ended.id, ended.agreed!.state));
}

/** The transfers that replace a channel by what its final state pays. */
export function payingOut(id: ChannelId, state: State): Transfer[] {
  const from = channelDestination(id);
  return paymentsOf(state).map((payment) => ({ ...payment, from }));
}

/** What a state pays, one entry per payment. */
export function paymentsOf(
  state: State,
): { readonly asset: Address; readonly to: Destination; readonly amount: bigint }[] {
  const all = outcomeOf(state).flatMap(({ asset, allocations }) =>
    allocations.map(({ destination, amount }) => ({ asset, to: destination, amount })),
  );
  return all.filter(({ amount }) => amount > 0n);
}

function sameTransfers(transfers: readonly Transfer[], due: readonly Transfer[]): boolean {
  const wanted = due.filter(({ amount }) => amount > 0n);
  return (
    transfers.length === wanted.length &&
    wanted.every(({ asset, from, to, amount }) =>
      transfers.some((t) => t.asset === asset && t.from === from && t.to === to && t.amount === amount),
    )
  );
}

/** Where the money of a channel is. */
export type Whereabouts =
  /** On the chain, or on the way there. */
  | "chain"
  /** In the state of its ledger. */
  | "ledger"
  /** Nowhere, and none of mine can come any more. */
  | "nowhere"
  /** Not in the channel that is to pay it, but a state that I have signed there puts it in. */
  | "unclear";

/** Where the money of this channel is, before anything is on record. */
export function whereabouts(draft: Draft): Whereabouts {
  const { record, session } = draft;
  const isLedger = record.funding.kind === "ledger";
  const holds = Object.values(session.latest.held).some((amount) => amount > 0n);
  if (isCovered(record, session.latest.held) || isUnderWay(draft)) return "chain";
  if (!isLedger && (record.funded || holds)) return "chain";
  const { isPaying, isClosed, isUnclear } = parentIn(draft);
  if (isPaying) return isLedger && !isClosed ? "ledger" : "chain";
  return isUnclear ? "unclear" : "nowhere";
}

/** Whether money can still come into this channel that I would miss. */
export function mayCome(draft: Draft): boolean {
  const { isPaying, isClosed, isUnclear } = parentIn(draft);
  return isUnderWay(draft) || isUnclear || (isPaying && !isClosed);
}

/** Whether a deposit or a signed transfer of mine is under way. */
function isUnderWay({ record, context }: Draft): boolean {
  if (record.depositing.length > 0) return true;
  return record.authorizations[record.self]!.some(({ validBefore }) => validBefore > context.chainTime);
}

/** How it stands with the channel that is to pay this one. */
function parentIn({ record, context }: Draft): { isPaying: boolean; isClosed: boolean; isUnclear: boolean } {
  const id = parentOf(record);
  const parent = id === undefined ? undefined : context.recordOf(id);
  const state = parent === undefined || parent.closed ? parent?.settled : newestState(parent);
  if (parent === undefined || state === undefined) return { isPaying: false, isClosed: true, isUnclear: false };
  const destination = channelDestination(record.id);
  const isPaying = paymentsOf(state).some(({ to }) => to === destination);
  return { isPaying, isClosed: parent.closed, isUnclear: !isPaying && !parent.closed && parent.signed > state.version };
}

/** Whether the chain holds everything that a channel shares out. */
function isCovered({ opening }: ChannelRecord, held: ChannelView["held"]): boolean {
  return outcomeOf(opening).every(({ asset, allocations }) => {
    const total = allocations.reduce((sum, { amount }) => sum + amount, 0n);
    return total > 0n && (held[asset] ?? 0n) >= total;
  });
}

/** Whether an app channel that this ledger pays wants to leave: then the ledger has to. */
export function isLeftByChild(draft: Draft): boolean {
  const newest = newestState(draft.record);
  if (newest === undefined) return false;
  return paymentsOf(newest).some(({ to }) => {
    const child = childIn(draft, to);
    return child?.leaving === true && !child.closed && child.funding.kind === "ledger";
  });
}
