import { randomBytes } from "node:crypto";
import { SigningKey } from "ethers";
import { pino, type Logger as PinoLogger } from "pino";
import { createSigner, verifySignature } from "../adapters/crypto/native";
import { useNativeKeccak } from "../adapters/crypto/nativeKeccak";
import { writeBackup } from "../adapters/backup/backup";
import { filesOf, lockKey, openDataFolder } from "../adapters/dataFolder";
import { EthersChain } from "../adapters/ethers";
import { readKeystore, type NodeKey } from "../adapters/keys";
import { systemClock } from "../adapters/systemClock";
import { WebSocketTransport } from "../adapters/webSocket";
import { TIC_TAC_TOE } from "../engine/apps";
import type { AppRules, PaymentContracts } from "../engine/context";
import type { Store } from "../ports/store";
import type { Address } from "../protocol/types";
import { identityOf } from "./identity";
import { Metrics } from "./metrics";
import { Node } from "./node";
import { DEFAULT_SETTINGS, type NodeParts, type NodeSettings } from "./parts";

/** What a node on a real disk, network and chain has to be told. */
export interface StartOptions {
  /** Folder with the store; see `createDataFolder`. */
  readonly folder: string;
  readonly key: NodeKey;
  /** JSON-RPC endpoints of the chain, the preferred one first. */
  readonly rpc: readonly string[];
  readonly chainId: bigint;
  readonly adjudicator: Address;
  /** Where peers can connect; without it the node only dials. */
  readonly listen?: { readonly host: string; readonly port: number };
  /** Blocks on top of a deposit before it counts. 12 if omitted. */
  readonly confirmations?: number;
  /** Milliseconds between two looks at the chain. 4,000 if omitted. */
  readonly pollInterval?: number;
  /** First block that can hold logs of the adjudicator. 0 if omitted. */
  readonly fromBlock?: number;
  /** Wei per gas that a transaction offers at most. */
  readonly feeCap?: bigint;
  readonly settings?: Partial<NodeSettings>;
  /** Where the tic-tac-toe contract is, if games are to be played. */
  readonly ticTacToe?: Address;
  /** The contracts of payment channels, if there are to be any. */
  readonly payments?: { readonly app: Address } & PaymentContracts;
  /** Rules of further apps, by the address of their contract. */
  readonly apps?: ReadonlyMap<Address, AppRules>;
  /** Silent if omitted. */
  readonly log?: PinoLogger;
}

/**
 * Starts a node.
 * @param adapt may put something of the caller's around its parts: to count, to trace, to replace
 * @throws SluiceError `FOLDER_LOCKED` or `KEY_IN_USE` when another one runs with this folder or key, `STORE_…` when the
 * data are not to be trusted, `CHAIN_WRONG`, `RPC_UNREACHABLE` or `LISTEN_FAILED`; everything is closed again then
 */
export async function startNode(
  options: StartOptions,
  adapt: (parts: NodeParts) => NodeParts = (parts) => parts,
): Promise<Node> {
  useNativeKeccak();
  const keyLock = await lockKey(options.key.address);
  const data = await openDataFolder(options.folder).catch(async (error: unknown) => {
    await keyLock.release();
    throw error;
  });
  const release = () => data.close().finally(() => keyLock.release());
  const node = new Node(adapt({ ...partsOf(options, data.store), release }));
  try {
    await node.start();
    return node;
  } catch (error) {
    await node.stop().catch(() => undefined);
    throw error;
  }
}

function partsOf(options: StartOptions, store: Store): Omit<NodeParts, "release"> {
  const { key, folder, chainId, adjudicator, listen } = options;
  const signer = createSigner(key.privateKey);
  const transport = new WebSocketTransport({
    signer,
    verify: verifySignature,
    clock: systemClock,
    ...(listen === undefined ? {} : { listen }),
  });
  return {
    deployment: { chainId, adjudicator },
    store,
    transport,
    chain: new EthersChain({ ...chainOptions(options), store }),
    clock: systemClock,
    signer,
    identity: identityOf(key.privateKey),
    verify: verifySignature,
    apps: appsOf(options),
    payments: new Map(options.payments === undefined ? [] : [[options.payments.app, options.payments]]),
    settings: { ...DEFAULT_SETTINGS, payout: key.address, ...options.settings },
    metrics: new Metrics(),
    log: options.log ?? pino({ level: "silent" }),
    random: () => `0x${randomBytes(32).toString("hex")}`,
    listening: () => (listen === undefined ? undefined : `ws://${listen.host}:${transport.port ?? listen.port}`),
    backup: async (file, password) => {
      const keystore = await readKeystore(filesOf(folder).key);
      await writeBackup(store, file, password, { keystore });
    },
  };
}

function chainOptions({
  rpc,
  chainId,
  adjudicator,
  key,
  confirmations,
  pollInterval,
  fromBlock,
  feeCap,
}: StartOptions) {
  return {
    urls: rpc,
    chainId,
    adjudicator,
    key: new SigningKey(key.privateKey),
    clock: systemClock,
    ...(confirmations === undefined ? {} : { confirmations }),
    ...(pollInterval === undefined ? {} : { pollInterval }),
    ...(fromBlock === undefined ? {} : { fromBlock }),
    ...(feeCap === undefined ? {} : { feeCap }),
  };
}

function appsOf({ ticTacToe, apps }: StartOptions): ReadonlyMap<Address, AppRules> {
  return new Map([...(ticTacToe === undefined ? [] : [[ticTacToe, TIC_TAC_TOE] as const]), ...(apps ?? [])]);
}
