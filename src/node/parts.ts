import type { AppRules, Settings } from "../engine/context";
import type { Chain } from "../ports/chain";
import type { Clock } from "../ports/clock";
import type { Signer, VerifySignature } from "../ports/crypto";
import type { Store } from "../ports/store";
import type { Transport } from "../ports/transport";
import type { Deployment } from "../protocol/hashing";
import type { Address, Hex } from "../protocol/types";
import type { Metrics } from "./metrics";
import type { JoinPolicy } from "./policy";

/** Everything that a node is made of. */
export interface NodeParts {
  readonly deployment: Deployment;
  readonly store: Store;
  readonly transport: Transport;
  readonly chain: Chain;
  readonly clock: Clock;
  readonly signer: Signer;
  readonly verify: VerifySignature;
  readonly apps: ReadonlyMap<Address, AppRules>;
  readonly settings: NodeSettings;
  readonly metrics: Metrics;
  readonly log: Logger;
  /** 32 bytes that nobody can guess and that never come twice. */
  random(): Hex;
  /** Where peers can connect; undefined if the node only dials. */
  readonly listening?: string;
  /** Writes an encrypted copy of everything. */
  backup(file: string, password: string): Promise<void>;
  /** Gives back what was locked, after everything else is closed. */
  release(): Promise<void>;
}

export interface NodeSettings extends Settings {
  /** Milliseconds between two looks at what waits. */
  readonly tickEvery: number;
  /** Seconds; what this node proposes for its own channels. */
  readonly challengePeriod: bigint;
  /** Where this node is paid. */
  readonly payout: Address;
  readonly policy: JoinPolicy;
}

/** The part of a structured logger that a node uses. */
export interface Logger {
  debug(fields: object, text: string): void;
  info(fields: object, text: string): void;
  warn(fields: object, text: string): void;
  error(fields: object, text: string): void;
}
