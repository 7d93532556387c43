/** A process with a node that pays, is paid, and counts what it has been told. Ends when its parent disconnects. */
import { setTimeout } from "node:timers/promises";
import { NATIVE, SluiceError, type Address, type ChannelId } from "../../src";
import type { Node } from "../../src/node/node";
import { startNode, type StartOptions } from "../../src/node/start";
import { readTask } from "../lib/children";

/** What a parent tells the node to do. Each command gets one answer. */
export type PayingCommand =
  | { readonly type: "connect"; readonly peer: Address; readonly url: string }
  /** Pays on and on, with so many payments under way. */
  | { readonly type: "pay"; readonly channelId: ChannelId; readonly atOnce: number }
  | { readonly type: "rest" }
  /** Makes so many invoices over one unit each. Answers with their texts. */
  | { readonly type: "invoices"; readonly count: number }
  /** Waits until there is a way to the payee of an invoice. */
  | { readonly type: "reach"; readonly invoice: string }
  /** Pays invoices, so many at once. Answers with the milliseconds that each took. */
  | { readonly type: "payInvoices"; readonly invoices: readonly string[]; readonly atOnce: number }
  /** How many payments the node's application has heard of. */
  | { readonly type: "count" };

const MAX_FEE = 10n;

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
      case "invoices":
        return makeInvoices(node, command.count);
      case "reach":
        return reach(node, command.invoice);
      case "payInvoices":
        return payInvoices(node, command.invoices, command.atOnce);
    }
  };
  process.on("message", (command: PayingCommand) => {
    void obey(command).then((answer) => process.send!({ answer: answer ?? null }));
  });
  process.once("disconnect", () => void end(node));
  process.send!(node.info().listening ?? "");
}

async function makeInvoices(node: Node, count: number): Promise<string[]> {
  const request = { asset: NATIVE, amount: 1n, validFor: 3_600n };
  const invoices = await Promise.all(Array.from({ length: count }, () => node.createInvoice(request)));
  return invoices.map(({ text }) => text);
}

async function reach(node: Node, invoice: string): Promise<void> {
  for (;;) {
    try {
      node.routes({ invoice, maxFee: MAX_FEE });
      return;
    } catch (error) {
      if (!(error instanceof SluiceError) || error.code !== "ROUTE_NOT_FOUND") throw error;
      await setTimeout(20);
    }
  }
}

async function payInvoices(node: Node, invoices: readonly string[], atOnce: number): Promise<number[]> {
  const durations: number[] = [];
  const waiting = invoices.values();
  const pay = async (): Promise<void> => {
    for (const invoice of waiting) {
      const start = performance.now();
      await node.payInvoice({ invoice, maxFee: MAX_FEE });
      durations.push(performance.now() - start);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, pay));
  return durations;
}

async function end(node: Node): Promise<void> {
  await node.stop();
  process.exit();
}

void main();
