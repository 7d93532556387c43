import { keccak256 } from "ethers";
import { PreimageRegistry__factory, ScalarRegistry__factory } from "../../bindings";
import { SluiceError } from "../../errors";
import { evenScalar } from "../../protocol/scalars";
import type { Address, Hex } from "../../protocol/types";
import { digitsOf } from "../../protocol/words";
import type { Endpoints } from "./endpoints";
import { parseLogs, parseTransactions, type Header, type RpcLog, type RpcTransaction } from "./shapes";

const preimages = PreimageRegistry__factory.createInterface();
const scalars = ScalarRegistry__factory.createInterface();

const TOPICS = [preimages.getEvent("Revealed").topicHash, scalars.getEvent("Revealed").topicHash];
const REVEAL_PREIMAGE = digitsOf(preimages.getFunction("reveal").selector as Hex);
const REVEAL_SCALAR = digitsOf(scalars.getFunction("reveal").selector as Hex);

/**
 * What has made a key known in a block. What came from a contract is logged; what an account has sent itself is in the input
 * of its transaction, and only there.
 * @returns undefined if it is in neither, which happens to registries that are not known here
 * @throws as {@link Endpoints.request}
 */
export async function secretOf(
  endpoints: Endpoints,
  { hash }: Header,
  registry: Address,
  key: Hex,
): Promise<Hex | undefined> {
  const query = { blockHash: hash, address: registry, topics: [TOPICS, key] };
  const logs = await endpoints.request("eth_getLogs", [query], parseLogs);
  const logged = logs.map((log) => secretInLog(log, key)).find((secret) => secret !== undefined);
  if (logged !== undefined) return logged;
  const sent = await endpoints.request("eth_getBlockByHash", [hash, true], parseTransactions);
  const candidates = sent.filter(({ to }) => to === registry).map((transaction) => secretInInput(transaction));
  return candidates.find((secret) => secret !== undefined && opens(key, secret));
}

function secretInLog({ data }: RpcLog, key: Hex): Hex | undefined {
  return opens(key, data) ? data : undefined;
}

/** The secret that a transaction brings; it may have failed, or be of another key. */
function secretInInput({ input }: RpcTransaction): Hex | undefined {
  const digits = digitsOf(input);
  const [selector, words] = [digits.slice(0, 8), digits.slice(8)];
  if (selector === REVEAL_PREIMAGE) return `0x${words.slice(0, 64)}`;
  return selector === REVEAL_SCALAR ? `0x${words.slice(64, 128)}` : undefined;
}

/** Whether a key is the hash of 32 bytes, or the point of a private key. */
function opens(key: Hex, secret: Hex): boolean {
  if (secret.length !== 66) return false;
  return keccak256(secret) === key || pointOf(secret) === key;
}

function pointOf(secret: Hex): Hex | undefined {
  try {
    return evenScalar(secret).key;
  } catch (error) {
    if (error instanceof SluiceError) return undefined;
    throw error;
  }
}
