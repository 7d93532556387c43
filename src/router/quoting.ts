import type { Address } from "../protocol/types";
import type { Rate } from "./context";

/** Asks a node at what rate it exchanges. */
export interface AskQuote {
  readonly type: "askQuote";
  /** Comes back with the answer. */
  readonly id: number;
  readonly give: Address;
  readonly get: Address;
}

/** What a node exchanges at, for a while. */
export interface AnswerQuote {
  readonly type: "quote";
  readonly id: number;
  /** Undefined if it does not exchange these. */
  readonly rate: Rate | undefined;
}

/** What nodes say to each other about rates. */
export type QuoteMessage = AskQuote | AnswerQuote;
