import type { Clock } from "../../ports/clock";

/** An endpoint answered that it will not do what was asked. */
export class RpcError extends Error {
  constructor(
    readonly code: number,
    message: string,
    readonly data: unknown,
  ) {
    super(message);
    this.name = "RpcError";
  }

  /** Whether the call itself fails on the chain: no other endpoint would say otherwise. */
  get isRevert(): boolean {
    return this.code === 3 || /revert|invalid opcode|out of gas/i.test(this.message);
  }
}

/** An endpoint did not answer, or with something that is no answer. Says nothing of where it is: URLs hold access keys. */
export class EndpointFault extends Error {
  constructor(readonly kind: "unreachable" | "refused" | "malformed" | "too large") {
    super(`The endpoint is at fault: ${kind}.`);
    this.name = "EndpointFault";
  }
}

export interface RpcOptions {
  readonly url: string;
  readonly clock: Clock;
  /** Milliseconds for one request, answer included. */
  readonly timeout: number;
  /** Bytes of one answer. */
  readonly maxAnswer: number;
}

/** One JSON-RPC endpoint, over HTTP: a request at a time, no batches. */
export class Rpc {
  private readonly closing = new AbortController();
  private next = 1;

  constructor(private readonly options: RpcOptions) {}

  /**
   * @throws RpcError what the endpoint says against it
   * @throws EndpointFault when there is no usable answer in time
   */
  async call(method: string, params: readonly unknown[]): Promise<unknown> {
    const late = new AbortController();
    const cancel = this.options.clock.after(this.options.timeout, () => late.abort());
    try {
      return await this.exchange(method, params, AbortSignal.any([late.signal, this.closing.signal]));
    } catch (error) {
      if (error instanceof RpcError || error instanceof EndpointFault) throw error;
      throw new EndpointFault("unreachable");
    } finally {
      cancel();
    }
  }

  /** Breaks off what is under way; every later call fails. */
  close(): void {
    this.closing.abort();
  }

  private async exchange(method: string, params: readonly unknown[], signal: AbortSignal): Promise<unknown> {
    const id = this.next++;
    const response = await fetch(this.options.url, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ jsonrpc: "2.0", id, method, params }),
      signal,
    });
    const text = await readText(response, this.options.maxAnswer);
    if (response.status === 429) throw new EndpointFault("refused");
    const answer = parseAnswer(text);
    if (answer?.error !== undefined) throw answer.error; // some say so with a status of 400 or 500
    if (!response.ok) throw new EndpointFault("refused");
    if (answer?.id !== id || answer.result === undefined) throw new EndpointFault("malformed");
    return answer.result;
  }
}

async function readText(response: Response, maxBytes: number): Promise<string> {
  const reader = response.body?.getReader();
  const decoder = new TextDecoder();
  let text = "";
  for (let bytes = 0; reader !== undefined;) {
    const { done, value } = await reader.read();
    if (done) break;
    bytes += value.length;
    if (bytes > maxBytes) {
      await reader.cancel();
      throw new EndpointFault("too large");
    }
    text += decoder.decode(value, { stream: true });
  }
  return text + decoder.decode();
}

function parseAnswer(text: string): { id?: unknown; result?: unknown; error?: RpcError } | undefined {
  let answer: unknown;
  try {
    answer = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof answer !== "object" || answer === null) return undefined;
  const { id, result, error } = answer as Record<string, unknown>;
  if (typeof error !== "object" || error === null) return { id, result };
  const { code, message, data } = error as Record<string, unknown>;
  return { error: new RpcError(Number(code), typeof message === "string" ? message : "no reason", data) };
}
