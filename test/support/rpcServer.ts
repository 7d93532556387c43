import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface RpcRequest {
  readonly method: string;
  readonly params: readonly unknown[];
}

/** An answer that is not what JSON-RPC asks for. */
export class Raw {
  constructor(
    readonly status: number,
    readonly body: string,
  ) {}
}

/** Answers a request: with a result, by throwing an error, or with whatever it likes. */
export type Behaviour = (request: RpcRequest, forward: () => Promise<unknown>) => Promise<unknown>;

/** An honest endpoint. */
export const honest: Behaviour = (_, forward) => forward();

/** A chain as it is served over HTTP, on a free port of this machine; misbehaves as it is told. */
export class RpcServer {
  behaviour: Behaviour = honest;
  /** Methods that were asked for, oldest first. */
  readonly asked: string[] = [];

  private constructor(
    private readonly server: Server,
    private readonly provider: { send(method: string, params: unknown[]): Promise<unknown> },
  ) {}

  static async start(provider: { send(method: string, params: unknown[]): Promise<unknown> }): Promise<RpcServer> {
    const server = createServer((request, response) => void rpc.serve(request, response));
    const rpc = new RpcServer(server, provider);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return rpc;
  }

  /** With something secret in it, as the URLs of providers have. */
  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/SECRET-KEY`;
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve));
    this.server.closeAllConnections();
    await closed;
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { id, method, params } = JSON.parse(Buffer.concat(chunks).toString()) as RpcRequest & { id: number };
    this.asked.push(method);
    const { status, body } = await this.answer(id, { method, params });
    response.writeHead(status, { "content-type": "application/json" }).end(body);
  }

  private async answer(id: number, request: RpcRequest): Promise<Raw> {
    try {
      const result = await this.behaviour(request, () => this.provider.send(request.method, [...request.params]));
      return result instanceof Raw ? result : new Raw(200, JSON.stringify({ jsonrpc: "2.0", id, result }));
    } catch (error) {
      const { code = -32603, message, data } = error as { code?: number; message: string; data?: unknown };
      return new Raw(200, JSON.stringify({ jsonrpc: "2.0", id, error: { code, message, data } }));
    }
  }
}

/** An error as endpoints answer with. */
export function refusal(code: number, message: string): Error {
  return Object.assign(new Error(message), { code });
}

/** Never answers. */
export function stall(): Promise<never> {
  return new Promise(() => undefined);
}
