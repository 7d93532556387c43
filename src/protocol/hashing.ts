import { AbiCoder, concat, keccak256, TypedDataEncoder, type TypedDataDomain } from "ethers";
import { SluiceError } from "../errors";
import {
  FINAL_VERSION,
  NO_DISPUTE,
  type Address,
  type Channel,
  type ChannelId,
  type Dispute,
  type Hex,
  type State,
  type StateHash,
} from "./types";

/** Where states are signed for: one adjudicator on one chain. */
export interface Deployment {
  readonly chainId: bigint;
  readonly adjudicator: Address;
}

const CHANNEL_TYPE = {
  Channel: [
    { name: "participants", type: "address[]" },
    { name: "nonce", type: "bytes32" },
    { name: "app", type: "address" },
    { name: "challengePeriod", type: "uint256" },
    { name: "bond", type: "uint256" },
  ],
};

const STATE_TYPE = {
  State: [
    { name: "channelId", type: "bytes32" },
    { name: "version", type: "uint48" },
    { name: "outcome", type: "bytes" },
    { name: "appData", type: "bytes" },
  ],
};

const CHALLENGE_TYPE = { Challenge: [{ name: "stateHash", type: "bytes32" }] };

const FINAL_TYPEHASH = keccak256(new TextEncoder().encode("Final(bytes32 stateHash,uint256[] owed)"));

/** The EIP-712 domain of a deployment. */
export function domainOf({ chainId, adjudicator }: Deployment): TypedDataDomain {
  return { name: "Sluice", version: "1", chainId, verifyingContract: adjudicator };
}

/** The id of a channel: the EIP-712 digest of its terms. */
export function channelIdOf(deployment: Deployment, channel: Channel): ChannelId {
  return TypedDataEncoder.hash(domainOf(deployment), CHANNEL_TYPE, channel) as ChannelId;
}

/**
 * The EIP-712 struct hash of a state, which names it in disputes.
 * @throws SluiceError `VERSION_OUT_OF_RANGE`
 */
export function stateHashOf(channelId: ChannelId, state: State): StateHash {
  return TypedDataEncoder.hashStruct("State", STATE_TYPE, stateMessage(channelId, state)) as StateHash;
}

/**
 * The digest that participants sign to agree on a state.
 * @throws SluiceError `VERSION_OUT_OF_RANGE`
 */
export function stateDigest(deployment: Deployment, channelId: ChannelId, state: State): Hex {
  return TypedDataEncoder.hash(domainOf(deployment), STATE_TYPE, stateMessage(channelId, state)) as Hex;
}

/** The digest that a participant signs to put a bond behind a challenge. */
export function challengeDigest(deployment: Deployment, stateHash: StateHash): Hex {
  return TypedDataEncoder.hash(domainOf(deployment), CHALLENGE_TYPE, { stateHash }) as Hex;
}

/** The dispute that a checkpoint registers: no clock runs. */
export function stoppedAt(channelId: ChannelId, state: State): Dispute {
  return { ...NO_DISPUTE, version: state.version, stateHash: stateHashOf(channelId, state) };
}

/** The word stored for a channel in dispute (`RecordLib.hash`). */
export function disputeHashOf(dispute: Dispute): Hex {
  const { version, finalizesAt, stateHash, challenger, payer, bond } = dispute;
  return keccak256(
    AbiCoder.defaultAbiCoder().encode(
      ["uint48", "uint256", "bytes32", "address", "address", "uint256"],
      [version, finalizesAt, stateHash, challenger, payer, bond],
    ),
  ) as Hex;
}

/**
 * The word stored for a final channel (`RecordLib.hashFinal`).
 * @param owed what each allocation has yet to receive; empty when everything is paid
 */
export function finalHashOf(stateHash: StateHash, owed: readonly bigint[]): Hex {
  const coder = AbiCoder.defaultAbiCoder();
  const owedHash = keccak256(concat(owed.map((amount) => coder.encode(["uint256"], [amount]))));
  return keccak256(coder.encode(["bytes32", "bytes32", "bytes32"], [FINAL_TYPEHASH, stateHash, owedHash])) as Hex;
}

function stateMessage(channelId: ChannelId, state: State): State & { readonly channelId: ChannelId } {
  if (state.version < 0n || state.version > FINAL_VERSION) {
    throw new SluiceError(
      "VERSION_OUT_OF_RANGE",
      `${state.version} is not a version.`,
      "Nothing was signed; versions are 0 to 2^48 - 1.",
    );
  }
  return { channelId, ...state };
}
