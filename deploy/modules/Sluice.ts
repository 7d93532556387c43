import { buildModule } from "@nomicfoundation/hardhat-ignition/modules";
import type { IgnitionModule, NamedArtifactContractDeploymentFuture } from "@nomicfoundation/ignition-core";
import { CONTRACTS, type ContractName } from "../contracts";

type Contracts = Record<string, NamedArtifactContractDeploymentFuture<string>>;

/** Deploys some of the contracts: those that a chain does not have yet. */
export function sluiceModule(names: readonly ContractName[]): IgnitionModule<"Sluice", string, Contracts> {
  return buildModule("Sluice", (m) => Object.fromEntries(names.map((name) => [name, m.contract(name)])));
}

/** Deploys all contracts to a chain that has none. */
export default sluiceModule(CONTRACTS);
