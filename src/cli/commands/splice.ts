import type { Contribution, SpliceRequest } from "../../node/api";
import { parseAmount, parseUnit } from "../amounts";
import { argumentInvalid, parseInteger } from "../arguments";
import { describeChannels } from "../describe";
import { CHANNEL, withUnit, type UnitOptions } from "../options";
import { waitFor } from "../progress";
import { findChannel, nodeOf, type Cli } from "../session";
import { short } from "../text";

interface Options extends UnitOptions {
  readonly add?: string;
  readonly take?: string;
  readonly participant?: string;
}

/** `sluice splice` */
export function addSplice(cli: Cli): void {
  withUnit(
    cli.command("splice", "Add money to a channel or take some out, without closing it.", "splice 0x12ab34 --add 2"),
  )
    .argument("<channel>", CHANNEL)
    .option("--add <amount>", "how much is added")
    .option("--take <amount>", "how much is taken out")
    .option("--participant <position>", "who adds or takes it (default: this node)")
    .action(
      cli.action<[string], Options>(async (session, [text], { add, take, participant, asset, ...rest }) => {
        const unit = parseUnit(asset, rest);
        const amount = (what?: string) => (what === undefined ? undefined : parseAmount(what, unit));
        const [added, taken] = [amount(add), amount(take)];
        if (!added && !taken) throw argumentInvalid("Nothing would change.", "Give --add or --take with an amount.");
        const node = nodeOf(session);
        const { id, self, terms } = await node.channel(await findChannel(node, text));
        const last = terms.participants.length - 1;
        const who = participant === undefined ? self : parseInteger(participant, "a position", 0, last);
        const row = (value: bigint): Contribution[][] =>
          terms.participants.map((_, i) => (i === who ? [{ asset: unit.asset, amount: value }] : []));
        const request: SpliceRequest = {
          channelId: id,
          ...(added && { add: row(added) }),
          ...(taken && { take: row(taken) }),
        };
        const splicing = node.splice(request, session.io.signal);
        const successor = await waitFor(session.io, "the others to sign and the chain to follow", splicing);
        const lines = `${short(id)} goes on as ${successor.id}.\n\n${describeChannels([successor])}`;
        return { json: successor, text: lines };
      }),
    );
}
