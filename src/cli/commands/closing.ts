import type { ChannelSummary } from "../../node/api";
import { describeAmounts } from "../describe";
import type { Answer } from "../io";
import { CHANNEL } from "../options";
import { waitFor } from "../progress";
import { findChannel, nodeOf, type Cli } from "../session";
import { short } from "../text";

/** `sluice close` and `sluice challenge`: the two ways out of a channel. */
export function addClosing(cli: Cli): void {
  cli
    .command("close", "Close a channel by agreement; all are paid at once.", "close 0x12ab34")
    .argument("<channel>", CHANNEL)
    .action(
      cli.action<[string]>(async (session, [text]) => {
        const node = nodeOf(session);
        const closing = node.close(await findChannel(node, text), session.io.signal);
        return closed(await waitFor(session.io, "the others to sign and the chain to pay", closing));
      }),
    );
  cli
    .command("challenge", "Leave a channel through the chain, when the others do not answer.", "challenge 0x12ab34")
    .argument("<channel>", CHANNEL)
    .action(
      cli.action<[string]>(async (session, [text]) => {
        const node = nodeOf(session);
        const leaving = node.challenge(await findChannel(node, text), session.io.signal);
        const what = "the time in which the others may answer (the node goes on if you end this command)";
        return closed(await waitFor(session.io, what, leaving));
      }),
    );
}

function closed(channel: ChannelSummary): Answer {
  return { json: channel, text: `Closed ${short(channel.id)}. My part was ${describeAmounts(channel.mine)}.` };
}
