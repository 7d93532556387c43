import { toQuantity } from "ethers";
import { SluiceError } from "../../errors";
import type { Address, Destination, Hex } from "../../protocol/types";
import { mayHold } from "./bloom";
import type { Endpoints } from "./endpoints";
import { decodeLog, TOPICS, type Located } from "./events";
import { RpcError } from "./rpc";
import { parseHeader, parseLogs, type Header } from "./shapes";

/** Blocks that are read with one request, as long as no endpoint refuses. */
const LARGEST_RANGE = 5_000;

/** Reads blocks and the events of one adjudicator. */
export class Reader {
  private range = LARGEST_RANGE;

  constructor(
    private readonly endpoints: Endpoints,
    private readonly adjudicator: Address,
  ) {}

  head(): Promise<Header> {
    return this.endpoints.request("eth_getBlockByNumber", ["latest", false], parseHeader);
  }

  /** @throws as {@link Endpoints.request}, also while no endpoint has this block */
  header(number: number): Promise<Header> {
    return this.endpoints.request("eth_getBlockByNumber", [toQuantity(number), false], (answer) => {
      const header = parseHeader(answer);
      if (header.number !== number) throw new Error("An endpoint returned another block.");
      return header;
    });
  }

  /** The first block that is not before `time`; the head if all are. */
  async blockAt(time: bigint, head: Header): Promise<Header> {
    let [low, high] = [0, head];
    for (let back = 1; low < high.number; back *= 2) {
      const earlier = await this.header(Math.max(low, high.number - back)); // what is looked for is mostly new
      if (earlier.timestamp < time) {
        low = earlier.number + 1;
        break;
      }
      high = earlier;
    }
    while (low < high.number) {
      const middle = await this.header(Math.floor((low + high.number) / 2));
      if (middle.timestamp < time) low = middle.number + 1;
      else high = middle;
    }
    return high;
  }

  /** The events of one block, and of no other that takes its place. */
  async eventsOf({ hash, number, logsBloom }: Header): Promise<Located[]> {
    const { query, parse } = this.logs({ blockHash: hash }, number, number);
    const events = await this.endpoints.request("eth_getLogs", query, parse);
    if (events.length > 0 || !mayHold(logsBloom, this.adjudicator)) return events;
    const opinions = await this.endpoints.requestAll("eth_getLogs", query, parse); // some index logs late
    return opinions.reduce((most, opinion) => (opinion.length > most.length ? opinion : most), events);
  }

  /**
   * The events from the block `from` on, as many blocks as an endpoint gives at once, at most up to `to`.
   * @param destinations only theirs, if given
   * @returns the events, and the last block that was read
   */
  async eventsFrom(
    from: number,
    to: number,
    destinations?: readonly Destination[],
  ): Promise<{ events: Located[]; end: number }> {
    for (;;) {
      const end = Math.min(to, from + this.range - 1);
      try {
        const filter = { fromBlock: toQuantity(from), toBlock: toQuantity(end) };
        const { query, parse } = this.logs(filter, from, end, destinations);
        const events = await this.endpoints.request("eth_getLogs", query, parse);
        this.range = Math.min(LARGEST_RANGE, this.range * 2);
        return { events, end };
      } catch (error) {
        const smallest = end === from;
        this.range = Math.max(1, Math.floor((end - from + 1) / 2)); // less is refused by nobody, and arrives in time
        if (!(error instanceof RpcError) || smallest) throw error;
      }
    }
  }

  private logs(
    filter: { blockHash: Hex } | { fromBlock: string; toBlock: string },
    from: number,
    to: number,
    destinations?: readonly Destination[],
  ): { query: unknown[]; parse: (answer: unknown) => Located[] } {
    const topics = destinations === undefined ? [TOPICS] : [TOPICS, destinations];
    const parse = (answer: unknown) =>
      parseLogs(answer).map((log) => {
        const wanted = log.address === this.adjudicator && log.blockNumber >= from && log.blockNumber <= to;
        if (!wanted) throw new Error("An endpoint returned a log that was not asked for.");
        return decodeLog(log);
      });
    return { query: [{ ...filter, address: this.adjudicator, topics }], parse };
  }
}

/** Whether an error is only that of the endpoints, so that the same can be asked again later. */
export function isOutage(error: unknown): error is Error {
  if (error instanceof RpcError) return true;
  return error instanceof SluiceError && (error.code === "RPC_UNREACHABLE" || error.code === "CHAIN_WRONG");
}
