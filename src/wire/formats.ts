import type { z } from "zod";
import type { Change } from "../engine/change";
import type {
  Authorize,
  Claim,
  Commit,
  Funding,
  GiveUp,
  Message,
  Move,
  Open,
  Propose,
  Reject,
  Request,
  Sign,
  Sync,
  Voucher,
} from "../engine/messages";
import type { Announce, Countersign, GossipMessage } from "../payments/routing/gossip";
import type { AnswerQuote, AskQuote, QuoteMessage } from "../router/quoting";
import type { Channel, ChannelId, Destination, Hex, State } from "../protocol/types";
import {
  address,
  authorization,
  pack,
  packAll,
  packAmount,
  packHex,
  signature,
  transfer,
  uint,
  unpack,
  unpackAll,
  unpackAmount,
  unpackHex,
  word,
} from "./fields";
import { packClaims, packFailures, packOperations, unpackClaims, unpackFailures, unpackOperations } from "./operations";
import * as schema from "./schema";

/** Everything that nodes say to each other. */
export type WireMessage = Message | GossipMessage | QuoteMessage;

/** How one kind of message travels. */
export interface Format<M extends WireMessage> {
  /** What the fields must look like, coming and going. */
  readonly schema: z.ZodType;
  /** The fields of a message. */
  write(message: M): unknown;
  /** The message in fields that satisfy the schema. */
  read(fields: unknown): M;
}

const channelId = word<ChannelId>();
const destination = word<Destination>();
const nonce = word<Hex>();

/** All kinds of messages. Their order counts: the place of one is its second byte on the wire. */
export const FORMATS: { readonly [M in WireMessage as M["type"]]: Format<M> } = {
  open: format<Open, typeof schema.open>(
    schema.open,
    (m) => [
      writeChannel(m.channel),
      packAll(destination, m.destinations),
      writeState(m.opening),
      writeFunding(m.funding),
      m.signature === undefined ? null : pack(signature, m.signature),
    ],
    ([channel, destinations, opening, funding, signed]) => ({
      type: "open",
      channel: readChannel(channel),
      destinations: unpackAll(destination, destinations),
      opening: readState(opening),
      funding: readFunding(funding),
      ...(signed !== null && { signature: unpack(signature, signed) }),
    }),
  ),
  request: format<Request, typeof schema.request>(
    schema.request,
    (m) => [pack(channelId, m.channelId), m.id, writeChange(m.change)],
    ([id, number, change]) => ({
      type: "request",
      channelId: unpack(channelId, id),
      id: number,
      change: readChange(change),
    }),
  ),
  propose: format<Propose, typeof schema.propose>(schema.propose, writePropose, readPropose),
  sign: format<Sign, typeof schema.sign>(
    schema.sign,
    (m) => [...writePropose(m), pack(signature, m.signature)],
    ([id, base, version, change, signed]) => ({
      type: "sign",
      channelId: unpack(channelId, id),
      base: BigInt(base),
      version: BigInt(version),
      change: readChange(change),
      signature: unpack(signature, signed),
    }),
  ),
  commit: format<Commit, typeof schema.commit>(
    schema.commit,
    (m) => [
      pack(channelId, m.channelId),
      writeState(m.state),
      packAll(signature, m.signatures),
      [...m.answered],
      m.next === undefined ? null : writePropose(m.next),
    ],
    ([id, state, signatures, answered, next]) => ({
      type: "commit",
      channelId: unpack(channelId, id),
      state: readState(state),
      signatures: unpackAll(signature, signatures),
      answered,
      ...(next !== null && { next: readPropose(next) }),
    }),
  ),
  move: format<Move, typeof schema.move>(
    schema.move,
    (m) => [pack(channelId, m.channelId), writeState(m.state), pack(signature, m.signature)],
    ([id, state, signed]) => ({
      type: "move",
      channelId: unpack(channelId, id),
      state: readState(state),
      signature: unpack(signature, signed),
    }),
  ),
  reject: format<Reject, typeof schema.reject>(
    schema.reject,
    (m) => [
      pack(channelId, m.channelId),
      writeVersion(m.version),
      m.request ?? null,
      schema.REASONS.indexOf(m.reason),
      Buffer.from(m.text),
    ],
    ([id, version, request, reason, text]) => ({
      type: "reject",
      channelId: unpack(channelId, id),
      ...(version !== null && { version: BigInt(version) }),
      ...(request !== null && { request }),
      reason: schema.REASONS[reason]!,
      text: text.toString(),
    }),
  ),
  sync: format<Sync, typeof schema.sync>(
    schema.sync,
    (m) => [
      pack(channelId, m.channelId),
      writeVersion(m.agreed),
      writeVersion(m.newest),
      m.ask,
      m.taken === undefined ? null : m.taken.map(Number),
    ],
    ([id, agreed, newest, ask, taken]) => ({
      type: "sync",
      channelId: unpack(channelId, id),
      ...(agreed !== null && { agreed: BigInt(agreed) }),
      ...(newest !== null && { newest: BigInt(newest) }),
      ...(taken !== null && { taken: taken.map(BigInt) }),
      ask,
    }),
  ),
  authorize: format<Authorize, typeof schema.authorize>(
    schema.authorize,
    (m) => [pack(channelId, m.channelId), packAll(authorization, m.authorizations)],
    ([id, authorizations]) => ({
      type: "authorize",
      channelId: unpack(channelId, id),
      authorizations: unpackAll(authorization, authorizations),
    }),
  ),
  voucher: format<Voucher, typeof schema.voucher>(
    schema.voucher,
    (m) => [
      pack(channelId, m.channelId),
      m.lane,
      Number(m.nonce),
      Number(m.ack),
      packOperations(m.operations),
      pack(signature, m.signature),
    ],
    ([id, lane, number, ack, operations, signed]) => ({
      type: "voucher",
      channelId: unpack(channelId, id),
      lane,
      nonce: BigInt(number),
      ack: BigInt(ack),
      operations: unpackOperations(operations),
      signature: unpack(signature, signed),
    }),
  ),
  claim: format<Claim, typeof schema.claim>(
    schema.claim,
    (m) => [pack(channelId, m.channelId), m.lane, packClaims(m.claims)],
    ([id, lane, claims]) => ({
      type: "claim",
      channelId: unpack(channelId, id),
      lane,
      claims: unpackClaims(claims),
    }),
  ),
  giveUp: format<GiveUp, typeof schema.giveUp>(
    schema.giveUp,
    (m) => [pack(channelId, m.channelId), m.lane, packFailures(m.locks)],
    ([id, lane, locks]) => ({
      type: "giveUp",
      channelId: unpack(channelId, id),
      lane,
      locks: unpackFailures(locks),
    }),
  ),
  announce: format<Announce, typeof schema.announce>(
    schema.announce,
    (m) => [packHex(m.announcement)],
    ([announcement]) => ({ type: "announce", announcement: unpackHex(announcement) }),
  ),
  countersign: format<Countersign, typeof schema.countersign>(
    schema.countersign,
    (m) => [pack(channelId, m.channelId), Number(m.timestamp), pack(signature, m.signature)],
    ([id, timestamp, signed]) => ({
      type: "countersign",
      channelId: unpack(channelId, id),
      timestamp: BigInt(timestamp),
      signature: unpack(signature, signed),
    }),
  ),
  askQuote: format<AskQuote, typeof schema.askQuote>(
    schema.askQuote,
    (m) => [m.id, pack(address, m.give), pack(address, m.get)],
    ([number, give, get]) => ({
      type: "askQuote",
      id: number,
      give: unpack(address, give),
      get: unpack(address, get),
    }),
  ),
  quote: format<AnswerQuote, typeof schema.quote>(
    schema.quote,
    (m) => [m.id, m.rate === undefined ? null : [packAmount(m.rate.give), packAmount(m.rate.get)]],
    ([number, rate]) => ({
      type: "quote",
      id: number,
      rate: rate === null ? undefined : { give: unpackAmount(rate[0]), get: unpackAmount(rate[1]) },
    }),
  ),
};

/** The kinds in the order of {@link FORMATS}. */
export const KINDS = Object.keys(FORMATS) as readonly WireMessage["type"][];

function format<M extends WireMessage, S extends z.ZodType>(
  shape: S,
  write: (message: M) => z.infer<S>,
  read: (fields: z.infer<S>) => M,
): Format<M> {
  return { schema: shape, write, read: (fields) => read(fields as z.infer<S>) };
}

type Fields<S extends z.ZodType> = z.infer<S>;

function writePropose(m: Omit<Propose, "type">): Fields<typeof schema.propose> {
  return [pack(channelId, m.channelId), Number(m.base), Number(m.version), writeChange(m.change)];
}

function readPropose([id, base, version, change]: Fields<typeof schema.propose>): Propose {
  return {
    type: "propose",
    channelId: unpack(channelId, id),
    base: BigInt(base),
    version: BigInt(version),
    change: readChange(change),
  };
}

function writeChannel(channel: Channel): Fields<typeof schema.channel> {
  return [
    packAll(address, channel.participants),
    pack(nonce, channel.nonce),
    pack(address, channel.app),
    packAmount(channel.challengePeriod),
    packAmount(channel.bond),
  ];
}

function readChannel([participants, number, app, challengePeriod, bond]: Fields<typeof schema.channel>): Channel {
  return {
    participants: unpackAll(address, participants),
    nonce: unpack(nonce, number),
    app: unpack(address, app),
    challengePeriod: unpackAmount(challengePeriod),
    bond: unpackAmount(bond),
  };
}

function writeState({ version, outcome, appData }: State): Fields<typeof schema.state> {
  return [Number(version), packHex(outcome), packHex(appData)];
}

function readState([version, outcome, appData]: Fields<typeof schema.state>): State {
  return { version: BigInt(version), outcome: unpackHex(outcome), appData: unpackHex(appData) };
}

function writeChange({ transfers, appData, final }: Change): Fields<typeof schema.change> {
  return [packAll(transfer, transfers), appData === undefined ? null : packHex(appData), final];
}

function readChange([transfers, appData, final]: Fields<typeof schema.change>): Change {
  return {
    transfers: unpackAll(transfer, transfers),
    ...(appData !== null && { appData: unpackHex(appData) }),
    final,
  };
}

function writeFunding(funding: Funding): Fields<typeof schema.funding> {
  switch (funding.kind) {
    case "deposits":
      return [0];
    case "authorizations":
      return [1];
    case "ledger":
      return [2, pack(channelId, funding.ledger)];
    case "splice":
      return [
        3,
        pack(channelId, funding.predecessor),
        funding.carried.map(({ asset, amounts }) => [pack(address, asset), packAll(uint, amounts)] as [Buffer, Buffer]),
      ];
  }
}

function readFunding(fields: Fields<typeof schema.funding>): Funding {
  switch (fields[0]) {
    case 0:
      return { kind: "deposits" };
    case 1:
      return { kind: "authorizations" };
    case 2:
      return { kind: "ledger", ledger: unpack(channelId, fields[1]) };
    case 3:
      return {
        kind: "splice",
        predecessor: unpack(channelId, fields[1]),
        carried: fields[2].map(([asset, amounts]) => ({
          asset: unpack(address, asset),
          amounts: unpackAll(uint, amounts),
        })),
      };
  }
}

function writeVersion(version: bigint | undefined): number | null {
  return version === undefined ? null : Number(version);
}
