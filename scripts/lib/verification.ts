import type { HardhatRuntimeEnvironment } from "hardhat/types";
import type { ContractName } from "../../deploy/contracts";
import { argumentsOf, type Addresses } from "./deployment";

/** What the verification plugin is asked for each contract. */
export interface Verification {
  readonly address: string;
  /** Fully qualified: `contracts/Adjudicator.sol:Adjudicator`. */
  readonly contract: string;
  readonly constructorArguments: readonly unknown[];
}

/** The verifications of a deployment. */
export async function verificationsOf(hre: HardhatRuntimeEnvironment, contracts: Addresses): Promise<Verification[]> {
  const verifications: Verification[] = [];
  for (const [name, address] of Object.entries(contracts)) {
    const { sourceName, contractName } = await hre.artifacts.readArtifact(name);
    const constructorArguments = argumentsOf(name as ContractName, contracts);
    verifications.push({ address, contract: `${sourceName}:${contractName}`, constructorArguments });
  }
  return verifications;
}
