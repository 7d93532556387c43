import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { JsonRpcProvider, parseEther, SigningKey, Wallet } from "ethers";
import { NATIVE, toAddress, type Address, type ChannelId, type Hex } from "../../src";
import { createDataFolder } from "../../src/adapters/dataFolder";
import type { NodeKey } from "../../src/adapters/keys";
import type { StartOptions } from "../../src/node/start";
import { DEFAULT_ROUTING } from "../../src/router/context";
import type { TestToken } from "../../typechain-types";
import { TestToken__factory } from "../../typechain-types/factories/contracts/test/TestToken__factory";
import type { Narrator } from "../demo/narrator";
import { deployTo, enrich, GENEROUS, keyOf, type DeployedChain } from "../lib/nodes";
import { mined } from "../lib/transactions";
import { FEES, LINKS, NAMES, type Link, type Name, type Unit } from "./network";
import { enter, enterApart, type Exposed, type Person } from "./person";

/** Carol and Bob are to have accidents: their nodes run in processes of their own. */
export interface People extends Readonly<Record<Name, Person>> {
  readonly Carol: Exposed;
  readonly Bob: Exposed;
}

/** Where the story plays. */
export interface Stage {
  readonly narrator: Narrator;
  readonly provider: JsonRpcProvider;
  readonly token: TestToken;
  readonly assets: Readonly<Record<Unit, Address>>;
  readonly people: People;
  /** Opened in the first chapter. */
  readonly channels: Map<Link, ChannelId>;
}

const TOKENS = parseEther("2000");
const PATIENCE = 60_000; // milliseconds
/** Milliseconds that a payee waits for the other parts of a payment. */
const PARTS_TIMEOUT = 3_000;

/** Deploys, starts the five nodes and plays. However that ends, the nodes end with it, and their folders go. */
export async function onStage<T>(url: string, narrator: Narrator, play: (stage: Stage) => Promise<T>): Promise<T> {
  const provider = new JsonRpcProvider(url, undefined, {
    batchMaxCount: 1,
    cacheTimeout: -1,
    pollingInterval: 20,
    staticNetwork: true,
  });
  const home = await mkdtemp(join(tmpdir(), "sluice-payments-"));
  const started: Person[] = [];
  try {
    return await play(await setStage(url, narrator, provider, home, started));
  } finally {
    await Promise.all(started.map((person) => person.stop()));
    provider.destroy();
    await rm(home, { recursive: true, force: true });
  }
}

async function setStage(
  url: string,
  narrator: Narrator,
  provider: JsonRpcProvider,
  home: string,
  started: Person[],
): Promise<Stage> {
  const chain = await deployTo(url);
  const banker = keyOf("the banker");
  await enrich(chain, banker.address);
  const token = await new TestToken__factory(new Wallet(banker.privateKey, provider)).deploy();
  const assets = { ETH: NATIVE, TUSD: toAddress(await token.getAddress()) };
  const optionsFor = async (name: Name): Promise<StartOptions> => {
    const folder = join(home, name);
    await createDataFolder(folder);
    const key = freshKey();
    await enrich(chain, key.address);
    await mined(token.mint(key.address, TOKENS));
    return optionsOf(chain, name, { folder, key, payout: freshKey().address }, Object.values(assets));
  };
  const options: Partial<Record<Name, StartOptions>> = {};
  for (const name of NAMES) options[name] = await optionsFor(name);
  const keep = async <P extends Person>(entering: Promise<P>): Promise<P> => {
    const person = await entering;
    started.push(person);
    return person;
  };
  const [Carol, Bob, Alice, Ingrid, Dave] = await Promise.all([
    keep(enterApart("Carol", options.Carol!)),
    keep(enterApart("Bob", options.Bob!)),
    keep(enter("Alice", options.Alice!)),
    keep(enter("Ingrid", options.Ingrid!)),
    keep(enter("Dave", options.Dave!)),
  ]);
  const people: People = { Alice, Ingrid, Carol, Dave, Bob };
  return { narrator, provider, token, assets, people, channels: new Map() };
}

/** A node that joins every channel of the story and looks for news often. */
function optionsOf(
  chain: DeployedChain,
  name: Name,
  own: { readonly folder: string; readonly key: NodeKey; readonly payout: Address },
  assets: readonly Address[],
): StartOptions {
  const { url, chainId, adjudicator, payments } = chain;
  const policy = { ...DEFAULT_ROUTING.policy, feeMillionths: FEES[name] };
  return {
    folder: own.folder,
    key: own.key,
    rpc: [url],
    chainId,
    adjudicator,
    payments,
    listen: { host: "127.0.0.1", port: 0 },
    confirmations: 0,
    pollInterval: 100,
    settings: {
      payout: own.payout,
      resendAfter: 500,
      tickEvery: 50,
      policy: { ...GENEROUS, maxContribution: assets.map((asset) => ({ asset, amount: TOKENS })) },
      routing: { ...DEFAULT_ROUTING, policy, partsTimeout: PARTS_TIMEOUT },
    },
  };
}

/** Not always the same, as those of other stories are: a node lets no other one on this machine use its key. */
function freshKey(): NodeKey {
  const { privateKey, address } = Wallet.createRandom();
  return { privateKey: new SigningKey(privateKey).privateKey as Hex, address: toAddress(address) };
}

/** The channel between two people. */
export function linkBetween(first: Name, second: Name): Link {
  return LINKS.find(({ between }) => between.includes(first) && between.includes(second))!;
}

/** Waits until something is so that only asking can tell: what one process does is news to another one a moment later. */
export async function until(what: string, isSo: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + PATIENCE;
  while (!(await isSo())) {
    if (performance.now() > deadline) throw new Error(`It did not happen that ${what}.`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
