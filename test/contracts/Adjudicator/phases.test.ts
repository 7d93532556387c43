import { loadFixture, takeSnapshot, time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import type { ContractTransactionResponse } from "ethers";
import {
  disputeHashOf,
  FINAL_VERSION,
  NATIVE,
  NO_DISPUTE,
  NO_SIGNATURE,
  stateHashOf,
  type Dispute,
  type State,
} from "../../../src";
import { customErrorOf, finalRecord, permissiveChannel, settle, supported } from "../../support/disputes";
import { deploySluice, split, type Actor, type TestChannel } from "../../support/sluice";

/** Results: what is registered afterwards, or the error. */
const CLOCK = "clock runs";
const STOPPED = "clock stopped";
const GONE = "paid, nothing stored";
const PAID = "final";
const OWING = "final, owing";
const OLD = "VersionNotNewer";
const RECORD = "RecordMismatch";
const STATE = "StateMismatch";
const NOT_FINAL = "StateNotFinal";
const ALONE = "FinalNotUnanimous";
const RUNNING = "ClockRunning";
const ANSWERED = "ClockStopped";
const NOTHING = "NothingOwed";

const VERSIONS = ["older", "equal", "newer", "final"] as const;
const REGISTERED = 5n;

type Row = readonly [older: string, equal: string, newer: string, final: string];
type Method = keyof typeof CALLS;

/** A channel in which `REGISTERED` went through a phase, and what a caller brings to the next call. */
interface Stage {
  readonly channel: TestChannel;
  readonly states: Readonly<Record<(typeof VERSIONS)[number], State>>;
  readonly dispute: Dispute;
  readonly owed: bigint[];
}

const HELD = 10n;

/** Pays more than is held in the phase that owes, and exactly what is held in all others. */
async function stage(total: bigint, enter: (channel: TestChannel, state: State) => Promise<Dispute>): Promise<Stage> {
  const sluice = await deploySluice();
  const channel = await permissiveChannel(sluice);
  await channel.fundNative(HELD);
  const outcome = [split(NATIVE, [sluice.alice, 6n], [sluice.bob, total - 6n])];
  const at = (version: bigint): State => channel.state(version, outcome);
  const states = { older: at(4n), equal: at(REGISTERED), newer: at(6n), final: at(FINAL_VERSION) };
  const dispute = await enter(channel, states.equal);
  return { channel, states, dispute, owed: total > HELD ? [0n, total - HELD] : [] };
}

/** Each phase: how to get there, and when the call is mined, counted from the deadline. */
const none = (): Promise<Stage> => stage(HELD, () => Promise.resolve(NO_DISPUTE));
const challenged = (): Promise<Stage> => stage(HELD, (channel, state) => channel.challenge(state));
const stopped = (): Promise<Stage> => stage(HELD, (channel, state) => channel.checkpoint(state));
const finalPaid = (): Promise<Stage> => stage(HELD, settled);
const finalOwing = (): Promise<Stage> => stage(HELD + 3n, settled);

async function settled(channel: TestChannel, state: State): Promise<Dispute> {
  const dispute = await channel.challenge(state);
  await settle(channel, state, dispute);
  return dispute;
}

const CALLS = {
  conclude: ({ channel }: Stage, state: State, { account }: Actor) =>
    channel.sluice.adjudicator.connect(account).conclude(channel.terms, state, channel.sign(state)),
  challenge: ({ channel, dispute }: Stage, state: State, { account }: Actor) =>
    channel.sluice.adjudicator
      .connect(account)
      .challenge(channel.terms, dispute, state, channel.sign(state), NO_SIGNATURE),
  challengeWithProof: ({ channel, dispute }: Stage, state: State, { account }: Actor) =>
    channel.sluice.adjudicator
      .connect(account)
      .challengeWithProof(channel.terms, dispute, ...supported(channel, [state, channel.actors[0]!]), NO_SIGNATURE),
  checkpoint: ({ channel, dispute }: Stage, state: State, { account }: Actor) =>
    channel.sluice.adjudicator.connect(account).checkpoint(channel.terms, dispute, state, channel.sign(state)),
  checkpointWithProof: ({ channel, dispute }: Stage, state: State, { account }: Actor) =>
    channel.sluice.adjudicator
      .connect(account)
      .checkpointWithProof(channel.terms, dispute, ...supported(channel, [state, channel.actors[0]!])),
  settle: ({ channel, dispute }: Stage, state: State, { account }: Actor) =>
    channel.sluice.adjudicator.connect(account).settle(channel.id, state, dispute),
  collect: ({ channel, owed }: Stage, state: State, { account }: Actor) =>
    channel.sluice.adjudicator.connect(account).collect(channel.id, state, owed),
};

const ALL_NOT_FINAL = [NOT_FINAL, NOT_FINAL, NOT_FINAL] as const;
const ALL_RECORD: Row = [RECORD, RECORD, RECORD, RECORD];

/** While a clock runs, and after it ran out until somebody settles. */
const disputed = (settling: string): Record<Method, Row> => ({
  conclude: [...ALL_NOT_FINAL, RECORD],
  challenge: [OLD, OLD, CLOCK, CLOCK],
  challengeWithProof: [OLD, OLD, CLOCK, ALONE],
  checkpoint: [OLD, OLD, STOPPED, STOPPED],
  checkpointWithProof: [OLD, OLD, STOPPED, ALONE],
  settle: [STATE, settling, STATE, STATE],
  collect: ALL_RECORD,
});

const afterTheEnd = (collecting: string): Record<Method, Row> => ({
  conclude: [...ALL_NOT_FINAL, RECORD],
  challenge: ALL_RECORD,
  challengeWithProof: [RECORD, RECORD, RECORD, ALONE],
  checkpoint: ALL_RECORD,
  checkpointWithProof: [RECORD, RECORD, RECORD, ALONE],
  settle: ALL_RECORD,
  collect: [RECORD, collecting, RECORD, RECORD],
});

/** The truth table: phase x method x version. Who calls is not part of it. */
const PHASES: {
  readonly phase: string;
  readonly enter: () => Promise<Stage>;
  /** When the call is mined: seconds from the deadline. */
  readonly at?: bigint;
  readonly table: Record<Method, Row>;
}[] = [
  {
    phase: "nothing registered",
    enter: none,
    table: {
      conclude: [...ALL_NOT_FINAL, GONE],
      challenge: [CLOCK, CLOCK, CLOCK, CLOCK],
      challengeWithProof: [CLOCK, CLOCK, CLOCK, ALONE],
      checkpoint: [STOPPED, STOPPED, STOPPED, STOPPED],
      checkpointWithProof: [STOPPED, STOPPED, STOPPED, ALONE],
      settle: ALL_RECORD,
      collect: ALL_RECORD,
    },
  },
  { phase: "challenged just now", enter: challenged, table: disputed(RUNNING) },
  { phase: "challenged, T-1", enter: challenged, at: -1n, table: disputed(RUNNING) },
  { phase: "challenged, T", enter: challenged, at: 0n, table: disputed(PAID) },
  { phase: "challenged, T+1", enter: challenged, at: 1n, table: disputed(PAID) },
  {
    phase: "clock stopped",
    enter: stopped,
    table: {
      ...disputed(ANSWERED),
      challenge: [OLD, CLOCK, CLOCK, CLOCK],
      challengeWithProof: [OLD, CLOCK, CLOCK, ALONE],
    },
  },
  { phase: "final, all paid", enter: finalPaid, table: afterTheEnd(NOTHING) },
  { phase: "final, owing", enter: finalOwing, table: afterTheEnd(OWING) },
];

/** What the one stored word says after a call with `state`, or the error of the call. */
async function resultOf(
  { channel, owed }: Stage,
  state: State,
  call: Promise<ContractTransactionResponse>,
): Promise<string> {
  const { adjudicator } = channel.sluice;
  try {
    await call;
  } catch (error) {
    return customErrorOf(adjudicator, error);
  }
  const stored = await adjudicator.recordOf(channel.id);
  const finalizesAt = BigInt(await time.latest()) + channel.terms.challengePeriod;
  const running = { ...NO_DISPUTE, version: state.version, finalizesAt, stateHash: stateHashOf(channel.id, state) };
  const words = new Map<string, string>([
    [`0x${"00".repeat(32)}`, GONE],
    [disputeHashOf(running), CLOCK],
    [disputeHashOf(channel.stopped(state)), STOPPED],
    [finalRecord(channel, state), PAID],
    ...(owed.length === 0 ? [] : [[finalRecord(channel, state, owed), OWING] as const]),
  ]);
  return words.get(stored) ?? stored;
}

async function rowOf(entered: Stage, method: Method, caller: Actor, at?: bigint): Promise<string[]> {
  const row: string[] = [];
  for (const version of VERSIONS) {
    const before = await takeSnapshot();
    if (at !== undefined) await time.setNextBlockTimestamp(entered.dispute.finalizesAt + at);
    const state = entered.states[version];
    row.push(await resultOf(entered, state, CALLS[method](entered, state, caller)));
    await before.restore();
  }
  return row;
}

describe("Adjudicator", () => {
  for (const { phase, enter, at, table } of PHASES) {
    describe(`every method, version and caller while ${phase} (threats 14, 16, 17)`, () => {
      for (const [method, expected] of Object.entries(table)) {
        it(`${method}: ${VERSIONS.map((version, i) => `${version} -> ${expected[i]}`).join(", ")}`, async () => {
          const entered = await loadFixture(enter);
          const { alice, mallory } = entered.channel.sluice;
          const byParticipant = await rowOf(entered, method as Method, alice, at);
          const byStranger = await rowOf(entered, method as Method, mallory, at);
          expect({ byParticipant, byStranger }).to.deep.equal({ byParticipant: expected, byStranger: expected });
        });
      }
    });
  }
});
