import { buildModule } from "@nomicfoundation/hardhat-ignition/modules";
import { CONTRACTS, type ContractName } from "../contracts";

/** Deploys some of the contracts: those that a chain does not have yet. */
export function sluiceModule(names: readonly ContractName[]) {
  return buildModule("Sluice", (m) => Object.fromEntries(names.map((name) => [name, m.contract(name)])));
}

/** Deploys all contracts to a chain that has none. */
export default sluiceModule(CONTRACTS);
