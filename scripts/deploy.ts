/** The command line of `npm run deploy`. */
import { mkdirSync, writeFileSync } from "node:fs";
import { relative, resolve } from "node:path";
import { parseArgs } from "node:util";
import type { HardhatRuntimeEnvironment } from "hardhat/types";
import { FACTORY, SALT } from "../deploy/contracts";
import { requireChain } from "./lib/chain";
import { compile } from "./lib/compile";
import { deployMissing, type DeploymentReport } from "./lib/deployment";
import { CommandError, describeError } from "./lib/errors";
import { EXPLORER_VARIABLE, KEY_VARIABLE, NETWORKS, readNetwork, type Network } from "./lib/networks";
import { verificationsOf } from "./lib/verification";

const HELP = `Usage: npm run deploy -- --network <name> [--verify] [--json] [--out <folder>]

Deploys what the chain lacks, at the same addresses everywhere. A second run changes nothing.

  --network  ${Object.keys(NETWORKS).join(", ")}
  --verify   publishes the sources on the block explorer, also of what was deployed before
  --json     prints one JSON document and nothing else
  --out      where to write <chain id>.json; deploy/deployments unless given

Environment:
${Object.entries(NETWORKS)
  .map(([name, { rpcVariable }]) => `  ${rpcVariable.padEnd(28)} JSON-RPC endpoint of ${name}`)
  .join("\n")}
  ${KEY_VARIABLE.padEnd(28)} private key that pays; not needed on localhost
  ${EXPLORER_VARIABLE.padEnd(28)} Etherscan API key, for --verify`;

interface Options {
  readonly network: string;
  readonly verify: boolean;
  readonly json: boolean;
  readonly out: string;
}

async function main(): Promise<void> {
  const options = readOptions();
  if (options === undefined) {
    console.log(HELP);
    return;
  }
  const network = readNetwork(options.network, process.env);
  if (options.verify) requireExplorerKey(network);
  await requireChain(network);
  const hre = await loadHardhat(network);
  await compile(hre);
  if (!options.json) console.log(`Deploying to ${network.name} (chain ${network.chainId}) …`);
  const report = await deployMissing(hre, hre.network.provider);
  const file = save(options.out, network, report);
  print(options, network, report, file);
  if (options.verify) await verify(hre, report, options);
}

function readOptions(): Options | undefined {
  let values;
  try {
    ({ values } = parseArgs({
      options: {
        network: { type: "string" },
        verify: { type: "boolean", default: false },
        json: { type: "boolean", default: false },
        out: { type: "string", default: "deploy/deployments" },
        help: { type: "boolean", short: "h", default: false },
      },
    }));
  } catch (error) {
    throw new CommandError("ARGUMENT_INVALID", `${describeError(error)} See --help.`);
  }
  const { network, help, ...rest } = values;
  if (help) return undefined;
  if (network === undefined) throw new CommandError("ARGUMENT_INVALID", "Name a chain with --network. See --help.");
  return { network, ...rest };
}

function requireExplorerKey({ name }: Network): void {
  if (name === "localhost")
    throw new CommandError("ARGUMENT_INVALID", "There is no explorer of localhost to verify on.");
  if (process.env[EXPLORER_VARIABLE]) return;
  throw new CommandError("VARIABLE_MISSING", `Set ${EXPLORER_VARIABLE} to an Etherscan API key; --verify needs it.`);
}

/** Hardhat reads which network it works on when it is loaded. */
async function loadHardhat({ name }: Network): Promise<HardhatRuntimeEnvironment> {
  process.env["HARDHAT_NETWORK"] = name;
  return (await import("hardhat")).default;
}

/** Writes what other programs need to find the contracts. See docs/deploying.md for the format. */
function save(folder: string, { name, chainId }: Network, { contracts }: DeploymentReport): string {
  const file = resolve(folder, `${chainId}.json`);
  mkdirSync(resolve(folder), { recursive: true });
  writeFileSync(
    file,
    `${JSON.stringify({ chainId, network: name, factory: FACTORY, salt: SALT, contracts }, null, 2)}\n`,
  );
  return file;
}

function print({ json }: Options, { name }: Network, { chainId, contracts, deployed }: DeploymentReport, file: string) {
  if (json) {
    console.log(JSON.stringify({ network: name, chainId, deployed, contracts, file }, null, 2));
    return;
  }
  for (const [contract, address] of Object.entries(contracts)) {
    const fate = deployed.some((other) => other === contract) ? "deployed" : "was there";
    console.log(`  ${contract.padEnd(16)} ${address}  ${fate}`);
  }
  if (deployed.length === 0) console.log("Nothing to do: everything was deployed before.");
  console.log(`Addresses are in ${relative(process.cwd(), file)}.`);
}

async function verify(hre: HardhatRuntimeEnvironment, { contracts }: DeploymentReport, { json }: Options) {
  if (json) console.log = console.error; // the plugin writes there
  for (const verification of await verificationsOf(hre, contracts)) {
    console.log(`Verifying ${verification.contract} …`);
    await hre.run("verify:verify", verification);
  }
}

main().catch((error: unknown) => {
  console.error(describeError(error));
  process.exitCode = 1;
});
