import { id, keccak256 } from "ethers";
import {
  accountDestination,
  decodeOutcome,
  encodeOutcome,
  NATIVE,
  stateDigest,
  toAddress,
  type ChannelId,
  type Hex,
} from "../../src";
import * as native from "../../src/adapters/crypto/native";
import { useNativeKeccak } from "../../src/adapters/crypto/nativeKeccak";
import * as pure from "../../src/adapters/crypto/pure";
import { perSecond, type Row } from "./harness";

const DEPLOYMENT = { chainId: 1n, adjudicator: toAddress(`0x${"11".repeat(20)}`) };
const CHANNEL = id("channel") as ChannelId;

/** What every payment needs: digests, signatures, verifications, and reading an outcome; native and in JavaScript. */
export async function crypto(): Promise<Row[]> {
  const rows = await measure("JavaScript", pure);
  useNativeKeccak();
  try {
    return [...(await measure("native", native)), ...rows, ...(await measureOutcomes())];
  } finally {
    keccak256.register(keccak256._);
  }
}

async function measure(how: string, { createSigner, verifySignature }: typeof native): Promise<Row[]> {
  const alice = createSigner(id("Alice") as Hex);
  const state = { version: 7n, outcome: encodeOutcome(OUTCOME), appData: "0x" } as const;
  const digest = stateDigest(DEPLOYMENT, CHANNEL, state);
  const signature = alice.sign(digest);
  return [
    await perSecond(`signatures, ${how}`, () => alice.sign(digest)),
    await perSecond(`verifications, ${how}`, () => verifySignature(alice.address, digest, signature)),
    await perSecond(`state digests, ${how}`, () => stateDigest(DEPLOYMENT, CHANNEL, state)),
  ];
}

async function measureOutcomes(): Promise<Row[]> {
  const encoded = encodeOutcome(OUTCOME);
  return [
    await perSecond("outcomes of two written", () => encodeOutcome(OUTCOME)),
    await perSecond("outcomes of two read", () => decodeOutcome(encoded)),
  ];
}

const OUTCOME = [
  {
    asset: NATIVE,
    allocations: ["aa", "bb"].map((byte) => ({
      destination: accountDestination(toAddress(`0x${byte.repeat(20)}`)),
      amount: 10n ** 18n,
    })),
  },
];
