import { id as hashOf } from "ethers";
import { accountDestination, NATIVE, toAddress, type Address, type Hex } from "../../src";
import { createSigner, verifySignature } from "../../src/adapters/crypto/native";
import { useNativeKeccak } from "../../src/adapters/crypto/nativeKeccak";
import type { ChannelState } from "../../src/engine/channel";
import type { Context } from "../../src/engine/context";
import { joinChannel, openChannel, type StepResult, type Terms } from "../../src/engine/opening";
import { step, type ChannelEvent } from "../../src/engine/step";
import { openingState } from "../../src/engine/terms";
import { writesOf } from "../../src/node/lanes";
import { DEFAULT_SETTINGS } from "../../src/node/parts";
import { encodeRecord } from "../../src/node/records";
import { decodeMessage, encodeMessage } from "../../src/wire";
import { percentile, type Row } from "./harness";
import { ALICE, BOB } from "./pair";

const LOCKS = 10_000;
const UPDATES = 1_000;
const AMOUNT = 10n ** 15n;
const EXPIRY = 2_000_000_000n;

const contract = (digits: string): Address => toAddress(`0x${digits.repeat(20)}`);
const DEPLOYMENT = { chainId: 1n, adjudicator: contract("11") };
const APP = contract("22");
const CONTRACTS = { lockSet: contract("33"), preimages: contract("44"), scalars: contract("55") };

/** A lock that comes or goes where 10,000 are in flight: the steps of both sides, what they say and what they store. */
export function lockUpdates(): Row[] {
  useNativeKeccak();
  const pair = new Pair();
  for (let i = 0; i < LOCKS; i++) pair.do(0, pair.nextLock());
  if (pair.inFlight !== LOCKS) throw new Error(`${pair.inFlight} locks are in flight, not ${LOCKS}.`);
  const durations: number[] = [];
  for (let i = 0; i < UPDATES; i++) {
    durations.push(timed(() => pair.do(0, pair.nextLock())));
    const { position, serial } = pair.lockAt(i);
    const name = { lane: 0, position, serial };
    durations.push(timed(() => pair.do(1, { type: "giveUp", name, failure: "0x" })));
  }
  return [{ name: `lock-update-at-${LOCKS}-ms`, value: percentile(durations, 50), unit: "ms" }];
}

function timed(action: () => void): number {
  const start = performance.now();
  action();
  return performance.now() - start;
}

/** Two engines that hear each other at once. */
class Pair {
  private readonly contexts = [ALICE, BOB].map(({ privateKey }) => contextOf(privateKey));
  private readonly states: ChannelState[] = [];
  private count = 0;
  /** Bytes that had to be stored: so that nobody leaves them out. */
  stored = 0;

  constructor() {
    const terms = termsOf();
    this.take(1, undefined, openChannel(this.contexts[1]!, terms, undefined));
    const view = { held: { [NATIVE]: 2n * AMOUNT }, record: { kind: "none" } } as const;
    for (const side of [0, 1] as const) {
      this.do(side, { type: "connected", peer: 1 - side });
      this.do(side, { type: "chain", latest: view, confirmed: view });
    }
  }

  do(side: 0 | 1, event: ChannelEvent): void {
    const before = this.states[side]!;
    this.take(side, before, step(this.contexts[side]!, before, event));
  }

  nextLock(): ChannelEvent {
    const lock = {
      registry: CONTRACTS.preimages,
      key: hashOf(String(this.count++)) as Hex,
      amount: 1_000n,
      expiry: EXPIRY,
    };
    return { type: "lock", asset: NATIVE, lock, packet: `0x${"0a".repeat(1_300)}`, origin: `payment ${this.count}` };
  }

  /** Locks that both sides know. */
  get inFlight(): number {
    const [payer, payee] = this.states;
    return Math.min(payer!.lanes[0]!.mine.locks.size, payee!.lanes[0]!.theirs.locks.size);
  }

  /** Names the lock at a position. */
  lockAt(position: number): { readonly position: number; readonly serial: number } {
    return this.states[1]!.lanes[0]!.theirs.locks.get(position)!;
  }

  private take(side: 0 | 1, before: ChannelState | undefined, { state, effects }: StepResult): void {
    this.states[side] = state;
    if (before?.record !== state.record) this.stored += encodeRecord(state.record).length;
    for (const { value } of writesOf(state.record.id, before?.lanes ?? [], state.lanes))
      this.stored += value?.length ?? 0;
    for (const effect of effects)
      if (effect.type === "send") this.hear((1 - side) as 0 | 1, encodeMessage(effect.message));
  }

  private hear(side: 0 | 1, bytes: Uint8Array): void {
    const message = decodeMessage(bytes);
    if (message.type === "open" && this.states[side] === undefined) {
      return this.take(side, undefined, joinChannel(this.contexts[side]!, message, 1 - side));
    }
    if (message.type === "announce" || message.type === "countersign") return;
    this.do(side, { type: "message", from: 1 - side, message });
  }
}

function contextOf(privateKey: Hex): Context {
  return {
    deployment: DEPLOYMENT,
    signer: createSigner(privateKey),
    verify: verifySignature,
    settings: DEFAULT_SETTINGS,
    rulesOf: () => undefined,
    paymentsOf: (app) => (app === APP ? CONTRACTS : undefined),
    recordOf: () => undefined,
    now: 0,
    chainTime: 1_000_000_000n,
  };
}

function termsOf(): Terms {
  const participants = [ALICE.address, BOB.address];
  const destinations = participants.map(accountDestination);
  const puts = participants.map(() => [{ asset: NATIVE, amount: AMOUNT }]);
  return {
    channel: { participants, nonce: hashOf("locks") as Hex, app: APP, challengePeriod: 86_400n, bond: 0n },
    destinations,
    opening: openingState(destinations, puts, [], true),
    funding: { kind: "deposits" },
  };
}
