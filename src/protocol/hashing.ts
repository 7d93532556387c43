import type { TypedDataDomain } from "ethers";
import { SluiceError } from "../errors";
import { Recent } from "./recent";
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
import { addressWord, digitsOf, hashWord, keccakOf, textHash, uintWord, wordOf } from "./words";

/** Where states are signed for: one adjudicator on one chain. */
export interface Deployment {
  readonly chainId: bigint;
  readonly adjudicator: Address;
}

const DOMAIN_TYPE = textHash("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)");
const CHANNEL_TYPE = textHash(
  "Channel(address[] participants,bytes32 nonce,address app,uint256 challengePeriod,uint256 bond)",
);
const STATE_TYPE = textHash("State(bytes32 channelId,uint48 version,bytes outcome,bytes appData)");
const CHALLENGE_TYPE = textHash("Challenge(bytes32 stateHash)");
const FINAL_TYPE = textHash("Final(bytes32 stateHash,uint256[] owed)");
const NAME = "Sluice";
const VERSION = "1";

/** The EIP-712 domain of a deployment. */
export function domainOf({ chainId, adjudicator }: Deployment): TypedDataDomain {
  return { name: NAME, version: VERSION, chainId, verifyingContract: adjudicator };
}

/**
 * The id of a channel: the EIP-712 digest of its terms.
 * @throws SluiceError `ADDRESS_INVALID`, `HEX_INVALID` or `AMOUNT_OUT_OF_RANGE` for what does not fit its type
 */
export function channelIdOf(deployment: Deployment, channel: Channel): ChannelId {
  const { participants, nonce, app, challengePeriod, bond } = channel;
  const structHash = keccakOf(
    CHANNEL_TYPE +
      digitsOf(keccakOf(participants.map(addressWord).join(""))) +
      wordOf(nonce) +
      addressWord(app) +
      uintWord(challengePeriod) +
      uintWord(bond),
  );
  return typedDigest(deployment, structHash) as ChannelId;
}

/**
 * The EIP-712 struct hash of a state, which names it in disputes.
 * @throws SluiceError `VERSION_OUT_OF_RANGE`, or `HEX_INVALID` for what does not fit its type
 */
export function stateHashOf(channelId: ChannelId, { version, outcome, appData }: State): StateHash {
  return keccakOf(
    STATE_TYPE + wordOf(channelId) + versionWord(version) + hashWord(outcome) + hashWord(appData),
  ) as StateHash;
}

/**
 * The digest that participants sign to agree on a state.
 * @throws SluiceError `VERSION_OUT_OF_RANGE`, or `HEX_INVALID` for what does not fit its type
 */
export function stateDigest(deployment: Deployment, channelId: ChannelId, state: State): Hex {
  return typedDigest(deployment, stateHashOf(channelId, state));
}

/**
 * The digest that a participant signs to put a bond behind a challenge.
 * @throws SluiceError `HEX_INVALID`
 */
export function challengeDigest(deployment: Deployment, stateHash: StateHash): Hex {
  return typedDigest(deployment, keccakOf(CHALLENGE_TYPE + wordOf(stateHash)));
}

/** The dispute that a checkpoint registers: no clock runs. */
export function stoppedAt(channelId: ChannelId, state: State): Dispute {
  return { ...NO_DISPUTE, version: state.version, stateHash: stateHashOf(channelId, state) };
}

/**
 * The word stored for a channel in dispute (`RecordLib.hash`).
 * @throws SluiceError `VERSION_OUT_OF_RANGE`, or `ADDRESS_INVALID`, `HEX_INVALID` or `AMOUNT_OUT_OF_RANGE` for what does
 * not fit its type
 */
export function disputeHashOf({ version, finalizesAt, stateHash, challenger, payer, bond }: Dispute): Hex {
  return keccakOf(
    versionWord(version) +
      uintWord(finalizesAt) +
      wordOf(stateHash) +
      addressWord(challenger) +
      addressWord(payer) +
      uintWord(bond),
  );
}

/**
 * The word stored for a final channel (`RecordLib.hashFinal`).
 * @param owed what each allocation has yet to receive; empty when everything is paid
 * @throws SluiceError `HEX_INVALID` or `AMOUNT_OUT_OF_RANGE`
 */
export function finalHashOf(stateHash: StateHash, owed: readonly bigint[]): Hex {
  return keccakOf(FINAL_TYPE + wordOf(stateHash) + digitsOf(keccakOf(owed.map(uintWord).join(""))));
}

/** The EIP-712 digest of a struct hash in the domain of a deployment. */
export function typedDigest(deployment: Deployment, structHash: Hex): Hex {
  return keccakOf(`1901${domainSeparator(deployment)}${digitsOf(structHash)}`);
}

/** By chain and adjudicator. */
const separators = new Recent<string, string>(64);

function domainSeparator({ chainId, adjudicator }: Deployment): string {
  const key = `${chainId}/${adjudicator}`;
  const known = separators.get(key);
  if (known !== undefined) return known;
  const words = [DOMAIN_TYPE, textHash(NAME), textHash(VERSION), uintWord(chainId), addressWord(adjudicator)];
  const separator = digitsOf(keccakOf(words.join("")));
  separators.set(key, separator);
  return separator;
}

function versionWord(version: bigint): string {
  if (version < 0n || version > FINAL_VERSION) {
    throw new SluiceError(
      "VERSION_OUT_OF_RANGE",
      `${version} is not a version.`,
      "Nothing was signed; versions are 0 to 2^48 - 1.",
    );
  }
  return uintWord(version);
}
