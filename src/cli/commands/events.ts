import type { EventPosition } from "../../rpc/eventLog";
import { parseInteger } from "../arguments";
import { describeEvent } from "../describe";
import { nodeOf, print, type Cli, type Session } from "../session";
import type { NodeEvent } from "../../node/api";
import type { RemoteNode } from "../../rpc/client";

interface Options {
  readonly after?: string;
  readonly follow?: boolean;
}

const MISSED = "Some events are not kept any more: look at the channels themselves.";

/** `sluice events` */
export function addEvents(cli: Cli): void {
  cli
    .command("events", "Show what happened, or what happens.", "events --follow")
    .option("--after <sequence>", "only what came after the event with this number")
    .option("--follow", "go on until interrupted; with --json, one document per line")
    .action(
      cli.action<[], Options>(async (session, _, { after, follow }) => {
        const start = after === undefined ? undefined : parseInteger(after, "a sequence number", 0, 1e15 - 1);
        const node = nodeOf(session);
        if (follow) return followEvents(session, node, start);
        const { events, missed } = await readAll(node, start ?? 0);
        if (missed && start !== undefined) session.io.err(MISSED);
        return { json: events, text: events.length === 0 ? "Nothing happened." : events.map(describeEvent).join("\n") };
      }),
    );
}

async function readAll(node: RemoteNode, start: number): Promise<{ events: readonly NodeEvent[]; missed: boolean }> {
  const events: NodeEvent[] = [];
  let missed = false;
  for (let after = start; ;) {
    const page = await node.events({ after, wait: 0 });
    if (page.events.length === 0) return { events, missed };
    events.push(...page.events);
    missed ||= page.missed;
    after = page.next;
  }
}

/** Ends when the user does. */
async function followEvents(session: Session, node: RemoteNode, start?: number): Promise<undefined> {
  const { io } = session;
  const { signal } = io;
  for (let position: EventPosition = start === undefined ? {} : { after: start }; !signal.aborted;) {
    const page = await node.events(position, signal).catch((error: unknown) => {
      if (signal.aborted) return undefined;
      throw error;
    });
    if (page === undefined) return;
    if (page.missed) io.err(MISSED);
    for (const event of page.events) print(session, { json: event, text: describeEvent(event) });
    position = { run: page.run, after: page.next };
  }
}
