import { SluiceError } from "../../errors";
import type { ChainAlarm } from "../../ports/chain";
import type { Clock } from "../../ports/clock";
import type { Hex } from "../../protocol/types";
import { Rpc, RpcError } from "./rpc";
import { parseBytes, parseNumber, parseQuantity } from "./shapes";

export interface EndpointsOptions {
  /** JSON-RPC over HTTP, the preferred one first. */
  readonly urls: readonly string[];
  readonly chainId: bigint;
  readonly clock: Clock;
  readonly alarm: (alarm: ChainAlarm) => void;
  /** Milliseconds for one request. */
  readonly timeout: number;
  /** Milliseconds for which an endpoint that failed is passed over. */
  readonly rest: number;
  /** Blocks that an endpoint may be behind the others. */
  readonly maxLag: number;
  /** Bytes of one answer. */
  readonly maxAnswer: number;
}

interface Endpoint {
  /** Names the endpoint in alarms: its URL may hold an access key. */
  readonly place: number;
  readonly rpc: Rpc;
  /** Unix time in milliseconds until which it is passed over. */
  restUntil: number;
  /** Asked for its chain since it last failed. */
  chain: "unknown" | "right" | "wrong";
}

/**
 * Several endpoints as one: asks the first that is well, and the next when it fails. One that failed is passed over for a
 * while and then proves again that it belongs to the chain.
 */
export class Endpoints {
  private readonly endpoints: readonly Endpoint[];

  constructor(private readonly options: EndpointsOptions) {
    const { clock, timeout, maxAnswer } = options;
    this.endpoints = options.urls.map((url, i) => ({
      place: i + 1,
      rpc: new Rpc({ url, clock, timeout, maxAnswer }),
      restUntil: 0,
      chain: "unknown",
    }));
  }

  /**
   * @param parse reads the answer; what it throws on counts as no answer
   * @throws RpcError when every endpoint that answers refuses, and for a call that reverts
   * @throws SluiceError `RPC_UNREACHABLE` or, if there are only endpoints of other chains, `CHAIN_WRONG`
   */
  async request<T>(method: string, params: readonly unknown[], parse: (answer: unknown) => T): Promise<T> {
    const refusals = new Map<Endpoint, RpcError>();
    for (const endpoint of this.candidates(refusals)) {
      try {
        const answer = parse(await this.ask(endpoint, method, params));
        for (const other of refusals.keys()) this.restNow(other); // it is not the request that is at fault
        return answer;
      } catch (error) {
        if (!(error instanceof RpcError)) this.restNow(endpoint);
        else if (error.isRevert) throw error;
        else refusals.set(endpoint, error);
      }
    }
    const [refusal] = refusals.values();
    throw refusal ?? this.unreachable();
  }

  /** What every endpoint that is well answers; those that fail or refuse are left out. */
  async requestAll<T>(method: string, params: readonly unknown[], parse: (answer: unknown) => T): Promise<T[]> {
    const answers = await Promise.allSettled(
      this.well().map(async (endpoint) => parse(await this.ask(endpoint, method, params))),
    );
    return answers.flatMap((answer) => (answer.status === "fulfilled" ? [answer.value] : []));
  }

  /**
   * Hands a signed transaction to every endpoint that is well.
   * @returns why none of them took it, if so
   * @throws SluiceError as {@link request}
   */
  async broadcast(raw: Hex): Promise<RpcError | undefined> {
    const well = this.well();
    const asked = well.length > 0 ? well : this.endpoints;
    const outcomes = await Promise.all(asked.map((endpoint) => this.hand(endpoint, raw)));
    if (outcomes.includes("taken")) return undefined;
    const refusal = outcomes.find((outcome) => outcome instanceof RpcError);
    if (refusal === undefined) throw this.unreachable();
    return refusal;
  }

  /** Compares the heads of all endpoints and passes over those that lag. */
  async survey(): Promise<void> {
    const asked = this.well();
    if (this.endpoints.length === 1) return;
    const heads = await Promise.all(asked.map((endpoint) => this.headOf(endpoint)));
    const highest = Math.max(...heads.map((head) => head ?? 0));
    asked.forEach((endpoint, i) => {
      const head = heads[i];
      if (head !== undefined && highest - head > this.options.maxLag) this.restNow(endpoint);
    });
  }

  /** Breaks off every request. */
  close(): void {
    for (const { rpc } of this.endpoints) rpc.close();
  }

  /** Those that are well; the others only if none of these answered at all. */
  private *candidates(refusals: ReadonlyMap<Endpoint, RpcError>): Iterable<Endpoint> {
    const well = this.well();
    yield* well;
    if (refusals.size > 0) return;
    yield* this.endpoints.filter((endpoint) => !well.includes(endpoint));
  }

  private well(): Endpoint[] {
    const now = this.options.clock.now();
    return this.endpoints.filter(({ restUntil }) => restUntil <= now);
  }

  private async ask(endpoint: Endpoint, method: string, params: readonly unknown[]): Promise<unknown> {
    if (endpoint.chain !== "right") await this.identify(endpoint);
    return endpoint.rpc.call(method, params);
  }

  /** One that was passed over proves that it is of this chain before it is asked anything else. */
  private async identify(endpoint: Endpoint): Promise<void> {
    const { chainId, alarm } = this.options;
    const actual = parseQuantity(await endpoint.rpc.call("eth_chainId", []));
    if (actual === chainId) {
      endpoint.chain = "right";
      return;
    }
    const known = endpoint.chain === "wrong";
    endpoint.chain = "wrong";
    const message = `Endpoint ${endpoint.place} belongs to chain ${actual.toString()}, not ${chainId.toString()}.`;
    if (!known) alarm({ code: "CHAIN_WRONG", message: `${message} It is not used; correct its URL.` });
    throw new Error(message);
  }

  private async hand(endpoint: Endpoint, raw: Hex): Promise<"taken" | "failed" | RpcError> {
    try {
      parseBytes(await this.ask(endpoint, "eth_sendRawTransaction", [raw]));
      return "taken";
    } catch (error) {
      if (error instanceof RpcError) return error;
      this.restNow(endpoint);
      return "failed";
    }
  }

  private async headOf(endpoint: Endpoint): Promise<number | undefined> {
    try {
      return parseNumber(await this.ask(endpoint, "eth_blockNumber", []));
    } catch {
      this.restNow(endpoint);
      return undefined;
    }
  }

  private restNow(endpoint: Endpoint): void {
    endpoint.restUntil = this.options.clock.now() + this.options.rest;
    if (endpoint.chain === "right") endpoint.chain = "unknown";
  }

  private unreachable(): SluiceError {
    const { chainId } = this.options;
    if (this.endpoints.every(({ chain }) => chain === "wrong")) {
      return new SluiceError(
        "CHAIN_WRONG",
        `No endpoint belongs to chain ${chainId.toString()}.`,
        "Nothing was sent; correct the URLs.",
      );
    }
    return new SluiceError(
      "RPC_UNREACHABLE",
      "No endpoint of the chain answers.",
      "Transactions are kept and sent later; check the network and the endpoints.",
    );
  }
}
