import type { ContractTransactionReceipt } from "ethers";
import { stoppedAt, type Address, type Dispute, type State } from "../../src";
import type { Adjudicator } from "../../typechain-types";
import type { Agreement } from "../lib/channels";
import type { Actor } from "./stage";

/** A channel between people of the story. */
export type OpenChannel = Agreement<Actor>;

/** What is on record after a challenge, as its events tell it. */
export function challengedIn(
  adjudicator: Adjudicator,
  { id }: OpenChannel,
  state: State,
  receipt: ContractTransactionReceipt,
): Dispute {
  let dispute = stoppedAt(id, state);
  for (const log of receipt.logs) {
    const event = adjudicator.interface.parseLog(log);
    if (event?.name === "Challenged") dispute = { ...dispute, finalizesAt: event.args["finalizesAt"] as bigint };
    if (event?.name === "BondPosted") {
      const { challenger, payer, amount } = event.args.toObject() as {
        challenger: Address;
        payer: Address;
        amount: bigint;
      };
      dispute = { ...dispute, challenger, payer, bond: amount };
    }
  }
  return dispute;
}
