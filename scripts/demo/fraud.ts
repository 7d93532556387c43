import { parseEther } from "ethers";
import { NATIVE, NO_DISPUTE, signChallenge, stateHashOf, type engine } from "../../src";
import { decodeRecord, recordKey } from "../../src/node/records";
import { mined } from "../lib/transactions";
import { receivedDuring, transactionsWith } from "./evidence";
import { grouped, money } from "./narrator";
import type { Stage } from "./stage";
import { leave, until } from "./waiting";

export interface Fraud {
  readonly bond: bigint;
  /** What Alice would have lost. */
  readonly attempted: bigint;
  readonly challengeGas: bigint;
  readonly answerGas: bigint;
  readonly bondWithdrawnByAlice: bigint;
  readonly alicePaid: bigint;
  readonly malloryPaid: bigint;
  /** Of Alice's own challenge and of the settlement after it. */
  readonly closingGas: bigint;
}

const BOND = parseEther("0.5");
const ALICE_DEPOSIT = parseEther("1");
const MALLORY_DEPOSIT = parseEther("9");
const PAYMENTS = 40n;
const PAYMENT = parseEther("0.2");

/** Chapter 4: an old state is answered by a newer one, and whoever challenged with it pays for that. */
export async function catchFraud(stage: Stage): Promise<Fraud> {
  const { narrator, adjudicator, alice, mallory } = stage;
  narrator.chapter(4, "Mallory cheats, and pays for it");
  const old = await payAndKeepOpening(stage);
  const { id } = old;
  narrator.say(`${PAYMENTS} payments leave Mallory ${money(MALLORY_DEPOSIT - PAYMENTS * PAYMENT, "ETH")}.`);
  narrator.say("Mallory stops paying, and challenges with the opening instead.");
  const challengeGas = await challenge(stage, old);
  narrator.figure("The opening would give Mallory", money(MALLORY_DEPOSIT, "ETH"));
  narrator.figure("Mallory puts up as bond", money(BOND, "ETH"));
  narrator.figure("The challenge costs Mallory", `${grouped(challengeGas)} gas`);
  await until("Alice's node answers", () => alice.node.waiting().length > 0);
  const { gas: answerGas } = await transactionsWith(stage, adjudicator.filters.Checkpointed(id));
  narrator.say(`Alice's node sees it, and answers with version ${PAYMENTS}, which Mallory has signed as well.`);
  narrator.figure("The answer costs", `${grouped(answerGas)} gas`);
  const withdraw = () => alice.node.withdraw(NATIVE);
  const [bondWithdrawnByAlice] = await receivedDuring(stage, NATIVE, [alice.payout], withdraw);
  narrator.figure("Alice withdraws Mallory's bond", money(bondWithdrawnByAlice, "ETH"));
  const accounts = [alice.payout, mallory.payout] as const;
  const [alicePaid, malloryPaid] = await receivedDuring(stage, NATIVE, accounts, () => leave(stage, alice, id));
  narrator.say("Mallory does not answer any more. Alice's node leaves through the chain, and both are paid.");
  narrator.figure("Alice is paid", money(alicePaid, "ETH"));
  narrator.figure("Mallory is paid", money(malloryPaid, "ETH"));
  const { gas: challenges } = await transactionsWith(stage, adjudicator.filters.Challenged(id));
  const { gas: settlement } = await transactionsWith(stage, adjudicator.filters.Settled(id));
  return {
    bond: BOND,
    attempted: PAYMENTS * PAYMENT,
    challengeGas,
    answerGas,
    bondWithdrawnByAlice,
    alicePaid,
    malloryPaid,
    closingGas: challenges - challengeGas + settlement,
  };
}

/** Mallory pays Alice most of what it has. Returns what its disk held of the channel before. */
async function payAndKeepOpening({ alice, mallory }: Stage): Promise<engine.ChannelRecord> {
  const { id } = await alice.node.open({
    peers: [{ address: mallory.address }],
    mine: [{ asset: NATIVE, amount: ALICE_DEPOSIT }],
    theirs: [[{ asset: NATIVE, amount: MALLORY_DEPOSIT }]],
    bond: BOND,
  });
  await Promise.all([alice.node.funded(id), mallory.node.funded(id)]);
  const old = decodeRecord(id, mallory.store.get(recordKey(id))!);
  for (let i = 0n; i < PAYMENTS; i++) await mallory.node.pay({ channelId: id, asset: NATIVE, amount: PAYMENT });
  return old;
}

/** No node challenges with an old state: Mallory has to do it by hand. Returns the gas. */
async function challenge(stage: Stage, { id, terms, agreed }: engine.ChannelRecord): Promise<bigint> {
  const { adjudicator, mallory, deployment } = stage;
  await mallory.node.stop();
  const { state, signatures } = agreed!;
  const signature = signChallenge(mallory.key, deployment, stateHashOf(id, state));
  const { gasUsed } = await mined(
    adjudicator
      .connect(mallory.wallet)
      .challenge(terms, NO_DISPUTE, state, [...signatures], signature, { value: BOND }),
  );
  return gasUsed;
}
