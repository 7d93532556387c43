import type { Deployment } from "../protocol/hashing";
import type { Fact } from "../ports/chain";
import type { Signer, VerifySignature } from "../ports/crypto";
import type { Address, ChannelId, Hex, State } from "../protocol/types";
import type { Change } from "./change";
import type { ChannelRecord } from "./channel";

/** The rules of an app, as its players follow them off-chain. One per app contract. Only `requireMove` ever throws. */
export interface AppRules {
  /** Whose turn a version is: a position among the participants. */
  moverOf(version: bigint, participants: number): number;
  /**
   * Returns if `next` is a valid move after `previous`, outcome included.
   * @throws SluiceError `MOVE_INVALID`
   */
  requireMove(previous: State, next: State): void;
  /** Whether no move can follow. */
  isOver(state: State): boolean;
  /** Whether a change of the app's data, which all must sign, may be signed without asking anybody: opening a game, say. */
  accepts(before: State, change: Change): boolean;
}

/** The contracts that the payments of a payment channel depend on. */
export interface PaymentContracts {
  readonly lockSet: Address;
  readonly preimages: Address;
  readonly scalars: Address;
}

/** Milliseconds that a participant waits. */
export interface Settings {
  /** Before it says again what was not answered. */
  readonly resendAfter: number;
  /** Before it tells its application that the others are silent. */
  readonly patience: number;
  /** Before it leaves through the chain because a signature of its own, a move or a close is not answered. */
  readonly leaveAfter: number;
  /** Seconds before a lock expires in which a secret must reach the chain: what a peer asks so late is not done. */
  readonly claimMargin: bigint;
}

/** Everything that a step may depend on beside what happened. */
export interface Context {
  readonly deployment: Deployment;
  readonly signer: Signer;
  readonly verify: VerifySignature;
  readonly settings: Settings;
  rulesOf(app: Address): AppRules | undefined;
  /** Set if channels of this app are payment channels. */
  paymentsOf(app: Address): PaymentContracts | undefined;
  /** What is known of another channel of mine. */
  recordOf(id: ChannelId): ChannelRecord | undefined;
  /** What the chain says of a key that is followed; undefined as long as it has said nothing. */
  factOf(registry: Address, key: Hex): Fact | undefined;
  /** Wall clock, in milliseconds. */
  readonly now: number;
  /** Time of the chain's head, in seconds. */
  readonly chainTime: bigint;
  /** Time of a block that is trusted, in seconds: facts hold as of that block at least. */
  readonly confirmedTime: bigint;
}
