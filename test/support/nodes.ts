/** Nodes for tests: real engines on a local chain, with memory for a disk and no network between them. */
import type { InProcessHub } from "../../src/adapters/inProcess";
import { MemoryStore } from "../../src/adapters/memoryStore";
import { TIC_TAC_TOE } from "../../src/engine/apps";
import type { Node } from "../../src/node/node";
import type { Address } from "../../src";
import { enrich, keyOf, startInProcessNode, type LocalChain, type InProcessOptions } from "../../scripts/lib/nodes";

export { keyOf, startChain, type LocalChain } from "../../scripts/lib/nodes";

export interface TestNode {
  readonly node: Node;
  readonly address: Address;
  readonly store: MemoryStore;
}

export interface TestNodeOptions extends InProcessOptions {
  readonly store?: MemoryStore;
}

/** What makes channels payment channels, where there can be one. */
export function paying({ payments }: LocalChain): Pick<TestNodeOptions, "payments"> {
  return { payments: new Map([[payments.app, payments]]) };
}

/** Starts a node that agrees to everything that is offered, and is quick to notice and to repeat things. */
export async function startTestNode(
  chain: LocalChain,
  hub: InProcessHub,
  name: string,
  { store = new MemoryStore(), ...options }: TestNodeOptions = {},
): Promise<TestNode> {
  const key = keyOf(name);
  await enrich(chain, key.address);
  const node = await startInProcessNode(chain, hub, key, {
    store,
    apps: new Map([[chain.ticTacToe, TIC_TAC_TOE]]),
    ...options,
    chain: { pollInterval: 50, ...options.chain },
    settings: { resendAfter: 200, tickEvery: 50, ...options.settings },
  });
  return { node, address: key.address, store };
}
