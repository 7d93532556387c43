import { toAddress } from "../../protocol/types";
import { formatAmount, parseAmount, parseUnit, type Unit } from "../amounts";
import { argumentInvalid } from "../arguments";
import { waitFor } from "../progress";
import { nodeOf, type Cli } from "../session";

interface Options {
  readonly give: string;
  readonly of: string;
  readonly get: string;
  readonly atLeast?: string;
  readonly decimals?: string;
  readonly raw?: boolean;
  readonly dry?: boolean;
}

/** `sluice swap` */
export function addSwap(cli: Cli): void {
  cli
    .command(
      "swap",
      "Exchange one asset for another over a node that has both.",
      "swap 0x… --give 1.5 --get 0x… --decimals 6",
    )
    .argument("<node>", "address of the node that exchanges")
    .requiredOption("--give <amount>", "how much it gets")
    .option("--of <asset>", "of what: eth, or the address of a token", "eth")
    .requiredOption("--get <asset>", "what it gives: eth, or the address of a token")
    .option("--at-least <amount>", "how much it has to give (default: what it quotes)")
    .option("--decimals <number>", "decimals of the token")
    .option("--raw", "amounts are in the smallest unit, not in whole coins")
    .option("--dry", "only ask for the rate")
    .action(
      cli.action<[string], Options>(async (session, [hubText], given) => {
        const hub = toAddress(hubText);
        const [paid, got] = [parseUnit(given.of, given), parseUnit(given.get, given)];
        const give = { asset: paid.asset, amount: parseAmount(given.give, paid) };
        const node = nodeOf(session);
        const asked = node.quote({ hub, give: give.asset, get: got.asset }, session.io.signal);
        const rate = await waitFor(session.io, "the rate", asked);
        const get = { asset: got.asset, amount: (give.amount * rate.get) / rate.give };
        requireEnough(get.amount, given.atLeast, got);
        const deal = `${formatAmount(give.amount, give.asset)} for ${formatAmount(get.amount, get.asset)}`;
        if (given.dry) return { json: { give, get }, text: `It would exchange ${deal}.` };
        const payment = await waitFor(session.io, "the exchange", node.swap({ hub, give, get }, session.io.signal));
        return { json: payment, text: `Exchanged ${deal}.` };
      }),
    );
}

function requireEnough(amount: bigint, least: string | undefined, unit: Unit): void {
  if (least === undefined || amount >= parseAmount(least, unit)) return;
  throw argumentInvalid(
    `It would give ${formatAmount(amount, unit.asset)} only.`,
    "Ask for less with --at-least, or another node.",
  );
}
