import { JsonRpcProvider, parseEther, Wallet } from "ethers";
import {
  accountDestination,
  Adjudicator__factory,
  engine,
  NATIVE,
  toAddress,
  type Address,
  type Adjudicator,
  type Deployment,
  type Destination,
  type Hex,
} from "../../src";
import { InProcessHub } from "../../src/adapters/inProcess";
import { MemoryStore } from "../../src/adapters/memoryStore";
import type { Node } from "../../src/node/node";
import type { TestToken } from "../../typechain-types";
import { TestToken__factory } from "../../typechain-types/factories/contracts/test/TestToken__factory";
import { memberOf, type Member } from "../lib/channels";
import { deployTo, enrich, GENEROUS, keyOf, startInProcessNode, type DeployedChain } from "../lib/nodes";
import { mined } from "../lib/transactions";
import type { Narrator } from "./narrator";

/** Somebody in the story. One key signs states and owns an account, to keep the story short. */
export interface Actor extends Member {
  readonly wallet: Wallet;
  readonly address: Address;
  /** The account that channels pay. */
  readonly payout: Address;
  readonly destination: Destination;
}

/** Somebody who runs a node. */
export interface Player extends Actor {
  readonly node: Node;
  /** The disk of the node. */
  readonly store: MemoryStore;
}

/** Where the story plays: a chain, the contracts on it and the people who use them. */
export interface Stage {
  readonly narrator: Narrator;
  readonly provider: JsonRpcProvider;
  readonly deployment: Deployment;
  readonly adjudicator: Adjudicator;
  readonly ticTacToe: Address;
  readonly token: TestToken;
  /** Channels pay her to another account than the one that pays for gas: what she gets is seen to the last wei. */
  readonly alice: Player;
  readonly bob: Player;
  readonly mallory: Player;
  readonly carol: Actor;
  /** Sends transactions for anybody: nothing depends on who calls. */
  readonly stranger: Actor;
}

const TOKENS = parseEther("2000");
const QUICK = { resendAfter: 500, tickEvery: 50 };

/** Deploys what the story needs, starts the nodes and plays. However that ends, the nodes end with it. */
export async function onStage<T>(url: string, narrator: Narrator, play: (stage: Stage) => Promise<T>): Promise<T> {
  const provider = connectTo(url);
  const started: Node[] = [];
  try {
    return await play(await setStage(narrator, provider, await deployTo(url), started));
  } finally {
    await Promise.all(started.map((node) => node.stop()));
    provider.destroy();
  }
}

async function setStage(
  narrator: Narrator,
  provider: JsonRpcProvider,
  chain: DeployedChain,
  started: Node[],
): Promise<Stage> {
  const alice = createActor("Alice", provider, keyOf("Alice's savings").address);
  const [bob, mallory] = [createActor("Bob", provider), createActor("Mallory", provider)];
  const [carol, stranger] = [createActor("Carol", provider), createActor("a stranger", provider)];
  for (const { address } of [alice, bob, mallory, carol, stranger]) await enrich(chain, address);
  const token = await new TestToken__factory(stranger.wallet).deploy();
  for (const account of [alice.address, alice.payout, bob.address, stranger.address])
    await mined(token.mint(account, TOKENS));
  const assets = [NATIVE, toAddress(await token.getAddress())];
  const hub = new InProcessHub();
  const start = async (actor: Actor): Promise<Player> => {
    const player = await startPlayer(chain, hub, actor, assets);
    started.push(player.node);
    return player;
  };
  const players = { alice: await start(alice), bob: await start(bob), mallory: await start(mallory) };
  for (const { address } of [bob, mallory]) players.alice.node.connect(address, "in this process");
  const { chainId, adjudicator, ticTacToe } = chain;
  const contracts = { adjudicator: Adjudicator__factory.connect(adjudicator, provider), ticTacToe, token };
  return { narrator, provider, deployment: { chainId, adjudicator }, ...contracts, ...players, carol, stranger };
}

function createActor(name: string, provider: JsonRpcProvider, payout?: Address): Actor {
  const { privateKey, address } = keyOf(name);
  const wallet = new Wallet(privateKey, provider);
  const paid = payout ?? address;
  return { ...memberOf(wallet.signingKey), wallet, address, payout: paid, destination: accountDestination(paid) };
}

/** Starts a node that joins every channel of the story, and looks for news often. */
async function startPlayer(
  chain: DeployedChain,
  hub: InProcessHub,
  actor: Actor,
  assets: readonly Address[],
): Promise<Player> {
  const { key, address, payout } = actor;
  const store = new MemoryStore();
  const maxContribution = assets.map((asset) => ({ asset, amount: TOKENS }));
  const policy = { ...GENEROUS, maxBond: parseEther("1"), maxContribution };
  const nodeKey = { privateKey: key.privateKey as Hex, address };
  const node = await startInProcessNode(chain, hub, nodeKey, {
    store,
    apps: new Map([[chain.ticTacToe, engine.TIC_TAC_TOE]]),
    chain: { pollInterval: 50 },
    settings: { ...QUICK, payout, policy },
  });
  return { ...actor, node, store };
}

/** Tuned for a node on this machine: no waiting for more calls, no remembered answers, frequent looks for receipts. */
function connectTo(url: string): JsonRpcProvider {
  return new JsonRpcProvider(url, undefined, {
    batchMaxCount: 1,
    cacheTimeout: -1,
    pollingInterval: 20,
    staticNetwork: true,
  });
}
