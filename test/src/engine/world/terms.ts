import type { Change, Transfer } from "../../../../src/engine/change";
import { shareOf } from "../../../../src/engine/change";
import type { Carried, Funding } from "../../../../src/engine/messages";
import type { Terms } from "../../../../src/engine/opening";
import { accountDestination, channelDestination } from "../../../../src/protocol/destination";
import { encodeOutcome } from "../../../../src/protocol/outcome";
import {
  NATIVE,
  type Address,
  type Channel,
  type ChannelId,
  type Destination,
  type Hex,
  type State,
} from "../../../../src/protocol/types";
import type { SimulatedNode } from "./node";

/** Seconds to answer a challenge. */
export const PERIOD = 3_600n;

/** What a channel in a test may have of its own; everybody puts in 100 of the native coin if nothing is said. */
export interface Wanted extends Partial<Pick<Channel, "app" | "bond" | "challengePeriod">> {
  readonly asset?: Address;
  readonly amounts?: readonly bigint[];
  readonly funding?: Funding;
}

let nonces = 0;

/** The terms of a channel among these nodes, in the order of their addresses. */
export function termsOf(nodes: readonly SimulatedNode[], wanted: Wanted = {}): Terms {
  const { app = NATIVE, bond = 0n, challengePeriod = PERIOD, asset = NATIVE, funding = { kind: "deposits" } } = wanted;
  const participants = nodes.map(({ address }) => address);
  const destinations = participants.map(accountDestination);
  const amounts = wanted.amounts ?? nodes.map(() => 100n);
  const nonce: Hex = `0x${(++nonces).toString(16).padStart(64, "0")}`;
  return {
    channel: { participants, nonce, app, challengePeriod, bond },
    destinations,
    opening: openingOf(destinations, asset, amounts),
    funding,
  };
}

/** The terms of a channel that goes on with what is left in another one. */
export function successorOf(
  nodes: readonly SimulatedNode[],
  predecessor: ChannelId,
  carried: Carried,
  added: readonly bigint[],
): Terms {
  const terms = termsOf(nodes, { asset: carried.asset, funding: { kind: "splice", predecessor, carried: [carried] } });
  return { ...terms, opening: openingOf(terms.destinations, carried.asset, carried.amounts, added) };
}

/** The change that pays a new channel's money out of another channel's state. */
export function installing(id: ChannelId, { destinations, opening, funding }: Terms, asset: Address = NATIVE): Change {
  const carried = funding.kind === "splice" ? funding.carried[0]?.amounts : undefined;
  const transfers = destinations.map((from, i) => ({
    asset,
    from,
    to: channelDestination(id),
    amount: carried?.[i] ?? shareOf(opening, asset, from),
  }));
  return { transfers: transfers.filter(({ amount }) => amount > 0n), final: carried !== undefined };
}

/** A payment from one node to another. */
export function payment(from: SimulatedNode, to: SimulatedNode, amount: bigint, asset: Address = NATIVE): Change {
  const transfer: Transfer = {
    asset,
    from: accountDestination(from.address),
    to: accountDestination(to.address),
    amount,
  };
  return { transfers: [transfer], final: false };
}

function openingOf(
  destinations: readonly Destination[],
  asset: Address,
  ...layers: readonly (readonly bigint[])[]
): State {
  const allocations = layers.flatMap((amounts) =>
    amounts.map((amount, i) => ({ destination: destinations[i]!, amount })),
  );
  const outcome = encodeOutcome([{ asset, allocations: allocations.filter(({ amount }) => amount > 0n) }]);
  return { version: 0n, outcome, appData: "0x" };
}
