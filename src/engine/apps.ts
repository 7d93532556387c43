/** The rules of the apps that come with Sluice, as the engine asks for them. */
import * as ticTacToe from "../apps/ticTacToe";
import type { AppRules } from "./context";

/** Tic-tac-toe. Opening the game is agreed without asking: both stakes are in, and both knew what they would be played for. */
export const TIC_TAC_TOE: AppRules = {
  moverOf: (version, participants) => Number(version % BigInt(participants)),
  requireMove: (previous, next) => void ticTacToe.requireMove(previous, next),
  isOver: (state) => state.appData !== "0x" && ticTacToe.resultOf(ticTacToe.decodeGame(state.appData)) !== "open",
  accepts: (before, { appData, transfers, final }) => {
    if (before.appData !== "0x" || appData === undefined || transfers.length > 0 || final) return false;
    const game = ticTacToe.decodeGame(appData);
    return appData === ticTacToe.openingState(game).appData && before.outcome === ticTacToe.openingState(game).outcome;
  },
};
