import { TIC_TAC_TOE } from "../../../../src/engine/apps";
import type { Authorization } from "../../../../src/engine/calls";
import type { ChannelRecord } from "../../../../src/engine/channel";
import type { AppRules, PaymentContracts, Settings } from "../../../../src/engine/context";
import type { Deposit } from "../../../../src/engine/effects";
import { accountDestination } from "../../../../src/protocol/destination";
import type { Deployment } from "../../../../src/protocol/hashing";
import { NATIVE, toAddress, type Address, type Hex } from "../../../../src/protocol/types";
import { BLOCK_TIME, SimulatedChain } from "./chain";
import { Keyring, type Keys } from "./keyring";
import { SimulatedNetwork, type Letter } from "./network";
import { SimulatedNode } from "./node";

/** Where the money is. */
export const ADJUDICATOR = toAddress(`0x${"ad".repeat(20)}`);
/** The app contract of tic-tac-toe. */
export const GAME = toAddress(`0x${"a9".repeat(20)}`);
/** The app contract of payments, and those that its locks depend on. */
export const PAYMENTS = toAddress(`0x${"b1".repeat(20)}`);
export const LOCK_SET = toAddress(`0x${"b2".repeat(20)}`);
export const PREIMAGES = toAddress(`0x${"b3".repeat(20)}`);
export const SCALARS = toAddress(`0x${"b4".repeat(20)}`);
/** A token. */
export const TOKEN = toAddress(`0x${"e2".repeat(20)}`);
/** What everybody owns of each asset at the beginning. */
export const FORTUNE = 1_000_000n;

/** When every world begins; after every real chain. Seconds. */
export const START = 4_000_000_000n;

export const SETTINGS: Settings = { resendAfter: 1_000, patience: 10_000, leaveAfter: 60_000, claimMargin: 120n };

/** People with machines, a network between them and a chain: everything happens when it is told to, and only then. */
export class World {
  readonly deployment: Deployment = { chainId: 31_337n, adjudicator: ADJUDICATOR };
  readonly network = new SimulatedNetwork();
  readonly settings = SETTINGS;
  readonly nodes: SimulatedNode[];
  readonly chain: SimulatedChain;
  /** Wall clock, in milliseconds. */
  now = Number(START) * 1_000;
  /** Sees every record that becomes durable. */
  watch: ((node: SimulatedNode, before: ChannelRecord | undefined, after: ChannelRecord) => void) | undefined;
  /** Sees every letter before it is sent; false keeps it back. */
  censor: ((letter: Letter) => boolean) | undefined;

  /** @param names of people; their addresses ascend in this order, so that the first one seals every channel it is in */
  constructor(
    names: readonly string[],
    readonly keyring: Keys = new Keyring(),
  ) {
    const { deployment } = this;
    const { rulesOf, paymentsOf } = this;
    this.chain = new SimulatedChain({ deployment, verify: keyring.verify, rulesOf, paymentsOf }, START);
    this.nodes = names.map((name, i) => {
      const address = toAddress(`0x${(0x1111 * (i + 1)).toString(16).repeat(10)}`);
      return new SimulatedNode(this, name, keyring.signerOf(address, i));
    });
    for (const { address } of this.nodes) {
      for (const asset of [NATIVE, TOKEN]) this.chain.head.owned.add(accountDestination(address), asset, FORTUNE);
    }
    for (const [i, a] of this.nodes.entries()) for (const b of this.nodes.slice(i + 1)) this.connect(a, b);
  }

  readonly rulesOf = (app: Address): AppRules | undefined => (app === GAME ? TIC_TAC_TOE : undefined);

  readonly paymentsOf = (app: Address): PaymentContracts | undefined =>
    app === PAYMENTS ? { lockSet: LOCK_SET, preimages: PREIMAGES, scalars: SCALARS } : undefined;

  node(name: string): SimulatedNode {
    return this.nodes.find((node) => node.name === name)!;
  }

  /* NETWORK */

  connect(a: SimulatedNode, b: SimulatedNode): void {
    if (this.network.isConnected(a.address, b.address)) return;
    this.network.connect(a.address, b.address);
    a.connected(b.address);
    b.connected(a.address);
  }

  disconnect(a: SimulatedNode, b: SimulatedNode): void {
    if (!this.network.isConnected(a.address, b.address)) return;
    this.network.disconnect(a.address, b.address);
    a.disconnected(b.address);
    b.disconnected(a.address);
  }

  post(letter: Letter): void {
    if (this.censor?.(letter) !== false) this.network.send(letter);
  }

  /** Lets the letter at a place arrive, or get lost if nobody is there. */
  deliver(index: number): void {
    const { from, to, message } = this.network.take(index);
    if (this.network.isConnected(from, to)) this.nodes.find(({ address }) => address === to)!.receive(from, message);
  }

  /** Lets everything arrive that is on its way, and what it causes, in order. */
  deliverAll(): void {
    for (let i = 0; this.network.letters.length > 0; i++) {
      if (i > 100_000) throw new Error("The letters never end.");
      this.deliver(0);
    }
  }

  /* TIME */

  /** Lets wall-clock time pass. */
  pass(milliseconds: number): void {
    this.now += milliseconds;
    for (const node of this.nodes) node.tick();
  }

  /** Mines a block; `later` seconds after the last one at least. */
  mine(later = BLOCK_TIME): void {
    const time = this.chain.timestamp + later;
    this.now = Math.max(this.now, Number(time) * 1_000);
    const done = this.chain.mine(BigInt(Math.floor(this.now / 1_000)));
    for (const node of this.nodes) node.look(done.filter(({ sender }) => sender === node.address));
  }

  reorganise(depth: number): void {
    this.chain.reorganise(depth);
    for (let i = 0; i <= depth; i++) this.mine();
  }

  /** Lets everything go its way for some blocks: letters arrive, blocks come, what was not answered is said again. */
  run(blocks = 8, later = BLOCK_TIME): void {
    for (let i = 0; i < blocks; i++) {
      this.deliverAll();
      this.mine(later);
      this.deliverAll();
    }
  }

  /* MONEY */

  private salt = 0n;

  authorize(from: Address, { asset, amount, expectedHeld }: Deposit): Authorization {
    const zero: Hex = `0x${"00".repeat(32)}`;
    const validBefore = this.chain.timestamp + 3_600n;
    return {
      token: asset,
      from,
      amount,
      expectedHeld,
      salt: this.salt++,
      validAfter: 0n,
      validBefore,
      v: 27,
      r: zero,
      s: zero,
    };
  }
}
