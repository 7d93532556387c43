import type { ChainConfig } from "@nomicfoundation/hardhat-verify/types";
import type { NetworksUserConfig } from "hardhat/types";
import { CommandError } from "./errors";

type Environment = Readonly<Record<string, string | undefined>>;

interface NetworkTerms {
  readonly chainId: number;
  /** Environment variable with the URL of a JSON-RPC endpoint. */
  readonly rpcVariable: string;
  /** Used when the variable is not set. */
  readonly defaultUrl?: string;
  /** Address of the block explorer, for people. */
  readonly explorer?: string;
}

/** The chains that can be deployed to. */
export const NETWORKS = {
  localhost: { chainId: 31337, rpcVariable: "SLUICE_RPC_LOCALHOST", defaultUrl: "http://127.0.0.1:8545" },
  sepolia: { chainId: 11155111, rpcVariable: "SLUICE_RPC_SEPOLIA", explorer: "https://sepolia.etherscan.io" },
  hoodi: { chainId: 560048, rpcVariable: "SLUICE_RPC_HOODI", explorer: "https://hoodi.etherscan.io" },
  "base-sepolia": {
    chainId: 84532,
    rpcVariable: "SLUICE_RPC_BASE_SEPOLIA",
    explorer: "https://sepolia.basescan.org",
  },
  "arbitrum-sepolia": {
    chainId: 421614,
    rpcVariable: "SLUICE_RPC_ARBITRUM_SEPOLIA",
    explorer: "https://sepolia.arbiscan.io",
  },
  "optimism-sepolia": {
    chainId: 11155420,
    rpcVariable: "SLUICE_RPC_OPTIMISM_SEPOLIA",
    explorer: "https://sepolia-optimism.etherscan.io",
  },
} as const satisfies Record<string, NetworkTerms>;

export type NetworkName = keyof typeof NETWORKS;

/** A network with everything that is needed to deploy to it. */
export interface Network {
  readonly name: NetworkName;
  readonly chainId: number;
  readonly rpcVariable: string;
  readonly url: string;
  /** Private key of the deployer; undefined on the local chain, whose node signs. */
  readonly key: string | undefined;
}

export const KEY_VARIABLE = "SLUICE_DEPLOYER_KEY";
export const EXPLORER_VARIABLE = "SLUICE_EXPLORER_KEY";

/** Explorers that the verification plugin does not know by itself share one address. */
const EXPLORER_API = "https://api.etherscan.io/v2/api";

/**
 * Reads what the environment says about one network; variables of other networks do not matter.
 * @throws CommandError `NETWORK_UNKNOWN`, `VARIABLE_MISSING`, `VARIABLE_INVALID` or `KEY_MALFORMED`; none of them
 * repeats a URL or a key, which are secrets
 */
export function readNetwork(name: string, environment: Environment): Network {
  if (!isNetworkName(name)) {
    const known = Object.keys(NETWORKS).join(", ");
    throw new CommandError("NETWORK_UNKNOWN", `There is no network "${name}". Choose one of: ${known}.`);
  }
  const { chainId, rpcVariable }: NetworkTerms = NETWORKS[name];
  const url = readUrl(name, environment);
  return { name, chainId, rpcVariable, url, key: name === "localhost" ? undefined : readKey(name, environment) };
}

/** The networks that are set up, as Hardhat wants them. Incomplete ones are left out, so that they disturb no other. */
export function configuredNetworks(environment: Environment): NetworksUserConfig {
  const networks: NetworksUserConfig = {};
  for (const name of Object.keys(NETWORKS).filter(isNetworkName)) {
    try {
      const { chainId, url, key } = readNetwork(name, environment);
      networks[name] = { url, chainId, accounts: key === undefined ? "remote" : [key] };
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
    }
  }
  return networks;
}

/** The explorers that the verification plugin has to be told about. */
export function explorers(): ChainConfig[] {
  const unknown: readonly NetworkName[] = ["hoodi", "optimism-sepolia"];
  return unknown.map((network) => {
    const { chainId, explorer = "" }: NetworkTerms = NETWORKS[network];
    return { network, chainId, urls: { apiURL: EXPLORER_API, browserURL: explorer } };
  });
}

function isNetworkName(name: string): name is NetworkName {
  return Object.hasOwn(NETWORKS, name);
}

function readUrl(name: NetworkName, environment: Environment): string {
  const { rpcVariable, defaultUrl }: NetworkTerms = NETWORKS[name];
  const set = environment[rpcVariable];
  const url = set === "" ? defaultUrl : (set ?? defaultUrl);
  if (url === undefined) throw missing(rpcVariable, `the URL of a JSON-RPC endpoint of ${name}`, name);
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
    throw new CommandError("VARIABLE_INVALID", `${rpcVariable} is not a URL that starts with http:// or https://.`);
  }
  return url;
}

function readKey(name: NetworkName, environment: Environment): string {
  const key = environment[KEY_VARIABLE];
  if (!key) throw missing(KEY_VARIABLE, "the private key of the account that pays for the deployment", name);
  const digits = key.trim().replace(/^0x/, "");
  if (!/^[0-9a-fA-F]{64}$/.test(digits) || !isScalar(BigInt(`0x${digits}`))) {
    throw new CommandError("KEY_MALFORMED", `${KEY_VARIABLE} is not a private key: 64 hexadecimal digits.`);
  }
  return `0x${digits}`;
}

/** Whether a number is a private key of secp256k1. */
function isScalar(value: bigint): boolean {
  return value > 0n && value < 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
}

function missing(variable: string, meaning: string, network: string): CommandError {
  return new CommandError("VARIABLE_MISSING", `Set ${variable} to ${meaning}; deploying to ${network} needs it.`);
}
