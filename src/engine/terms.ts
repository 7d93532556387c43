/** What is fixed before anybody signs, and what of it nobody should sign. */
import { SluiceError } from "../errors";
import { encodeOutcome } from "../protocol/outcome";
import { MAX_PAYMENT_ASSETS } from "../protocol/vouchers";
import {
  NATIVE,
  requireValidChannel,
  type Address,
  type Allocation,
  type AssetOutcome,
  type Channel,
  type Destination,
  type State,
} from "../protocol/types";
import { outcomeOf, shareOf } from "./change";
import { isFinal, type ChannelRecord } from "./channel";
import type { Context } from "./context";
import { parentOf } from "./ledger";
import { hasShares } from "./payments/balance";
import type { Carried, Open } from "./messages";

/** What is fixed before anybody signs. */
export type Terms = Pick<Open, "channel" | "destinations" | "opening" | "funding">;

/**
 * Checks terms as the contracts and the protocol need them.
 * @throws SluiceError `CHANNEL_INVALID` or `TERMS_REFUSED`, with what is wrong
 */
export function requireValidTerms(context: Context, { channel, destinations, opening, funding }: Terms): void {
  requireValidChannel(channel);
  const { participants, app } = channel;
  if (!participants.includes(context.signer.address)) refuse("I am no participant of this channel.");
  if (destinations.length !== participants.length) refuse("There is not one destination for each participant.");
  if (new Set(destinations).size !== destinations.length) refuse("Two participants have one destination.");
  const isPayments = context.paymentsOf(app) !== undefined;
  if (app !== NATIVE && !isPayments && context.rulesOf(app) === undefined)
    refuse("I do not know the rules of this app.");
  if (isPayments) requirePaymentTerms(channel, destinations, opening);
  if (app !== NATIVE && opening.appData !== "0x") refuse("A game begins when the money is there, not before.");
  if (opening.version !== 0n) refuse("An opening state has version 0.");
  requireOrder(destinations, opening, funding.kind === "splice" ? funding.carried : []);
  const parent = parentOf({ funding });
  if (parent !== undefined) requireParent(context.recordOf(parent), channel, destinations);
}

/** A bond could be lost to whoever completes an agreement that I signed first (`docs/payments.md`). */
function requirePaymentTerms(
  { participants, bond }: Channel,
  destinations: readonly Destination[],
  opening: State,
): void {
  if (participants.length !== 2) refuse("A payment channel has two participants.");
  if (bond !== 0n) refuse("A payment channel has no bond.");
  if (outcomeOf(opening).length > MAX_PAYMENT_ASSETS) refuse(`It has more than ${MAX_PAYMENT_ASSETS} assets.`);
  if (!hasShares(opening, destinations)) refuse("Not every asset begins with the shares of both.");
}

/**
 * The opening state of a channel into which participants put money in their order.
 * @param puts what each of them deposits, in their order
 * @param carried what a predecessor pays before that
 * @param isPayments whether every asset begins with the shares of both, also where they are zero
 * @throws SluiceError as `encodeOutcome`
 */
export function openingState(
  destinations: readonly Destination[],
  puts: readonly (readonly { readonly asset: Address; readonly amount: bigint }[])[],
  carried: readonly Carried[] = [],
  isPayments = false,
): State {
  const assets = new Set([...carried, ...puts.flat()].map(({ asset }) => asset));
  const outcome = [...assets]
    .sort((a, b) => (BigInt(a) < BigInt(b) ? -1 : 1))
    .map((asset) => {
      const before = carried.find((part) => part.asset === asset)?.amounts ?? [];
      const after = puts.map((list) => list.reduce((sum, put) => (put.asset === asset ? sum + put.amount : sum), 0n));
      const allocations = inOrder(destinations, before, after);
      return { asset, allocations: isPayments ? sharesFirst(destinations, allocations) : allocations };
    });
  return { version: 0n, outcome: encodeOutcome(outcome.filter(isPaid)), appData: "0x" };
}

/** Allocations in the order in which money comes in: so whoever has put something in is paid before who has not. */
function inOrder(destinations: readonly Destination[], ...parts: readonly (readonly bigint[])[]): Allocation[] {
  const all = parts.flatMap((amounts) => amounts.map((amount, i) => ({ destination: destinations[i]!, amount })));
  return all.filter(({ amount }) => amount !== 0n);
}

/** The first allocation of everybody, then the others. */
function sharesFirst(destinations: readonly Destination[], allocations: readonly Allocation[]): Allocation[] {
  const first = destinations.map((owner) => allocations.find(({ destination }) => destination === owner));
  const shares = first.map((share, i) => share ?? { destination: destinations[i]!, amount: 0n });
  return [...shares, ...allocations.filter((allocation) => !first.includes(allocation))];
}

function isPaid({ allocations }: AssetOutcome): boolean {
  return allocations.length > 0;
}

/**
 * The chain pays in the order of the allocations as long as there is money. Only in one order does nobody get, of a channel
 * that is never funded, what another one has put in.
 */
function requireOrder(destinations: readonly Destination[], opening: State, carried: readonly Carried[]): void {
  const outcome = outcomeOf(opening).map(({ asset, allocations }) => ({
    asset,
    allocations: allocations.filter(({ amount }) => amount > 0n),
  }));
  const right = outcome.filter(isPaid).map(({ asset }) => {
    const before = carried.find((part) => part.asset === asset)?.amounts ?? destinations.map(() => 0n);
    const after = destinations.map((destination, i) => shareOf(opening, asset, destination) - (before[i] ?? 0n));
    if (before.length !== destinations.length || [...before, ...after].some((amount) => amount < 0n))
      refuse("What is carried over is more than what the opening state pays.");
    return { asset, allocations: inOrder(destinations, before, after) };
  });
  if (encodeOutcome(outcome.filter(isPaid)) !== encodeOutcome(right))
    refuse("The opening state does not pay the participants, each what it puts in, in their order.");
  const isKnown = ({ asset, amounts }: Carried, i: number) =>
    amounts.every((amount) => amount === 0n) ||
    (outcome.some((group) => group.asset === asset) && carried.findIndex((other) => other.asset === asset) === i);
  if (!carried.every(isKnown)) refuse("What is carried over is not what the opening state pays.");
}

function requireParent(
  parent: ChannelRecord | undefined,
  channel: Channel,
  destinations: readonly Destination[],
): void {
  const same =
    parent?.terms.participants.length === channel.participants.length &&
    parent.terms.participants.every((participant, i) => participant === channel.participants[i]) &&
    parent.destinations.every((destination, i) => destination === destinations[i]);
  if (parent === undefined || !same) refuse("It is to be paid by a channel that does not have the same participants.");
  if (parent.funding.kind === "ledger") refuse("A channel whose money is in a ledger pays no other channel.");
  if (parent.closed || parent.leaving || isFinal(parent)) refuse("It is to be paid by a channel that is closed.");
}

function refuse(what: string): never {
  throw new SluiceError("TERMS_REFUSED", what, "Nothing was signed; agree on other terms.");
}
