import { HardhatArtifactResolver } from "@nomicfoundation/hardhat-ignition/helpers";
import {
  deploy,
  DeploymentResultType,
  type DeploymentResult,
  type EIP1193Provider,
} from "@nomicfoundation/ignition-core";
import { AbiCoder, concat, getCreate2Address, keccak256 } from "ethers";
import type { HardhatRuntimeEnvironment } from "hardhat/types";
import { ARGUMENTS, CONTRACTS, FACTORY, SALT, type ContractName } from "../../deploy/contracts";
import { sluiceModule } from "../../deploy/modules/Sluice";
import { CommandError } from "./errors";

export type Addresses = Readonly<Record<ContractName, string>>;

/** What a deployment found and did. */
export interface DeploymentReport {
  readonly chainId: number;
  readonly contracts: Addresses;
  /** The contracts that this run deployed; the others were there already. */
  readonly deployed: readonly ContractName[];
}

const LOCAL_CHAIN = 31337;

/**
 * Deploys what a chain lacks. The chain itself is the record of what was deployed: an address commits to the code behind
 * it, so code at the expected address is the right code, whoever deployed it. No journal can go stale.
 * @throws CommandError before anything is sent when the factory or money is missing
 */
export async function deployMissing(
  hre: HardhatRuntimeEnvironment,
  provider: EIP1193Provider,
): Promise<DeploymentReport> {
  const chainId = Number(await provider.request({ method: "eth_chainId" }));
  const contracts = await predictAddresses(hre);
  const missing: ContractName[] = [];
  for (const name of CONTRACTS) if (!(await hasCode(provider, contracts[name]))) missing.push(name);
  if (missing.length > 0) {
    const sender = await deployerOf(provider);
    if (chainId !== LOCAL_CHAIN) await requireAffordable(hre, provider, sender, missing, contracts);
    await deployThroughIgnition(hre, provider, sender, missing, contracts);
  }
  return { chainId, contracts, deployed: missing };
}

/** Where the contracts are on every chain that has them. */
export async function predictAddresses(hre: HardhatRuntimeEnvironment): Promise<Addresses> {
  const salt = keccak256(AbiCoder.defaultAbiCoder().encode(["bytes32"], [SALT])); // the factory hashes it once more
  const addresses: Partial<Record<ContractName, string>> = {};
  for (const name of CONTRACTS) {
    addresses[name] = getCreate2Address(FACTORY, salt, keccak256(await initCodeOf(hre, name, addresses)));
  }
  return addresses as Addresses;
}

/** Constructor arguments of a contract, given where those before it are. */
export function argumentsOf(name: ContractName, addresses: Partial<Addresses>): string[] {
  return (ARGUMENTS[name] ?? []).map((other) => addresses[other]!);
}

/** What is executed to deploy a contract: its bytecode and arguments. */
async function initCodeOf(
  hre: HardhatRuntimeEnvironment,
  name: ContractName,
  addresses: Partial<Addresses>,
): Promise<string> {
  const { bytecode } = await hre.artifacts.readArtifact(name);
  const args = argumentsOf(name, addresses);
  const types = args.map(() => "address");
  return concat([bytecode, AbiCoder.defaultAbiCoder().encode(types, args)]);
}

async function deployThroughIgnition(
  hre: HardhatRuntimeEnvironment,
  provider: EIP1193Provider,
  sender: string,
  names: readonly ContractName[],
  expected: Addresses,
): Promise<void> {
  const result = await deploy({
    artifactResolver: new HardhatArtifactResolver(hre),
    provider,
    ignitionModule: sluiceModule(names, expected),
    deploymentParameters: {},
    accounts: [sender],
    strategy: "create2",
    strategyConfig: { salt: SALT },
  });
  if (result.type !== DeploymentResultType.SUCCESSFUL_DEPLOYMENT) {
    throw new CommandError("RPC_FAILED", `The deployment stopped: ${explain(result)} Run it again: it continues.`);
  }
  for (const { contractName, address } of Object.values(result.contracts)) {
    const wanted = expected[contractName as ContractName];
    if (address === wanted) continue;
    throw new CommandError(
      "ADDRESS_UNEXPECTED",
      `${contractName} is at ${address} and not at ${wanted}. Do not use it.`,
    );
  }
}

/** The first account of the network: that of the given key, or an account of the local node. */
async function deployerOf(provider: EIP1193Provider): Promise<string> {
  const [sender] = (await provider.request({ method: "eth_accounts" })) as string[];
  if (sender === undefined) throw new CommandError("RPC_FAILED", "The node has no account that could deploy.");
  return sender;
}

async function requireAffordable(
  hre: HardhatRuntimeEnvironment,
  provider: EIP1193Provider,
  sender: string,
  names: readonly ContractName[],
  addresses: Addresses,
): Promise<void> {
  if (!(await hasCode(provider, FACTORY))) {
    throw new CommandError("FACTORY_MISSING", `This chain has no CreateX factory at ${FACTORY}. Choose another chain.`);
  }
  let gas = 0n;
  for (const name of names) {
    const data = await initCodeOf(hre, name, addresses);
    gas += BigInt(await ask(provider, "eth_estimateGas", [{ data }])) + FACTORY_GAS;
  }
  const cost = gas * BigInt(await ask(provider, "eth_gasPrice", []));
  const balance = BigInt(await ask(provider, "eth_getBalance", [sender, "latest"]));
  if (balance >= cost) return;
  throw new CommandError(
    "FUNDS_MISSING",
    `${sender} has ${balance} wei; deploying takes about ${cost} wei (${gas} gas). Send it some and run this again.`,
  );
}

/** What a call through the factory costs more than a plain deployment, rounded up. */
const FACTORY_GAS = 100_000n;

async function hasCode(provider: EIP1193Provider, address: string): Promise<boolean> {
  return (await ask(provider, "eth_getCode", [address, "latest"])) !== "0x";
}

async function ask(provider: EIP1193Provider, method: string, params: unknown[]): Promise<string> {
  return (await provider.request({ method, params })) as string;
}

function explain(result: Exclude<DeploymentResult, { type: DeploymentResultType.SUCCESSFUL_DEPLOYMENT }>): string {
  if (result.type === DeploymentResultType.EXECUTION_ERROR) {
    const timedOut = result.timedOut.map(({ futureId }) => `${futureId} was not mined in time.`);
    return [...result.failed.map(({ futureId, error }) => `${futureId} failed (${error}).`), ...timedOut].join(" ");
  }
  return Object.values(result.errors).flat().join(" ");
}
