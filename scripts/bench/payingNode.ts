/** A process with a node that pays, is paid, and counts what it has been told. Ends when its parent disconnects. */
import { NATIVE, type Address, type ChannelId } from "../../src";
import type { Node } from "../../src/node/node";
import { startNode, type StartOptions } from "../../src/node/start";
import { readTask } from "../lib/children";

/** What a parent tells the node to do. Each command gets one answer. */
export type PayingCommand =
  | { readonly type: "connect"; readonly peer: Address; readonly url: string }
  /** Pays on and on, with so many payments under way. */
  | { readonly type: "pay"; readonly channelId: ChannelId; readonly atOnce: number }
  | { readonly type: "rest" }
  /** How many payments the node's application has heard of. */
  | { readonly type: "count" };

async function main(): Promise<void> {
  const node = await startNode(readTask() as StartOptions);
  let count = 0;
  let going = false;
  node.on((event) => {
    if (event.type === "paid") count += event.payments.length;
  });
  const pay = async (channelId: ChannelId): Promise<void> => {
    while (going) await node.pay({ channelId, asset: NATIVE, amount: 1n });
  };
  let working: Promise<unknown> = Promise.resolve();
  const obey = async (command: PayingCommand): Promise<unknown> => {
    switch (command.type) {
      case "connect":
        node.connect(command.peer, command.url);
        return;
      case "pay":
        going = true;
        working = Promise.all(Array.from({ length: command.atOnce }, () => pay(command.channelId)));
        return;
      case "rest":
        going = false;
        return working;
      case "count":
        return count;
    }
  };
  process.on("message", (command: PayingCommand) => {
    void obey(command).then((answer) => process.send!({ answer: typeof answer === "number" ? answer : null }));
  });
  process.once("disconnect", () => void end(node));
  process.send!(node.info().listening ?? "");
}

async function end(node: Node): Promise<void> {
  await node.stop();
  process.exit();
}

void main();
