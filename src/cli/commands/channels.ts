import { describeChannel, describeChannels, describeInfo } from "../describe";
import { CHANNEL } from "../options";
import { findChannel, nodeOf, type Cli } from "../session";

/** `sluice channels`, `sluice show` and `sluice info`: look, and change nothing. */
export function addChannels(cli: Cli): void {
  cli.command("channels", "List all channels.", "channels").action(
    cli.action(async (session) => {
      const channels = await nodeOf(session).channels();
      return { json: channels, text: describeChannels(channels) };
    }),
  );
  cli
    .command("show", "Show everything about a channel.", "show 0x12ab34")
    .argument("<channel>", CHANNEL)
    .action(
      cli.action<[string]>(async (session, [text]) => {
        const node = nodeOf(session);
        const channel = await node.channel(await findChannel(node, text));
        return { json: channel, text: describeChannel(channel) };
      }),
    );
  cli.command("info", "Show who the node is, and what it is connected to.", "info --json").action(
    cli.action(async (session) => {
      const info = await nodeOf(session).info();
      return { json: info, text: describeInfo(info) };
    }),
  );
}
