import {
  Adjudicator__factory,
  LockSet__factory,
  PreimageRegistry__factory,
  ScalarRegistry__factory,
} from "../../bindings";
import type { Call } from "../../engine/calls";
import { stoppedAt } from "../../protocol/hashing";
import type { Address, Hex } from "../../protocol/types";

/** What a transaction does. */
export interface Action {
  readonly to: Address;
  readonly data: Hex;
  /** Wei. */
  readonly value: bigint;
}

const adjudicator = Adjudicator__factory.createInterface();
const lockSet = LockSet__factory.createInterface();
const preimages = PreimageRegistry__factory.createInterface();
const scalars = ScalarRegistry__factory.createInterface();

/** The transaction that makes a call. @param to the adjudicator */
export function actionOf(to: Address, call: Call): Action {
  return { to: contractOf(call) ?? to, data: dataOf(call) as Hex, value: valueOf(call) };
}

/** The contract of a call that is none of the adjudicator. */
function contractOf(call: Call): Address | undefined {
  if (call.kind === "claimLocks") return call.lockSet;
  return call.kind === "revealPreimages" || call.kind === "revealScalars" ? call.registry : undefined;
}

function valueOf(call: Call): bigint {
  if (call.kind === "depositNative" || call.kind === "fund") return call.amount;
  return call.kind === "challenge" || call.kind === "challengeWithProof" ? call.channel.bond : 0n;
}

function dataOf(call: Call): string {
  const encode = adjudicator.encodeFunctionData.bind(adjudicator);
  switch (call.kind) {
    case "depositNative":
      return encode("depositNative", [call.destination, call.expectedHeld]);
    case "deposit":
      return encode("deposit", [call.destination, call.token, call.expectedHeld, call.amount]);
    case "fund":
      return encode("fund", [call.destination, call.expectedHeld, [...call.authorizations], []]);
    case "conclude":
      return encode("conclude", [call.channel, call.state, [...call.signatures]]);
    case "challenge":
      return encode("challenge", [call.channel, call.dispute, call.state, [...call.signatures], call.challenger]);
    case "challengeWithProof": {
      const { candidate, proof, signatures } = call.proven;
      const { channel, dispute, challenger } = call;
      return encode("challengeWithProof", [channel, dispute, candidate, [...proof], [...signatures], challenger]);
    }
    case "checkpoint":
      return encode("checkpoint", [call.channel, call.dispute, call.state, [...call.signatures]]);
    case "checkpointWithProof": {
      const { candidate, proof, signatures } = call.proven;
      return encode("checkpointWithProof", [call.channel, call.dispute, candidate, [...proof], [...signatures]]);
    }
    case "settle":
      return encode("settle", [call.channelId, call.state, call.dispute]);
    case "collect":
      return encode("collect", [call.channelId, call.state, [...call.owed]]);
    case "withdraw":
      return encode("withdraw", [call.asset, call.to, call.amount]);
    case "checkpointAndSettle": {
      const { channelId, state } = call;
      const checkpoint = dataOf({ ...call, kind: "checkpoint" });
      const settle = dataOf({ kind: "settle", channelId, state, dispute: stoppedAt(channelId, state) });
      return encode("multicall", [[checkpoint, settle]]);
    }
    case "revealPreimages":
      return preimages.encodeFunctionData("revealSeveral", [[...call.preimages]]);
    case "revealScalars":
      return scalars.encodeFunctionData("revealSeveral", [[...call.keys], [...call.scalars]]);
    case "claimLocks":
      return lockSet.encodeFunctionData("claim", [call.terms, call.asset, call.locks, call.proof]);
  }
}
