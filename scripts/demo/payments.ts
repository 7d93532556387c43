import { parseEther } from "ethers";
import { recoverSigner, signDigest, stateDigest, type Address, type CompactSignature, type State } from "../../src";
import { split, stateOf } from "../lib/channels";
import type { OpenChannel } from "./channel";
import { grouped, money } from "./narrator";
import type { Actor, Stage } from "./stage";

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

/** Chapter 2: a thousand payments, each signed and checked by both; the chain hears of none. */
export function pay(
  { narrator, alice, bob }: Stage,
  channel: OpenChannel,
  token: Address,
  start: readonly [bigint, bigint],
): Payments {
  narrator.chapter(2, `${grouped(PAYMENTS)} payments off-chain`);
  let [aliceBalance, bobBalance] = start;
  const startedAt = performance.now();
  for (let i = 1; i <= PAYMENTS; i++) {
    const amount = i % 5 === 0 ? -PAYMENT : PAYMENT; // every fifth goes from Bob to Alice
    aliceBalance -= amount;
    bobBalance += amount;
    const balances = split(token, [alice, aliceBalance], [bob, bobBalance]);
    coSign(channel, stateOf(BigInt(i), [balances]));
    if (i % 250 === 0 && i < PAYMENTS) narrator.progress(`${grouped(i)} payments`);
  }
  const seconds = (performance.now() - startedAt) / 1000;
  const perSecond = PAYMENTS / seconds;
  narrator.say("Both sign each new balance and check what the other signed. Nothing is sent to the chain.");
  narrator.figure("Signed and checked", `${grouped(2 * PAYMENTS)} signatures`);
  narrator.figure("Payments per second, both sides on one core", grouped(Math.round(perSecond)));
  narrator.figure("Alice has now", money(aliceBalance, "TUSD"));
  narrator.figure("Bob has now", money(bobBalance, "TUSD"));
  return { payments: PAYMENTS, signatures: 2 * PAYMENTS, seconds, perSecond, alice: aliceBalance, bob: bobBalance };
}

/** Each signs what it computed itself, and accepts the other's signature only over that. */
function coSign(channel: OpenChannel, state: State): void {
  const [first, second] = channel.actors as [Actor, Actor];
  const proposed = signOwn(channel, state, first);
  const accepted = signOwn(channel, state, second);
  requireFrom(first, accepted.digest, proposed.signature);
  requireFrom(second, proposed.digest, accepted.signature);
}

function signOwn({ deployment, id }: OpenChannel, state: State, { key }: Actor) {
  const digest = stateDigest(deployment, id, state);
  return { digest, signature: signDigest(key, digest) };
}

function requireFrom(actor: Actor, digest: `0x${string}`, signature: CompactSignature): void {
  if (recoverSigner(digest, signature) !== actor.participant)
    throw new Error(`${actor.name} did not sign this payment.`);
}
