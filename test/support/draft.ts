import type { ContractTransactionResponse, SigningKey } from "ethers";
import {
  everyone,
  FINAL_VERSION,
  NO_DISPUTE,
  signChallenge,
  signState,
  stateHashOf,
  type Channel,
  type ChannelId,
  type CompactSignature,
  type Deployment,
  type Dispute,
  type State,
} from "../../src";
import type { Sluice, TestChannel } from "./sluice";

/** The methods that register or pay a signed state. */
export const REGISTERING = [
  "conclude",
  "challenge",
  "challengeWithProof",
  "checkpoint",
  "checkpointWithProof",
] as const;

export type RegisteringMethod = (typeof REGISTERING)[number];

/** What there is to change about a call; what is signed follows, unless it is changed itself. */
export interface Draft {
  terms: Channel;
  dispute: Dispute;
  state: State;
  /** Declared to have signed, where a call says so. */
  signers: bigint;
  /** Who signs, in this order. */
  keys: SigningKey[];
  /** Who puts the bond behind the challenge. */
  challengerKey: SigningKey;
  value: bigint;
  /** What the signatures are for. */
  signedFor: { deployment: Deployment; channelId: ChannelId; state: State };
  editSignatures: (signatures: CompactSignature[]) => CompactSignature[];
  editChallenger: (signature: CompactSignature) => CompactSignature;
}

/** A call that is valid for every one of the {@link REGISTERING} methods. */
export function validDraft(channel: TestChannel, method: RegisteringMethod, state: State): Draft {
  const version = method === "conclude" ? FINAL_VERSION : state.version;
  const agreed = { ...state, version };
  return {
    terms: { ...channel.terms, participants: [...channel.terms.participants] },
    dispute: { ...NO_DISPUTE },
    state: agreed,
    signers: everyone(channel.terms),
    keys: channel.actors.map(({ key }) => key),
    challengerKey: channel.actors[0]!.key,
    value: method.startsWith("challenge") ? channel.terms.bond : 0n,
    signedFor: { deployment: channel.sluice.deployment, channelId: channel.id, state: agreed },
    editSignatures: (signatures) => signatures,
    editChallenger: (signature) => signature,
  };
}

/** Signs a draft and sends it. */
export function send(
  { adjudicator, deployment }: Sluice,
  method: RegisteringMethod,
  draft: Draft,
): Promise<ContractTransactionResponse> {
  const { terms, dispute, state, signers, value, signedFor } = draft;
  const signatures = draft.editSignatures(
    draft.keys.map((key) => signState(key, signedFor.deployment, signedFor.channelId, signedFor.state)),
  );
  const stateHash = stateHashOf(signedFor.channelId, state);
  const challenger = draft.editChallenger(signChallenge(draft.challengerKey, deployment, stateHash));
  const candidate = { state, signers };
  switch (method) {
    case "conclude":
      return adjudicator.conclude(terms, state, signatures);
    case "challenge":
      return adjudicator.challenge(terms, dispute, state, signatures, challenger, { value });
    case "challengeWithProof":
      return adjudicator.challengeWithProof(terms, dispute, candidate, [], signatures, challenger, { value });
    case "checkpoint":
      return adjudicator.checkpoint(terms, dispute, state, signatures);
    case "checkpointWithProof":
      return adjudicator.checkpointWithProof(terms, dispute, candidate, [], signatures);
  }
}
