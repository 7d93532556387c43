import { NATIVE, type ChannelId } from "../../src";
import { startNode, type StartOptions } from "../../src/node/start";
import { DEFAULT_ROUTING } from "../../src/router/context";
import { enrich, GENEROUS, keyOf } from "../lib/nodes";
import { startPayingChild, type PayingChild } from "./child";
import { percentile, type Row } from "./harness";
import { ALICE, BOB, QUIET, WATCHFUL, withChain, withFolders } from "./pair";

const INGRID = keyOf("Ingrid, in benchmarks");
/** The payer, who is in between, and the payee. */
const KEYS = [ALICE, INGRID, BOB] as const;
const SHARE = [{ asset: NATIVE, amount: 10n ** 12n }];

/** Invoices paid until everybody is warm, then at once, then one after the other. */
const WARM_UP = 1_000;
const PAID_AT_ONCE = 3_000;
const PAID_ONE_BY_ONE = 100;
/** Payments under way. */
const AT_ONCE = 200;

/** Payments over one node in between, three processes with a disk each: how many the payer knows as paid. */
export function hops(): Promise<Row[]> {
  return withChain((chain) =>
    withFolders(async (create) => {
      const folders = [await create(), await create(), await create()] as const;
      const optionsOf = (i: number, pollInterval: number): StartOptions => ({
        folder: folders[i]!,
        key: KEYS[i]!,
        rpc: [chain.url],
        chainId: chain.chainId,
        adjudicator: chain.adjudicator,
        payments: chain.payments,
        pollInterval,
        confirmations: 0,
        listen: { host: "127.0.0.1", port: 0 },
        settings: { policy: GENEROUS, routing: { ...DEFAULT_ROUTING, maxLocksPerPeer: 2 * AT_ONCE } },
      });
      for (const { address } of KEYS) await enrich(chain, address);
      const ids = await open([0, 1, 2].map((i) => optionsOf(i, WATCHFUL)));
      const children: PayingChild[] = [];
      try {
        for (const i of [0, 1, 2]) children.push(await startPayingChild(optionsOf(i, QUIET)));
        const [payer, , payee] = await connect(children, ids);
        return await measure(payer!, payee!);
      } finally {
        await Promise.all(children.map((child) => child.stop()));
      }
    }),
  );
}

/** Opens a channel between each and the next one. */
async function open(options: readonly StartOptions[]): Promise<ChannelId[]> {
  const nodes = await Promise.all(options.map((one) => startNode(one)));
  const ids: ChannelId[] = [];
  try {
    for (const [i, to] of nodes.slice(1).entries()) {
      const { address, listening } = to.info();
      const { id } = await nodes[i]!.open({ peers: [{ address, url: listening! }], mine: SHARE, theirs: [SHARE] });
      await Promise.all([nodes[i]!.funded(id), to.funded(id)]);
      ids.push(id);
    }
    return ids;
  } finally {
    await Promise.all(nodes.map((node) => node.stop()));
  }
}

/** Connects the outer two to the one in between, and wakes their channels up by some payments, so that they are announced. */
async function connect(children: readonly PayingChild[], ids: readonly ChannelId[]): Promise<readonly PayingChild[]> {
  const [, between] = children;
  for (const [i, channelId] of ids.entries()) {
    const outer = children[2 * i]!;
    await outer.tell({ type: "connect", peer: INGRID.address, url: between!.url });
    await outer.tell({ type: "pay", channelId, atOnce: 1 });
    await outer.tell({ type: "rest" });
  }
  return children;
}

async function measure(payer: PayingChild, payee: PayingChild): Promise<Row[]> {
  const makeInvoices = (count: number) => payee.tell<readonly string[]>({ type: "invoices", count });
  const pay = (invoices: readonly string[], atOnce: number) =>
    payer.tell<readonly number[]>({ type: "payInvoices", invoices, atOnce });
  const [warmUp, many, few] = [
    await makeInvoices(WARM_UP),
    await makeInvoices(PAID_AT_ONCE),
    await makeInvoices(PAID_ONE_BY_ONE),
  ];
  await payer.tell({ type: "reach", invoice: warmUp[0]! });
  await pay(warmUp, AT_ONCE);
  const start = performance.now();
  await pay(many, AT_ONCE);
  const rate = (1_000 * PAID_AT_ONCE) / (performance.now() - start);
  const latencies = await pay(few, 1);
  return [
    { name: "htlc-payments-one-hop-durable", value: rate, unit: "1/s" },
    { name: "htlc-payment-latency-p50-ms", value: percentile(latencies, 50), unit: "ms" },
  ];
}
