import { newestState } from "../../../../src/engine/channel";
import type { Change } from "../../../../src/engine/change";
import type { SluiceError } from "../../../../src/errors";
import { NATIVE, type Address, type ChannelId, type Hex } from "../../../../src/protocol/types";
import type { Keys } from "../world/keyring";
import type { Kept, SimulatedNode } from "../world/node";
import { termsOf, type Wanted } from "../world/terms";
import { GAME, PAYMENTS, TOKEN, World } from "../world/world";
import { Mallory } from "./mallory";
import { Witness } from "./witness";

/** Seconds to answer a challenge; much longer than everything that happens in a run. */
export const PERIOD = 1_000_000n;

/** What a channel is used for. */
export type Kind = "payments" | "bonded" | "tokens" | "authorized" | "game" | "three" | "paying" | "paying tokens";

/** One run: who there is, which channels there are, and who lies. */
export interface Plan {
  /** The order of the addresses, on which it depends who seals. */
  readonly order: readonly string[];
  readonly channels: readonly { readonly kind: Kind; readonly with: number; readonly opener: number }[];
  readonly liar: string | undefined;
  /** Whether the channels are open and funded before anything can go wrong. */
  readonly smooth: boolean;
}

/** A payment that somebody wanted. */
export interface Payment {
  readonly payer: SimulatedNode;
  readonly payee: SimulatedNode;
  readonly id: ChannelId;
  readonly amount: bigint;
  readonly ticket: number;
  /** The process that waits for it. */
  readonly life: number;
}

/** A conditional payment that somebody wanted. */
export interface WantedLock {
  readonly maker: SimulatedNode;
  readonly payee: SimulatedNode;
  readonly id: ChannelId;
  readonly amount: bigint;
  readonly origin: string;
  readonly secret: Hex;
  /** The process that offered it. */
  readonly life: number;
}

/** Where a run takes place. */
export class Stage {
  readonly world: World;
  readonly witness: Witness;
  readonly mallory: Mallory | undefined;
  /** All channels that were ever opened. */
  readonly ids: ChannelId[] = [];
  readonly assets = new Map<ChannelId, Address>();
  readonly payments: Payment[] = [];
  readonly locks: WantedLock[] = [];
  /** What people have agreed to when they were asked. */
  readonly accepted: { readonly id: ChannelId; readonly change: Change }[] = [];
  readonly backups = new Map<string, ReadonlyMap<ChannelId, Kept>>();
  /** What each honest person has agreed to lose at most, by name and asset. */
  readonly allowance = new Map<string, bigint>();

  constructor(
    readonly plan: Plan,
    keys?: Keys,
  ) {
    this.world = new World(plan.order, keys);
    this.witness = new Witness(() => this.nodes, plan.liar);
    this.mallory = plan.liar === undefined ? undefined : new Mallory(this, this.world.node(plan.liar));
    this.world.watch = (node, before, after) => this.witness.see(node, before, after);
    this.world.censor = (letter) => {
      this.witness.hear(letter);
      return this.mallory?.lets(letter) ?? true;
    };
    for (const channel of plan.channels) this.open(channel);
    if (plan.smooth) this.world.run(14);
  }

  get nodes(): readonly SimulatedNode[] {
    return this.world.nodes;
  }

  get honest(): SimulatedNode[] {
    return this.nodes.filter((node) => this.witness.isHonest(node));
  }

  /** The people in a channel. */
  members(id: ChannelId): SimulatedNode[] {
    return this.nodes.filter((node) => this.partiesOf.get(id)!.includes(node));
  }

  /** A channel by number, if there is one. */
  channel(index: number): ChannelId | undefined {
    return this.ids[index % Math.max(1, this.ids.length)];
  }

  add(id: ChannelId, members: readonly SimulatedNode[], asset: Address): void {
    this.ids.push(id);
    this.assets.set(id, asset);
    this.partiesOf.set(id, members);
  }

  allow(node: SimulatedNode, asset: Address, amount: bigint): void {
    const key = node.name + asset;
    this.allowance.set(key, (this.allowance.get(key) ?? 0n) + amount);
  }

  /** The state of a channel that somebody holds; undefined while its machine is down or it knows of none. */
  stateOf(node: SimulatedNode, id: ChannelId) {
    const state = node.states.get(id);
    return state === undefined ? undefined : newestState(state.record);
  }

  /** Brings everybody back, with a disk that works. */
  wake(): void {
    for (const node of this.nodes) {
      node.cut = undefined;
      node.held = false;
      node.flush();
      node.restart();
    }
  }

  private readonly partiesOf = new Map<ChannelId, readonly SimulatedNode[]>();

  private open({ kind, with: other, opener }: Plan["channels"][number]): void {
    const first = this.nodes[other % 3]!;
    const second = this.nodes[(other + 1) % 3]!;
    const members = this.nodes.filter((node) => kind === "three" || node === first || node === second);
    const asset = kind === "tokens" || kind === "authorized" || kind === "paying tokens" ? TOKEN : NATIVE;
    const isPaying = kind === "paying" || kind === "paying tokens";
    const wanted: Wanted = {
      challengePeriod: PERIOD,
      asset,
      bond: kind === "bonded" ? 6n : 0n,
      app: kind === "game" ? GAME : isPaying ? PAYMENTS : NATIVE,
      ...(kind === "authorized" ? { funding: { kind: "authorizations" } } : {}),
    };
    this.add(members[opener % members.length]!.open(termsOf(members, wanted)), members, asset);
  }
}

/** Whether a payment that failed like this may have been made all the same. */
export function mayCount(error: SluiceError): boolean {
  return /may count yet|counts as soon as/.test(error.remedy) || error.code === "CHANNEL_NOT_OPEN";
}
