import { SluiceError } from "../../errors";
import { epochOf, joinVouchers, type Join, type Vouchers } from "../../protocol/vouchers";
import { everyone } from "../../protocol/signing";
import type { State } from "../../protocol/types";
import type { PaymentContracts } from "../context";
import type { Draft } from "../draft";
import type { Evidence } from "../turns";
import type { Lane } from "./lane";

/**
 * The newest state of a payment channel that I can prove: what counts of either side, whatever order it came in. My own
 * vouchers count as far as the other one has acknowledged them; its own, because I stand behind what I prove.
 * @param registered what the chain holds, and therefore believes
 */
export function paymentEvidence(draft: Draft, { lockSet }: PaymentContracts, registered?: State): Evidence {
  const { record, lanes } = draft;
  const agreed = record.agreed!;
  const isOnRecord = registered !== undefined && epochOf(registered.version) >= epochOf(agreed.state.version);
  const base = isOnRecord ? registered : agreed.state;
  const vouchers = lanes.map((lane) => vouchersOf(lane, record.self));
  const { state, endorsements } = join(record.id, lockSet, base, vouchers);
  if (state.version === base.version) return { state: agreed.state, proven: undefined };
  const proof = [
    { state: base, signers: isOnRecord ? 0n : everyone(record.terms) },
    { state: { version: 0n, outcome: "0x", appData: endorsements } as const, signers: 0n },
  ];
  return {
    state,
    proven: {
      candidate: { state, signers: 1n << BigInt(record.self) },
      proof,
      signatures: [draft.sign(state), ...(isOnRecord ? [] : agreed.signatures)],
    },
  };
}

/** Vouchers that are not covered after all, because I have forgotten what I signed, must not keep me from the chain. */
function join(...[id, lockSet, base, vouchers]: Parameters<typeof joinVouchers>): Join {
  try {
    return joinVouchers(id, lockSet, base, vouchers);
  } catch (error) {
    if (!(error instanceof SluiceError)) throw error;
    return { state: base, endorsements: "0x" };
  }
}

function vouchersOf({ mine, theirs }: Lane, self: number): Vouchers {
  return self === 0 ? [mine.acknowledged, theirs.taken] : [theirs.taken, mine.acknowledged];
}
