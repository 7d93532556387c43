import { parseEther } from "ethers";
import type { PaymentChannel } from "./opening";
import { grouped, money } from "./narrator";
import type { Player, Stage } from "./stage";

export interface Payments {
  readonly payments: number;
  readonly signatures: number;
  readonly seconds: number;
  readonly perSecond: number;
  readonly alice: bigint;
  readonly bob: bigint;
}

const PAYMENTS = 1000;
const PAYMENT = parseEther("0.5");

/** Chapter 2: a thousand payments, one after the other, each signed and checked by both; the chain hears of none. */
export async function pay(stage: Stage, channel: PaymentChannel): Promise<Payments> {
  const { narrator, alice, bob } = stage;
  narrator.chapter(2, `${grouped(PAYMENTS)} payments off-chain`);
  const startedAt = performance.now();
  for (let i = 1; i <= PAYMENTS; i++) {
    const payer = i % 5 === 0 ? bob : alice;
    await payer.node.pay({ channelId: channel.id, asset: channel.asset, amount: PAYMENT });
    if (i % 250 === 0 && i < PAYMENTS) narrator.progress(`${grouped(i)} payments`);
  }
  const seconds = (performance.now() - startedAt) / 1000;
  const facts: Payments = {
    payments: PAYMENTS,
    signatures: 2 * Number(bob.node.channel(channel.id).state.version), // both sign every version
    seconds,
    perSecond: PAYMENTS / seconds,
    alice: shareOf(alice, channel),
    bob: shareOf(bob, channel),
  };
  narrator.say("Both nodes sign each new balance and check what the other signed. Nothing is sent to the chain.");
  narrator.figure("Signed and checked", `${grouped(facts.signatures)} signatures`);
  narrator.figure("Payments per second, both nodes on one core", grouped(Math.round(facts.perSecond)));
  narrator.figure("Alice has now", money(facts.alice, "TUSD"));
  narrator.figure("Bob has now", money(facts.bob, "TUSD"));
  return facts;
}

/** What a player's own node says that the player has. */
function shareOf({ node }: Player, { id, asset }: PaymentChannel): bigint {
  return node.channel(id).mine.find((share) => share.asset === asset)!.amount;
}
