import { toAddress } from "../../protocol/types";
import { parseAsset } from "../amounts";
import { describeAmounts } from "../describe";
import { waitFor } from "../progress";
import { nodeOf, type Cli } from "../session";

interface Options {
  readonly asset?: string;
  readonly to?: string;
}

/** `sluice withdraw` */
export function addWithdraw(cli: Cli): void {
  cli
    .command("withdraw", "Take out what waits in the adjudicator because it could not be paid directly.", "withdraw")
    .option("--asset <asset>", "eth, or the address of a token (default: all that waits)")
    .option("--to <address>", "who receives it (default: the node's account)")
    .action(
      cli.action<[], Options>(async (session, _, { asset, to }) => {
        const wanted = asset === undefined ? undefined : parseAsset(asset);
        const receiver = to === undefined ? undefined : toAddress(to);
        const node = nodeOf(session);
        const waiting = (await node.waiting()).filter((item) => wanted === undefined || item.asset === wanted);
        const withdrawn = [];
        for (const item of waiting) {
          const withdrawal = node.withdraw(item.asset, receiver, session.io.signal);
          withdrawn.push({ ...item, transaction: await waitFor(session.io, "the chain", withdrawal) });
        }
        const lines = withdrawn.map((item) => `Withdrew ${describeAmounts([item])}: ${item.transaction}`);
        return { json: { withdrawn }, text: lines.length === 0 ? "Nothing waits." : lines.join("\n") };
      }),
    );
}
