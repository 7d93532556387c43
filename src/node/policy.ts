import type { Context } from "../engine/context";
import type { Open } from "../engine/messages";
import { requireValidTerms } from "../engine/opening";
import { depositsOf } from "../engine/funding";
import { accountDestination } from "../protocol/destination";
import type { Address, Destination } from "../protocol/types";
import type { Contribution } from "./api";
import { SluiceError } from "../errors";

/** Which channels that peers propose a node joins without asking anybody. */
export interface JoinPolicy {
  /** Seconds: a shorter time to answer a challenge is refused. */
  readonly minChallengePeriod: bigint;
  /** Seconds: money could be out of reach for longer than this; refused. */
  readonly maxChallengePeriod: bigint;
  /** Wei: a higher bond is refused. */
  readonly maxBond: bigint;
  /** The most that is put in without asking, by asset; nothing of any other. */
  readonly maxContribution: readonly Contribution[];
}

export const DEFAULT_POLICY: JoinPolicy = {
  minChallengePeriod: 60n * 60n,
  maxChallengePeriod: 7n * 24n * 60n * 60n,
  maxBond: 0n,
  maxContribution: [],
};

/**
 * What to do with a channel that a peer proposes: join it, or ask the user.
 * @param accounts where this node may be paid
 * @throws SluiceError `TERMS_REFUSED`, `CHANNEL_INVALID` or another of the protocol's, to be told to the peer
 */
export function considerOpening(
  context: Context,
  policy: JoinPolicy,
  accounts: readonly Address[],
  message: Open,
): "join" | "ask" {
  requireValidTerms(context, message);
  const { challengePeriod, bond } = message.channel;
  const refuse = (what: string) => {
    throw new SluiceError("TERMS_REFUSED", what, "No money has moved; propose other terms.");
  };
  if (challengePeriod < policy.minChallengePeriod)
    refuse(`I want at least ${policy.minChallengePeriod} seconds to answer.`);
  if (challengePeriod > policy.maxChallengePeriod)
    refuse(`I wait no longer than ${policy.maxChallengePeriod} seconds.`);
  if (bond > policy.maxBond) refuse(`I post no bond above ${policy.maxBond} wei.`);
  if (!accounts.map(accountDestination).includes(mineOf(context, message))) refuse("This is not where I am paid.");
  const limits = new Map(policy.maxContribution.map(({ asset, amount }) => [asset, amount]));
  const affordable = contributionOf(context, message).every(({ asset, amount }) => amount <= (limits.get(asset) ?? 0n));
  return affordable ? "join" : "ask";
}

/** What a node would put into a channel that is proposed, by asset; not what a splice takes along. */
export function contributionOf({ signer }: Context, message: Open): Contribution[] {
  const deposits = depositsOf(message, message.channel.participants.indexOf(signer.address));
  return deposits.map(({ asset, amount }) => ({ asset, amount }));
}

function mineOf({ signer }: Context, { channel, destinations }: Open): Destination {
  return destinations[channel.participants.indexOf(signer.address)]!;
}
