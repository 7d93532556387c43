import type { Logger } from "pino";
import { filesOf } from "../adapters/dataFolder";
import { readKey } from "../adapters/keys";
import type { NodeApi } from "../node/api";
import { DEFAULT_POLICY } from "../node/policy";
import { startNode } from "../node/start";
import type { Config } from "./config";
import { routingOf } from "./routingConfig";

/** Starts the node of a data folder as its configuration says. */
export async function runNode(folder: string, config: Config, password: string, log: Logger): Promise<NodeApi> {
  const { payout, challengePeriod, join, listen, feeCap, ticTacToe, payments, rpc, chainId, adjudicator } = config;
  return startNode({
    folder,
    key: await readKey(filesOf(folder).key, password),
    rpc,
    chainId,
    adjudicator,
    confirmations: config.confirmations,
    fromBlock: config.fromBlock,
    log,
    settings: {
      challengePeriod,
      policy: { ...DEFAULT_POLICY, ...join },
      routing: routingOf(config.routing),
      ...(config.announce !== undefined && { announce: config.announce }),
      ...(payout !== undefined && { payout }),
    },
    ...(listen !== undefined && { listen }),
    ...(feeCap !== undefined && { feeCap }),
    ...(ticTacToe !== undefined && { ticTacToe }),
    ...(payments !== undefined && { payments }),
  });
}
