import { epochOf, joinVouchers, type Vouchers } from "../../protocol/vouchers";
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
  const { state, endorsements } = joinVouchers(record.id, lockSet, base, vouchers);
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

function vouchersOf({ mine, theirs }: Lane, self: number): Vouchers {
  return self === 0 ? [mine.acknowledged, theirs.taken] : [theirs.taken, mine.acknowledged];
}
