import { AbiCoder, parseEther } from "ethers";
import { NATIVE, NO_DISPUTE, NO_SIGNATURE, signerSet, signState, toAddress, type Hex, type State } from "../../src";
import { agree, challengedIn, split, stateOf, type OpenChannel } from "./channel";
import { grouped, money } from "./narrator";
import { mined, travelTo, type Stage } from "./stage";

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

type Pair<T> = readonly [T, T];

const STAKE = parseEther("1");
const WINDOW = 86_400n;
/** Fields in the order of play. Alice starts; her third mark threatens two rows, and Bob can close only one. */
const FIELDS = [4, 1, 0, 8, 3];
const GAME_TYPE = "tuple(address asset, bytes32[2] destinations, uint256[2] stakes, uint16[2] marks)";

/** Chapter 5: the loser of a game falls silent; the winner's own signature is enough to collect. */
export async function playTicTacToe(stage: Stage): Promise<Game> {
  const { narrator, adjudicator, alice, bob, stranger, deployment, ticTacToe } = stage;
  narrator.chapter(5, "Tic-tac-toe: the loser falls silent, the winner collects");
  const app = toAddress(await ticTacToe.getAddress());
  const channel = agree(deployment, [alice, bob], 5, { app, challengePeriod: WINDOW });
  await mined(adjudicator.connect(stranger.wallet).depositNative(channel.id, 0n, { value: 2n * STAKE }));
  const states = play(channel, channel.people.indexOf(alice));
  narrator.say("Each move needs only the signature of whoever makes it. The board when Bob falls silent:");
  for (const row of boardOf()) narrator.say(`    ${row}`);
  narrator.figure("At stake", money(2n * STAKE, "ETH"));
  const { dispute, state, gas: challengeGas } = await challenge(stage, channel, states);
  narrator.figure("Alice shows the last two moves", `${grouped(challengeGas)} gas`);
  await travelTo(stage, dispute.finalizesAt);
  narrator.figure("Nobody answers for", `${WINDOW / 3600n} hours`);
  const balances = () => Promise.all([alice, bob].map(({ address }) => stage.provider.getBalance(address)));
  const [aliceBefore, bobBefore] = await balances();
  const { gasUsed: settleGas } = await mined(adjudicator.connect(stranger.wallet).settle(channel.id, state, dispute));
  const [aliceAfter, bobAfter] = await balances();
  const winnerPaid = aliceAfter! - aliceBefore!;
  narrator.figure("Anybody settles", `${grouped(settleGas)} gas`);
  narrator.figure("Alice collects", money(winnerPaid, "ETH"));
  const loserPaid = bobAfter! - bobBefore!;
  return { stakes: 2n * STAKE, moves: FIELDS.length, window: WINDOW, challengeGas, settleGas, winnerPaid, loserPaid };
}

/** The opening and every move after it, the newest last. Version `v` is the move of participant `v % 2`. */
function play(channel: OpenChannel, alice: number): State[] {
  const marks: [number, number] = [0, 0];
  const opening = BigInt(1 - alice); // so that the next version is Alice's
  const states = [positionOf(channel, opening, marks, [STAKE, STAKE])];
  FIELDS.forEach((field, i) => {
    const mover = i % 2 === 0 ? alice : 1 - alice;
    marks[mover] = marks[mover]! | (1 << field);
    const pays: Pair<bigint> = mover === 0 ? [2n * STAKE, 0n] : [0n, 2n * STAKE]; // until the other answers
    states.push(positionOf(channel, opening + BigInt(i + 1), marks, pays));
  });
  return states;
}

function positionOf({ people }: OpenChannel, version: bigint, marks: Pair<number>, pays: Pair<bigint>): State {
  const destinations = people.map(({ destination }) => destination);
  const game = { asset: NATIVE, destinations, stakes: [STAKE, STAKE], marks: [...marks] };
  const appData = AbiCoder.defaultAbiCoder().encode([GAME_TYPE], [game]) as Hex;
  const [first, second] = people;
  return stateOf(version, split(NATIVE, [first.destination, pays[0]], [second.destination, pays[1]]), appData);
}

/** The winner's last move, on top of the loser's, each signed by its mover only. */
async function challenge({ adjudicator, alice, bob, deployment }: Stage, channel: OpenChannel, states: State[]) {
  const [previous, state] = states.slice(-2) as [State, State];
  const signers = (actor: typeof alice) => signerSet(channel.people.indexOf(actor));
  const receipt = await mined(
    adjudicator
      .connect(alice.wallet)
      .challengeWithProof(
        channel.terms,
        NO_DISPUTE,
        { state, signers: signers(alice) },
        [{ state: previous, signers: signers(bob) }],
        [signState(alice.key, deployment, channel.id, state), signState(bob.key, deployment, channel.id, previous)],
        NO_SIGNATURE,
      ),
  );
  return { state, dispute: challengedIn(adjudicator, channel, state, receipt), gas: receipt.gasUsed };
}

function boardOf(): string[] {
  const fields = Array.from({ length: 9 }, (_, field) => {
    const turn = FIELDS.indexOf(field);
    return turn < 0 ? "·" : turn % 2 === 0 ? "A" : "B";
  });
  return [0, 3, 6].map((start) => fields.slice(start, start + 3).join(" "));
}
