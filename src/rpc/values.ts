/**
 * How values look in JSON: what requests and answers are checked by, and what the documentation is made of. Requests are
 * strict, because an unknown field may well be a misspelt one; answers may hold more than this version knows.
 */
import { z } from "zod";
import type { Change } from "../engine/change";
import type {
  ChannelDetails,
  ChannelProposal,
  ChannelSummary,
  Contribution,
  Health,
  NodeEvent,
  NodeInfo,
  OpenRequest,
  SpliceRequest,
} from "../node/api";
import { toDestination } from "../protocol/destination";
import { toAddress, toHex, type Channel, type ChannelId, type Dispute, type State } from "../protocol/types";

const MAX_UINT256 = 2n ** 256n - 1n;

/** A string that is checked and turned into what the program works with. */
function text<T>(id: string, description: string, read: (text: string) => T) {
  return z
    .string({ error: `expected ${description}` })
    .meta({ id, description })
    .transform((value, context) => {
      try {
        return read(value);
      } catch {
        context.addIssue({ code: "custom", message: `expected ${description}` });
        return z.NEVER;
      }
    });
}

function readUint(value: string): bigint {
  const number = /^(0|[1-9]\d{0,77})$/.test(value) ? BigInt(value) : -1n;
  if (number < 0n || number > MAX_UINT256) throw new RangeError(value);
  return number;
}

export const uint = text("Uint", 'a whole number as a decimal string, such as "1500000"', readUint);
export const address = text("Address", 'an address: "0x" and 40 hexadecimal digits', toAddress);
export const hex = text("Hex", 'bytes: "0x" and an even number of hexadecimal digits', (value) => toHex(value));
export const bytes32 = text("Bytes32", '32 bytes: "0x" and 64 hexadecimal digits', (value) => toHex(value, 32));
export const channelId = text(
  "ChannelId",
  'a channel\'s id: "0x" and 64 hexadecimal digits',
  (value) => toHex(value, 32) as ChannelId,
);
export const destination = text(
  "Destination",
  'a destination: "0x" and 64 hexadecimal digits, not all zero',
  toDestination,
);
export const position = z.int().min(0).max(31).meta({
  id: "Position",
  description: "a position among the channel's participants, from 0",
});
export const url = z
  .string()
  .min(1)
  .max(2048)
  .meta({ id: "Url", description: "where a peer listens: `ws://host:port`" });

/** The answer of methods that have nothing to say. */
export const nothing: z.ZodType<void> = z.null().transform(() => undefined);

export const contribution: z.ZodType<Contribution> = z.strictObject({ asset: address, amount: uint }).meta({
  id: "Contribution",
  description: "an amount in the smallest unit of its asset; the zero address stands for the native coin",
});

export const state: z.ZodType<State> = z.strictObject({ version: uint, outcome: hex, appData: hex }).meta({
  id: "State",
  description: "a state; `outcome` is packed as the contracts read it",
});

export const change: z.ZodType<Change> = z
  .strictObject({
    transfers: z.array(z.strictObject({ asset: address, from: destination, to: destination, amount: uint })).max(64),
    appData: z.exactOptional(hex),
    final: z.boolean(),
  })
  .meta({
    id: "Change",
    description: "what is to be different in the next state; `final` ends the channel",
  });

const outcome = z
  .array(z.object({ asset: address, allocations: z.array(z.object({ destination, amount: uint })) }))
  .meta({ id: "Outcome", description: "who would be paid what, by asset" });

const terms: z.ZodType<Channel> = z
  .object({
    participants: z.array(address),
    nonce: bytes32,
    app: address,
    challengePeriod: uint,
    bond: uint,
  })
  .meta({ id: "Terms", description: "what is fixed for the life of a channel" });

const dispute: z.ZodType<Dispute> = z
  .object({
    version: uint,
    finalizesAt: uint,
    stateHash: bytes32.transform((hash) => hash as Dispute["stateHash"]),
    challenger: address,
    payer: address,
    bond: uint,
  })
  .meta({ id: "Dispute", description: "what the chain knows of a dispute" });

const record = z
  .discriminatedUnion("kind", [
    z.object({ kind: z.literal("none") }),
    z.object({ kind: z.literal("dispute"), dispute, state }),
    z.object({ kind: z.literal("final"), state, owed: z.array(uint) }),
    z.object({ kind: z.literal("paid") }),
  ])
  .meta({ id: "Record", description: "what the chain knows of a channel's agreement" });

const funding = z
  .discriminatedUnion("kind", [
    z.object({ kind: z.literal("deposits") }),
    z.object({ kind: z.literal("authorizations") }),
    z.object({ kind: z.literal("ledger"), ledger: channelId }),
    z.object({
      kind: z.literal("splice"),
      predecessor: channelId,
      carried: z.array(z.object({ asset: address, amounts: z.array(uint) })),
    }),
  ])
  .meta({ id: "Funding", description: "how the money comes into a channel" });

const summaryFields = {
  id: channelId,
  phase: z.enum(["opening", "funding", "open", "closing", "disputed", "closed"]),
  peers: z.array(address),
  online: z.boolean(),
  version: z.exactOptional(uint),
  outcome,
  mine: z.array(contribution),
};

export const channelSummary: z.ZodType<ChannelSummary> = z.object(summaryFields).meta({
  id: "ChannelSummary",
  description: "a channel in short; `mine` is the node's own part of the outcome",
});

export const channelDetails: z.ZodType<ChannelDetails> = z
  .object({
    ...summaryFields,
    terms,
    self: position,
    destinations: z.array(destination),
    funding,
    state,
    held: z.array(contribution),
    onChain: record,
    questions: z.array(z.object({ from: position, change })),
  })
  .meta({ id: "ChannelDetails", description: "everything about a channel" });

export const channelProposal: z.ZodType<ChannelProposal> = z
  .object({ id: channelId, from: address, terms, outcome, funding, mine: z.array(contribution) })
  .meta({
    id: "ChannelProposal",
    description: "a channel that a peer proposes; `mine` is what the node would have to put in",
  });

export const nodeInfo: z.ZodType<NodeInfo> = z
  .object({
    address,
    chainId: uint,
    adjudicator: address,
    block: z.exactOptional(uint),
    listening: z.exactOptional(z.string()),
    peers: z.array(z.object({ address, connected: z.boolean() })),
    channels: z.int(),
  })
  .meta({ id: "NodeInfo", description: "who the node is, and what it is connected to" });

export const health: z.ZodType<Health> = z
  .object({
    ok: z.boolean(),
    checks: z.array(
      z.object({ name: z.string(), ok: z.boolean(), detail: z.string(), remedy: z.exactOptional(z.string()) }),
    ),
  })
  .meta({ id: "Health", description: "what was checked, and what to do about what is wrong" });

export const contributions: z.ZodType<readonly Contribution[]> = z.array(contribution).max(64);

export const openRequest: z.ZodType<OpenRequest> = z.strictObject({
  peers: z
    .array(z.strictObject({ address, url: z.exactOptional(url), payout: z.exactOptional(address) }))
    .min(1)
    .max(31)
    .describe(
      "the other participants; where to reach those that are not connected, and to pay those not paid at their key",
    ),
  mine: contributions.describe("what the node puts in"),
  theirs: z.exactOptional(
    z.array(contributions).max(31).describe("what each peer puts in, in the order of `peers`; nothing if omitted"),
  ),
  challengePeriod: z.exactOptional(uint.describe("seconds to answer a challenge; the node's default if omitted")),
  bond: z.exactOptional(uint.describe("wei that a challenger posts; none if omitted")),
  app: z.exactOptional(address.describe("the contract with the rules of an app; none if omitted")),
  funding: z.exactOptional(
    z
      .union([z.literal("deposits"), z.literal("authorizations"), z.strictObject({ ledger: channelId })])
      .describe(
        '`"deposits"` if omitted; `"authorizations"` needs tokens with ERC-3009; the ledger channel that holds an app channel',
      ),
  ),
});

export const spliceRequest: z.ZodType<SpliceRequest> = z.strictObject({
  channelId,
  add: z.exactOptional(
    z.array(contributions).max(32).describe("what each participant adds, in the order of the channel's participants"),
  ),
  take: z.exactOptional(z.array(contributions).max(32).describe("what each participant takes out, in the same order")),
});

const numbered = { sequence: z.int(), channelId };

export const nodeEvent: z.ZodType<NodeEvent> = z
  .discriminatedUnion("type", [
    z.object({ type: z.literal("opened"), ...numbered }),
    z.object({ type: z.literal("funded"), ...numbered }),
    z.object({ type: z.literal("updated"), ...numbered, state, change: z.exactOptional(change) }),
    z.object({ type: z.literal("moved"), ...numbered, state, by: position }),
    z.object({ type: z.literal("asked"), ...numbered, from: position, change }),
    z.object({
      type: z.literal("refused"),
      ...numbered,
      reason: z.enum([
        "UNKNOWN_CHANNEL",
        "TERMS_REFUSED",
        "CHANGE_REFUSED",
        "INSUFFICIENT",
        "VERSION_USED",
        "NOT_OPEN",
        "NO_TURN",
      ]),
      text: z.string(),
    }),
    z.object({ type: z.literal("disputed"), ...numbered, registered: uint, mine: uint }),
    z.object({ type: z.literal("leaving"), ...numbered, why: z.string() }),
    z.object({ type: z.literal("unprovable"), ...numbered, asset: address }),
    z.object({ type: z.literal("closed"), ...numbered }),
    z.object({ type: z.literal("proposed"), ...numbered, from: address }),
    z.object({ type: z.enum(["connected", "disconnected"]), sequence: z.int(), peer: address }),
    z.object({ type: z.literal("alarm"), sequence: z.int(), code: z.string(), message: z.string() }),
  ])
  .meta({ id: "Event", description: "something that happened; `alarm` is for a person to look at" });
