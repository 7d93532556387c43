import type { LockTerms } from "../protocol/locks";
import type {
  Address,
  Channel,
  ChannelId,
  CompactSignature,
  Destination,
  Dispute,
  Hex,
  SignedState,
  State,
} from "../protocol/types";

/** A signed ERC-3009 transfer into a destination. Mirrors `Authorization` in `contracts/types/Funding.sol`. */
export interface Authorization {
  readonly token: Address;
  readonly from: Address;
  readonly amount: bigint;
  readonly expectedHeld: bigint;
  readonly salt: bigint;
  readonly validAfter: bigint;
  readonly validBefore: bigint;
  readonly v: number;
  readonly r: Hex;
  readonly s: Hex;
}

/** A state that the app supports, and what proves it. The arguments of `challengeWithProof` and `checkpointWithProof`. */
export interface Proven {
  readonly candidate: SignedState;
  readonly proof: readonly SignedState[];
  /** Of the candidate, then of each state of the proof, each in the order of the participants. */
  readonly signatures: readonly CompactSignature[];
}

/**
 * A call that the engine wants on the chain: of the adjudicator, where nothing else is said. Names and arguments are those of
 * the contract.
 */
export type Call =
  | {
      readonly kind: "depositNative";
      readonly destination: Destination;
      readonly expectedHeld: bigint;
      readonly amount: bigint;
    }
  /** The adapter approves the adjudicator first where the allowance does not suffice. */
  | {
      readonly kind: "deposit";
      readonly destination: Destination;
      readonly token: Address;
      readonly expectedHeld: bigint;
      readonly amount: bigint;
    }
  | {
      readonly kind: "fund";
      readonly destination: Destination;
      readonly expectedHeld: bigint;
      readonly authorizations: readonly Authorization[];
      readonly amount: bigint;
    }
  | {
      readonly kind: "conclude";
      readonly channel: Channel;
      readonly state: State;
      readonly signatures: readonly CompactSignature[];
    }
  | {
      readonly kind: "challenge";
      readonly channel: Channel;
      readonly dispute: Dispute;
      readonly state: State;
      readonly signatures: readonly CompactSignature[];
      readonly challenger: CompactSignature;
    }
  | {
      readonly kind: "challengeWithProof";
      readonly channel: Channel;
      readonly dispute: Dispute;
      readonly proven: Proven;
      readonly challenger: CompactSignature;
    }
  | {
      readonly kind: "checkpoint";
      readonly channel: Channel;
      readonly dispute: Dispute;
      readonly state: State;
      readonly signatures: readonly CompactSignature[];
    }
  | {
      readonly kind: "checkpointWithProof";
      readonly channel: Channel;
      readonly dispute: Dispute;
      readonly proven: Proven;
    }
  | { readonly kind: "settle"; readonly channelId: ChannelId; readonly state: State; readonly dispute: Dispute }
  | { readonly kind: "collect"; readonly channelId: ChannelId; readonly state: State; readonly owed: readonly bigint[] }
  | { readonly kind: "withdraw"; readonly asset: Address; readonly to: Address; readonly amount: bigint }
  /** Registers and settles a final state over a running dispute, in one transaction. */
  | {
      readonly kind: "checkpointAndSettle";
      readonly channel: Channel;
      readonly dispute: Dispute;
      readonly channelId: ChannelId;
      readonly state: State;
      readonly signatures: readonly CompactSignature[];
    }
  /** `PreimageRegistry.revealSeveral`. */
  | { readonly kind: "revealPreimages"; readonly registry: Address; readonly preimages: readonly Hex[] }
  /** `ScalarRegistry.revealSeveral`. */
  | {
      readonly kind: "revealScalars";
      readonly registry: Address;
      readonly keys: readonly Hex[];
      readonly scalars: readonly bigint[];
    }
  /** `LockSet.claim`. */
  | {
      readonly kind: "claimLocks";
      readonly lockSet: Address;
      readonly terms: LockTerms;
      readonly asset: Address;
      readonly locks: Hex;
      readonly proof: Hex;
    };
