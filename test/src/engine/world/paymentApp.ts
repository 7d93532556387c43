import type { VerifySignature } from "../../../../src/ports/crypto";
import { SluiceError } from "../../../../src/errors";
import type { Deployment } from "../../../../src/protocol/hashing";
import { decodeOutcome, encodeOutcome } from "../../../../src/protocol/outcome";
import { everyone } from "../../../../src/protocol/signing";
import type { Address, Channel, ChannelId, CompactSignature, Hex, SignedState } from "../../../../src/protocol/types";
import {
  decodeTallies,
  epochOf,
  MAX_PAYMENT_ASSETS,
  outcomeAfter,
  voucherDigest,
  voucherHash,
  type Tally,
  type Voucher,
} from "../../../../src/protocol/vouchers";

/** What the rules of payments depend on. */
export interface PaymentLaws {
  readonly deployment: Deployment;
  readonly verify: VerifySignature;
  readonly lockSet: Address;
}

/** What a candidate is checked against. */
interface Claimed {
  readonly id: ChannelId;
  readonly channel: Channel;
  readonly proof: readonly SignedState[];
  readonly candidate: SignedState;
  /** Whether the first state of the proof is the one on record. */
  readonly registered: boolean;
}

/** What proves a tally: the newest voucher's acknowledgement of the other direction, and its payer's signature. */
interface Endorsement {
  readonly ack: Hex;
  readonly signature: CompactSignature;
}

/** Why the contract would revert; undefined if it supports the candidate. A model of `PaymentApp.requireSupported`. */
export function whyUnsupported(laws: PaymentLaws, claimed: Claimed): string | undefined {
  try {
    return advance(laws, claimed);
  } catch (error) {
    if (error instanceof SluiceError) return error.code; // something does not fit its type, or exceeds a balance
    throw error;
  }
}

function advance(laws: PaymentLaws, claimed: Claimed): string | undefined {
  const { id, channel, proof, candidate, registered } = claimed;
  const [first, second] = proof;
  if (channel.participants.length !== 2) return "ParticipantsNotTwo";
  if (first === undefined || second === undefined || proof.length > 2) return "ProofLengthWrong";
  if (!registered && first.signers !== everyone(channel)) return "PreviousNotAgreed";
  const groups = decodeOutcome(first.state.outcome);
  if (groups.length > MAX_PAYMENT_ASSETS) return "TooManyAssets";
  if (candidate.state.appData === "0x" && groups.length > 0) return "LengthWrong";
  const before = decodeTallies(first.state.appData, groups.length);
  const after = decodeTallies(candidate.state.appData, groups.length);
  const endorsements = endorsementsIn(second.state.appData);
  if (endorsements.length !== 2 * groups.length) return "LengthWrong";
  let vouchers = 0n;
  for (const [i, { asset }] of groups.entries()) {
    const pair = endorsements.slice(2 * i, 2 * i + 2);
    const fault = whyNotPaid(laws, claimed, asset, { before: before[i]!, after: after[i]!, endorsements: pair });
    if (fault !== undefined) return fault;
    vouchers += after[i]!.reduce((sum, { nonce }, payer) => sum + nonce - before[i]![payer]!.nonce, 0n);
  }
  const version = first.state.version + vouchers;
  if (epochOf(version) !== epochOf(first.state.version)) return "EpochFull";
  if (candidate.state.version !== version) return "VersionWrong";
  const outcome = outcomeAfter(id, laws.lockSet, first.state, after);
  return encodeOutcome(outcome) === candidate.state.outcome ? undefined : "OutcomeWrong";
}

/** Why the tallies of one asset do not count. */
function whyNotPaid(
  { deployment, verify }: PaymentLaws,
  { id, channel, candidate }: Claimed,
  asset: Address,
  {
    before,
    after,
    endorsements,
  }: { before: readonly Tally[]; after: readonly Tally[]; endorsements: readonly Endorsement[] },
): string | undefined {
  const vouchers = after.map((tally, i): Voucher => ({ ...tally, channelId: id, asset, ack: endorsements[i]!.ack }));
  const needed = new Set<number>();
  for (const payer of [0, 1]) {
    const [was, is] = [before[payer]!, after[payer]!];
    if (isSame(was, is)) continue;
    if (is.nonce <= was.nonce || is.transferred < was.transferred) return "TallyNotNewer";
    needed.add(payer);
    const payee = 1 - payer;
    if ((candidate.signers >> BigInt(payee)) & 1n) continue;
    if (endorsements[payee]!.ack !== voucherHash(vouchers[payer]!)) return "PayeeNotBehind";
    needed.add(payee);
  }
  for (const payer of needed) {
    const digest = voucherDigest(deployment, vouchers[payer]!);
    if (!verify(channel.participants[payer]!, digest, endorsements[payer]!.signature)) return "VoucherNotSigned";
  }
  return undefined;
}

function isSame(a: Tally, b: Tally): boolean {
  return a.nonce === b.nonce && a.transferred === b.transferred && a.locked === b.locked && a.locksRoot === b.locksRoot;
}

/** Three words for each direction of each asset. */
function endorsementsIn(appData: Hex): Endorsement[] {
  const words = appData.slice(2).match(/.{64}/g) ?? [];
  const word = (i: number): Hex => `0x${words[i] ?? ""}`;
  return Array.from({ length: words.length / 3 }, (_, i) => ({
    ack: word(3 * i),
    signature: { r: word(3 * i + 1), vs: word(3 * i + 2) },
  }));
}
