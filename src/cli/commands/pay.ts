import { formatAmount, parseAmount, parseUnit } from "../amounts";
import { argumentInvalid, parseInteger, parseNote } from "../arguments";
import { describeAmounts } from "../describe";
import { waitFor } from "../progress";
import { findChannel, nodeOf, type Cli } from "../session";
import { short } from "../text";
import { CHANNEL, withUnit, type UnitOptions } from "../options";

interface Options extends UnitOptions {
  readonly amount: string;
  readonly to?: string;
  readonly note?: string;
}

/** `sluice pay` */
export function addPay(cli: Cli): void {
  const command = cli.command("pay", "Pay another participant of a channel.", "pay 0x12ab34 --amount 1.5");
  withUnit(command)
    .argument("<channel>", CHANNEL)
    .requiredOption("--amount <amount>", "how much")
    .option(
      "--to <position>",
      "who is paid, by the position that `sluice show` tells; needed if there are several others",
    )
    .option("--note <text>", "for the payee, in payment channels: 32 bytes at most, as text or as 0x…")
    .action(
      cli.action<[string], Options>(async (session, [channel], { amount: text, to, note, asset, ...rest }) => {
        const unit = parseUnit(asset, rest);
        const amount = parseAmount(text, unit);
        if (amount === 0n) throw argumentInvalid("Nothing cannot be paid.", "Give an --amount above zero.");
        const payee = to === undefined ? {} : { to: parseInteger(to, "a position", 0, 31) };
        const node = nodeOf(session);
        const channelId = await findChannel(node, channel);
        const request = {
          channelId,
          asset: unit.asset,
          amount,
          ...payee,
          ...(note !== undefined && { note: parseNote(note) }),
        };
        const state = await waitFor(session.io, "the others to sign", node.pay(request, session.io.signal));
        const { canPay } = await node.channel(channelId);
        return {
          json: { channelId, asset: unit.asset, amount, state, canPay },
          text: `Paid ${formatAmount(amount, unit.asset)} in ${short(channelId)}. Left to pay: ${describeAmounts(canPay)}.`,
        };
      }),
    );
}
