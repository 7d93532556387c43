/** Nodes for tests: real engines on a local chain, with memory for a disk and no network between them. */
import hre from "hardhat";
import { id as hashOf, SigningKey, computeAddress } from "ethers";
import { createSigner, verifySignature } from "../../src/adapters/crypto/native";
import { EthersChain } from "../../src/adapters/ethers";
import { InProcessHub } from "../../src/adapters/inProcess";
import { MemoryStore } from "../../src/adapters/memoryStore";
import { systemClock } from "../../src/adapters/systemClock";
import { TIC_TAC_TOE } from "../../src/engine/apps";
import { Metrics } from "../../src/node/metrics";
import { Node } from "../../src/node/node";
import { DEFAULT_SETTINGS, type NodeParts } from "../../src/node/parts";
import { DEFAULT_POLICY } from "../../src/node/policy";
import { toAddress, NATIVE, type Address, type Hex } from "../../src";
import { deployMissing } from "../../scripts/lib/deployment";
import { startLocalNode, type LocalNode } from "../../scripts/lib/localNode";

/** A local chain with the contracts on it. */
export interface TestChain {
  readonly url: string;
  readonly chainId: bigint;
  readonly adjudicator: Address;
  readonly ticTacToe: Address;
  request(method: string, params?: readonly unknown[]): Promise<unknown>;
  stop(): Promise<void>;
}

export interface TestNode {
  readonly node: Node;
  readonly address: Address;
  readonly store: MemoryStore;
}

/** Starts a chain in a process of its own, and deploys. */
export async function startChain(): Promise<TestChain> {
  const local: LocalNode = await startLocalNode();
  const request = async (method: string, params: readonly unknown[] = []) => {
    const response = await fetch(local.url, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ jsonrpc: "2.0", id: 1, method, params }),
    });
    const { result, error } = (await response.json()) as { result?: unknown; error?: { message: string } };
    if (error !== undefined) throw new Error(error.message);
    return result;
  };
  const { chainId, contracts } = await deployMissing(hre, {
    request: ({ method, params }) => request(method, (params ?? []) as unknown[]),
  });
  return {
    url: local.url,
    chainId: BigInt(chainId),
    adjudicator: toAddress(contracts.Adjudicator),
    ticTacToe: toAddress(contracts.TicTacToe),
    request,
    stop: () => local.stop(),
  };
}

/** The key of somebody in a test. */
export function keyOf(name: string): { readonly privateKey: Hex; readonly address: Address } {
  const key = new SigningKey(hashOf(`the key of ${name}, in tests only`));
  return { privateKey: key.privateKey as Hex, address: toAddress(computeAddress(key)) };
}

/** Starts a node that agrees to everything that is offered. */
export async function startTestNode(
  chain: TestChain,
  hub: InProcessHub,
  name: string,
  { store = new MemoryStore(), ...parts }: Partial<Omit<NodeParts, "store">> & { store?: MemoryStore } = {},
): Promise<TestNode> {
  const { privateKey, address } = keyOf(name);
  await chain.request("hardhat_setBalance", [address, "0x56bc75e2d63100000"]);
  let count = 0;
  const node = new Node({
    deployment: { chainId: chain.chainId, adjudicator: chain.adjudicator },
    store,
    transport: hub.transport(address),
    chain: new EthersChain({
      urls: [chain.url],
      chainId: chain.chainId,
      adjudicator: chain.adjudicator,
      key: new SigningKey(privateKey),
      store,
      clock: systemClock,
      confirmations: 0,
      pollInterval: 50,
    }),
    clock: systemClock,
    signer: createSigner(privateKey),
    verify: verifySignature,
    apps: new Map([[chain.ticTacToe, TIC_TAC_TOE]]),
    settings: {
      ...DEFAULT_SETTINGS,
      resendAfter: 200,
      tickEvery: 50,
      payout: address,
      policy: { ...DEFAULT_POLICY, maxContribution: [{ asset: NATIVE, amount: 10n ** 20n }] },
    },
    metrics: new Metrics(),
    log: { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined },
    random: () => hashOf(`${name} ${count++} ${Math.random()}`) as Hex,
    listening: () => undefined,
    backup: () => Promise.reject(new Error("no backups of memory")),
    release: () => Promise.resolve(),
    ...parts,
  });
  await node.start();
  return { node, address, store };
}

export interface Pair {
  readonly chain: TestChain;
  readonly hub: InProcessHub;
  readonly alice: TestNode;
  readonly bob: TestNode;
  balanceOf(account: Address): Promise<bigint>;
  stop(): Promise<void>;
}

/** Alice and Bob, connected. */
export async function openPair(): Promise<Pair> {
  const chain = await startChain();
  const hub = new InProcessHub();
  const [alice, bob] = [await startTestNode(chain, hub, "Alice"), await startTestNode(chain, hub, "Bob")];
  alice.node.connect(bob.address, "");
  return {
    chain,
    hub,
    alice,
    bob,
    balanceOf: async (account) => BigInt((await chain.request("eth_getBalance", [account, "latest"])) as string),
    stop: async () => {
      await Promise.all([alice.node.stop(), bob.node.stop()]);
      await chain.stop();
    },
  };
}
