import { parseEther } from "ethers";
import { accountDestination, FINAL_VERSION, NATIVE, toAddress } from "../../src";
import type { RejectingRecipient } from "../../typechain-types";
import { RejectingRecipient__factory } from "../../typechain-types/factories/contracts/test/RejectingRecipient__factory";
import { agree, signaturesOf, split, stateOf } from "../lib/channels";
import { mined } from "../lib/transactions";
import { receivedDuring, transactionsWith } from "./evidence";
import { grouped, money } from "./narrator";
import type { Stage } from "./stage";

export interface Rejection {
  readonly alicePaid: bigint;
  /** Paid to Carol, who comes after the recipient that rejects. */
  readonly carolPaid: bigint;
  /** Kept for the recipient that rejected it. */
  readonly kept: bigint;
  /** What its owner then sent to another account. */
  readonly withdrawnElsewhere: bigint;
  readonly closingGas: bigint;
}

const ALICE_SHARE = parseEther("2");
const REJECTED_SHARE = parseEther("3");
const CAROL_SHARE = parseEther("1");

/** Chapter 6: a recipient that refuses money delays nobody, and loses nothing. */
export async function payRejecting(stage: Stage): Promise<Rejection> {
  const { narrator, adjudicator, alice, bob, carol, stranger, deployment } = stage;
  narrator.chapter(6, "A recipient that rejects money delays nobody");
  const wallet = await new RejectingRecipient__factory(bob.wallet).deploy();
  const bobsContract = accountDestination(toAddress(await wallet.getAddress()));
  const channel = agree(deployment, [alice, bob], 6n);
  const total = ALICE_SHARE + REJECTED_SHARE + CAROL_SHARE;
  await mined(adjudicator.connect(stranger.wallet).depositNative(channel.id, 0n, { value: total }));
  const shares = split(NATIVE, [alice, ALICE_SHARE], [bobsContract, REJECTED_SHARE], [carol, CAROL_SHARE]);
  const final = stateOf(FINAL_VERSION, [shares]);
  const conclude = () =>
    mined(adjudicator.connect(stranger.wallet).conclude(channel.terms, final, signaturesOf(channel, final)));
  const accounts = [alice.payout, carol.payout] as const;
  const [alicePaid, carolPaid] = await receivedDuring(stage, NATIVE, accounts, conclude);
  const { gas: closingGas } = await transactionsWith(stage, adjudicator.filters.Debited(channel.id));
  const kept = await adjudicator.held(bobsContract, NATIVE);
  narrator.say("The channel pays Alice, then a contract of Bob's that reverts on every payment, then Carol.");
  narrator.figure("Alice is paid", money(alicePaid, "ETH"));
  narrator.figure("Carol, who comes last, is paid", money(carolPaid, "ETH"));
  narrator.figure("Kept for the contract that rejects", money(kept, "ETH"));
  narrator.figure("Closing costs", `${grouped(closingGas)} gas`);
  const withdrawnElsewhere = await withdrawElsewhere(stage, wallet, kept);
  narrator.figure("Bob later withdraws it to another account", money(withdrawnElsewhere, "ETH"));
  return { alicePaid, carolPaid, kept, withdrawnElsewhere, closingGas };
}

/** Sends what is kept to an account that never had anything. Returns what that account then has. */
async function withdrawElsewhere({ adjudicator, bob, provider }: Stage, wallet: RejectingRecipient, amount: bigint) {
  const elsewhere = `0x${"b0b".padStart(40, "0")}`;
  await mined(wallet.connect(bob.wallet).withdrawTo(await adjudicator.getAddress(), NATIVE, elsewhere, amount));
  return provider.getBalance(elsewhere);
}
