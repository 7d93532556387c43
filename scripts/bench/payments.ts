import { NATIVE, type ChannelId } from "../../src";
import { startNode, type StartOptions } from "../../src/node/start";
import { enrich, GENEROUS, type LocalChain } from "../lib/nodes";
import { startPayingChild, type PayingChild } from "./child";
import { percentile, ratesOf, type Row } from "./harness";
import { lockUpdates } from "./lockUpdates";
import { ALICE, BOB, QUIET, WATCHFUL, withChain, withFolders } from "./pair";

/** Payments under way in one direction. */
const AT_ONCE = 1_000;
const SHARE = [{ asset: NATIVE, amount: 10n ** 15n }];

/** One payment channel between two processes with a disk each: how many payments a second the payees are told of. */
export async function payments(): Promise<Row[]> {
  const rows = await withChain((chain) =>
    withFolders(async (create) => {
      const folders = [await create(), await create()] as const;
      const optionsOf = (i: 0 | 1, pollInterval: number): StartOptions => ({
        folder: folders[i],
        key: [ALICE, BOB][i]!,
        rpc: [chain.url],
        chainId: chain.chainId,
        adjudicator: chain.adjudicator,
        payments: chain.payments,
        pollInterval,
        confirmations: 0,
        listen: { host: "127.0.0.1", port: 0 },
        settings: { policy: GENEROUS },
      });
      const id = await open(chain, optionsOf(0, WATCHFUL), optionsOf(1, WATCHFUL));
      const [alice, bob] = [await startPayingChild(optionsOf(0, QUIET)), await startPayingChild(optionsOf(1, QUIET))];
      try {
        await bob.tell({ type: "connect", peer: ALICE.address, url: alice.url });
        return [
          await measure("payments-one-way-durable-websocket", id, [bob], [alice]),
          await measure("payments-both-ways-durable-websocket", id, [alice, bob], [alice, bob]),
        ];
      } finally {
        await bob.stop();
        await alice.stop();
      }
    }),
  );
  return [...rows, ...lockUpdates()];
}

async function open(chain: LocalChain, first: StartOptions, second: StartOptions): Promise<ChannelId> {
  for (const { key } of [first, second]) await enrich(chain, key.address);
  const [alice, bob] = [await startNode(first), await startNode(second)];
  try {
    const peers = [{ address: ALICE.address, url: alice.info().listening! }];
    const { id } = await bob.open({ peers, mine: SHARE, theirs: [SHARE], payments: true });
    await Promise.all([alice.funded(id), bob.funded(id)]);
    return id;
  } finally {
    await Promise.all([alice.stop(), bob.stop()]);
  }
}

async function measure(
  name: string,
  channelId: ChannelId,
  payers: readonly PayingChild[],
  payees: readonly PayingChild[],
): Promise<Row> {
  const count = async () => {
    const counts = await Promise.all(payees.map((payee) => payee.tell<number>({ type: "count" })));
    return counts.reduce((sum, told) => sum + told, 0);
  };
  await Promise.all(payers.map((payer) => payer.tell({ type: "pay", channelId, atOnce: AT_ONCE })));
  const rates = await ratesOf(count);
  await Promise.all(payers.map((payer) => payer.tell({ type: "rest" })));
  return { name, value: percentile(rates, 50), unit: "1/s" };
}
