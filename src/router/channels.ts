import { isFinal, others, type ChannelState } from "../engine/channel";
import type { PaymentContracts } from "../engine/context";
import { footingsOf } from "../engine/payments/agreement";
import { spendable } from "../engine/payments/balance";
import type { OwnChannel } from "../payments/routing/paths";
import type { Address } from "../protocol/types";
import type { RoutedChannel } from "./context";

/** A channel as payments over several hops see it; undefined if it is no payment channel, or not funded yet. */
export function routedChannel(
  state: ChannelState,
  paymentsOf: (app: Address) => PaymentContracts | undefined,
): RoutedChannel | undefined {
  const { id, terms, self, funded } = state.record;
  const contracts = paymentsOf(terms.app);
  if (contracts === undefined || !funded) return undefined;
  const spendableNow = (asset: Address): bigint => spendableOf(state, asset) ?? 0n;
  return { id, peer: terms.participants[1 - self]!, contracts, spendable: spendableNow };
}

/** The channels that can pay an asset now, and how much. */
export function ownChannels(states: Iterable<ChannelState>, asset: Address): OwnChannel[] {
  const own: OwnChannel[] = [];
  for (const state of states) {
    const amount = spendableOf(state, asset);
    const { id, terms, self } = state.record;
    if (amount !== undefined) own.push({ channelId: id, peer: terms.participants[1 - self]!, spendable: amount });
  }
  return own;
}

/** What a channel can pay now; undefined if it cannot pay this asset. */
function spendableOf(state: ChannelState, asset: Address): bigint | undefined {
  const { record, lanes, session } = state;
  const lane = lanes.find((one) => one.asset === asset);
  if (lane === undefined || !record.funded || record.closed || record.leaving || isFinal(record)) return undefined;
  const isThere = others(record).every((i) => (session.connected >> i) & 1);
  return isThere && session.latest.record.kind === "none" ? spendable(lane, record.self, footingsOf(state)) : undefined;
}
