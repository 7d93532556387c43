import { Contract, ContractFactory, id, JsonRpcProvider, parseEther, Wallet } from "ethers";
import type { HardhatRuntimeEnvironment } from "hardhat/types";
import { accountDestination, toAddress, type Address, type Deployment, type Destination } from "../../src";
import type { Adjudicator, TestToken, TicTacToe } from "../../typechain-types";
import { memberOf, type Member } from "../lib/channels";
import { deployMissing } from "../lib/deployment";
import type { Narrator } from "./narrator";

/** Somebody in the story. One key signs states and owns the account, to keep the story short. */
export interface Actor extends Member {
  readonly name: string;
  readonly wallet: Wallet;
  readonly address: Address;
  readonly destination: Destination;
}

/** Where the story plays: a chain, the contracts on it and the people who use them. */
export interface Stage {
  readonly narrator: Narrator;
  readonly hre: HardhatRuntimeEnvironment;
  readonly provider: JsonRpcProvider;
  readonly deployment: Deployment;
  readonly adjudicator: Adjudicator;
  readonly ticTacToe: TicTacToe;
  readonly token: TestToken;
  readonly alice: Actor;
  readonly bob: Actor;
  readonly carol: Actor;
  readonly mallory: Actor;
  /** Sends transactions for anybody: nothing depends on who calls. */
  readonly stranger: Actor;
}

const START_BALANCE = parseEther("100");

/** Deploys the contracts, as `npm run deploy` does, and a token; gives everybody some money. */
export async function setStage(hre: HardhatRuntimeEnvironment, url: string, narrator: Narrator): Promise<Stage> {
  const provider = connectTo(url);
  const request = ({ method, params }: { method: string; params?: readonly unknown[] | object }) =>
    provider.send(method, (params ?? []) as unknown[]);
  const { chainId, contracts } = await deployMissing(hre, { request });
  const [alice, bob, carol, mallory, stranger] = await Promise.all(
    (["Alice", "Bob", "Carol", "Mallory", "a stranger"] as const).map((name) => createActor(name, provider)),
  );
  const people = { alice: alice!, bob: bob!, carol: carol!, mallory: mallory!, stranger: stranger! };
  const adjudicator = await contractAt<Adjudicator>(hre, "Adjudicator", contracts.Adjudicator, provider);
  const ticTacToe = await contractAt<TicTacToe>(hre, "TicTacToe", contracts.TicTacToe, provider);
  const token = await deployAs<TestToken>(hre, "TestToken", people.stranger);
  const deployment = { chainId: BigInt(chainId), adjudicator: toAddress(contracts.Adjudicator) };
  return { narrator, hre, provider, deployment, adjudicator, ticTacToe, token, ...people };
}

/** Deploys a contract that only the demo needs. */
export async function deployAs<T>(hre: HardhatRuntimeEnvironment, name: string, { wallet }: Actor): Promise<T> {
  const { abi, bytecode } = await hre.artifacts.readArtifact(name);
  const contract = await new ContractFactory(abi, bytecode, wallet).deploy();
  await contract.waitForDeployment();
  return contract as unknown as T;
}

/** Lets the clock of the chain reach `timestamp`, Unix time in seconds. */
export async function travelTo({ provider }: Stage, timestamp: bigint): Promise<void> {
  await provider.send("evm_setNextBlockTimestamp", [`0x${timestamp.toString(16)}`]);
  await provider.send("evm_mine", []);
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

async function createActor(name: string, provider: JsonRpcProvider): Promise<Actor> {
  const wallet = new Wallet(id(`the key of ${name}, on a local chain only`), provider);
  await provider.send("hardhat_setBalance", [wallet.address, `0x${START_BALANCE.toString(16)}`]);
  const address = toAddress(wallet.address);
  return { ...memberOf(wallet.signingKey), name, wallet, address, destination: accountDestination(address) };
}

async function contractAt<T>(
  hre: HardhatRuntimeEnvironment,
  name: string,
  address: string,
  provider: JsonRpcProvider,
): Promise<T> {
  const { abi } = await hre.artifacts.readArtifact(name);
  return new Contract(address, abi, provider) as unknown as T;
}
