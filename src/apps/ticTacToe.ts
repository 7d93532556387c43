/**
 * The player's side of `contracts/apps/TicTacToe.sol`: which state a move leads to, and whether an opponent's move is
 * one. Nothing here signs, sends or asks a clock.
 */
import { AbiCoder, dataLength } from "ethers";
import { SluiceError } from "../errors";
import { encodeOutcome } from "../protocol/outcome";
import { FINAL_VERSION, type Address, type Destination, type Hex, type State } from "../protocol/types";

/** A player, by its position among the participants. */
export type Player = 0 | 1;

/** What is played for, and by whom. One entry per participant, in their order. */
export interface Terms {
  readonly asset: Address;
  /** Where each player is paid. */
  readonly destinations: readonly [Destination, Destination];
  /** What each player puts in. */
  readonly stakes: readonly [bigint, bigint];
}

/** A position. Mirrors `TicTacToe.Game`. */
export interface Game extends Terms {
  /** Fields of each player: bit `i` is field `i`, row by row. */
  readonly marks: readonly [number, number];
}

/** How a game stands: still open, a draw, or won by a player. */
export type Result = "open" | "draw" | Player;

const FULL = 0x1ff;
const LINES = [0x007, 0x038, 0x1c0, 0x049, 0x092, 0x124, 0x111, 0x054];
const MAX_MOVES = 9n;
const MAX_AMOUNT = 2n ** 256n - 1n;
const GAME_TYPE = ["address", "bytes32[2]", "uint256[2]", "uint16[2]"];
const GAME_SIZE = 7 * 32;

/** Encodes a position as the `appData` of a state. */
export function encodeGame({ asset, destinations, stakes, marks }: Game): Hex {
  return AbiCoder.defaultAbiCoder().encode(GAME_TYPE, [asset, destinations, stakes, marks]) as Hex;
}

/**
 * Reads a position from the `appData` of a state; the inverse of {@link encodeGame}.
 * @throws SluiceError `MOVE_INVALID` for anything else
 */
export function decodeGame(appData: Hex): Game {
  if (dataLength(appData) !== GAME_SIZE) refuse(`A position has ${GAME_SIZE} bytes, not ${dataLength(appData)}.`);
  const game = readGame(appData);
  if (game === undefined || encodeGame(game) !== appData.toLowerCase()) {
    return refuse("Its bytes are not the encoding of a position.");
  }
  return game;
}

/**
 * The state to sign before anybody deposits: it returns the stakes and holds no position, so that nobody can move
 * before both stakes are there. Sign {@link openingState} once they are.
 * @throws SluiceError `AMOUNT_OUT_OF_RANGE` when no outcome can hold the sum of the stakes
 */
export function fundingState(terms: Terms): State {
  requireSum(terms);
  return { version: 0n, outcome: outcomeOf(terms, terms.stakes), appData: "0x" };
}

/**
 * The empty board, to be signed by both once both stakes are deposited: from then on silence loses.
 * @param version at least 1; the player `(version + 1) % 2` starts
 * @throws SluiceError `VERSION_OUT_OF_RANGE` when the versions of a whole game do not fit, or `AMOUNT_OUT_OF_RANGE` when
 * no outcome can hold the sum of the stakes
 */
export function openingState(terms: Terms, version = 1n): State {
  requireSum(terms);
  if (version < 1n || version >= FINAL_VERSION - MAX_MOVES) {
    throw new SluiceError(
      "VERSION_OUT_OF_RANGE",
      `A game cannot open at version ${version}.`,
      "Nothing was signed; start at 1, or above the newest version that anybody signed.",
    );
  }
  return { version, outcome: outcomeOf(terms, terms.stakes), appData: encodeGame({ ...terms, marks: [0, 0] }) };
}

/** Whose turn it is after a state. */
export function nextMover({ version }: State): Player {
  return version % 2n === 0n ? 1 : 0;
}

/** How a position stands. */
export function resultOf({ marks }: Game): Result {
  if (hasThree(marks[0])) return 0;
  if (hasThree(marks[1])) return 1;
  return (marks[0] | marks[1]) === FULL ? "draw" : "open";
}

/**
 * The state after the next player marks `field` (0 to 8, row by row). It needs no signature but that player's.
 * @throws SluiceError `MOVE_INVALID` when the game is over, or there is no such empty field
 */
export function play(previous: State, field: number): State {
  const before = decodeGame(previous.appData);
  if (resultOf(before) !== "open") refuse("The game is over.");
  if (!Number.isInteger(field) || field < 0 || field > 8) refuse(`There is no field ${field}.`);
  if (((before.marks[0] | before.marks[1]) >> field) & 1) refuse(`Field ${field} is taken.`);
  const version = previous.version + 1n;
  if (version >= FINAL_VERSION) refuse("There is no version left for a move.");
  const mover = nextMover(previous);
  const marks: [number, number] = [...before.marks];
  marks[mover] |= 1 << field;
  const game = { ...before, marks };
  return { version, outcome: outcomeOf(game, payoutOf(game, mover)), appData: encodeGame(game) };
}

/**
 * Checks an opponent's move, as the contract does. Check the signature of its mover as well before answering.
 * @returns the field that was marked
 * @throws SluiceError `MOVE_INVALID`
 */
export function requireMove(previous: State, next: State): number {
  const before = decodeGame(previous.appData);
  const game = decodeGame(next.appData);
  const added = before.marks[nextMover(previous)] ^ game.marks[nextMover(previous)];
  const field = Math.log2(added);
  const expected = play(previous, field);
  if (next.version !== expected.version) refuse(`It has version ${next.version}, not ${expected.version}.`);
  if (next.appData.toLowerCase() !== expected.appData) refuse(`It changes more than field ${field}.`);
  if (next.outcome.toLowerCase() !== expected.outcome) refuse("It does not pay what the position pays.");
  return field;
}

function readGame(appData: Hex): Game | undefined {
  try {
    const [asset, destinations, stakes, marks] = AbiCoder.defaultAbiCoder().decode(GAME_TYPE, appData).toArray() as [
      Address,
      [Destination, Destination],
      [bigint, bigint],
      [bigint, bigint],
    ];
    return {
      asset,
      destinations: [destinations[0], destinations[1]],
      stakes: [stakes[0], stakes[1]],
      marks: [Number(marks[0]), Number(marks[1])],
    };
  } catch {
    return undefined; // unclean upper bits of the address
  }
}

/** What is paid if nothing follows: the stakes of a draw, else everything to whoever moved. */
function payoutOf(game: Game, mover: Player): readonly [bigint, bigint] {
  if (resultOf(game) === "draw") return game.stakes;
  const total = game.stakes[0] + game.stakes[1];
  return mover === 0 ? [total, 0n] : [0n, total];
}

function outcomeOf({ asset, destinations }: Terms, amounts: readonly [bigint, bigint]): Hex {
  const allocations = destinations.map((destination, i) => ({ destination, amount: amounts[i as Player] }));
  return encodeOutcome([{ asset, allocations }]);
}

function requireSum({ stakes }: Terms): void {
  if (stakes[0] + stakes[1] > MAX_AMOUNT) {
    throw new SluiceError(
      "AMOUNT_OUT_OF_RANGE",
      "The sum of the stakes is more than an outcome can pay.",
      "Nothing was signed; play for less.",
    );
  }
}

function hasThree(marks: number): boolean {
  return LINES.some((line) => (marks & line) === line);
}

function refuse(what: string): never {
  throw new SluiceError("MOVE_INVALID", `This is no move. ${what}`, "Nothing changed; the last state still counts.");
}
