import type { AppRules, PaymentContracts, Settings } from "../engine/context";
import type { Chain } from "../ports/chain";
import type { Clock } from "../ports/clock";
import type { Signer, VerifySignature } from "../ports/crypto";
import type { Store } from "../ports/store";
import type { Transport } from "../ports/transport";
import type { Deployment } from "../protocol/hashing";
import type { Address, Hex } from "../protocol/types";
import type { OnionCurve } from "../payments/onion/curve";
import type { PeeledOnion } from "../payments/onion/onion";
import { DEFAULT_ROUTING, type RouterSettings } from "../router/context";
import type { Metrics } from "./metrics";
import { DEFAULT_POLICY, type JoinPolicy } from "./policy";

/** Everything that a node is made of. */
export interface NodeParts {
  readonly deployment: Deployment;
  readonly store: Store;
  readonly transport: Transport;
  readonly chain: Chain;
  readonly clock: Clock;
  readonly signer: Signer;
  readonly identity: Identity;
  readonly verify: VerifySignature;
  readonly apps: ReadonlyMap<Address, AppRules>;
  /** The apps whose channels are payment channels, and the contracts that their locks depend on. */
  readonly payments: ReadonlyMap<Address, PaymentContracts>;
  readonly settings: NodeSettings;
  readonly metrics: Metrics;
  readonly log: Logger;
  /** 32 bytes that nobody can guess and that never come twice. */
  random(): Hex;
  /** Where peers can connect; undefined if the node only dials. */
  listening(): string | undefined;
  /** Writes an encrypted copy of everything. */
  backup(file: string, password: string): Promise<void>;
  /** Closes the store and gives back what was locked, after everything else is closed. */
  release(): Promise<void>;
}

/** What the key of a node does beside signing. */
export interface Identity {
  /** 33 bytes, compressed. */
  readonly publicKey: Hex;
  readonly curve: OnionCurve;
  /** Takes the layer off a packet that is for this node. @throws SluiceError `ONION_INVALID` */
  peel(packet: Uint8Array, associatedData: Uint8Array): PeeledOnion;
}

export interface NodeSettings extends Settings {
  /** Milliseconds between two looks at what waits. */
  readonly tickEvery: number;
  /** Channels in which nothing goes on that stay in memory: those that were used last. */
  readonly maxResting: number;
  /** Seconds; what this node proposes for its own channels. */
  readonly challengePeriod: bigint;
  /** Where this node is paid. */
  readonly payout: Address;
  readonly policy: JoinPolicy;
  /** On which terms payments of others are passed on. */
  readonly routing: RouterSettings;
  /** Whether everybody may know of this node's payment channels. If not, others cannot pay over them. */
  readonly announce: boolean;
}

/** Reasonable for a node that runs for long; tests want to be quicker. */
export const DEFAULT_SETTINGS: Omit<NodeSettings, "payout"> = {
  resendAfter: 2_000,
  patience: 30_000,
  leaveAfter: 10 * 60_000,
  claimMargin: 60n * 60n,
  tickEvery: 500,
  maxResting: 1_000,
  challengePeriod: 24n * 60n * 60n,
  policy: DEFAULT_POLICY,
  routing: DEFAULT_ROUTING,
  announce: true,
};

/** The part of a structured logger that a node uses. */
export interface Logger {
  debug(fields: object, text: string): void;
  info(fields: object, text: string): void;
  warn(fields: object, text: string): void;
  error(fields: object, text: string): void;
}
