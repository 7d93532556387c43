/** Nodes that live for one test, on a chain that lives for a file. */
import { Interface } from "ethers";
import hre from "hardhat";
import { InProcessHub } from "../../src/adapters/inProcess";
import type { Node } from "../../src/node/node";
import type { ChannelDetails, NodeEvent } from "../../src/node/api";
import { NATIVE, toAddress, type Address, type ChannelId, type Hex } from "../../src";
import { keyOf, startChain, startTestNode, type LocalChain, type TestNode, type TestNodeOptions } from "./nodes";

/** Joins whatever is offered, and puts in as much as is asked for. */
export const TRUSTING = (...assets: readonly Address[]) => ({
  minChallengePeriod: 60n,
  maxChallengePeriod: 1_000_000n,
  maxBond: 10n ** 18n,
  maxContribution: assets.map((asset) => ({ asset, amount: 10n ** 20n })),
});

/** The nodes of one test. */
export class Scene {
  readonly hub = new InProcessHub();
  private readonly nodes = new Set<Node>();

  constructor(
    readonly chain: LocalChain,
    /** A token that anybody can mint. */
    readonly token: Address,
    private readonly number: number,
  ) {}

  /** The address that somebody has in this scene. */
  addressOf(name: string): Address {
    return keyOf(this.nameOf(name)).address;
  }

  /** Starts a node that knows all who are there already. */
  async enter(name: string, options: TestNodeOptions = {}): Promise<TestNode> {
    const settings = { policy: TRUSTING(NATIVE, this.token), ...options.settings };
    const entered = await startTestNode(this.chain, this.hub, this.nameOf(name), { ...options, settings });
    for (const { address } of [...this.nodes].map((node) => node.info())) entered.node.connect(address, "");
    this.nodes.add(entered.node);
    return entered;
  }

  async leave({ node }: TestNode): Promise<void> {
    this.nodes.delete(node);
    await node.stop();
  }

  async stop(): Promise<void> {
    await Promise.all([...this.nodes].map((node) => node.stop()));
  }

  private nameOf(name: string): string {
    return `${name} ${this.number}`;
  }
}

/** The chain of a test file, and a fresh scene for each of its tests. */
export function scenes(): () => Scene {
  let chain: LocalChain;
  let token: Address;
  let scene: Scene;
  let number = 0;
  before(async () => {
    chain = await startChain();
    token = await deployToken(chain);
  });
  beforeEach(() => (scene = new Scene(chain, token, ++number)));
  afterEach(() => scene.stop());
  after(() => chain.stop());
  return () => scene;
}

async function deployToken(chain: LocalChain): Promise<Address> {
  const { bytecode } = await hre.artifacts.readArtifact("TestToken");
  const { contractAddress } = await transact(chain, { data: bytecode });
  return toAddress(contractAddress!);
}

const token = new Interface([
  "function mint(address to, uint256 amount)",
  "function balanceOf(address) view returns (uint256)",
]);

/** Gives somebody some of the test token. */
export async function mint({ chain, token: to }: Scene, account: Address, amount: bigint): Promise<void> {
  await transact(chain, { to, data: token.encodeFunctionData("mint", [account, amount]) });
}

/** What an account owns outside of channels. */
export async function balanceOf({ chain }: Scene, account: Address, asset: Address = NATIVE): Promise<bigint> {
  if (asset === NATIVE) return BigInt((await chain.request("eth_getBalance", [account, "latest"])) as string);
  const data = token.encodeFunctionData("balanceOf", [account]);
  return BigInt((await chain.request("eth_call", [{ to: asset, data }, "latest"])) as string);
}

/** Lets time pass on the chain. */
export async function passTime({ chain }: Scene, seconds: bigint): Promise<void> {
  await chain.request("evm_increaseTime", [Number(seconds)]);
  await chain.request("evm_mine");
}

/** Sends a transaction of somebody whom nobody knows. Returns its receipt. @throws Error if it reverts */
export async function transact(
  chain: LocalChain,
  transaction: { readonly to?: Address; readonly data: string; readonly value?: string },
): Promise<{ readonly contractAddress: string | null }> {
  const [from] = (await chain.request("eth_accounts")) as readonly string[];
  const hash = await chain.request("eth_sendTransaction", [{ from, ...transaction }]);
  return (await chain.request("eth_getTransactionReceipt", [hash])) as { contractAddress: string | null };
}

/** Resolves with the next event of this type. */
export function eventOf<Type extends NodeEvent["type"]>(
  { node }: TestNode,
  type: Type,
): Promise<Extract<NodeEvent, { readonly type: Type }>> {
  return new Promise((resolve) => {
    const end = node.on((event) => {
      if (event.type !== type) return;
      end();
      resolve(event as Extract<NodeEvent, { readonly type: Type }>);
    });
  });
}

/** Resolves as soon as a channel of a node is as wanted. */
export async function channelThat(
  { node }: TestNode,
  id: ChannelId,
  wanted: (channel: ChannelDetails) => boolean,
): Promise<ChannelDetails> {
  for (;;) {
    const known = node.channels().some((channel) => channel.id === id);
    if (known && wanted(node.channel(id))) return node.channel(id);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** A 32-byte word that nothing else is. */
export function wordOf(number: number): Hex {
  return `0x${number.toString(16).padStart(64, "0")}`;
}
