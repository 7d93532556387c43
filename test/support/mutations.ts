import { anyValue } from "@nomicfoundation/hardhat-chai-matchers/withArgs";
import { concat, dataSlice, toBeHex } from "ethers";
import {
  channelIdOf,
  disputeHashOf,
  encodeOutcome,
  FINAL_VERSION,
  MAX_CHALLENGE_PERIOD,
  NATIVE,
  signDigest,
  sortParticipants,
  toAddress,
  type CompactSignature,
  type Hex,
} from "../../src";
import { crowd } from "./disputes";
import type { Draft, RegisteringMethod } from "./draft";
import { addressOf, split, type TestChannel } from "./sluice";

/** What the channel of a mutated call asks for. */
export const BOND = 5n;
const HALF_ORDER = 0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0n;

/** One change that makes a valid call invalid, and the error it must meet. */
export interface Mutation {
  readonly error: string;
  readonly what: string;
  /** Undefined: every method that registers a state. */
  readonly methods?: readonly RegisteringMethod[];
  /** Changes the call; returns the arguments of the error, if they are known. */
  readonly mutate: (draft: Draft, channel: TestChannel) => unknown[] | Promise<unknown[]>;
}

const PROVED: RegisteringMethod[] = ["challengeWithProof", "checkpointWithProof"];
const CLOCKED: RegisteringMethod[] = ["challenge", "challengeWithProof", "checkpoint", "checkpointWithProof"];
const BONDED: RegisteringMethod[] = ["challenge", "challengeWithProof"];

const TERMS: Mutation[] = [
  ...[0, 1, 33].map((count) => ({
    error: "ParticipantCountOutOfRange",
    what: `${count} participants (threat 7)`,
    mutate: (draft: Draft, { sluice }: TestChannel) => {
      const members = crowd(sluice, count);
      draft.terms.participants.splice(0, 2, ...sortParticipants(members.map(({ participant }) => participant)));
      return [count, 32];
    },
  })),
  {
    error: "ParticipantsNotAscending",
    what: "a zero participant and a signature that recovers to zero (threats 6, 7)",
    mutate: (draft) => {
      draft.terms.participants[0] = NATIVE;
      draft.editSignatures = ([, second]) => [{ r: toBeHex(0, 32) as Hex, vs: toBeHex(0, 32) as Hex }, second!];
      return [0];
    },
  },
  {
    error: "ParticipantsNotAscending",
    what: "a repeated participant, who signs twice (threat 7)",
    mutate: (draft) => {
      draft.terms.participants[1] = draft.terms.participants[0]!;
      draft.keys = [draft.keys[0]!, draft.keys[0]!];
      draft.signedFor.channelId = channelIdOf(draft.signedFor.deployment, draft.terms);
      return [1];
    },
  },
  {
    error: "ParticipantsNotAscending",
    what: "participants out of order (threat 7)",
    mutate: (draft) => {
      draft.terms.participants.reverse();
      draft.keys.reverse();
      draft.signedFor.channelId = channelIdOf(draft.signedFor.deployment, draft.terms);
      return [1];
    },
  },
  ...[0n, MAX_CHALLENGE_PERIOD + 1n, 2n ** 256n - 1n].map((challengePeriod) => ({
    error: "ChallengePeriodOutOfRange",
    what: `a challenge period of ${challengePeriod} seconds (threat 15)`,
    methods: CLOCKED,
    mutate: (draft: Draft) => {
      draft.terms = { ...draft.terms, challengePeriod };
      draft.signedFor.channelId = channelIdOf(draft.signedFor.deployment, draft.terms);
      return [challengePeriod, MAX_CHALLENGE_PERIOD];
    },
  })),
];

/** Replaces the outcome; everybody signs the new one. */
function withOutcome(draft: Draft, outcome: string): void {
  draft.state = { ...draft.state, outcome: outcome as Hex };
  draft.signedFor.state = draft.state;
}

const TOKEN = toAddress(toBeHex(0x70, 20));
const group = ({ sluice: { alice } }: TestChannel, asset = NATIVE): Hex => encodeOutcome([split(asset, [alice, 1n])]);
const GROUP_SIZE = 21 + 64;

const OUTCOMES: Mutation[] = [
  {
    error: "OutcomeMalformed",
    what: "an outcome whose last byte is missing (threat 18)",
    mutate: (draft, channel) => (withOutcome(draft, dataSlice(group(channel), 0, GROUP_SIZE - 1)), [0]),
  },
  {
    error: "OutcomeMalformed",
    what: "an outcome that ends inside a header (threat 18)",
    mutate: (draft, channel) => (withOutcome(draft, dataSlice(group(channel), 0, 20)), [0]),
  },
  {
    error: "OutcomeMalformed",
    what: "an outcome with a trailing byte (threat 18)",
    mutate: (draft, channel) => (withOutcome(draft, concat([group(channel), "0x00"])), [GROUP_SIZE]),
  },
  {
    error: "OutcomeMalformed",
    what: "an outcome with an empty group (threat 18)",
    mutate: (draft) => (withOutcome(draft, concat([TOKEN, "0x00"])), [0]),
  },
  {
    error: "OutcomeMalformed",
    what: "an outcome that repeats an asset (threat 18)",
    mutate: (draft, channel) => (withOutcome(draft, concat([group(channel), group(channel)])), [GROUP_SIZE]),
  },
  {
    error: "OutcomeMalformed",
    what: "an outcome with assets out of order (threat 18)",
    mutate: (draft, channel) => (withOutcome(draft, concat([group(channel, TOKEN), group(channel)])), [GROUP_SIZE]),
  },
  {
    error: "OutcomeDestinationZero",
    what: "an outcome that pays nobody (threat 18)",
    mutate: (draft) => (withOutcome(draft, concat([NATIVE, "0x01", toBeHex(0, 32), toBeHex(1, 32)])), [21]),
  },
  {
    error: "OutcomeTooLong",
    what: "an outcome of 65 payments (threat 18)",
    mutate: (draft) => {
      const payment = concat([toBeHex(1, 32), toBeHex(1, 32)]);
      withOutcome(draft, concat([NATIVE, toBeHex(65, 1), ...new Array<string>(65).fill(payment)]));
      return [65, 64];
    },
  },
];

const SIGNATURES: Mutation[] = [
  {
    error: "SignersOutOfRange",
    what: "a signer beyond the participants",
    methods: PROVED,
    mutate: (draft) => ((draft.signers = 4n), [4, 2]),
  },
  {
    error: "SignatureCountWrong",
    what: "a missing signature",
    mutate: (draft) => (draft.keys.pop(), [2, 1]),
  },
  {
    error: "SignatureCountWrong",
    what: "one signature too many",
    mutate: (draft) => (draft.keys.push(draft.keys[0]!), [2, 3]),
  },
  {
    error: "SignatureMalleable",
    what: "a signature with a high s (threat 5)",
    mutate: (draft) => {
      const s = toBeHex(HALF_ORDER + 1n, 32) as Hex;
      draft.editSignatures = ([first, second]) => [first!, { r: second!.r, vs: s }];
      return [1, s];
    },
  },
  {
    error: "SignerWrong",
    what: "a signature with the parity flipped (threat 5)",
    mutate: (draft) => {
      const flip = ({ r, vs }: CompactSignature): CompactSignature => ({
        r,
        vs: toBeHex(BigInt(vs) ^ (1n << 255n), 32) as Hex,
      });
      draft.editSignatures = ([first, second]) => [first!, flip(second!)];
      return [1, draft.terms.participants[1], anyValue];
    },
  },
  {
    error: "SignerWrong",
    what: "a signature that recovers to zero (threat 6)",
    mutate: (draft) => {
      const nothing = { r: toBeHex(0, 32) as Hex, vs: toBeHex(0, 32) as Hex };
      draft.editSignatures = ([first]) => [first!, nothing];
      return [1, draft.terms.participants[1], NATIVE];
    },
  },
  {
    error: "SignerWrong",
    what: "a signature by another key",
    mutate: (draft, { sluice: { mallory } }) => {
      draft.keys[0] = mallory.key;
      return [0, draft.terms.participants[0], mallory.participant];
    },
  },
  {
    error: "SignerWrong",
    what: "signatures for another channel (threat 2)",
    mutate: (draft) => signedFor(draft, { channelId: `0x${"11".repeat(32)}` as Draft["signedFor"]["channelId"] }),
  },
  {
    error: "SignerWrong",
    what: "signatures for another version",
    mutate: (draft) => signedFor(draft, { state: { ...draft.state, version: draft.state.version - 1n } }),
  },
  {
    error: "SignerWrong",
    what: "signatures for other app data",
    mutate: (draft) => signedFor(draft, { state: { ...draft.state, appData: "0x01" } }),
  },
  {
    error: "SignerWrong",
    what: "signatures for another chain (threat 3)",
    mutate: (draft) => signedFor(draft, { deployment: { ...draft.signedFor.deployment, chainId: 1n } }),
  },
  {
    error: "SignerWrong",
    what: "signatures for another contract (threat 3)",
    mutate: (draft) => signedFor(draft, { deployment: { ...draft.signedFor.deployment, adjudicator: TOKEN } }),
  },
  {
    error: "SignerWrong",
    what: "challenges in place of the state (threat 4)",
    mutate: (draft, channel) => {
      draft.editSignatures = () => channel.actors.map((actor) => channel.signChallenge(draft.state, actor));
      return [0, draft.terms.participants[0], anyValue];
    },
  },
  {
    error: "SignerWrong",
    what: "the channel's terms, signed, in place of the state (threat 4)",
    mutate: (draft, channel) => {
      draft.editSignatures = () => draft.keys.map((key) => signDigest(key, channel.id));
      return [0, draft.terms.participants[0], anyValue];
    },
  },
  {
    error: "SignerWrong",
    what: "signatures for the same channel with an app of Mallory's (threat 25)",
    mutate: async (draft, { sluice: { ticTacToe } }) => {
      draft.terms = { ...draft.terms, app: await addressOf(ticTacToe) };
      return [0, draft.terms.participants[0], anyValue];
    },
  },
];

function signedFor(draft: Draft, other: Partial<Draft["signedFor"]>): unknown[] {
  draft.signedFor = { ...draft.signedFor, ...other };
  return [0, draft.terms.participants[0], anyValue];
}

/** Registers something else first, so that the draft comes without its dispute. */
async function registerBefore(draft: Draft, channel: TestChannel, version: bigint): Promise<void> {
  draft.dispute = await channel.checkpoint({ ...draft.state, version });
}

const RECORDS: Mutation[] = [
  {
    error: "RecordMismatch",
    what: "another dispute than the registered one",
    methods: CLOCKED,
    mutate: async (draft, channel) => {
      await registerBefore(draft, channel, 1n);
      const stored = disputeHashOf(draft.dispute);
      draft.dispute = { ...draft.dispute, version: 0n };
      return [channel.id, stored, disputeHashOf(draft.dispute)];
    },
  },
  {
    error: "RecordMismatch",
    what: "a registered dispute in the way",
    methods: ["conclude"],
    mutate: async (draft, channel) => {
      await registerBefore(draft, channel, 1n);
      return [channel.id, disputeHashOf(draft.dispute), `0x${"00".repeat(32)}`];
    },
  },
  {
    error: "VersionNotNewer",
    what: "a version below the registered one",
    methods: CLOCKED,
    mutate: async (draft, channel) => {
      await registerBefore(draft, channel, draft.state.version + 1n);
      return [draft.state.version + 1n, draft.state.version];
    },
  },
  {
    error: "VersionNotNewer",
    what: "the registered version once more (threat 14)",
    methods: ["checkpoint", "checkpointWithProof"],
    mutate: async (draft, channel) => {
      await registerBefore(draft, channel, draft.state.version);
      return [draft.state.version, draft.state.version];
    },
  },
  {
    error: "StateNotFinal",
    what: "a version below the final one",
    methods: ["conclude"],
    mutate: (draft) => {
      draft.state = { ...draft.state, version: FINAL_VERSION - 1n };
      draft.signedFor.state = draft.state;
      return [FINAL_VERSION - 1n];
    },
  },
  {
    error: "FinalNotUnanimous",
    what: "a final state",
    methods: PROVED,
    mutate: (draft) => {
      draft.state = { ...draft.state, version: FINAL_VERSION };
      draft.signedFor.state = draft.state;
      return [];
    },
  },
];

const APPS_AND_BONDS: Mutation[] = [
  ...[NATIVE, toAddress(toBeHex(0xdead, 20))].map((app) => ({
    error: "AppMissing",
    what: app === NATIVE ? "no app" : "an app without code",
    methods: PROVED,
    mutate: (draft: Draft) => {
      draft.terms = { ...draft.terms, app };
      draft.signedFor.channelId = channelIdOf(draft.signedFor.deployment, draft.terms);
      return [app];
    },
  })),
  ...[0n, BOND - 1n, BOND + 1n].map((value) => ({
    error: "BondWrong",
    what: `${value} wei for a bond of ${BOND}`,
    methods: BONDED,
    mutate: (draft: Draft) => ((draft.value = value), [BOND, value]),
  })),
  {
    error: "ChallengerNotParticipant",
    what: "a challenge by a stranger",
    methods: BONDED,
    mutate: (draft, { sluice: { mallory } }) => ((draft.challengerKey = mallory.key), [mallory.participant]),
  },
  {
    error: "ChallengerNotParticipant",
    what: "a signed state in place of the challenge (threat 4)",
    methods: BONDED,
    mutate: (draft, channel) => {
      draft.editChallenger = () => channel.sign(draft.state)[0]!;
      return [anyValue];
    },
  },
  {
    error: "ECDSAInvalidSignature",
    what: "a challenge whose signature recovers to zero (threat 6)",
    methods: BONDED,
    mutate: (draft) => {
      draft.editChallenger = () => ({ r: toBeHex(0, 32) as Hex, vs: toBeHex(0, 32) as Hex });
      return [];
    },
  },
  {
    error: "ECDSAInvalidSignatureS",
    what: "a challenge whose signature has a high s (threat 5)",
    methods: BONDED,
    mutate: (draft) => {
      const s = toBeHex(HALF_ORDER + 1n, 32) as Hex;
      draft.editChallenger = ({ r }) => ({ r, vs: s });
      return [s];
    },
  },
];

/** One change each; together every way in which a signed state is refused. */
export const MUTATIONS: readonly Mutation[] = [...TERMS, ...OUTCOMES, ...SIGNATURES, ...RECORDS, ...APPS_AND_BONDS];
