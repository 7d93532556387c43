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
    if (child === undefined || isPaidExactly(draft, child, change)) continue;
    throw new SluiceError(
      "CHANNEL_NOT_OPEN",
      "This is not what the opening of the channel that it pays says, or that channel needs no money any more.",
      "Nothing was signed; the newest state still counts.",
    );
  }
}

function isPaidExactly({ record }: Draft, child: ChannelRecord, { transfers, final }: Change): boolean {
  const { funding, opening, destinations } = child;
  if (child.funded || child.closed || child.leaving || isFinal(child)) return false;
  if (final !== (funding.kind === "splice")) return false;
  const to = channelDestination(child.id);
  const amountOf = (asset: Address, i: number): bigint => {
    if (funding.kind === "splice") return funding.carried.find((carried) => carried.asset === asset)?.amounts[i] ?? 0n;
    return shareOf(opening, asset, destinations[i]!);
  };
  const due = outcomeOf(opening).flatMap(({ asset }) =>
    destinations.map((from, i) => ({ asset, from, to, amount: amountOf(asset, i) })),
  );
  const newest = newestState(record)!;
  return (
    due.every(({ asset }) => shareOf(newest, asset, to) === 0n) &&
    sameTransfers(
      transfers.filter((transfer) => transfer.to === to),
      due,
    )
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

/** Where the money of a channel is, as far as it is mine. */
export type Whereabouts =
  /** On the chain, or on the way there. */
  | "chain"
  /** In the state of its ledger. */
  | "ledger"
  /** Nowhere, and it cannot come any more. */
  | "nowhere"
  /** Not in the ledger, but a state that I have signed there puts it in. */
  | "unclear";

/** Where the money of this channel is. */
export function whereabouts({ record, session, context }: Draft): Whereabouts {
  const holds = Object.values(session.latest.held).some((amount) => amount > 0n);
  if (record.funding.kind !== "ledger") {
    const authorized = record.authorizations[record.self]!;
    const pending = authorized.some(({ validBefore }) => validBefore > context.chainTime);
    const mine = record.funded || record.deposited.length > 0 || pending || (holds && authorized.length > 0);
    return mine ? "chain" : "nowhere";
  }
  const ledger = context.recordOf(record.funding.ledger);
  const state = ledger?.settled ?? (ledger === undefined ? undefined : newestState(ledger));
  if (ledger === undefined || state === undefined) return "chain";
  const destination = channelDestination(record.id);
  const pays = paymentsOf(state).some(({ to }) => to === destination);
  if (isCovered(record, session.latest.held) || (pays && ledger.closed)) return "chain";
  if (ledger.closed) return "nowhere";
  if (pays) return "ledger";
  return ledger.signed > (ledger.agreed?.state.version ?? -1n) ? "unclear" : "nowhere";
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
