import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { NATIVE, type ChannelId } from "../../src";
import { createDataFolder } from "../../src/adapters/dataFolder";
import type { NodeKey } from "../../src/adapters/keys";
import type { Node } from "../../src/node/node";
import { enrich, keyOf, startChain, type LocalChain } from "../lib/nodes";

/**
 * Bob pays Alice, who seals: when his payment is done, both of them hold the state that both have signed, each on its
 * disk if it has one. (A payment by Alice would be done when she holds it, which is earlier.)
 */
export const [ALICE, BOB] = ["Alice", "Bob"]
  .map((name) => keyOf(`${name}, in benchmarks`))
  .sort((a, b) => (BigInt(a.address) < BigInt(b.address) ? -1 : 1)) as [NodeKey, NodeKey];

/** Starts the node of one of the two, which looks at the chain so often: milliseconds. */
export type Start = (key: NodeKey, pollInterval: number) => Promise<Node>;

/** Often enough to see deposits at once. */
export const WATCHFUL = 50;

/** So rarely that it disturbs no measurement. */
export const QUIET = 600_000;

/** Has a chain for as long as the work takes. */
export async function withChain<T>(work: (chain: LocalChain) => Promise<T>): Promise<T> {
  const chain = await startChain();
  try {
    return await work(chain);
  } finally {
    await chain.stop();
  }
}

/** Has folders with empty stores for as long as the work takes. In the repository: `/tmp` may be no disk at all. */
export async function withFolders<T>(work: (create: () => Promise<string>) => Promise<T>): Promise<T> {
  const cache = resolve(__dirname, "../../cache");
  mkdirSync(cache, { recursive: true });
  const parent = mkdtempSync(join(cache, "bench-"));
  let count = 0;
  try {
    return await work(async () => {
      const folder = join(parent, String(count++));
      await createDataFolder(folder);
      return folder;
    });
  } finally {
    rmSync(parent, { recursive: true, force: true });
  }
}

/** Opens and funds channels between Alice and Bob, then stops their nodes: they can be started again for a measurement. */
export async function openChannels(chain: LocalChain, start: Start, count: number): Promise<ChannelId[]> {
  for (const { address } of [ALICE, BOB]) await enrich(chain, address);
  const [alice, bob] = [await start(ALICE, WATCHFUL), await start(BOB, WATCHFUL)];
  try {
    bob.connect(ALICE.address, alice.info().listening ?? "");
    const opening = { peers: [{ address: ALICE.address }], mine: [{ asset: NATIVE, amount: 10n ** 12n }] };
    const ids: ChannelId[] = [];
    for (let i = 0; i < count; i++) ids.push((await bob.open(opening)).id);
    for (const id of ids) await Promise.all([alice.funded(id), bob.funded(id)]);
    return ids;
  } finally {
    await Promise.all([alice.stop(), bob.stop()]);
  }
}

/** Bob pays once. Resolves when both sides hold the state signed by both. */
export function payment(bob: Node, channelId: ChannelId): () => Promise<unknown> {
  return () => bob.pay({ channelId, asset: NATIVE, amount: 1n });
}
