import { parseEther, Signature } from "ethers";
import {
  authorizationNonce,
  channelDestination,
  RECEIVE_WITH_AUTHORIZATION_TYPE,
  toAddress,
  type Address,
} from "../../src";
import type { AuthorizationStruct } from "../../typechain-types/contracts/Adjudicator";
import { agree, type OpenChannel } from "./channel";
import { grouped, money } from "./narrator";
import { mined, type Actor, type Stage } from "./stage";

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
  const channel = agree(deployment, [alice, bob], 1);
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

/** Signs a transfer that only this channel can receive, and only behind `expectedHeld`. */
async function authorize(
  { adjudicator, token, provider, deployment }: Stage,
  { id }: OpenChannel,
  payer: Actor,
  amount: bigint,
  expectedHeld: bigint,
): Promise<AuthorizationStruct> {
  const latest = await provider.getBlock("latest");
  const validBefore = BigInt(latest!.timestamp) + 3600n;
  const tokenAddress = await token.getAddress();
  const domain = {
    name: "Test Dollar",
    version: "1",
    chainId: deployment.chainId,
    verifyingContract: tokenAddress,
  };
  const message = {
    from: payer.address,
    to: await adjudicator.getAddress(),
    value: amount,
    validAfter: 0n,
    validBefore,
    nonce: authorizationNonce(channelDestination(id), expectedHeld, 0n),
  };
  const signature = await payer.wallet.signTypedData(domain, RECEIVE_WITH_AUTHORIZATION_TYPE, message);
  const { v, r, s } = Signature.from(signature);
  return {
    token: tokenAddress,
    from: payer.address,
    amount,
    expectedHeld,
    validAfter: 0n,
    validBefore,
    salt: 0n,
    v,
    r,
    s,
  };
}
