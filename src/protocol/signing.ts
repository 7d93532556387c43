import { recoverAddress, Signature, type SigningKey } from "ethers";
import { SluiceError } from "../errors";
import { challengeDigest, stateDigest, type Deployment } from "./hashing";
import {
  toHex,
  type Address,
  type Channel,
  type ChannelId,
  type CompactSignature,
  type Hex,
  type SignedState,
  type State,
  type StateHash,
} from "./types";

/** Signs a digest in the compact form the contracts take. */
export function signDigest(key: SigningKey, digest: Hex): CompactSignature {
  const { r, yParityAndS } = key.sign(digest);
  return { r: r as Hex, vs: yParityAndS as Hex };
}

/** Agrees to a state. */
export function signState(
  key: SigningKey,
  deployment: Deployment,
  channelId: ChannelId,
  state: State,
): CompactSignature {
  return signDigest(key, stateDigest(deployment, channelId, state));
}

/** Puts a bond behind challenging with a state. */
export function signChallenge(key: SigningKey, deployment: Deployment, stateHash: StateHash): CompactSignature {
  return signDigest(key, challengeDigest(deployment, stateHash));
}

/**
 * The address that made a signature.
 * @throws SluiceError `SIGNATURE_WRONG` when it is malformed or has a twin (high `s`)
 */
export function recoverSigner(digest: Hex, { r, vs }: CompactSignature): Address {
  try {
    const signature = Signature.from({ r: toHex(r, 32), yParityAndS: toHex(vs, 32) });
    if (signature.isValid()) return recoverAddress(digest, signature) as Address;
  } catch {
    // no point of the curve, or not 32 bytes: as wrong as a high s
  }
  throw new SluiceError("SIGNATURE_WRONG", "This is not a valid signature.", "Ask its maker for another one.");
}

/** All participants of a channel, as a set of signers. */
export function everyone(channel: Channel): bigint {
  return (1n << BigInt(channel.participants.length)) - 1n;
}

/** Participants whose turns a state records, as a set of signers. */
export function signerSet(...indices: number[]): bigint {
  return indices.reduce((set, index) => set | (1n << BigInt(index)), 0n);
}

/**
 * Checks that exactly the named participants signed a state.
 * @param signatures one per signer, in the order of the participants
 * @throws SluiceError `SIGNATURE_WRONG`, naming the participant
 */
export function requireSigned(
  deployment: Deployment,
  channel: Channel,
  channelId: ChannelId,
  { state, signers }: SignedState,
  signatures: readonly CompactSignature[],
): void {
  const expected = channel.participants.filter((_, i) => (signers >> BigInt(i)) & 1n);
  if (signers > everyone(channel) || expected.length !== signatures.length) {
    throw new SluiceError(
      "SIGNATURE_WRONG",
      `There are ${signatures.length} signatures for ${expected.length} signers.`,
      "The state counts for nothing; ask for the missing ones.",
    );
  }
  const digest = stateDigest(deployment, channelId, state);
  expected.forEach((participant, i) => {
    const actual = recoverSigner(digest, signatures[i]!);
    if (actual !== participant) {
      throw new SluiceError(
        "SIGNATURE_WRONG",
        `The signature given for ${participant} was made by ${actual}.`,
        "The state counts for nothing; ask for the right one.",
      );
    }
  });
}
