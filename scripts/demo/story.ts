import type { Address } from "../../src";
import { close, type Closing } from "./closing";
import { catchFraud, type Fraud } from "./fraud";
import type { Narrator } from "./narrator";
import { open, type Opening } from "./opening";
import { pay, type Payments } from "./payments";
import { payRejecting, type Rejection } from "./rejection";
import { onStage } from "./stage";
import { playTicTacToe, type Game } from "./ticTacToe";

/** What happened, chapter by chapter. Amounts are in the smallest unit. */
export interface Story {
  readonly chainId: bigint;
  readonly adjudicator: Address;
  readonly chapters: {
    readonly opening: Opening;
    readonly payments: Payments;
    readonly closing: Closing;
    readonly fraud: Fraud;
    readonly ticTacToe: Game;
    readonly rejection: Rejection;
  };
}

/** Tells all of it, on the local chain at `url`. The contracts must be compiled. */
export function tell(url: string, narrator: Narrator): Promise<Story> {
  return onStage(url, narrator, async (stage) => {
    const { channel, facts: opening } = await open(stage);
    const payments = await pay(stage, channel);
    const closing = await close(stage, channel, payments, opening.gas);
    const fraud = await catchFraud(stage);
    const ticTacToe = await playTicTacToe(stage);
    const rejection = await payRejecting(stage);
    return { ...stage.deployment, chapters: { opening, payments, closing, fraud, ticTacToe, rejection } };
  });
}
