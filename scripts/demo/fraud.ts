import { parseEther } from "ethers";
import {
  FINAL_VERSION,
  NATIVE,
  NO_DISPUTE,
  signChallenge,
  stateHashOf,
  stoppedAt,
  type Dispute,
  type State,
} from "../../src";
import { agree, signaturesOf, split, stateOf } from "../lib/channels";
import { mined } from "../lib/transactions";
import { challengedIn, type OpenChannel } from "./channel";
import { grouped, money } from "./narrator";
import type { Actor, Stage } from "./stage";

export interface Fraud {
  readonly bond: bigint;
  /** What Alice would have lost. */
  readonly attempted: bigint;
  readonly challengeGas: bigint;
  readonly answerGas: bigint;
  readonly bondWithdrawnByAlice: bigint;
  readonly alicePaid: bigint;
  readonly malloryPaid: bigint;
  readonly closingGas: bigint;
}

const BOND = parseEther("0.5");
const DEPOSIT = parseEther("10");
const ALICE_OLD = parseEther("1");
const ALICE_NEW = parseEther("9");

/** Chapter 4: an old state is answered by a newer one, and whoever challenged with it pays for that. */
export async function catchFraud(stage: Stage): Promise<Fraud> {
  const { narrator, adjudicator, alice, mallory, stranger, deployment } = stage;
  narrator.chapter(4, "Mallory cheats, and pays for it");
  const channel = agree(deployment, [alice, mallory], 4n, { bond: BOND });
  await mined(adjudicator.connect(stranger.wallet).depositNative(channel.id, 0n, { value: DEPOSIT }));
  const old = stateOf(1n, sharesOf(stage, ALICE_OLD));
  const newest = stateOf(40n, sharesOf(stage, ALICE_NEW));
  const { dispute, gas: challengeGas } = await challenge(stage, channel, old, mallory);
  narrator.say(
    `Version 40 gives Mallory ${money(DEPOSIT - ALICE_NEW, "ETH")}. Mallory challenges with version 1 instead.`,
  );
  narrator.figure("Version 1 would give Mallory", money(DEPOSIT - ALICE_OLD, "ETH"));
  narrator.figure("Mallory puts up as bond", money(BOND, "ETH"));
  narrator.figure("The challenge costs Mallory", `${grouped(challengeGas)} gas`);
  const { gasUsed: answerGas } = await mined(
    adjudicator.connect(stranger.wallet).checkpoint(channel.terms, dispute, newest, signaturesOf(channel, newest)),
  );
  narrator.say("A stranger answers for Alice with version 40, which Mallory had signed as well.");
  narrator.figure("The answer costs", `${grouped(answerGas)} gas`);
  const bondWithdrawnByAlice = await withdrawBond(stage);
  narrator.figure("Alice withdraws Mallory's bond", money(bondWithdrawnByAlice, "ETH"));
  const closing = await closeHonestly(stage, channel, newest);
  return { bond: BOND, attempted: ALICE_NEW - ALICE_OLD, challengeGas, answerGas, bondWithdrawnByAlice, ...closing };
}

function sharesOf({ alice, mallory }: Stage, aliceShare: bigint) {
  return [split(NATIVE, [alice, aliceShare], [mallory, DEPOSIT - aliceShare])];
}

async function challenge({ adjudicator, deployment }: Stage, channel: OpenChannel, state: State, by: Actor) {
  const signature = signChallenge(by.key, deployment, stateHashOf(channel.id, state));
  const receipt = await mined(
    adjudicator
      .connect(by.wallet)
      .challenge(channel.terms, NO_DISPUTE, state, signaturesOf(channel, state), signature, { value: BOND }),
  );
  const dispute: Dispute = challengedIn(adjudicator, channel, state, receipt);
  return { dispute, gas: receipt.gasUsed };
}

/** The forfeited bond waits under Alice's account; she takes it all. Returns how much it was. */
async function withdrawBond({ adjudicator, alice, provider }: Stage): Promise<bigint> {
  const forfeited = await adjudicator.held(alice.destination, NATIVE);
  const before = await provider.getBalance(alice.address);
  const receipt = await mined(adjudicator.connect(alice.wallet).withdraw(NATIVE, alice.address, forfeited));
  return (await provider.getBalance(alice.address)) - before + receipt.fee;
}

/** Nothing is left to gain: both sign the last state, and one transaction registers and settles it. */
async function closeHonestly(stage: Stage, channel: OpenChannel, newest: State) {
  const { narrator, adjudicator, alice, mallory, provider, stranger } = stage;
  const final = stateOf(FINAL_VERSION, sharesOf(stage, ALICE_NEW));
  const signatures = signaturesOf(channel, final);
  const calls = [
    adjudicator.interface.encodeFunctionData("checkpoint", [
      channel.terms,
      stoppedAt(channel.id, newest),
      final,
      signatures,
    ]),
    adjudicator.interface.encodeFunctionData("settle", [channel.id, final, stoppedAt(channel.id, final)]),
  ];
  const balances = () => Promise.all([alice, mallory].map(({ address }) => provider.getBalance(address)));
  const [aliceBefore, malloryBefore] = await balances();
  const { gasUsed: closingGas } = await mined(adjudicator.connect(stranger.wallet).multicall(calls));
  const [aliceAfter, malloryAfter] = await balances();
  const facts = { alicePaid: aliceAfter! - aliceBefore!, malloryPaid: malloryAfter! - malloryBefore!, closingGas };
  narrator.say("Mallory gives in. Both sign the end; one transaction registers and pays it.");
  narrator.figure("Alice is paid", money(facts.alicePaid, "ETH"));
  narrator.figure("Mallory is paid", money(facts.malloryPaid, "ETH"));
  return facts;
}
