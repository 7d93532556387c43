import { parseEther } from "ethers";
import {
  everyone,
  NATIVE,
  NO_DISPUTE,
  NO_SIGNATURE,
  requireSigned,
  signerSet,
  ticTacToe,
  toAddress,
  type State,
} from "../../src";
import { agree, DAY, signaturesOf } from "../lib/channels";
import { mined } from "../lib/transactions";
import { challengedIn, type OpenChannel } from "./channel";
import { grouped, money } from "./narrator";
import { travelTo, type Actor, type Stage } from "./stage";

export interface Game {
  readonly stakes: bigint;
  readonly moves: number;
  /** Seconds the loser had to answer. */
  readonly window: bigint;
  readonly challengeGas: bigint;
  readonly settleGas: bigint;
  readonly winnerPaid: bigint;
  readonly loserPaid: bigint;
}

const STAKE = parseEther("1");
/** Fields in the order of play. Alice starts; her third mark threatens two rows, and Bob can close only one. */
const FIELDS = [4, 1, 0, 8, 3];

/** Chapter 5: the loser of a game falls silent; the winner's own signature is enough to collect. */
export async function playTicTacToe(stage: Stage): Promise<Game> {
  const { narrator, adjudicator, alice, bob, stranger, deployment } = stage;
  narrator.chapter(5, "Tic-tac-toe: the loser falls silent, the winner collects");
  const app = toAddress(await stage.ticTacToe.getAddress());
  const channel = agree(deployment, [alice, bob], 5n, { app });
  const terms = termsOf(channel);
  coSign(channel, ticTacToe.fundingState(terms));
  await mined(adjudicator.connect(stranger.wallet).depositNative(channel.id, 0n, { value: 2n * STAKE }));
  const opening = ticTacToe.openingState(terms, channel.actors[0] === alice ? 1n : 2n); // so that Alice starts
  coSign(channel, opening);
  const [previous, last] = play(opening);
  narrator.say(
    "Both sign, before they deposit, that each gets its stake back; once both stakes are there, the game opens.",
  );
  narrator.say("Each move needs only the signature of whoever makes it. The board when Bob falls silent:");
  for (const row of boardOf()) narrator.say(`    ${row}`);
  narrator.figure("At stake", money(2n * STAKE, "ETH"));
  const { dispute, gas: challengeGas } = await challenge(stage, channel, previous, last);
  narrator.figure("Alice shows the last two moves", `${grouped(challengeGas)} gas`);
  await travelTo(stage, dispute.finalizesAt);
  narrator.figure("Nobody answers for", `${DAY / 3600n} hours`);
  const balances = () => Promise.all([alice, bob].map(({ address }) => stage.provider.getBalance(address)));
  const [aliceBefore, bobBefore] = await balances();
  const { gasUsed: settleGas } = await mined(adjudicator.connect(stranger.wallet).settle(channel.id, last, dispute));
  const [aliceAfter, bobAfter] = await balances();
  const winnerPaid = aliceAfter! - aliceBefore!;
  narrator.figure("Anybody settles", `${grouped(settleGas)} gas`);
  narrator.figure("Alice collects", money(winnerPaid, "ETH"));
  const loserPaid = bobAfter! - bobBefore!;
  return { stakes: 2n * STAKE, moves: FIELDS.length, window: DAY, challengeGas, settleGas, winnerPaid, loserPaid };
}

function termsOf({ actors }: OpenChannel): ticTacToe.Terms {
  const [first, second] = actors as [Actor, Actor];
  return { asset: NATIVE, destinations: [first.destination, second.destination], stakes: [STAKE, STAKE] };
}

/** Both sign, and nobody goes on before it has the other's signature. */
function coSign(channel: OpenChannel, state: State): void {
  const { deployment, terms, id } = channel;
  requireSigned(deployment, terms, id, { state, signers: everyone(terms) }, signaturesOf(channel, state));
}

/** The last two positions of the game; each player checks the other's moves. */
function play(opening: State): [previous: State, last: State] {
  let [previous, last] = [opening, opening];
  for (const field of FIELDS) {
    [previous, last] = [last, ticTacToe.play(last, field)];
    ticTacToe.requireMove(previous, last);
  }
  return [previous, last];
}

/** The winner's last move, on top of the loser's, each signed by its mover only. */
async function challenge({ adjudicator, alice, bob }: Stage, channel: OpenChannel, previous: State, last: State) {
  const { terms } = channel;
  const signers = (actor: Actor) => signerSet(channel.actors.indexOf(actor));
  const candidate = { state: last, signers: signers(alice) };
  const proof = [{ state: previous, signers: signers(bob) }];
  const signatures = [...signaturesOf(channel, last, [alice]), ...signaturesOf(channel, previous, [bob])];
  const receipt = await mined(
    adjudicator.connect(alice.wallet).challengeWithProof(terms, NO_DISPUTE, candidate, proof, signatures, NO_SIGNATURE),
  );
  return { dispute: challengedIn(adjudicator, channel, last, receipt), gas: receipt.gasUsed };
}

function boardOf(): string[] {
  const fields = Array.from({ length: 9 }, (_, field) => {
    const turn = FIELDS.indexOf(field);
    return turn < 0 ? "·" : turn % 2 === 0 ? "A" : "B";
  });
  return [0, 3, 6].map((start) => fields.slice(start, start + 3).join(" "));
}
