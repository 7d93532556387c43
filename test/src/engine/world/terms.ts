import type { Change, Transfer } from "../../../../src/engine/change";
import { shareOf } from "../../../../src/engine/change";
import type { Carried, Funding } from "../../../../src/engine/messages";
import { openingState, type Terms } from "../../../../src/engine/terms";
import { accountDestination, channelDestination } from "../../../../src/protocol/destination";
import { NATIVE, type Address, type Channel, type ChannelId, type Hex } from "../../../../src/protocol/types";
import type { SimulatedNode } from "./node";
import { PAYMENTS, TOKEN } from "./world";

/** Seconds to answer a challenge. */
export const PERIOD = 3_600n;

/** What a channel in a test may have of its own; everybody puts in 100 of the native coin if nothing is said. */
export interface Wanted extends Partial<Pick<Channel, "app" | "bond" | "challengePeriod">> {
  readonly asset?: Address;
  readonly amounts?: readonly bigint[];
  /** What everybody puts in of the token besides. */
  readonly tokens?: readonly bigint[];
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
    opening: openingState(
      destinations,
      amounts.map((amount, i) => [{ asset, amount }, ...tokensOf(wanted, i)]),
      [],
      app === PAYMENTS,
    ),
    funding,
  };
}

function tokensOf({ tokens }: Wanted, i: number) {
  return tokens === undefined ? [] : [{ asset: TOKEN, amount: tokens[i]! }];
}

/** The terms of a channel that goes on with what is left in another one. */
export function successorOf(
  nodes: readonly SimulatedNode[],
  predecessor: ChannelId,
  carried: Carried,
  added: readonly bigint[],
): Terms {
  const terms = termsOf(nodes, { asset: carried.asset, funding: { kind: "splice", predecessor, carried: [carried] } });
  return {
    ...terms,
    opening: openingState(
      terms.destinations,
      added.map((amount) => [{ asset: carried.asset, amount }]),
      [carried],
    ),
  };
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

/** A payment of the same amount to each of some nodes. */
export function splitPayment(from: SimulatedNode, to: readonly SimulatedNode[], amount: bigint): Change {
  return { transfers: to.flatMap((node) => payment(from, node, amount).transfers), final: false };
}
