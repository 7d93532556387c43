/** From what a person wants to what participants sign. */
import { channelIdOf, type Deployment } from "../protocol/hashing";
import { accountDestination, channelDestination } from "../protocol/destination";
import { NATIVE, sortParticipants, type Address, type Hex, type State } from "../protocol/types";
import { shareOf, type Change } from "../engine/change";
import type { ChannelRecord } from "../engine/channel";
import { totalsOf } from "../engine/funding";
import type { Carried, Funding } from "../engine/messages";
import { openingState, type Terms } from "../engine/terms";
import { SluiceError } from "../errors";
import type { Contribution, OpenRequest, SpliceRequest } from "./api";

/** What a node brings into every channel that it opens. */
export interface Defaults {
  readonly self: Address;
  /** Where this node is paid. */
  readonly payout: Address;
  readonly challengePeriod: bigint;
  /** The apps whose channels are payment channels; the first one is for channels of its own. */
  readonly payments?: readonly Address[];
}

/**
 * The terms of a channel that somebody on this machine wants. Peers are paid to the accounts of their
 * keys, unless the request says otherwise.
 * @param nonce 32 bytes that were never used before
 * @throws SluiceError `AMOUNT_OUT_OF_RANGE`, `CHANNEL_INVALID` or another of the protocol's
 */
export function termsOf(defaults: Defaults, request: OpenRequest, nonce: Hex): Terms {
  const members = [
    { address: defaults.self, destination: accountDestination(defaults.payout), puts: request.mine },
    ...request.peers.map(({ address, payout = address }, i) => ({
      address,
      destination: accountDestination(payout),
      puts: request.theirs?.[i] ?? [],
    })),
  ];
  const participants = sortParticipants(members.map(({ address }) => address));
  const ordered = participants.map((address) => members.find((member) => member.address === address)!);
  const destinations = ordered.map(({ destination }) => destination);
  const app = appOf(defaults, request);
  return {
    channel: {
      participants,
      nonce,
      app,
      challengePeriod: request.challengePeriod ?? defaults.challengePeriod,
      bond: request.bond ?? 0n,
    },
    destinations,
    opening: openingState(
      destinations,
      ordered.map(({ puts }) => puts),
      [],
      defaults.payments?.includes(app),
    ),
    funding: fundingOf(request),
  };
}

/** The app of a new channel. Whoever asks for no other kind wants to pay, and gets a payment channel where there can be one. */
function appOf(
  { payments: [app] = [] }: Defaults,
  { app: wanted, payments, peers, bond = 0n, funding }: OpenRequest,
): Address {
  if (wanted !== undefined) return wanted;
  const isSuitable = peers.length === 1 && bond === 0n && (funding === undefined || typeof funding === "string");
  if (!(payments ?? isSuitable)) return NATIVE;
  if (app !== undefined) return app;
  if (payments === undefined) return NATIVE;
  throw new SluiceError(
    "PAYMENTS_UNKNOWN",
    "This node has not been told where the contracts of payment channels are.",
    "Nothing was signed; add them to its configuration, or open a channel without them.",
  );
}

/** The change of a ledger channel that pays an app channel's money into it. */
export function installing(deployment: Deployment, { channel, destinations, opening }: Terms): Change {
  const to = channelDestination(channelIdOf(deployment, channel));
  const transfers = destinations.flatMap((from) =>
    totalsOf(opening).flatMap(({ asset }) => {
      const amount = shareOf(opening, asset, from);
      return amount > 0n ? [{ asset, from, to, amount }] : [];
    }),
  );
  return { transfers, final: false };
}

/**
 * The terms of the channel that goes on where another one ends, and the change that ends it.
 * @param state what there is to be shared out
 * @param isPayments whether it is a payment channel
 * @throws SluiceError `FUNDS_INSUFFICIENT` when somebody takes out more than it has
 */
export function splicing(
  deployment: Deployment,
  record: ChannelRecord,
  state: State,
  { add = [], take = [] }: SpliceRequest,
  nonce: Hex,
  isPayments = false,
): { readonly successor: Terms; readonly ending: Change } {
  const assets = new Set([...totalsOf(state), ...add.flat()].map(({ asset }) => asset));
  const carried: Carried[] = [...assets].sort(byNumber).map((asset) => ({
    asset,
    amounts: record.destinations.map((destination, i) => {
      const left = shareOf(state, asset, destination) - amountOf(take[i], asset);
      if (left >= 0n) return left;
      throw new SluiceError("FUNDS_INSUFFICIENT", "Somebody takes out more than it has.", "Nothing changed.");
    }),
  }));
  const puts = record.destinations.map((_, i) => add[i] ?? []);
  const successor: Terms = {
    channel: { ...record.terms, nonce },
    destinations: record.destinations,
    opening: openingState(record.destinations, puts, carried, isPayments),
    funding: { kind: "splice", predecessor: record.id, carried },
  };
  const to = channelDestination(channelIdOf(deployment, successor.channel));
  const transfers = carried.flatMap(({ asset, amounts }) =>
    amounts.flatMap((amount, i) => (amount > 0n ? [{ asset, from: record.destinations[i]!, to, amount }] : [])),
  );
  return { successor, ending: { transfers, final: true } };
}

function fundingOf({ funding = "deposits" }: OpenRequest): Funding {
  if (typeof funding !== "string") return { kind: "ledger", ledger: funding.ledger };
  return { kind: funding };
}

function amountOf(puts: readonly Contribution[] | undefined, asset: Address): bigint {
  const matching = puts?.filter((contribution) => contribution.asset === asset) ?? [];
  return matching.reduce((sum, { amount }) => sum + amount, 0n);
}

function byNumber(a: Hex, b: Hex): number {
  return BigInt(a) < BigInt(b) ? -1 : 1;
}
