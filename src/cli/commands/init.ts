import { readFileSync } from "node:fs";
import { z } from "zod";
import { filesOf } from "../../adapters/dataFolder";
import { LmdbStore } from "../../adapters/lmdb/lmdbStore";
import { argumentInvalid, parseDuration, parseInteger } from "../arguments";
import { hasConfig, readConfig, writeConfig, type ConfigFile } from "../config";
import type { Answer } from "../io";
import { collect } from "../options";
import type { Cli, Session } from "../session";

interface Options {
  readonly rpc: readonly string[];
  readonly deployment?: string;
  readonly chainId?: string;
  readonly adjudicator?: string;
  readonly fromBlock?: string;
  readonly confirmations?: string;
  readonly listen?: string;
  readonly api?: string;
  readonly payout?: string;
  readonly challengePeriod?: string;
  readonly force?: boolean;
}

/** `sluice init` */
export function addInit(cli: Cli): void {
  cli
    .command(
      "init",
      "Set up a data folder: an empty store, and the configuration in sluice.json.",
      "init --rpc http://127.0.0.1:8545 --deployment deploy/deployments/31337.json --listen 0.0.0.0:9646",
    )
    .requiredOption("--rpc <url>", "JSON-RPC endpoint of the chain; may be repeated, the preferred one first", collect)
    .option("--deployment <file>", "file with chain id and addresses, as `npm run deploy` writes it")
    .option("--chain-id <id>", "id of the chain (default: from --deployment)")
    .option("--adjudicator <address>", "the contract that holds the money (default: from --deployment)")
    .option("--from-block <number>", "block in which that contract was deployed, or a later one (default: 0)")
    .option("--confirmations <blocks>", "blocks on top of a deposit before it is trusted (default: 12)")
    .option("--listen <host:port>", "where peers can connect (default: nowhere; the node only dials)")
    .option("--api <host:port>", "where the API listens (default: 127.0.0.1:8646)")
    .option("--payout <address>", "account that channels pay out to (default: that of the key)")
    .option("--challenge-period <time>", "time to answer a challenge in channels of one's own (default: 1d)")
    .option("--force", "replace an existing sluice.json")
    .action(cli.action<[], Options>((session, _, options) => setUp(session, options)));
}

async function setUp({ folder }: Session, options: Options): Promise<Answer> {
  const isNew = !hasConfig(folder);
  const file = writeConfig(folder, configOf(options), options.force ?? false);
  // A folder that was set up before and has no store has lost it: an empty one would be mistaken for all there is.
  if (isNew) await LmdbStore.create(filesOf(folder).store);
  const { chainId, adjudicator } = readConfig(folder);
  return {
    json: { file, chainId, adjudicator },
    text: `Wrote ${file} for chain ${chainId} and the adjudicator ${adjudicator}.\nNext: \`sluice keys create\`, unless there is a key; then \`sluice node\`.`,
  };
}

function configOf(options: Options): ConfigFile {
  const { rpc, listen, api, payout, fromBlock, confirmations, challengePeriod } = options;
  const deployment = options.deployment === undefined ? undefined : readDeployment(options.deployment);
  const chainId = options.chainId ?? deployment?.chainId.toString();
  const adjudicator = options.adjudicator ?? deployment?.contracts.Adjudicator;
  const ticTacToe = deployment?.contracts.TicTacToe;
  const payments = deployment && paymentsOf(deployment.contracts);
  if (chainId === undefined || adjudicator === undefined) {
    throw argumentInvalid("Where is the adjudicator?", "Give --deployment, or --chain-id and --adjudicator.");
  }
  return {
    chainId,
    adjudicator,
    rpc: [...rpc],
    ...(listen !== undefined && { listen }),
    ...(api !== undefined && { api }),
    ...(payout !== undefined && { payout }),
    ...(ticTacToe !== undefined && { ticTacToe }),
    ...(payments !== undefined && { payments }),
    ...(fromBlock !== undefined && { fromBlock: parseInteger(fromBlock, "a block", 0, Number.MAX_SAFE_INTEGER) }),
    ...(confirmations !== undefined && { confirmations: parseInteger(confirmations, "a number of blocks", 0, 1000) }),
    ...(challengePeriod !== undefined && { challengePeriod: parseDuration(challengePeriod).toString() }),
  };
}

const deploymentFile = z.object({
  chainId: z.int(),
  contracts: z.object({
    Adjudicator: z.string(),
    TicTacToe: z.exactOptional(z.string()),
    PaymentApp: z.exactOptional(z.string()),
    LockSet: z.exactOptional(z.string()),
    PreimageRegistry: z.exactOptional(z.string()),
    ScalarRegistry: z.exactOptional(z.string()),
  }),
});

/** Payment channels need all of their contracts; an older deployment has none. */
function paymentsOf({
  PaymentApp: app,
  LockSet: lockSet,
  PreimageRegistry: preimages,
  ScalarRegistry: scalars,
}: z.output<typeof deploymentFile>["contracts"]): ConfigFile["payments"] {
  if (app === undefined || lockSet === undefined || preimages === undefined || scalars === undefined) return undefined;
  return { app, lockSet, preimages, scalars };
}

function readDeployment(file: string): z.output<typeof deploymentFile> {
  try {
    return deploymentFile.parse(JSON.parse(readFileSync(file, "utf8")));
  } catch {
    throw argumentInvalid(`${file} does not say where the contracts are.`, "See docs/deploying.md for what it holds.");
  }
}
