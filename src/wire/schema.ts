/**
 * The wire form of every message: its fields, their order and their limits. Tuples, so that there are no names on the
 * wire: nothing to leave out, to double or to smuggle in. Things of a fixed size stand back to back in one byte string.
 */
import { isUtf8 } from "node:buffer";
import { z } from "zod";
import type { RejectReason } from "../engine/messages";
import { FINAL_VERSION, MAX_ALLOCATIONS, MAX_PARTICIPANTS } from "../protocol/types";
import { MAX_ANNOUNCEMENT_SIZE } from "../payments/routing/codec";
import { MAX_PAYMENT_ASSETS } from "../protocol/vouchers";
import { address, authorization, signature, transfer, uint } from "./fields";
import {
  MAX_APP_DATA_SIZE,
  MAX_AUTHORIZATIONS,
  MAX_MESSAGE_SIZE,
  MAX_OUTCOME_SIZE,
  MAX_TEXT_LENGTH,
  MAX_TRANSFERS,
} from "./limits";

/** The reasons for a refusal; the place of one in this list stands for it on the wire. */
export const REASONS = Object.keys({
  UNKNOWN_CHANNEL: 0,
  TERMS_REFUSED: 1,
  CHANGE_REFUSED: 2,
  INSUFFICIENT: 3,
  VERSION_USED: 4,
  NOT_OPEN: 5,
  NO_TURN: 6,
  VOUCHER_REFUSED: 7,
} satisfies Record<RejectReason, number>) as readonly RejectReason[];

const bytes = (hold: (value: Buffer) => boolean): z.ZodType<Buffer> =>
  z.custom<Buffer>((value) => Buffer.isBuffer(value) && hold(value), "bytes of a wrong length");
const exactly = (size: number): z.ZodType<Buffer> => bytes(({ length }) => length === size);
const upTo = (size: number): z.ZodType<Buffer> => bytes(({ length }) => length <= size);
const listOf = (field: { size: number }, most: number): z.ZodType<Buffer> =>
  bytes(({ length }) => length % field.size === 0 && length <= most * field.size);
const integer = (most: number): z.ZodType<number> => z.int().min(0).max(most);

const id = exactly(32);
const amount = bytes((value) => value.length <= 32 && value[0] !== 0);
const text = bytes(
  (value) => value.length <= 3 * MAX_TEXT_LENGTH && isUtf8(value) && value.toString().length <= MAX_TEXT_LENGTH,
);
const count = integer(Number.MAX_SAFE_INTEGER);
const version = integer(Number(FINAL_VERSION));
const signed = exactly(signature.size);

export const channel = z.tuple([listOf(address, MAX_PARTICIPANTS), id, exactly(address.size), amount, amount]);
export const state = z.tuple([version, upTo(MAX_OUTCOME_SIZE), upTo(MAX_APP_DATA_SIZE)]);
export const change = z.tuple([listOf(transfer, MAX_TRANSFERS), upTo(MAX_APP_DATA_SIZE).nullable(), z.boolean()]);
const carried = z.tuple([exactly(address.size), listOf(uint, MAX_PARTICIPANTS)]);
/** 0: deposits, 1: authorizations, 2: of a ledger, 3: of a predecessor. */
export const funding = z.union([
  z.tuple([z.union([z.literal(0), z.literal(1)])]),
  z.tuple([z.literal(2), id]),
  z.tuple([z.literal(3), id, z.array(carried).max(MAX_ALLOCATIONS)]),
]);

export const open = z.tuple([channel, listOf({ size: 32 }, MAX_PARTICIPANTS), state, funding, signed.nullable()]);
export const request = z.tuple([id, count, change]);
export const propose = z.tuple([id, version, version, change]);
export const sign = z.tuple([id, version, version, change, signed]);
export const commit = z.tuple([
  id,
  state,
  listOf(signature, MAX_PARTICIPANTS),
  z.array(count).max(MAX_PARTICIPANTS),
  propose.nullable(),
]);
export const move = z.tuple([id, state, signed]);
export const reject = z.tuple([id, version.nullable(), count.nullable(), integer(REASONS.length - 1), text]);
export const sync = z.tuple([
  id,
  version.nullable(),
  version.nullable(),
  z.boolean(),
  z.array(count).min(1).max(MAX_PAYMENT_ASSETS).nullable(),
]);
const lane = integer(MAX_PAYMENT_ASSETS - 1);
const some = upTo(MAX_MESSAGE_SIZE);
export const voucher = z.tuple([id, lane, count, count, some, signed]);
export const claim = z.tuple([id, lane, some]);
export const giveUp = z.tuple([id, lane, some]);
export const announce = z.tuple([upTo(MAX_ANNOUNCEMENT_SIZE)]);
export const askQuote = z.tuple([count, exactly(address.size), exactly(address.size)]);
export const quote = z.tuple([count, z.tuple([amount, amount]).nullable()]);
export const countersign = z.tuple([id, count, signed]);
export const authorize = z.tuple([id, listOf(authorization, MAX_AUTHORIZATIONS)]);
