import { request, type IncomingMessage } from "node:http";
import { text } from "node:stream/consumers";
import { serveRpc, type RpcServer } from "../../src/rpc/server";
import { MemoryNode } from "./memoryNode";

export const TOKEN = "5e".repeat(32);

/** A served node, and what its server did not foresee. */
export interface Served {
  readonly node: MemoryNode;
  readonly server: RpcServer;
  readonly unexpected: unknown[];
}

export async function serveMemory(): Promise<Served> {
  const node = new MemoryNode();
  const unexpected: unknown[] = [];
  const server = await serveRpc({ node, token: TOKEN, unexpected: (error) => unexpected.push(error) });
  return { node, server, unexpected };
}

/** An HTTP request, as careless as any program could make it. */
export interface RawRequest {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

export interface RawReply {
  readonly status: number;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

/** Sends one request with the token, unless the headers say otherwise. */
export function sendRaw({ server }: Served, raw: RawRequest): Promise<RawReply> {
  const { method = "POST", path = "/", headers = {}, body = "" } = raw;
  return new Promise((resolve, reject) => {
    const sent = request(
      new URL(path, server.url),
      { method, agent: false, headers: { Authorization: `Bearer ${TOKEN}`, ...headers } },
      (response) =>
        void text(response).then(
          (answer) => resolve({ status: response.statusCode!, headers: response.headers, body: answer }),
          reject,
        ),
    );
    sent.once("error", reject);
    sent.end(body);
  });
}
