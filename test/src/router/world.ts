import { expect } from "chai";
import { createSigner } from "../../../src/adapters/crypto/native";
import { nativeCurve } from "../../../src/adapters/crypto/nativeOnion";
import type { LaneEvent } from "../../../src/engine/effects";
import { isBusy } from "../../../src/engine/payments/lane";
import { peelOnion } from "../../../src/payments/onion/onion";
import type { Policy } from "../../../src/payments/routing/announcements";
import { directionOf, edgeKey, type Edge } from "../../../src/payments/routing/edges";
import { Liquidity } from "../../../src/payments/routing/reliability";
import { id as hashOf, SigningKey } from "ethers";
import { bytesOf } from "../../../src/payments/bytes";
import { ownChannels, routedChannel } from "../../../src/router/channels";
import type { RouterContext, RouterEffect, RouterNotice, RouterSettings } from "../../../src/router/context";
import { Router } from "../../../src/router/router";
import type { InvoiceRequest } from "../../../src/router/receive";
import type { PayInvoiceRequest } from "../../../src/router/send";
import type { Payment } from "../../../src/router/state";
import type { SwapRequest } from "../../../src/router/swap";
import type { Signer } from "../../../src/ports/crypto";
import { NATIVE, type Address, type ChannelId, type Hex } from "../../../src";
import { Keyring, type Keys } from "../engine/world/keyring";
import type { SimulatedNode, SimulatedRouter } from "../engine/world/node";
import { termsOf } from "../engine/world/terms";
import { PAYMENTS, World } from "../engine/world/world";

/** Every hop keeps one coin and a thousandth. */
export const POLICY: Policy = {
  feeBase: 1n,
  feeMillionths: 1_000n,
  minimum: 1n,
  maximum: 10n ** 30n,
  expiryDelta: 900n,
};

export const ROUTER_SETTINGS: RouterSettings = {
  policy: POLICY,
  policies: new Map(),
  rates: new Map(),
  quoteFor: 60_000,
  maxLocksPerPeer: 20,
  maxValuePerPeer: new Map(),
  minLockTime: 600n,
  maxLockTime: 86_400n,
  lockTime: 3_600n,
  partsTimeout: 60_000,
  payTimeout: 600_000,
  maxAttempts: 5,
};

/** Real keys, in the order of their addresses; in channels they sign for nothing, which is fast. */
class RouterKeys implements Keys {
  readonly signers: readonly Signer[];
  readonly privateKeys: readonly Hex[];
  private readonly ring = new Keyring();
  readonly verify = this.ring.verify;

  constructor(count: number) {
    const known = KEYS.slice(0, count).sort((a, b) => (a.signer.address < b.signer.address ? -1 : 1));
    this.privateKeys = known.map(({ key }) => key);
    this.signers = known.map(({ signer }) => signer);
  }

  signerOf(_: Address, index: number): Signer {
    return this.ring.signerOf(this.signers[index]!.address);
  }
}

const KEYS = Array.from({ length: 8 }, (_, i) => hashOf(`router ${i}`) as Hex).map((key) => {
  return { key, signer: createSigner(key) };
});

/** What each of two people puts in. */
type Pair = readonly [bigint, bigint];

/** Nodes that pass payments on, and the channels between them, which everybody knows of. */
export class Town {
  readonly world: World;
  readonly clerks = new Map<string, Clerk>();
  readonly edges: Edge[] = [];

  /** @param names of people; the first has the lowest address */
  constructor(names: readonly string[], settings: Partial<RouterSettings> = {}) {
    const keys = new RouterKeys(names.length);
    this.world = new World(names, keys);
    for (const [i, node] of this.world.nodes.entries()) {
      const clerk = new Clerk(this, node, keys.signers[i]!, keys.privateKeys[i]!, { ...ROUTER_SETTINGS, ...settings });
      node.router = clerk;
      this.clerks.set(node.name, clerk);
    }
  }

  clerk(name: string): Clerk {
    return this.clerks.get(name)!;
  }

  /** Opens a payment channel between two people and tells everybody of it. @param amounts what each of them puts in */
  connect(one: string, other: string, amounts: Pair, tokens: Pair = [0n, 0n]): ChannelId {
    const id = this.open(one, other, amounts, tokens);
    this.world.run(8);
    for (const { states } of this.world.nodes) expect(states.get(id)?.record.funded).to.not.equal(false);
    return id;
  }

  /** As {@link connect}, but lets no time pass in which the money could get there. */
  open(one: string, other: string, amounts: Pair, tokens: Pair = [0n, 0n]): ChannelId {
    const pair = this.world.nodes.filter(({ name }) => name === one || name === other);
    const ordered = ([first, second]: Pair): Pair => (pair[0]!.name === one ? [first, second] : [second, first]);
    const terms = termsOf(pair, { app: PAYMENTS, amounts: ordered(amounts), tokens: ordered(tokens) });
    const nonce = hashOf(`channel ${this.edges.length}`) as Hex; // the same in every run: routes may depend on it
    const id = pair[0]!.open({ ...terms, channel: { ...terms.channel, nonce } });
    const capacity = amounts[0] + amounts[1];
    for (const [from, to] of [pair, [...pair].reverse()].map((two) => two.map(({ address }) => address))) {
      const key = edgeKey(id, directionOf(from!, to!), NATIVE);
      this.edges.push({ key, channelId: id, from: from!, to: to!, capacity, certain: false, policy: POLICY });
    }
    return id;
  }

  /** Opens a channel between each of these people and the next one, with as much on either side. */
  line(names: readonly string[], amount = 10_000n): ChannelId[] {
    return names.slice(1).map((name, i) => this.connect(names[i]!, name, [amount, amount]));
  }

  /** Whatever somebody says gets lost, until it is heard again. */
  silence(name: string): void {
    const { address } = this.world.node(name);
    this.world.censor = ({ from }) => from !== address;
  }

  hearAgain(): void {
    this.world.censor = undefined;
    this.settle();
  }

  /** Lets everything come to rest: what was lost is said again. */
  settle(): void {
    for (let i = 0; i < 4; i++) {
      this.world.deliverAll();
      this.world.pass(1_500);
    }
    this.world.deliverAll();
  }

  /** Checks that no money is locked anywhere, and that nobody waits for anything. */
  expectQuiet(): void {
    for (const { states, name } of this.world.nodes) {
      const busy = [...states.values()].filter(({ lanes }) => lanes.some(isBusy)).map(({ record }) => record.id);
      expect(busy, `what ${name} has under way`).to.deep.equal([]);
    }
    for (const [name, { router }] of this.clerks) {
      const { passages, held } = router.memory;
      expect([...passages.values(), ...held.values()], `what ${name} waits for`).to.deep.equal([]);
    }
  }

  /** Sets what somebody charges, and tells everybody. */
  charge(name: string, policy: Policy): void {
    const clerk = this.clerk(name);
    clerk.settings = { ...clerk.settings, policy };
    const { address } = this.world.node(name);
    this.edges.forEach((edge, i) => edge.from === address && (this.edges[i] = { ...edge, policy }));
  }

  /** What somebody has in a channel, if all vouchers count. */
  balance(name: string, id: ChannelId, asset: Address = NATIVE): bigint {
    const { mine, theirs } = this.world
      .node(name)
      .states.get(id)!
      .lanes.find((lane) => lane.asset === asset)!;
    return theirs.tally.transferred - mine.tally.transferred;
  }
}

/** A router in the world of the simulation. */
export class Clerk implements SimulatedRouter {
  router = new Router();
  readonly notices: RouterNotice[] = [];
  readonly liquidity = new Liquidity();
  private readonly disk = new Map<string, unknown>();
  private count = 0;
  readonly publicKey: Hex;
  /** What an application is told as soon as it is durable. */
  private told: RouterNotice[] = [];
  /** Whether nobody knows its key. */
  isHidden = false;

  constructor(
    private readonly town: Town,
    private readonly node: SimulatedNode,
    private readonly signer: Signer,
    private readonly privateKey: Hex,
    public settings: RouterSettings,
  ) {
    this.publicKey = SigningKey.computePublicKey(privateKey, true) as Hex;
  }

  invoice(request: Partial<InvoiceRequest> = {}): string {
    const { text } = this.router.createInvoice(this.context(), { asset: NATIVE, validFor: 3_600n, ...request });
    this.node.flush();
    return text;
  }

  pay(request: PayInvoiceRequest): Payment {
    const { payment, effects } = this.router.pay(this.context(), request);
    this.follow(effects);
    this.node.flush();
    return this.router.memory.payments.get(payment.id)!;
  }

  swap(request: SwapRequest): Payment {
    const { payment, effects } = this.router.swap(this.context(), request);
    this.follow(effects);
    this.node.flush();
    return this.router.memory.payments.get(payment.id)!;
  }

  payment(id: Hex): Payment {
    return this.router.memory.payments.get(id)!;
  }

  handle(event: LaneEvent): void {
    this.follow(this.router.handle(this.context(), event));
  }

  tick(): void {
    this.follow(this.router.tick(this.context()));
    this.node.flush();
  }

  save(): void {
    for (const [key, item] of this.router.memory.changes()) {
      if (item === undefined) this.disk.delete(key);
      else this.disk.set(key, item);
    }
    this.notices.push(...this.told.splice(0));
  }

  load(): void {
    this.told = [];
    this.router = new Router();
    this.router.memory.load(this.disk);
  }

  /** Loses everything it knows of payments. */
  forget(): void {
    this.router = new Router();
    this.disk.clear();
  }

  private follow(effects: readonly RouterEffect[]): void {
    for (const effect of effects) {
      if (effect.type === "channel") this.node.take(effect.channelId, effect.event);
      if (effect.type === "notify") this.told.push(effect.notice);
    }
  }

  context(): RouterContext {
    const { world, edges } = this.town;
    const { node, privateKey } = this;
    return {
      deployment: world.deployment,
      self: node.address,
      publicKey: this.publicKey,
      settings: this.settings,
      curve: nativeCurve,
      liquidity: this.liquidity,
      network: {
        edges: () => edges,
        publicKeyOf: (address) => {
          const clerk = [...this.town.clerks.values()].find(({ node: { address: of } }) => of === address);
          return clerk === undefined || clerk.isHidden ? undefined : clerk.publicKey;
        },
      },
      sign: (digest) => this.signer.sign(digest),
      peel: (packet, data) => peelOnion(packet, bytesOf(privateKey), data, nativeCurve),
      channel: (id) => {
        const state = node.states.get(id);
        return state === undefined ? undefined : routedChannel(state, world.paymentsOf);
      },
      own: (asset) => ownChannels(node.states.values(), asset),
      random: () => bytesOf(hashOf(`${node.name} ${node.life} ${++this.count}`) as Hex),
      now: world.now,
      chainTime: world.chain.timestamp,
    };
  }
}
