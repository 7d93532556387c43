import { z } from "zod";
import type { Address, Hex } from "../../protocol/types";
import { toAddress } from "../../protocol/types";

/* What endpoints answer. They are not to be trusted with the shape of it. */

const hex = z
  .string()
  .regex(/^0x([0-9a-fA-F]{2})*$/)
  .transform((value) => value.toLowerCase() as Hex);
const word = z
  .string()
  .regex(/^0x[0-9a-fA-F]{64}$/)
  .transform((value) => value.toLowerCase() as Hex);
const address = z
  .string()
  .regex(/^0x[0-9a-fA-F]{40}$/)
  .transform((value): Address => toAddress(value.toLowerCase()));
const quantity = z
  .string()
  .regex(/^0x[0-9a-fA-F]{1,64}$/)
  .transform((value) => BigInt(value));
const small = quantity.refine((value) => value <= BigInt(Number.MAX_SAFE_INTEGER)).transform(Number);

const bloom = z
  .string()
  .regex(/^0x[0-9a-fA-F]{512}$/)
  .transform((value) => value as Hex);

const header = z.object({
  number: small,
  hash: word,
  parentHash: word,
  timestamp: quantity,
  logsBloom: bloom.optional(),
});
const log = z.object({
  address,
  topics: z.array(word).min(1).max(4),
  data: hex,
  blockNumber: small,
  blockHash: word,
  logIndex: small,
});
const transaction = z.object({ to: address.nullish(), input: hex });
const block = z.object({ hash: word, transactions: z.array(transaction) });
const receipt = z.object({ transactionHash: word, status: small, blockNumber: small, gasUsed: quantity });
const feeHistory = z.object({
  baseFeePerGas: z.array(quantity).min(1),
  reward: z.array(z.array(quantity)).nullish(),
});

/** The part of a block that is needed to follow the chain. */
export type Header = z.output<typeof header>;
export type RpcLog = z.output<typeof log>;
export type RpcTransaction = z.output<typeof transaction>;
export type Receipt = z.output<typeof receipt>;
export type FeeHistory = z.output<typeof feeHistory>;

/* Each throws on an answer of another shape. */
export const parseHeader = (answer: unknown): Header => header.parse(answer);
export const parseTransactions = (answer: unknown): RpcTransaction[] => block.parse(answer).transactions;
export const parseLogs = (answer: unknown): RpcLog[] => z.array(log).parse(answer);
export const parseReceipt = (answer: unknown): Receipt | null => receipt.nullable().parse(answer);
export const parseFeeHistory = (answer: unknown): FeeHistory => feeHistory.parse(answer);
export const parseQuantity = (answer: unknown): bigint => quantity.parse(answer);
export const parseNumber = (answer: unknown): number => small.parse(answer);
export const parseBytes = (answer: unknown): Hex => hex.parse(answer);
