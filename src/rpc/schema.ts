/** The one table of what the API offers. The server, the client and `docs/api.md` are made from it. */
import { isAbsolute } from "node:path";
import { z } from "zod";
import type { NodeApi } from "../node/api";
import type { EventLog, EventPage } from "./eventLog";
import * as v from "./values";

/** What methods work on. */
export interface Backend {
  readonly node: NodeApi;
  readonly events: EventLog;
}

/** One method of the API. */
export interface Method<Params extends z.ZodType = z.ZodType, Result extends z.ZodType = z.ZodType> {
  /** What it does; for the documentation. */
  readonly summary: string;
  /** Checks and reads the parameters. */
  readonly params: Params;
  /** Checks and reads the result; for clients. */
  readonly result: Result;
  /** Parameters as they look in JSON; for the documentation. */
  readonly example: z.input<Params>;
  call(backend: Backend, params: z.output<Params>, signal: AbortSignal): z.output<Result> | Promise<z.output<Result>>;
}

/** Lets the compiler find out the types of a method. */
function method<Params extends z.ZodType, Result extends z.ZodType>(
  definition: Method<Params, Result>,
): Method<Params, Result> {
  return definition;
}

const CHANNEL = `0x${"1a2b3c4d".repeat(8)}`;
const ALICE = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8";
const BOB = "0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC";
const COIN = "0x0000000000000000000000000000000000000000";
const ONE = "1000000000000000000";
const destinationOf = (account: string) => `0x${"0".repeat(24)}${account.slice(2).toLowerCase()}`;
const PAYMENT = {
  transfers: [{ asset: COIN, from: destinationOf(ALICE), to: destinationOf(BOB), amount: ONE }],
  final: false,
};

/** Seconds that `events` waits unless told otherwise, and at most. */
const DEFAULT_WAIT = 25;
const MAX_WAIT = 60;

const none = z.strictObject({});
const oneChannel = z.strictObject({ channelId: v.channelId });

const eventPage: z.ZodType<EventPage> = z
  .object({
    run: z.string(),
    events: z.array(v.nodeEvent),
    next: z.int(),
    missed: z.boolean(),
  })
  .meta({
    id: "EventPage",
    description: "events, and the `run` and `next` to pass as `run` and `after` in order to go on behind them",
  });

export const METHODS = {
  info: method({
    summary: "Who the node is, and what it is connected to.",
    params: none,
    result: v.nodeInfo,
    example: {},
    call: ({ node }) => node.info(),
  }),
  health: method({
    summary: "Checks the chain, the account that pays for gas, the disk and the connections.",
    params: none,
    result: v.health,
    example: {},
    call: ({ node }) => node.health(),
  }),
  connect: method({
    summary: "Keeps a connection to a peer up from now on.",
    params: z.strictObject({ peer: v.address, url: v.url }),
    result: v.nothing,
    example: { peer: BOB, url: "ws://bob.example:9646" },
    call: ({ node }, { peer, url }) => node.connect(peer, url),
  }),
  open: method({
    summary:
      "Opens a channel. Answers when the opening state is signed by all; the money follows: call `funded` before you pay.",
    params: v.openRequest,
    result: v.channelSummary,
    example: {
      peers: [{ address: BOB, url: "ws://bob.example:9646" }],
      mine: [{ asset: COIN, amount: ONE }],
      challengePeriod: "86400",
    },
    call: ({ node }, request, signal) => node.open(request, signal),
  }),
  proposals: method({
    summary: "Channels that peers propose and that the node's policy leaves to you.",
    params: none,
    result: z.array(v.channelProposal),
    example: {},
    call: ({ node }) => node.proposals(),
  }),
  decide: method({
    summary: "Joins a channel that a peer proposes, or tells it no.",
    params: z.strictObject({ channelId: v.channelId, join: z.boolean() }),
    result: v.nothing,
    example: { channelId: CHANNEL, join: true },
    call: ({ node }, { channelId, join }) => node.decide(channelId, join),
  }),
  funded: method({
    summary: "Answers when everything that a channel shares out is there.",
    params: oneChannel,
    result: v.channelSummary,
    example: { channelId: CHANNEL },
    call: ({ node }, { channelId }, signal) => node.funded(channelId, signal),
  }),
  pay: method({
    summary:
      "Pays another participant. Answers when the payment counts, with the state that would be paid now: in a payment channel, when the payee has acknowledged it; in others, when all have signed.",
    params: z.strictObject({
      channelId: v.channelId,
      asset: v.address,
      amount: v.uint,
      to: z.exactOptional(
        v.position.describe("who is paid, as a position; may be omitted where there is only one other"),
      ),
      note: z.exactOptional(
        v.hex.describe("for the payee, 32 bytes at most, such as the number of an invoice; only in payment channels"),
      ),
    }),
    result: v.state,
    example: { channelId: CHANNEL, asset: COIN, amount: "1500000" },
    call: ({ node }, request, signal) => node.pay(request, signal),
  }),
  createInvoice: method({
    summary: "Asks to be paid, by anybody whom payments reach.",
    params: v.invoiceRequest,
    result: v.invoiceSummary,
    example: { asset: COIN, amount: "1500000", description: "Coffee", validFor: "3600" },
    call: ({ node }, request) => node.createInvoice(request),
  }),
  payInvoice: method({
    summary: "Pays an invoice over as many nodes as it takes. Answers when the payee has it.",
    params: v.payInvoiceRequest,
    result: v.paymentSummary,
    example: { invoice: "sluice1…", maxFee: "15000" },
    call: ({ node }, request, signal) => node.payInvoice(request, signal),
  }),
  routes: method({
    summary: "The ways that a payment would take now, and what they cost. Sends nothing.",
    params: v.payInvoiceRequest,
    result: z.array(v.routeSummary),
    example: { invoice: "sluice1…", maxFee: "15000" },
    call: ({ node }, request) => node.routes(request),
  }),
  quote: method({
    summary: "At what rate a node exchanges one asset for another now; it holds for a minute or so.",
    params: v.quoteRequest,
    result: v.rate,
    example: { hub: BOB, give: COIN, get: BOB },
    call: ({ node }, request, signal) => node.quote(request, signal),
  }),
  swap: method({
    summary: "Exchanges one asset for another over a node that has both: all of it, or nothing.",
    params: v.swapRequest,
    result: v.paymentSummary,
    example: { hub: BOB, give: { asset: COIN, amount: ONE }, get: { asset: BOB, amount: "3000000" } },
    call: ({ node }, request, signal) => node.swap(request, signal),
  }),
  payments: method({
    summary: "Payments of invoices by this node, the newest first.",
    params: none,
    result: z.array(v.paymentSummary),
    example: {},
    call: ({ node }) => node.payments(),
  }),
  invoices: method({
    summary: "Invoices of this node.",
    params: none,
    result: z.array(v.invoiceSummary),
    example: {},
    call: ({ node }) => node.invoices(),
  }),
  update: method({
    summary: "Proposes any other change. Answers with the new state, when all have signed it.",
    params: z.strictObject({ channelId: v.channelId, change: v.change }),
    result: v.state,
    example: { channelId: CHANNEL, change: PAYMENT },
    call: ({ node }, { channelId, change }, signal) => node.update(channelId, change, signal),
  }),
  answer: method({
    summary: "Accepts or refuses a change that another participant asked for (`questions` of `channel`).",
    params: z.strictObject({ channelId: v.channelId, change: v.change, accept: z.boolean() }),
    result: v.nothing,
    example: { channelId: CHANNEL, change: PAYMENT, accept: true },
    call: ({ node }, { channelId, change, accept }) => node.answer(channelId, change, accept),
  }),
  move: method({
    summary: "Plays a move of a turn-taking app: the next state. Answers when it is on its way.",
    params: z.strictObject({ channelId: v.channelId, state: v.state }),
    result: v.state,
    example: { channelId: CHANNEL, state: { version: "7", outcome: "0x", appData: "0x01" } },
    call: ({ node }, { channelId, state }, signal) => node.move(channelId, state, signal),
  }),
  close: method({
    summary: "Closes by agreement. Answers when everybody is paid (an app channel in a ledger: in the ledger).",
    params: oneChannel,
    result: v.channelSummary,
    example: { channelId: CHANNEL },
    call: ({ node }, { channelId }, signal) => node.close(channelId, signal),
  }),
  splice: method({
    summary:
      "Goes on in a successor channel with money added or taken out. Answers with the successor, once it is funded.",
    params: v.spliceRequest,
    result: v.channelSummary,
    example: { channelId: CHANNEL, add: [[{ asset: COIN, amount: ONE }], []] },
    call: ({ node }, request, signal) => node.splice(request, signal),
  }),
  challenge: method({
    summary: "Leaves through the chain with the newest state. Answers when everybody is paid.",
    params: oneChannel,
    result: v.channelSummary,
    example: { channelId: CHANNEL },
    call: ({ node }, { channelId }, signal) => node.challenge(channelId, signal),
  }),
  waiting: method({
    summary: "What waits in the adjudicator under the node's account because it could not be paid directly.",
    params: none,
    result: v.contributions,
    example: {},
    call: ({ node }) => node.waiting(),
  }),
  withdraw: method({
    summary: "Takes what waits out of the adjudicator. Answers with the hash of the transaction.",
    params: z.strictObject({
      asset: v.address,
      to: z.exactOptional(v.address.describe("who receives it; the node's account if omitted")),
    }),
    result: v.bytes32,
    example: { asset: COIN },
    call: ({ node }, { asset, to }, signal) => node.withdraw(asset, to, signal),
  }),
  channels: method({
    summary: "All channels.",
    params: none,
    result: z.array(v.channelSummary),
    example: {},
    call: ({ node }) => node.channels(),
  }),
  channel: method({
    summary: "Everything about one channel.",
    params: oneChannel,
    result: v.channelDetails,
    example: { channelId: CHANNEL },
    call: ({ node }, { channelId }) => node.channel(channelId),
  }),
  backup: method({
    summary: "Writes an encrypted backup of everything to a file on the machine of the node.",
    params: z.strictObject({
      file: z
        .string()
        .max(4096)
        .refine(isAbsolute, { error: "expected an absolute path" })
        .describe("an absolute path"),
      password: z.string().min(1).describe("what `sluice restore` will ask for"),
    }),
    result: v.nothing,
    example: { file: "/backups/sluice.backup", password: "…" },
    call: ({ node }, { file, password }) => node.backup(file, password),
  }),
  events: method({
    summary: "What happened since a position; if that is nothing, waits for it.",
    params: z.strictObject({
      after: z.exactOptional(
        z.int().min(0).describe("sequence number of the last event you know; what comes from now on if omitted"),
      ),
      run: z.exactOptional(
        z.string().max(64).describe("the `run` that came with it: lets the node notice that it was started anew since"),
      ),
      wait: z.exactOptional(
        z.number().min(0).max(MAX_WAIT).describe(`seconds to wait, at most ${MAX_WAIT}; ${DEFAULT_WAIT} if omitted`),
      ),
    }),
    result: eventPage,
    example: { after: 12, run: "5f0c62e1a94d7b38" },
    call: ({ events }, { wait = DEFAULT_WAIT, ...position }, signal) => events.read(position, wait * 1000, signal),
  }),
};

/** Names of the methods. */
export type MethodName = keyof typeof METHODS;
/** Parameters of a method, as the program works with them. */
export type ParamsOf<M extends MethodName> = z.output<(typeof METHODS)[M]["params"]>;
/** Result of a method, as the program works with it. */
export type ResultOf<M extends MethodName> = z.output<(typeof METHODS)[M]["result"]>;
