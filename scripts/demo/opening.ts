import { parseEther } from "ethers";
import { toAddress, type Address, type ChannelId } from "../../src";
import { transactionsWith } from "./evidence";
import { grouped, money } from "./narrator";
import type { Stage } from "./stage";

export interface Opening {
  readonly aliceDeposit: bigint;
  readonly bobDeposit: bigint;
  readonly held: bigint;
  readonly transactions: number;
  readonly gas: bigint;
}

/** A channel for payments in one asset. */
export interface PaymentChannel {
  readonly id: ChannelId;
  readonly asset: Address;
}

const ALICE_DEPOSIT = parseEther("1000");
const BOB_DEPOSIT = parseEther("500");

/** Chapter 1: one transaction funds a stablecoin channel for two. */
export async function open(stage: Stage): Promise<{ channel: PaymentChannel; facts: Opening }> {
  const { narrator, adjudicator, token, alice, bob } = stage;
  narrator.chapter(1, "Alice and Bob open a stablecoin channel with one transaction");
  const asset = toAddress(await token.getAddress());
  const { id } = await alice.node.open({
    peers: [{ address: bob.address }],
    mine: [{ asset, amount: ALICE_DEPOSIT }],
    theirs: [[{ asset, amount: BOB_DEPOSIT }]],
    funding: "authorizations",
  });
  await Promise.all([alice.node.funded(id), bob.node.funded(id)]);
  const { transactions, gas } = await transactionsWith(stage, adjudicator.filters.TokenDeposited(id));
  const held = await adjudicator.held(id, asset);
  narrator.say("Their nodes sign the opening, then one transfer each (ERC-3009), bound to it. Alice's sends both.");
  narrator.figure("Alice puts in", money(ALICE_DEPOSIT, "TUSD"));
  narrator.figure("Bob puts in", money(BOB_DEPOSIT, "TUSD"));
  narrator.figure("The channel holds", money(held, "TUSD"));
  narrator.figure("One transaction costs", `${grouped(gas)} gas`);
  const facts = { aliceDeposit: ALICE_DEPOSIT, bobDeposit: BOB_DEPOSIT, held, transactions, gas };
  return { channel: { id, asset }, facts };
}
