import fc from "fast-check";
import { isBusy } from "../../../../src/engine/payments/lane";
import { SluiceError } from "../../../../src/errors";
import type { KeyKind } from "../../../../src/router/keys";
import type { ChannelId, Hex } from "../../../../src";
import type { SimulatedNode } from "../../engine/world/node";
import type { World } from "../../engine/world/world";
import { POLICY, Town, type Clerk } from "../world";

const PEOPLE = ["alice", "bob", "carol", "ingrid", "mallory"];

/** One run: who there is, which channels there are between them, and whether Mallory lies. */
export interface Plan {
  /** The order of the addresses, on which it depends who seals. */
  readonly order: readonly string[];
  /** A channel to an earlier one for everybody but the first, which connects all. */
  readonly tree: readonly number[];
  readonly more: readonly (readonly [number, number])[];
  /** What is on either side of a channel, again and again. */
  readonly amounts: readonly bigint[];
  readonly fees: readonly bigint[];
  readonly slots: number;
  readonly lies: boolean;
}

export function planOf(lies: boolean): fc.Arbitrary<Plan> {
  const amount = fc.constantFrom(0n, 300n, 1_000n, 1_000n, 2_000n);
  return fc.record({
    order: fc.shuffledSubarray(PEOPLE, { minLength: 5, maxLength: 5 }).chain((order) => {
      const bystanders = order.filter((name) => name !== "mallory");
      return fc.constantFrom(order, order, lies ? order.filter((name) => name !== bystanders[0]) : bystanders);
    }),
    tree: fc.array(fc.nat(9), { minLength: 4, maxLength: 4 }),
    more: fc.array(fc.tuple(fc.nat(4), fc.nat(4)), { maxLength: 4 }),
    amounts: fc.array(amount, { minLength: 3, maxLength: 7 }),
    fees: fc.array(fc.bigInt(0n, 5n), { minLength: 1, maxLength: 5 }),
    slots: fc.constantFrom(2, 20, 20),
    lies: fc.constant(lies),
  });
}

/** Somebody asks somebody for money. */
export interface Demand {
  readonly payer: string;
  readonly payee: string;
  readonly invoice: string;
  readonly kind: KeyKind;
  readonly key: Hex;
  readonly amount: bigint;
  readonly maxFee: bigint;
}

/** Chain time that a machine may be away while money can be waiting for it: less than what it keeps to show secrets in. */
const MOST_AWAY = 40n;

/** Where a run takes place. */
export class Stage {
  readonly town: Town;
  readonly ids: ChannelId[] = [];
  readonly demands: Demand[] = [];
  /** Whoever is not heard, though it is there. */
  readonly silent = new Set<string>();
  private readonly goneSince = new Map<string, bigint>();

  constructor(readonly plan: Plan) {
    const { order, tree, more, amounts, fees, slots } = plan;
    this.town = new Town(order, { maxLocksPerPeer: slots, lockTime: 1_800n });
    const pairs = [
      ...order.slice(1).map((name, i) => [name, order[tree[i]! % (i + 1)]!] as const),
      ...more.map(([a, b]) => [order[a % order.length]!, order[b % order.length]!] as const),
    ];
    for (const [i, [one, other]] of pairs.filter(([a, b]) => a !== b).entries()) {
      const [first, second] = [amounts[(2 * i) % amounts.length]!, amounts[(2 * i + 1) % amounts.length]!];
      this.ids.push(this.town.open(one, other, [first + 1n, second]));
    }
    this.world.run(8);
    for (const [i, name] of order.entries())
      this.town.charge(name, { ...POLICY, feeBase: fees[i % fees.length]!, feeMillionths: 1_000n * BigInt(i % 3) });
    this.world.censor = ({ from }) => !this.silent.has(this.nameOf(from));
  }

  get world(): World {
    return this.town.world;
  }

  get nodes(): readonly SimulatedNode[] {
    return this.world.nodes;
  }

  node(pick: number): SimulatedNode {
    return this.nodes[pick % this.nodes.length]!;
  }

  clerk({ name }: SimulatedNode): Clerk {
    return this.town.clerk(name);
  }

  get mallory(): SimulatedNode | undefined {
    return this.plan.lies ? this.nodes.find(({ name }) => name === "mallory") : undefined;
  }

  get honest(): SimulatedNode[] {
    return this.nodes.filter((node) => node !== this.mallory);
  }

  /** A channel by number, and the two people in it. */
  channel(pick: number): { readonly id: ChannelId; readonly members: SimulatedNode[] } {
    const id = this.ids[pick % this.ids.length]!;
    return { id, members: this.nodes.filter(({ states }) => states.has(id)) };
  }

  /** Somebody wants to be paid, and somebody pays if it can. */
  demand(payer: SimulatedNode, payee: SimulatedNode, amount: bigint, kind: KeyKind, maxFee: bigint): void {
    if (payer === payee || !payer.up || !payee.up) return;
    const invoice = this.clerk(payee).invoice({ amount, kind });
    const receivable = [...this.clerk(payee).router.memory.receivables.values()].find(({ text }) => text === invoice);
    if (receivable === undefined) return; // it has crashed on that
    const { key } = receivable;
    const demand = { payer: payer.name, payee: payee.name, invoice, kind, key, amount, maxFee };
    this.demands.push(demand);
    this.pay(demand);
  }

  pay({ payer, invoice, maxFee }: Demand): void {
    if (!this.world.node(payer).up) return;
    try {
      this.town.clerk(payer).pay({ invoice, maxFee });
    } catch (error) {
      if (!(error instanceof SluiceError)) throw error; // it has no way, or pays already
    }
  }

  /** Mines a block. Nobody is away for so long that it could miss to show a secret: that much is expected of machines. */
  mine(seconds: bigint): void {
    const next = this.world.chain.timestamp + seconds;
    for (const node of this.nodes) {
      const isAway = !node.up || node.held || node.cut !== undefined;
      const since = this.goneSince.get(node.name) ?? this.world.chain.timestamp;
      if (isAway && next - since > MOST_AWAY) this.wake(node);
      else if (isAway) this.goneSince.set(node.name, since);
      if (!isAway) this.goneSince.delete(node.name);
    }
    this.world.mine(seconds);
  }

  /** Brings a machine back, with a disk that works. */
  wake(node: SimulatedNode): void {
    node.cut = undefined;
    node.held = false;
    node.flush();
    node.restart();
    this.goneSince.delete(node.name);
  }

  /** Whether nothing is under way any more, on the chain or beside it. */
  get isQuiet(): boolean {
    const isAtRest = ({ states }: SimulatedNode): boolean =>
      [...states.values()].every(({ record, lanes }) => record.closed || (!record.leaving && !lanes.some(isBusy)));
    return (
      this.world.network.letters.length === 0 && this.nodes.every((node) => isAtRest(node) && isIdle(this.clerk(node)))
    );
  }

  private nameOf(address: string): string {
    return this.nodes.find((node) => node.address === address)!.name;
  }
}

function isIdle({ router: { memory } }: Clerk): boolean {
  const isPending = [...memory.payments.values()].some(({ status }) => status === "pending");
  return !isPending && [...memory.passages.values(), ...memory.held.values()].length === 0;
}
