/** JSON-RPC 2.0 without its transport: the text of a request in, the answer out. */
import { z } from "zod";
import { SluiceError } from "../errors";
import { toJson } from "./json";
import { METHODS, type Backend, type Method } from "./schema";

/** How many requests a batch may hold. */
export const MAX_BATCH = 50;

/** Error codes of JSON-RPC; `APPLICATION` is for errors of Sluice, whose own code is in `data`. */
export const RPC_ERRORS = {
  PARSE: -32700,
  REQUEST: -32600,
  METHOD: -32601,
  PARAMS: -32602,
  INTERNAL: -32603,
  APPLICATION: -32000,
} as const;

type Id = string | number | null;

/** What went wrong, as JSON-RPC tells it. */
export interface RpcError {
  readonly code: number;
  readonly message: string;
  /** Of errors of Sluice: the code of the `SluiceError`, and what to do next. */
  readonly data?: { readonly code: string; readonly remedy: string };
}

/** One answer. */
export type Response = { readonly jsonrpc: "2.0"; readonly id: Id } & (
  { readonly result: unknown } | { readonly error: RpcError }
);

/** What requests are answered with. */
export interface Dispatcher extends Backend {
  /** Called with errors that nobody foresaw, whose text is kept from the caller. */
  readonly unexpected: (error: unknown) => void;
}

const envelope = z.object({
  jsonrpc: z.literal("2.0"),
  method: z.string(),
  params: z.exactOptional(z.unknown()),
  id: z.exactOptional(z.union([z.string(), z.number(), z.null()])),
});

const METHODS_BY_NAME = new Map<string, Method>(Object.entries(METHODS as unknown as Record<string, Method>));

/** Answers the body of a request; with nothing, if it holds only notifications. */
export async function dispatch(
  dispatcher: Dispatcher,
  body: string,
  signal: AbortSignal,
): Promise<Response | Response[] | undefined> {
  let request: unknown;
  try {
    request = JSON.parse(body);
  } catch {
    return refusal(RPC_ERRORS.PARSE, "The request is not JSON.");
  }
  if (!Array.isArray(request)) return answer(dispatcher, request, signal);
  if (request.length === 0) return refusal(RPC_ERRORS.REQUEST, "The batch is empty.");
  if (request.length > MAX_BATCH) {
    return refusal(RPC_ERRORS.REQUEST, `A batch holds ${MAX_BATCH} requests at most, not ${request.length}.`);
  }
  const answers = await Promise.all(request.map((single) => answer(dispatcher, single, signal)));
  const wanted = answers.filter((single) => single !== undefined);
  return wanted.length > 0 ? wanted : undefined;
}

/** An answer to what is no request that can be answered. */
export function refusal(code: number, message: string): Response {
  return { jsonrpc: "2.0", id: null, error: { code, message } };
}

async function answer(dispatcher: Dispatcher, request: unknown, signal: AbortSignal): Promise<Response | undefined> {
  const { success, data } = envelope.safeParse(request);
  if (!success) {
    return refusal(
      RPC_ERRORS.REQUEST,
      'A request is an object with "jsonrpc": "2.0", a "method", "params" and an "id".',
    );
  }
  const outcome = await call(dispatcher, data.method, data.params ?? {}, signal);
  return data.id === undefined ? undefined : { jsonrpc: "2.0", id: data.id, ...outcome };
}

type Outcome = { readonly result: unknown } | { readonly error: RpcError };

async function call(dispatcher: Dispatcher, name: string, given: unknown, signal: AbortSignal): Promise<Outcome> {
  const method = METHODS_BY_NAME.get(name);
  if (method === undefined) {
    return { error: { code: RPC_ERRORS.METHOD, message: `There is no method "${name.slice(0, 64)}".` } };
  }
  const params = method.params.safeParse(given);
  if (!params.success) {
    return { error: { code: RPC_ERRORS.PARAMS, message: `${name}: ${describeIssues(params.error)}` } };
  }
  try {
    const result = await endedBy(signal, () => method.call(dispatcher, params.data, signal));
    return { result: toJson(result ?? null) };
  } catch (error) {
    return { error: describeError(dispatcher, error, signal) };
  }
}

/** Stops to wait when the signal is aborted, whether or not the work does. */
async function endedBy<T>(signal: AbortSignal, work: () => T | Promise<T>): Promise<T> {
  signal.throwIfAborted();
  let stop = (): void => undefined;
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason as Error);
    signal.addEventListener("abort", stop);
  });
  try {
    return await Promise.race([work(), aborted]);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

function describeIssues({ issues }: z.ZodError): string {
  return issues
    .map(({ path, message }) => (path.length === 0 ? message : `"${path.join(".")}": ${message}`))
    .join("; ")
    .slice(0, 1000);
}

function describeError({ unexpected }: Dispatcher, error: unknown, signal: AbortSignal): RpcError {
  // A call that was aborted ends as the server says, however the node words it.
  const cause: unknown = signal.aborted ? signal.reason : error;
  if (cause instanceof SluiceError) {
    const { code, remedy, summary: message } = cause;
    return { code: RPC_ERRORS.APPLICATION, message, data: { code, remedy } };
  }
  if (!signal.aborted) unexpected(error);
  return { code: RPC_ERRORS.INTERNAL, message: "The node could not answer. Its log says why." };
}
