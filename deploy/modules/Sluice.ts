import { buildModule } from "@nomicfoundation/hardhat-ignition/modules";
import type { IgnitionModule, NamedArtifactContractDeploymentFuture } from "@nomicfoundation/ignition-core";
import { ARGUMENTS, CONTRACTS, type ContractName } from "../contracts";

type Contract = NamedArtifactContractDeploymentFuture<string>;
type Contracts = Record<string, Contract>;

/**
 * Deploys some of the contracts: those that a chain does not have yet.
 * @param addresses where the others are
 */
export function sluiceModule(
  names: readonly ContractName[],
  addresses: Readonly<Partial<Record<ContractName, string>>> = {},
): IgnitionModule<"Sluice", string, Contracts> {
  return buildModule("Sluice", (m) => {
    const contracts: Partial<Record<ContractName, Contract>> = {};
    for (const name of names) {
      const args = (ARGUMENTS[name] ?? []).map((other) => contracts[other] ?? addresses[other]!);
      contracts[name] = m.contract(name, args);
    }
    return contracts;
  });
}

/** Deploys all contracts to a chain that has none. */
export default sluiceModule(CONTRACTS);
