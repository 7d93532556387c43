import { parseEther } from "ethers";
import { NATIVE, ticTacToe, type ChannelId, type State } from "../../src";
import { receivedDuring, transactionsWith } from "./evidence";
import { grouped, money } from "./narrator";
import type { Stage } from "./stage";
import { leave, until } from "./waiting";

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
  const { narrator, adjudicator, alice, bob } = stage;
  narrator.chapter(5, "Tic-tac-toe: the loser falls silent, the winner collects");
  const id = await openGame(stage);
  for (const field of FIELDS) await move(stage, id, field);
  await bob.node.stop();
  narrator.say(
    "Before they deposit, both sign that each gets its stake back; once both stakes are there, the game opens.",
  );
  narrator.say("Each move needs only the signature of whoever makes it. The board when Bob falls silent:");
  for (const row of boardOf()) narrator.say(`    ${row}`);
  narrator.figure("At stake", money(2n * STAKE, "ETH"));
  const accounts = [alice.payout, bob.payout] as const;
  const [winnerPaid, loserPaid] = await receivedDuring(stage, NATIVE, accounts, () => leave(stage, alice, id));
  const { gas: challengeGas } = await transactionsWith(stage, adjudicator.filters.Challenged(id));
  const { gas: settleGas } = await transactionsWith(stage, adjudicator.filters.Settled(id));
  const window = alice.node.channel(id).terms.challengePeriod;
  narrator.figure("Alice shows the last two moves", `${grouped(challengeGas)} gas`);
  narrator.figure("Nobody answers for", `${window / 3600n} hours`);
  narrator.figure("Alice settles, as anybody could", `${grouped(settleGas)} gas`);
  narrator.figure("Alice collects", money(winnerPaid, "ETH"));
  return { stakes: 2n * STAKE, moves: FIELDS.length, window, challengeGas, settleGas, winnerPaid, loserPaid };
}

/** Opens a channel, then the game in it, which both nodes sign without asking: both know what they play for. */
async function openGame({ ticTacToe: app, alice, bob }: Stage): Promise<ChannelId> {
  const stake = [{ asset: NATIVE, amount: STAKE }];
  const { id } = await alice.node.open({ peers: [{ address: bob.address }], mine: stake, theirs: [stake], app });
  await Promise.all([alice.node.funded(id), bob.node.funded(id)]);
  const [first, second] = alice.node.channel(id).destinations;
  const { appData } = ticTacToe.openingState({
    asset: NATIVE,
    destinations: [first!, second!],
    stakes: [STAKE, STAKE],
  });
  await alice.node.update(id, { transfers: [], appData, final: false });
  return id;
}

/** Whose turn it is marks a field. Both nodes check it by the rules of the game. */
async function move({ alice, bob }: Stage, id: ChannelId, field: number): Promise<void> {
  const before = alice.node.channel(id);
  const mover = before.self === ticTacToe.nextMover(before.state) ? alice : bob;
  const hasSeen = ({ version }: State) => [alice, bob].every(({ node }) => node.channel(id).version === version);
  await until("both know the position", () => hasSeen(before.state));
  const after = await mover.node.move(id, ticTacToe.play(before.state, field));
  await until("both know the move", () => hasSeen(after));
}

function boardOf(): string[] {
  const fields = Array.from({ length: 9 }, (_, field) => {
    const turn = FIELDS.indexOf(field);
    return turn < 0 ? "·" : turn % 2 === 0 ? "A" : "B";
  });
  return [0, 3, 6].map((start) => fields.slice(start, start + 3).join(" "));
}
