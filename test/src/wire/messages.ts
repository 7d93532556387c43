import fc from "fast-check";
import type { Authorization } from "../../../src/engine/calls";
import type { Change } from "../../../src/engine/change";
import type { Funding, Message, Propose } from "../../../src/engine/messages";
import type { Operation } from "../../../src/engine/payments/operations";
import type { ChannelId, CompactSignature } from "../../../src";
import { REASONS } from "../../../src/wire/schema";
import { address, amount, bytes, channel, destination, state, version, word } from "../../properties/arbitraries";

const id: fc.Arbitrary<ChannelId> = word.map((value) => value as ChannelId);
const count = fc.maxSafeNat();
const number = count.map(BigInt);
const lane = fc.nat(15);
const signature: fc.Arbitrary<CompactSignature> = fc.record({ r: word, vs: word });
const sparse = { noNullPrototype: true };

const authorization: fc.Arbitrary<Authorization> = fc.record({
  token: address,
  from: address,
  amount,
  expectedHeld: amount,
  salt: amount,
  validAfter: amount,
  validBefore: amount,
  v: fc.integer({ min: 0, max: 255 }),
  r: word,
  s: word,
});

const change: fc.Arbitrary<Change> = fc.record(
  {
    transfers: fc.array(fc.record({ asset: address, from: destination, to: destination, amount }), { maxLength: 8 }),
    appData: bytes(400),
    final: fc.boolean(),
  },
  { requiredKeys: ["transfers", "final"], ...sparse },
);

const funding: fc.Arbitrary<Funding> = fc.oneof(
  fc.record({ kind: fc.constant("deposits" as const) }),
  fc.record({ kind: fc.constant("authorizations" as const) }),
  fc.record({ kind: fc.constant("ledger" as const), ledger: id }),
  fc.record({
    kind: fc.constant("splice" as const),
    predecessor: id,
    carried: fc.array(fc.record({ asset: address, amounts: fc.array(amount, { maxLength: 4 }) }), { maxLength: 3 }),
  }),
);

const small = fc.bigInt({ min: 0n, max: 2n ** 128n - 1n });
const position = fc.nat(2 ** 32 - 1);
const serial = fc.nat(2 ** 48 - 1);
const operation: fc.Arbitrary<Operation> = fc.oneof(
  fc.record({ kind: fc.constant("pay" as const), amount: small, note: bytes(32) }),
  fc.record({
    kind: fc.constant("lock" as const),
    lock: fc.record({
      position,
      expiry: fc.bigInt({ min: 0n, max: 2n ** 48n - 1n }),
      registry: address,
      key: word,
      amount: small,
    }),
    packet: bytes(1_400),
  }),
  fc.record({ kind: fc.constantFrom("settle" as const, "drop" as const), position }),
);

const terms = channel.map((any) => ({ ...any, participants: any.participants.slice(0, 32) }));
const proposal = { channelId: id, base: version, version, change };
const propose: fc.Arbitrary<Propose> = fc.record({ type: fc.constant("propose" as const), ...proposal });

/** Messages with everything in them that fits, sensible or not; `text` in whole characters. */
export const message: fc.Arbitrary<Message> = fc.oneof(
  fc.record(
    {
      type: fc.constant("open" as const),
      channel: terms,
      destinations: fc.array(destination, { maxLength: 32 }),
      opening: state,
      funding,
      signature,
    },
    { requiredKeys: ["type", "channel", "destinations", "opening", "funding"], ...sparse },
  ),
  fc.record({ type: fc.constant("request" as const), channelId: id, id: count, change }),
  propose,
  fc.record({ type: fc.constant("sign" as const), ...proposal, signature }),
  fc.record(
    {
      type: fc.constant("commit" as const),
      channelId: id,
      state,
      signatures: fc.array(signature, { maxLength: 32 }),
      answered: fc.array(count, { maxLength: 32 }),
      next: propose,
    },
    { requiredKeys: ["type", "channelId", "state", "signatures", "answered"], ...sparse },
  ),
  fc.record({ type: fc.constant("move" as const), channelId: id, state, signature }),
  fc.record(
    {
      type: fc.constant("reject" as const),
      channelId: id,
      version,
      request: count,
      reason: fc.constantFrom(...REASONS),
      text: fc.string({ unit: "binary", maxLength: 100 }),
    },
    { requiredKeys: ["type", "channelId", "reason", "text"], ...sparse },
  ),
  fc.record(
    {
      type: fc.constant("sync" as const),
      channelId: id,
      agreed: version,
      newest: version,
      taken: fc.array(number, { minLength: 1, maxLength: 16 }),
      ask: fc.boolean(),
    },
    { requiredKeys: ["type", "channelId", "ask"], ...sparse },
  ),
  fc.record({
    type: fc.constant("voucher" as const),
    channelId: id,
    lane,
    nonce: number,
    ack: number,
    operations: fc.oneof(fc.array(operation, { maxLength: 20 }), fc.array(operation, { maxLength: 256, size: "max" })),
    signature,
  }),
  fc.record({
    type: fc.constant("claim" as const),
    channelId: id,
    lane,
    claims: fc.array(fc.record({ position, serial, secret: word }), { maxLength: 64 }),
  }),
  fc.record({
    type: fc.constant("giveUp" as const),
    channelId: id,
    lane,
    locks: fc.array(fc.record({ position, serial, failure: bytes(300) }), { maxLength: 32 }),
  }),
  fc.record({
    type: fc.constant("authorize" as const),
    channelId: id,
    authorizations: fc.array(authorization, { maxLength: 64 }),
  }),
);
