import { parseAmount, parseUnit } from "../amounts";
import { parseDuration } from "../arguments";
import { withUnit, type UnitOptions } from "../options";
import { nodeOf, type Cli } from "../session";

interface Options extends UnitOptions {
  readonly amount?: string;
  readonly description?: string;
  readonly validFor: string;
  readonly point?: boolean;
}

/** `sluice invoice` */
export function addInvoice(cli: Cli): void {
  const command = cli.command("invoice", "Ask to be paid, by anybody whom payments reach.", "invoice --amount 1.5");
  withUnit(command)
    .option("--amount <amount>", "how much (default: what the payer likes)")
    .option("--description <text>", "what for: the payer reads it")
    .option("--valid-for <time>", "how long it may be paid: 90s, 15m, 12h, 1d", "1h")
    .option("--point", "no two nodes on the way can tell that they pass on the same payment")
    .action(
      cli.action<[], Options>(async (session, _, { amount, description, validFor, point, asset, ...rest }) => {
        const unit = parseUnit(asset, rest);
        const invoice = await nodeOf(session).createInvoice({
          asset: unit.asset,
          validFor: parseDuration(validFor),
          ...(amount !== undefined && { amount: parseAmount(amount, unit) }),
          ...(description !== undefined && { description }),
          ...(point && { kind: "point" as const }),
        });
        return { json: invoice, text: `${invoice.text}\n\nPay it with \`sluice pay sluice1…\`.` };
      }),
    );
}
