import { SluiceError } from "../errors";
import type { Address } from "../protocol/types";
import type { Rate } from "../router/context";
import type { QuoteMessage } from "../router/quoting";
import { Tickets } from "./tickets";

/** What asking for rates needs of the node around it. */
export interface ExchangeHost {
  /** Returns false if the peer is not connected. */
  send(peer: Address, message: QuoteMessage): boolean;
  /** What a peer would get now, if anything. */
  quote(peer: Address, give: Address, get: Address): Rate | undefined;
}

/** Asks peers at what rate they exchange, and answers them. */
export class Exchange {
  private readonly tickets = new Tickets<string, Rate | undefined>();
  private asked = 0;

  constructor(private readonly host: ExchangeHost) {}

  received(peer: Address, message: QuoteMessage): void {
    if (message.type === "quote") return this.tickets.resolve(nameOf(peer, message.id), message.rate);
    const { id, give, get } = message;
    this.host.send(peer, { type: "quote", id, rate: this.host.quote(peer, give, get) });
  }

  /**
   * Asks a peer at what rate it exchanges now. It holds for a minute or so.
   * @throws SluiceError `PEER_UNREACHABLE`, or `RATE_UNKNOWN` when it does not exchange these
   */
  async ask(peer: Address, give: Address, get: Address, signal: AbortSignal): Promise<Rate> {
    const id = ++this.asked;
    const use = () => {
      if (this.host.send(peer, { type: "askQuote", id, give, get })) return;
      throw new SluiceError(
        "PEER_UNREACHABLE",
        "This node is not connected.",
        "Nothing was sent; connect to it first.",
      );
    };
    const rate = await this.tickets.issue(nameOf(peer, id), use, signal);
    if (rate !== undefined && rate.give > 0n && rate.get > 0n) return rate;
    throw new SluiceError(
      "RATE_UNKNOWN",
      `${peer} does not exchange these.`,
      "Nothing was sent; ask another node, or for other assets.",
    );
  }

  end(reason: Error): void {
    this.tickets.failAll(reason);
  }
}

function nameOf(peer: Address, id: number): string {
  return `${peer} ${id}`;
}
