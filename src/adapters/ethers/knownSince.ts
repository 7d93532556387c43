import { IRegistry__factory } from "../../bindings";
import type { Address, Hex } from "../../protocol/types";
import { addressWord, digitsOf } from "../../protocol/words";
import type { Endpoints } from "./endpoints";
import { parseBytes, type Header } from "./shapes";

/** Keys that are asked with one request. What they answer has to be shorter than the code of a contract may be (EIP-170). */
const TOGETHER = 500;

const { selector } = IRegistry__factory.createInterface().getFunction("knownSince");

/**
 * Code that runs as if it were to create a contract, so that one request asks for many keys. After it come the registry and
 * the keys, a word each; it returns the answers in the order of the keys.
 */
const ASK = [
  "604f380380604f608039", // copies what comes after the code, from byte 0x4f on, to 0x80; leaves its length
  `63${digitsOf(selector as Hex)}60e01b600052`, // puts the selector at 0
  "60800160a0", // makes that the end, and begins with the first key
  "5b81811015604657", // 0x1a: is done, at 0x46, when no key is left
  "8051600452", // puts the key behind the selector
  "60208160246000608051", // the answer takes the place of the key
  "5afa3d601f1016603f57600080fd", // asks the registry; reverts unless it answers with a word
  "5b602001601a56", // 0x3f: goes on with the next key
  "5b5060a0900360a0f3", // 0x46: returns the answers
].join("");

interface Asked {
  readonly registry: Address;
  readonly key: Hex;
}

/**
 * Since when registries know keys, as of a block; 0 for what they do not know.
 * @throws as {@link Endpoints.request}, also where there is no registry
 */
export async function knownSince<T extends Asked>(
  endpoints: Endpoints,
  block: Header,
  asked: readonly T[],
): Promise<Map<T, bigint>> {
  const times = new Map<T, bigint>();
  for (const registry of new Set(asked.map((one) => one.registry))) {
    const own = asked.filter((one) => one.registry === registry);
    for (let i = 0; i < own.length; i += TOGETHER) {
      const some = own.slice(i, i + TOGETHER);
      const answers = await ask(endpoints, block, registry, some);
      for (const [j, one] of some.entries()) times.set(one, answers[j]!);
    }
  }
  return times;
}

function ask(endpoints: Endpoints, { hash }: Header, registry: Address, asked: readonly Asked[]): Promise<bigint[]> {
  const data = `0x${ASK}${addressWord(registry)}${asked.map(({ key }) => digitsOf(key)).join("")}`;
  return endpoints.request("eth_call", [{ data }, { blockHash: hash }], (answer) => {
    const words = digitsOf(parseBytes(answer)).match(/.{64}/g) ?? [];
    if (words.length !== asked.length) throw new Error("An endpoint did not answer for every key.");
    return words.map((word) => BigInt(`0x${word}`));
  });
}
