import { parseEther } from "ethers";
import { channelDestination, toAddress, type Address } from "../../src";
import type { AuthorizationStruct } from "../../typechain-types/contracts/Adjudicator";
import { signAuthorization } from "../lib/authorizations";
import { agree } from "../lib/channels";
import { mined } from "../lib/transactions";
import type { OpenChannel } from "./channel";
import { grouped, money } from "./narrator";
import type { Actor, Stage } from "./stage";

export interface Opening {
  readonly aliceDeposit: bigint;
  readonly bobDeposit: bigint;
  readonly held: bigint;
  readonly transactions: number;
  readonly gas: bigint;
}

const ALICE_DEPOSIT = parseEther("1000");
const BOB_DEPOSIT = parseEther("500");

/** Chapter 1: one transaction, sent by a stranger, funds a stablecoin channel for two. */
export async function open(stage: Stage): Promise<{ channel: OpenChannel; token: Address; facts: Opening }> {
  const { narrator, adjudicator, token, alice, bob, stranger, deployment } = stage;
  narrator.chapter(1, "Alice and Bob open a stablecoin channel with one transaction");
  await mined(token.connect(stranger.wallet).mint(alice.address, ALICE_DEPOSIT * 2n));
  await mined(token.connect(stranger.wallet).mint(bob.address, BOB_DEPOSIT * 2n));
  const channel = agree(deployment, [alice, bob], 1n);
  const authorizations = [
    await authorize(stage, channel, alice, ALICE_DEPOSIT, 0n),
    await authorize(stage, channel, bob, BOB_DEPOSIT, ALICE_DEPOSIT),
  ];
  const { gasUsed } = await mined(adjudicator.connect(stranger.wallet).fund(channel.id, 0n, authorizations, []));
  const tokenAddress = toAddress(await token.getAddress());
  const held = await adjudicator.held(channel.id, tokenAddress);
  narrator.say("Each signs one transfer (ERC-3009), bound to this channel. A stranger sends both.");
  narrator.figure("Alice puts in", money(ALICE_DEPOSIT, "TUSD"));
  narrator.figure("Bob puts in", money(BOB_DEPOSIT, "TUSD"));
  narrator.figure("The channel holds", money(held, "TUSD"));
  narrator.figure("One transaction costs", `${grouped(gasUsed)} gas`);
  const facts = { aliceDeposit: ALICE_DEPOSIT, bobDeposit: BOB_DEPOSIT, held, transactions: 1, gas: gasUsed };
  return { channel, token: tokenAddress, facts };
}

/** Signs a transfer that only this channel can receive, within an hour and only behind `expectedHeld`. */
async function authorize(
  { token, provider, deployment }: Stage,
  { id }: OpenChannel,
  { wallet, address }: Actor,
  amount: bigint,
  expectedHeld: bigint,
): Promise<AuthorizationStruct> {
  const latest = await provider.getBlock("latest");
  return signAuthorization(wallet, deployment, {
    token: toAddress(await token.getAddress()),
    from: address,
    destination: channelDestination(id),
    amount,
    expectedHeld,
    salt: 0n,
    validAfter: 0n,
    validBefore: BigInt(latest!.timestamp) + 3600n,
  });
}
