import type { Artifact, HardhatRuntimeEnvironment } from "hardhat/types";

/** Folders of `contracts/` whose contents nobody deploys or calls by themselves. */
const INTERNAL = /^contracts\/(libraries|test|types)\//;

/** The contracts that users of the package deploy, call or implement. */
export async function productContracts(hre: HardhatRuntimeEnvironment): Promise<Artifact[]> {
  const names = await hre.artifacts.getAllFullyQualifiedNames();
  const product = names.filter((name) => name.startsWith("contracts/") && !INTERNAL.test(name)).sort();
  return Promise.all(product.map((name) => hre.artifacts.readArtifact(name)));
}
