import { Interface, id as hashOf } from "ethers";
import {
  accountDestination,
  channelDestination,
  channelIdOf,
  encodeOutcome,
  NATIVE,
  NO_LOCKS,
  NO_VOUCHER,
  stateDigest,
  tallyOf,
  toAddress,
  type Address,
  type AssetOutcome,
  type ChannelId,
  type Deployment,
  type Hex,
  type SignedVoucher,
  type State,
} from "../../src";
import { createSigner } from "../../src/adapters/crypto/native";
import { useNativeKeccak } from "../../src/adapters/crypto/nativeKeccak";
import { openDataFolder } from "../../src/adapters/dataFolder";
import { Adjudicator__factory } from "../../src/bindings";
import type { ChannelRecord } from "../../src/engine/channel";
import { outcomeOf } from "../../src/engine/change";
import { emptyLane, type Lane } from "../../src/engine/payments/lane";
import { writesOf } from "../../src/node/lanes";
import { encodeRecord, recordKey } from "../../src/node/records";
import { startNode, type StartOptions } from "../../src/node/start";
import type { LocalChain } from "../lib/nodes";
import { runChild } from "./child";
import type { Row } from "./harness";
import { ALICE, BOB, QUIET, withChain, withFolders } from "./pair";

const CHANNELS = 10_000;
/** Deposits in one transaction, and records in one batch. */
const TOGETHER = 250;
/** Blocks after which a deposit is not looked at again. */
const LONG_AGO = 256;
const AMOUNT = 10n ** 6n;

/** A node with 10,000 funded channels in which nothing happens: how long it takes to start, and how much it remembers. */
export async function idle(): Promise<Row[]> {
  return [...(await measure("channel")), ...(await measure("payment-channel"))];
}

type Kind = "channel" | "payment-channel";

function measure(kind: Kind): Promise<Row[]> {
  return prepare(kind, (folders) => runChild<Row[]>("idleNode", { ...folders, kind }, ["--expose-gc"]));
}

/** Makes an empty data folder, and one with the channels. */
function prepare<T>(kind: Kind, use: (folders: Record<"empty" | "full", StartOptions>) => Promise<T>): Promise<T> {
  useNativeKeccak();
  return withChain((chain) =>
    withFolders(async (create) => {
      const [empty, full] = [await create(), await create()];
      const token = await deployToken(chain);
      const app = kind === "channel" ? NATIVE : chain.payments.app;
      const records = Array.from({ length: CHANNELS }, (_, i) => recordOf(chain, token, app, i));
      await fund(
        chain,
        token,
        records.map(({ id }) => id),
      );
      for (let i = 0; i < LONG_AGO; i++) await chain.request("evm_mine");
      await store(full, records);
      const options = optionsOf(chain, full);
      await (await startNode(options)).stop(); // looks up the past of the channels, as it does once for each
      return use({ empty: { ...options, folder: empty }, full: options });
    }),
  );
}

function optionsOf({ url, chainId, adjudicator, payments }: LocalChain, folder: string): StartOptions {
  return { folder, key: ALICE, rpc: [url], chainId, adjudicator, payments, pollInterval: QUIET, confirmations: 0 };
}

/** A channel of two in which some payments were made, as Alice keeps it. */
function recordOf(deployment: Deployment, token: Address, app: Address, index: number): ChannelRecord {
  const participants = [ALICE.address, BOB.address];
  const terms = { participants, nonce: hashOf(String(index)) as Hex, app, challengePeriod: 86_400n, bond: 0n };
  const id = channelIdOf(deployment, terms);
  const destinations = participants.map(accountDestination);
  const stateAt = (version: bigint): State => {
    const amounts = [version, AMOUNT - version];
    const allocations = destinations.map((destination, i) => ({ destination, amount: amounts[i]! }));
    const outcome = encodeOutcome([
      { asset: token, allocations: allocations.filter(({ amount }) => app !== NATIVE || amount > 0n) },
    ]);
    return { version, outcome, appData: "0x" };
  };
  // Of a payment channel both have signed nothing but the opening: what was paid since is in its lanes.
  const state = stateAt(app === NATIVE ? BigInt(1 + (index % 1_000)) : 0n);
  const digest = stateDigest(deployment, id, state);
  return {
    id,
    terms,
    self: 0,
    destinations,
    funding: { kind: "deposits" },
    opening: stateAt(0n),
    agreed: { state, signatures: SIGNERS.map((signer) => signer.sign(digest)) },
    moves: [],
    signed: state.version,
    promised: undefined,
    unsealed: [],
    answered: [0, 0],
    requested: 0,
    authorizations: [[], []],
    depositing: [],
    funded: true,
    leaving: false,
    closed: false,
    settled: undefined,
  };
}

const SIGNERS = [ALICE, BOB].map(({ privateKey }) => createSigner(privateKey));

async function store(folder: string, records: readonly ChannelRecord[]): Promise<void> {
  const data = await openDataFolder(folder);
  try {
    for (const batch of batches(records)) {
      await data.store.write(
        batch.flatMap((record) => [
          { key: recordKey(record.id), value: encodeRecord(record) },
          ...(record.terms.app === NATIVE ? [] : writesOf(record.id, [], [laneOf(record)])),
        ]),
      );
    }
  } finally {
    await data.close();
  }
}

/** What is left of some payments: Alice has paid last, and nobody has anything to say. */
function laneOf({ id, agreed, opening }: ChannelRecord): Lane {
  const [{ asset }] = outcomeOf(opening) as [AssetOutcome];
  const { mine, theirs } = emptyLane(asset);
  const signedAt = (nonce: bigint): SignedVoucher => {
    const tally = { nonce, transferred: nonce, locked: 0n, locksRoot: NO_LOCKS };
    return { voucher: { ...tally, channelId: id, asset, ack: NO_VOUCHER }, signature: agreed!.signatures[0]! };
  };
  const [newest, acknowledged, taken] = [signedAt(7n), signedAt(6n), signedAt(9n)];
  return {
    asset,
    mine: {
      ...mine,
      tally: tallyOf(newest.voucher),
      acknowledged,
      unacknowledged: [{ signed: newest, ack: 9n, operations: [], ended: [] }],
    },
    theirs: { ...theirs, tally: tallyOf(taken.voucher), taken },
  };
}

const token = new Interface([
  "function mint(address to, uint256 amount)",
  "function approve(address to, uint256 amount)",
]);
const adjudicator = Adjudicator__factory.createInterface();

async function deployToken({ request }: LocalChain): Promise<Address> {
  const { default: hre } = await import("hardhat");
  const { bytecode } = await hre.artifacts.readArtifact("TestToken");
  const [from] = (await request("eth_accounts")) as string[];
  const hash = await request("eth_sendTransaction", [{ from, data: bytecode }]);
  const { contractAddress } = (await request("eth_getTransactionReceipt", [hash])) as { contractAddress: string };
  return toAddress(contractAddress);
}

/** Pays into all of them, many at once: it does not matter who pays. */
async function fund(chain: LocalChain, asset: Address, ids: readonly ChannelId[]): Promise<void> {
  const [from] = (await chain.request("eth_accounts")) as string[];
  const send = (to: Address, data: string) =>
    chain.request("eth_sendTransaction", [{ from, to, data, gas: "0x1000000" }]);
  const total = AMOUNT * BigInt(ids.length);
  await send(asset, token.encodeFunctionData("mint", [from, total]));
  await send(asset, token.encodeFunctionData("approve", [chain.adjudicator, total]));
  for (const batch of batches(ids)) {
    const calls = batch.map((id) =>
      adjudicator.encodeFunctionData("deposit", [channelDestination(id), asset, 0n, AMOUNT]),
    );
    await send(chain.adjudicator, adjudicator.encodeFunctionData("multicall", [calls]));
  }
}

function* batches<T>(items: readonly T[]): Generator<readonly T[]> {
  for (let i = 0; i < items.length; i += TOGETHER) yield items.slice(i, i + TOGETHER);
}
