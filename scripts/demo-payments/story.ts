import { grouped } from "../demo/narrator";
import type { Narrator } from "../demo/narrator";
import { closeAll, type Closing } from "./closing";
import { crash } from "./crash";
import { stall, type Detour } from "./detour";
import { gasSince } from "./evidence";
import { payByHash, payByPoint } from "./locks";
import { openAll, type Opening } from "./opening";
import type { Paid } from "./paying";
import { onStage } from "./stage";
import { tellTable } from "./table";

/** What happened. Amounts are in the smallest unit. */
export interface Story {
  readonly opening: Opening;
  /** Payments that arrived, in their order. */
  readonly payments: readonly Paid[];
  readonly failed: Detour["failed"];
  /** Transactions on the chain while they were made. */
  readonly transactionsMeanwhile: number;
  readonly closing: Closing;
}

/** Tells all of it, on the local chain at `url`. The contracts must be compiled. */
export function tell(url: string, narrator: Narrator): Promise<Story> {
  return onStage(url, narrator, async (stage) => {
    const opening = await openAll(stage);
    const opened = await stage.provider.getBlockNumber();
    const [byHash, byPoint] = [await payByHash(stage), await payByPoint(stage)];
    const { paid: detour, failed } = await stall(stage);
    const payments = [byHash, byPoint, detour, await crash(stage)];
    const { transactions: transactionsMeanwhile } = await gasSince(stage.provider, opened);
    const closing = await closeAll(stage);
    narrator.say("");
    tellTable(narrator, payments);
    narrator.figure("Transactions on the chain for all of them", grouped(transactionsMeanwhile));
    return { opening, payments, failed, transactionsMeanwhile, closing };
  });
}
