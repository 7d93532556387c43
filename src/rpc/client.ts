import { request as httpRequest } from "node:http";
import { text } from "node:stream/consumers";
import { z } from "zod";
import { SluiceError, type SluiceErrorCode } from "../errors";
import type { NodeApi } from "../node/api";
import type { EventPage, EventPosition } from "./eventLog";
import { toJson } from "./json";
import { METHODS, type MethodName, type ParamsOf, type ResultOf } from "./schema";

type Remote<Api> = {
  [Name in keyof Api]: Api[Name] extends (...args: infer Args) => infer Result
    ? (...args: Args) => Promise<Awaited<Result>>
    : never;
};

/** A node in another process: the methods of `NodeApi`, of which every one may take its time. */
export interface RemoteNode extends Remote<Omit<NodeApi, "on" | "stop">> {
  /** What happened since a position; if that is nothing, waits for it. `wait` is in seconds. */
  events(position: EventPosition & { readonly wait?: number }, signal?: AbortSignal): Promise<EventPage>;
}

const reply = z.union([
  z.object({ result: z.unknown() }).refine((answer) => "result" in answer),
  z.object({
    error: z.object({
      code: z.number(),
      message: z.string(),
      data: z.optional(z.object({ code: z.string(), remedy: z.string() })),
    }),
  }),
]);

/**
 * Talks to a running node by its API. Every method rejects with the `SluiceError` of the node, with `NODE_UNREACHABLE` if
 * nobody answers, or `API_TOKEN_WRONG`.
 */
export function connectRpc(url: string, token: string): RemoteNode {
  async function call<M extends MethodName>(
    method: M,
    params: ParamsOf<M>,
    signal?: AbortSignal,
  ): Promise<ResultOf<M>> {
    const request = JSON.stringify({ jsonrpc: "2.0", id: 1, method, params: toJson(params) });
    const body = await send({ url, token, method: "POST", body: request, ...(signal && { signal }) });
    const answer = reply.safeParse(parsed(body));
    if (!answer.success) throw notUnderstood(body);
    if ("error" in answer.data) throw asError(answer.data.error);
    const result = METHODS[method].result.safeParse(answer.data.result);
    if (!result.success) throw notUnderstood(body);
    return result.data as ResultOf<M>;
  }
  return {
    info: () => call("info", {}),
    health: () => call("health", {}),
    connect: (peer, url) => call("connect", { peer, url }),
    open: (request, signal) => call("open", request, signal),
    proposals: () => call("proposals", {}),
    decide: (channelId, join) => call("decide", { channelId, join }),
    funded: (channelId, signal) => call("funded", { channelId }, signal),
    pay: (request, signal) => call("pay", request, signal),
    createInvoice: (request) => call("createInvoice", request),
    payInvoice: (request, signal) => call("payInvoice", request, signal),
    routes: (request) => call("routes", request),
    quote: (request, signal) => call("quote", request, signal),
    swap: (request, signal) => call("swap", request, signal),
    payments: () => call("payments", {}),
    invoices: () => call("invoices", {}),
    update: (channelId, change, signal) => call("update", { channelId, change }, signal),
    answer: (channelId, change, accept) => call("answer", { channelId, change, accept }),
    move: (channelId, state, signal) => call("move", { channelId, state }, signal),
    close: (channelId, signal) => call("close", { channelId }, signal),
    splice: (request, signal) => call("splice", request, signal),
    challenge: (channelId, signal) => call("challenge", { channelId }, signal),
    waiting: () => call("waiting", {}),
    withdraw: (asset, to, signal) => call("withdraw", { asset, ...(to && { to }) }, signal),
    channels: () => call("channels", {}),
    channel: (channelId) => call("channel", { channelId }),
    backup: (file, password) => call("backup", { file, password }),
    events: (position, signal) => call("events", position, signal),
    metrics: () => send({ url: new URL("/metrics", url).href, token, method: "GET" }),
  };
}

interface Sending {
  readonly url: string;
  readonly token: string;
  readonly method: "GET" | "POST";
  readonly body?: string;
  readonly signal?: AbortSignal;
}

/** Not by `fetch`: that gives up after five minutes, and a challenge takes a day. */
function send({ url, token, method, body = "", signal }: Sending): Promise<string> {
  return new Promise((resolve, reject) => {
    const lost = (error: unknown) => reject(signal?.aborted ? (signal.reason as Error) : unreachable(url, error));
    const headers = { Authorization: `Bearer ${token}`, "Content-Type": "application/json" };
    const request = httpRequest(url, { method, headers, agent: false, ...(signal && { signal }) });
    request.once("error", lost);
    request.once("response", (response) => {
      if (response.statusCode === 401) reject(tokenWrong());
      text(response).then(resolve, lost);
    });
    request.end(body);
  });
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

function asError({ message, data }: { message: string; data?: { code: string; remedy: string } | undefined }) {
  // Codes of a newer node may be unknown here; they are passed on as they are.
  return data === undefined
    ? new SluiceError("API_FAILED", message, "Use a client of the same version as the node.")
    : new SluiceError(data.code as SluiceErrorCode, message, data.remedy);
}

function unreachable(url: string, error: unknown): SluiceError {
  return new SluiceError(
    "NODE_UNREACHABLE",
    `No node answers at ${url} (${(error as NodeJS.ErrnoException).code ?? String(error)}).`,
    "Start it with `sluice node`. If it was asked for something, look at the channel before you ask again.",
  );
}

function notUnderstood(body: string): SluiceError {
  return new SluiceError(
    "API_FAILED",
    `The answer is not one of a Sluice node: ${body.slice(0, 100)}.`,
    "Check the URL, and use a client of the same version as the node.",
  );
}

function tokenWrong(): SluiceError {
  return new SluiceError(
    "API_TOKEN_WRONG",
    "The node does not accept the token.",
    "Nothing was done; use the data folder of this very node, which holds its token.",
  );
}
