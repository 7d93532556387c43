import type { ChannelId } from "../../src";
import type { Node } from "../../src/node/node";
import { startNode } from "../../src/node/start";
import { GENEROUS } from "../lib/nodes";
import { startChild } from "./child";
import { percentileRows, perSecondAtOnce, type Row } from "./harness";
import { ALICE, BOB, openChannels, payment, QUIET, withChain, withFolders } from "./pair";

const CHANNELS = 100;
const LATENCIES = 2_000;

/** Two processes with a disk each, connected by a WebSocket: how much goes through at once, and how long one takes. */
export function concurrent(): Promise<Row[]> {
  return withChain((chain) =>
    withFolders(async (create) => {
      const folders = new Map([
        [ALICE, await create()],
        [BOB, await create()],
      ]);
      const optionsOf = (key: typeof ALICE, pollInterval: number) => ({
        folder: folders.get(key)!,
        key,
        rpc: [chain.url],
        chainId: chain.chainId,
        adjudicator: chain.adjudicator,
        pollInterval,
        confirmations: 0,
        ...(key === ALICE && { listen: { host: "127.0.0.1", port: 0 } }),
        settings: { policy: GENEROUS },
      });
      const ids = await openChannels(chain, (key, poll) => startNode(optionsOf(key, poll)), CHANNELS);
      const alice = await startChild(optionsOf(ALICE, QUIET));
      const bob = await startNode(optionsOf(BOB, QUIET));
      try {
        bob.connect(ALICE.address, alice.url);
        return await measure(bob, ids);
      } finally {
        await bob.stop();
        await alice.stop();
      }
    }),
  );
}

async function measure(bob: Node, ids: readonly ChannelId[]): Promise<Row[]> {
  const payments = ids.map((id) => payment(bob, id));
  const throughput = await perSecondAtOnce("updates-100-channels-durable-websocket", payments);
  const latencies = await latenciesOf(payments[0]!);
  return [throughput, ...percentileRows("update-latency", latencies, "ms")];
}

async function latenciesOf(action: () => Promise<unknown>): Promise<number[]> {
  const latencies: number[] = [];
  for (let i = 0; i < LATENCIES; i++) {
    const start = performance.now();
    await action();
    latencies.push(performance.now() - start);
  }
  return latencies;
}
