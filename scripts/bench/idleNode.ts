/** A process that measures what a node with many channels costs, on top of one without any. */
import type { Node } from "../../src/node/node";
import { startNode, type StartOptions } from "../../src/node/start";
import { readTask } from "../lib/children";
import type { Row } from "./harness";

type Task = Record<"empty" | "full", StartOptions> & { readonly kind: string };

async function main({ empty, full, kind }: Task): Promise<Row[]> {
  const first = await startNode(empty); // so that code that is loaded and compiled does not count
  const before = bytesInUse();
  await first.stop();
  const start = performance.now();
  const node = await startNode(full);
  const duration = performance.now() - start;
  const { channels } = node.info();
  requireFunded(node);
  const bytes = bytesInUse() - before;
  await node.stop();
  return [
    { name: `memory-per-idle-${kind}-bytes`, value: bytes / channels, unit: "bytes" },
    { name: `start-${channels}-${kind}s-ms`, value: duration, unit: "ms" },
  ];
}

/** A node that has not seen the money of its channels yet would be small. */
function requireFunded(node: Node): void {
  for (const { id } of node.channels()) {
    if (node.channel(id).held.length === 0) throw new Error(`The node has not seen what channel ${id} holds.`);
  }
}

function bytesInUse(): number {
  for (let i = 0; i < 5; i++) global.gc!();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

void main(readTask() as Task).then((rows) => process.send!(rows));
