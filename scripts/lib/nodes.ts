/** Nodes on a local chain, for tests, benchmarks and stories. */
import { computeAddress, id as hashOf, SigningKey } from "ethers";
import type { NodeKey } from "../../src/adapters/keys";
import { createSigner, verifySignature } from "../../src/adapters/crypto/native";
import { useNativeKeccak } from "../../src/adapters/crypto/nativeKeccak";
import { EthersChain, type EthersChainOptions } from "../../src/adapters/ethers";
import type { InProcessHub } from "../../src/adapters/inProcess";
import { MemoryStore } from "../../src/adapters/memoryStore";
import { systemClock } from "../../src/adapters/systemClock";
import type { PaymentContracts } from "../../src/engine/context";
import { Metrics } from "../../src/node/metrics";
import { Node } from "../../src/node/node";
import { DEFAULT_SETTINGS, type NodeParts, type NodeSettings } from "../../src/node/parts";
import { identityOf } from "../../src/node/identity";
import { DEFAULT_POLICY } from "../../src/node/policy";
import { NATIVE, toAddress, type Address, type Hex } from "../../src";
import { deployMissing } from "./deployment";
import { startLocalNode } from "./localNode";

/** A local chain with the contracts on it. */
export interface DeployedChain extends ChainPlace {
  readonly ticTacToe: Address;
  readonly request: (method: string, params?: readonly unknown[]) => Promise<unknown>;
}

/** The same, in a process of its own. */
export interface LocalChain extends DeployedChain {
  stop(): Promise<void>;
}

/** Where a chain and the contracts on it are. */
export interface ChainPlace {
  readonly url: string;
  readonly chainId: bigint;
  readonly adjudicator: Address;
  /** The contracts of payment channels. */
  readonly payments: { readonly app: Address } & PaymentContracts;
}

/** Starts a chain in a process of its own, and deploys. The contracts must be compiled. */
export async function startChain(): Promise<LocalChain> {
  const node = await startLocalNode();
  try {
    return { ...(await deployTo(node.url)), stop: () => node.stop() };
  } catch (error) {
    await node.stop();
    throw error;
  }
}

/** Deploys on a local chain. The contracts must be compiled. */
export async function deployTo(url: string): Promise<DeployedChain> {
  const request = requester(url);
  const { default: hre } = await import("hardhat");
  const provider = {
    request: ({ method, params }: { method: string; params?: unknown }) => request(method, params as unknown[]),
  };
  const { chainId, contracts } = await deployMissing(hre, provider);
  return {
    url,
    chainId: BigInt(chainId),
    adjudicator: toAddress(contracts.Adjudicator),
    ticTacToe: toAddress(contracts.TicTacToe),
    payments: {
      app: toAddress(contracts.PaymentApp),
      lockSet: toAddress(contracts.LockSet),
      preimages: toAddress(contracts.PreimageRegistry),
      scalars: toAddress(contracts.ScalarRegistry),
    },
    request,
  };
}

/** The key of somebody in a test or a story. Anybody can know it. */
export function keyOf(name: string): NodeKey {
  const key = new SigningKey(hashOf(`the key of ${name}, in tests only`));
  return { privateKey: key.privateKey as Hex, address: toAddress(computeAddress(key)) };
}

/** Gives somebody 100 coins. */
export async function enrich({ request }: DeployedChain, address: Address): Promise<void> {
  await request("hardhat_setBalance", [address, "0x56bc75e2d63100000"]);
}

/** Agrees to whatever is offered in native coin. */
export const GENEROUS = { ...DEFAULT_POLICY, maxContribution: [{ asset: NATIVE, amount: 10n ** 20n }] };

/** What may be different about a node in this process. */
export interface InProcessOptions extends Partial<Omit<NodeParts, "chain" | "settings">> {
  readonly chain?: Partial<EthersChainOptions>;
  readonly settings?: Partial<NodeSettings>;
}

/** Starts a node without a network but with a real chain, whose head it trusts. Has memory for a disk if nothing else is given. */
export async function startInProcessNode(
  place: ChainPlace,
  hub: InProcessHub,
  { privateKey, address }: NodeKey,
  { store = new MemoryStore(), chain, settings, ...parts }: InProcessOptions = {},
): Promise<Node> {
  useNativeKeccak();
  const { chainId, adjudicator } = place;
  let count = 0;
  const node = new Node({
    deployment: { chainId, adjudicator },
    store,
    transport: hub.transport(address),
    chain: new EthersChain({
      urls: [place.url],
      chainId,
      adjudicator,
      key: new SigningKey(privateKey),
      store,
      clock: systemClock,
      confirmations: 0,
      ...chain,
    }),
    clock: systemClock,
    payments: new Map(),
    signer: createSigner(privateKey),
    identity: identityOf(privateKey),
    verify: verifySignature,
    apps: new Map(),
    settings: { ...DEFAULT_SETTINGS, payout: address, policy: GENEROUS, ...settings },
    metrics: new Metrics(),
    log: { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined },
    random: () => hashOf(`${address} ${count++} ${Math.random()}`) as Hex,
    listening: () => undefined,
    backup: () => Promise.reject(new Error("no backups of memory")),
    release: () => store.close(),
    ...parts,
  });
  await node.start();
  return node;
}

/** Asks an endpoint. @throws Error with what it answers instead of a result */
function requester(url: string): DeployedChain["request"] {
  return async (method, params = []) => {
    const response = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ jsonrpc: "2.0", id: 1, method, params }),
    });
    const { result, error } = (await response.json()) as { result?: unknown; error?: { message: string } };
    if (error !== undefined) throw new Error(error.message);
    return result;
  };
}
