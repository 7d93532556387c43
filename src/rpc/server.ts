import { once } from "node:events";
import { createServer, type IncomingMessage, type OutgoingHttpHeaders, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { addAbortSignal } from "node:stream";
import { SluiceError } from "../errors";
import type { NodeApi } from "../node/api";
import { dispatch, refusal, RPC_ERRORS, type Dispatcher } from "./dispatch";
import { EventLog } from "./eventLog";
import { toJson } from "./json";
import { showsToken } from "./token";

const LOOPBACK = ["127.0.0.1", "localhost", "::1"];
const MAX_CONNECTIONS = 256;
const HEADERS = {
  "Content-Type": "application/json",
  "Cache-Control": "no-store",
  "X-Content-Type-Options": "nosniff",
};

/** How long the body of a request may be, in bytes. */
export const MAX_REQUEST = 2 ** 20;

export interface RpcServerOptions {
  readonly node: NodeApi;
  /** What callers must show. */
  readonly token: string;
  /** Where to listen; the loopback interface unless given. */
  readonly host?: string;
  /** A free one if 0 or omitted. */
  readonly port?: number;
  /** Called with errors that nobody foresaw. */
  readonly unexpected: (error: unknown) => void;
}

/** A running API. */
export interface RpcServer {
  readonly url: string;
  /** Ends the calls under way with an error, then every connection. */
  close(): Promise<void>;
}

/**
 * Serves a node by JSON-RPC 2.0 over HTTP; see `docs/api.md`.
 * @throws SluiceError `API_FAILED` if it cannot listen there
 */
export async function serveRpc(options: RpcServerOptions): Promise<RpcServer> {
  const { node, token, host = "127.0.0.1", port = 0, unexpected } = options;
  const events = new EventLog(node);
  const hosts = new Set([...LOOPBACK, host.toLowerCase()]);
  const front: Front = { node, events, unexpected, token, hosts, calls: new Map() };
  const server = createServer((request, response) => void serve(front, request, response));
  server.maxConnections = MAX_CONNECTIONS;
  await new Promise<void>((listening, failed) => {
    server.once("error", (error) => failed(cannotListen(`${host}:${port}`, error)));
    server.listen(port, host, listening);
  });
  const { port: actual } = server.address() as AddressInfo;
  return {
    url: `http://${host.includes(":") ? `[${host}]` : host}:${actual}`,
    close: async () => {
      const closed = new Promise<void>((done) => server.close(() => done()));
      const answered = [...front.calls.keys()].map((response) => once(response, "close"));
      for (const call of front.calls.values()) call.abort(stopping());
      await Promise.all(answered);
      events.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

/** What every request is handled with. */
interface Front extends Dispatcher {
  readonly token: string;
  /** Names under which callers may know this server: a page that made another name point here is not served. */
  readonly hosts: ReadonlySet<string>;
  /** Calls under way. */
  readonly calls: Map<ServerResponse, AbortController>;
}

interface Reply {
  readonly status: number;
  readonly body?: string;
  readonly headers?: OutgoingHttpHeaders;
}

async function serve(front: Front, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const call = new AbortController();
  front.calls.set(response, call);
  response.once("close", () => {
    front.calls.delete(response);
    call.abort(); // does nothing to a call that was answered
  });
  const { status, body, headers } = await route(front, request, call.signal).catch((error: unknown): Reply => {
    if (!call.signal.aborted) front.unexpected(error);
    return refuse(500, "The node could not answer. Its log says why.");
  });
  const ending = call.signal.aborted ? { Connection: "close" } : {};
  response.writeHead(status, { ...HEADERS, ...headers, ...ending }).end(body);
}

async function route(front: Front, request: IncomingMessage, signal: AbortSignal): Promise<Reply> {
  const { node, hosts, token } = front;
  if (!hosts.has(hostOf(request))) return refuse(403, "The Host header names another machine.");
  if (!showsToken(request.headers.authorization, token)) {
    const refusal = refuse(401, "Show the token: Authorization: Bearer <contents of api-token>.");
    return { ...refusal, headers: { "WWW-Authenticate": "Bearer" } };
  }
  switch (`${request.method ?? ""} ${request.url ?? ""}`) {
    case "POST /":
      return answerCall(front, request, signal);
    case "GET /health": {
      const health = await node.health();
      return { status: health.ok ? 200 : 503, body: JSON.stringify(toJson(health)) };
    }
    case "GET /metrics":
      return { status: 200, body: await node.metrics(), headers: { "Content-Type": "text/plain; version=0.0.4" } };
    default:
      return refuse(404, "There are POST /, GET /health and GET /metrics.");
  }
}

async function answerCall(front: Front, request: IncomingMessage, signal: AbortSignal): Promise<Reply> {
  const body = await readBody(addAbortSignal(signal, request));
  if (body === undefined) return refuse(413, `A request is ${MAX_REQUEST} bytes at most.`);
  const answer = await dispatch(front, body, signal);
  return answer === undefined ? { status: 204 } : { status: 200, body: JSON.stringify(answer) };
}

/** The body; undefined if it is too long. */
async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    // Read to the end all the same: a caller that is cut off while it writes would not see the answer.
    if (length <= MAX_REQUEST) chunks.push(chunk);
  }
  return length > MAX_REQUEST ? undefined : Buffer.concat(chunks).toString("utf8");
}

/** The name in the Host header, without the port: an SSH tunnel may well change that. */
function hostOf({ headers }: IncomingMessage): string {
  const match = /^(?:\[(.*)\]|([^:]*))(?::\d+)?$/.exec(headers.host ?? "");
  return (match?.[1] ?? match?.[2] ?? "").toLowerCase();
}

function refuse(status: number, message: string): Reply {
  return { status, body: JSON.stringify(refusal(RPC_ERRORS.REQUEST, message)) };
}

function stopping(): SluiceError {
  return new SluiceError(
    "NODE_STOPPED",
    "The node is stopping.",
    "What was signed stays valid; look at the channel when the node runs again.",
  );
}

function cannotListen(where: string, { message }: Error): SluiceError {
  return new SluiceError(
    "API_FAILED",
    `The API cannot listen on ${where}: ${message}.`,
    "Nothing was changed; end what uses this port, or choose another one.",
  );
}
