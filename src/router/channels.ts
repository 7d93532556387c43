import { isFinal, others, type ChannelState } from "../engine/channel";
import type { PaymentContracts } from "../engine/context";
import { footingsOf } from "../engine/payments/agreement";
import { spendable } from "../engine/payments/balance";
import type { OwnChannel } from "../payments/routing/paths";
import type { Address } from "../protocol/types";
import type { RoutedChannel } from "./context";

/** A channel as payments over several hops see it; undefined if it is no payment channel, or not funded yet. */
export function routedChannel(
  { record }: ChannelState,
  paymentsOf: (app: Address) => PaymentContracts | undefined,
): RoutedChannel | undefined {
  const contracts = paymentsOf(record.terms.app);
  if (contracts === undefined || !record.funded) return undefined;
  return { id: record.id, peer: record.terms.participants[1 - record.self]!, contracts };
}

/** The channels that can pay an asset now, and how much. */
export function ownChannels(states: Iterable<ChannelState>, asset: Address): OwnChannel[] {
  const own: OwnChannel[] = [];
  for (const { record, lanes, session } of states) {
    const lane = lanes.find((one) => one.asset === asset);
    if (lane === undefined || !record.funded || record.closed || record.leaving || isFinal(record)) continue;
    const isThere = others(record).every((i) => (session.connected >> i) & 1);
    if (!isThere || session.latest.record.kind !== "none") continue;
    const peer = record.terms.participants[1 - record.self]!;
    own.push({ channelId: record.id, peer, spendable: spendable(lane, record.self, footingsOf({ record })) });
  }
  return own;
}
