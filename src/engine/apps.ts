/** The rules of the apps that come with Sluice, as the engine asks for them. */
import * as ticTacToe from "../apps/ticTacToe";
import { SluiceError } from "../errors";
import type { Hex } from "../protocol/types";
import type { AppRules } from "./context";

/** Tic-tac-toe. Opening the game is agreed without asking: both stakes are in, and both know what they play for. */
export const TIC_TAC_TOE: AppRules = {
  moverOf: (version, participants) => Number(version % BigInt(participants)),
  requireMove: (previous, next) => void ticTacToe.requireMove(previous, next),
  isOver: ({ appData }) => {
    const game = gameOf(appData);
    return game !== undefined && ticTacToe.resultOf(game) !== "open";
  },
  accepts: (before, { appData, transfers, final }) => {
    const game = appData === undefined ? undefined : gameOf(appData);
    if (game === undefined || before.appData !== "0x" || transfers.length > 0 || final) return false;
    const opening = ticTacToe.openingState(game);
    return appData === opening.appData && before.outcome === opening.outcome;
  },
};

function gameOf(appData: Hex): ticTacToe.Game | undefined {
  try {
    return ticTacToe.decodeGame(appData);
  } catch (error) {
    if (error instanceof SluiceError) return undefined;
    throw error;
  }
}
