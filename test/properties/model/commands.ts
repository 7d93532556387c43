import { expect } from "chai";
import type fc from "fast-check";
import { FINAL_VERSION, NATIVE, NO_SIGNATURE, type CompactSignature } from "../../../src";
import type { Chain } from "./chain";
import {
  channelName,
  owedBy,
  type Agreed,
  type Asset,
  type Failure,
  type Model,
  type Owner,
  type Share,
} from "./model";

/** A call of the adjudicator that can be batched, as the model and as the chain understand it. */
export interface Call {
  readonly method: "conclude" | "checkpoint" | "settle" | "collect";
  readonly channel: number;
  /** Which of the states ever signed; counted from the newest. */
  readonly age: number;
  /** Whether the caller brings the record that is registered. */
  readonly right: boolean;
}

export type Step = fc.AsyncCommand<Model, Chain>;

/** Before anything happens, somebody honest answers each old state whose clock is about to run out. */
abstract class Command implements Step {
  private shown = "";

  check(model: Readonly<Model>): boolean {
    return model.channels.length > 0;
  }

  async run(model: Model, chain: Chain): Promise<void> {
    await guard(model, chain, this.pause());
    this.shown = await this.act(model, chain);
    await chain.check(model);
  }

  toString(): string {
    return this.shown || this.constructor.name;
  }

  /** Seconds that pass on purpose. */
  protected pause(): bigint {
    return 0n;
  }

  protected abstract act(model: Model, chain: Chain): Promise<string> | string;
}

/** The members sign a newer state. Nothing happens on the chain. */
export class Agree extends Command {
  constructor(
    private readonly channel: number,
    private readonly shares: readonly [readonly Share[], readonly Share[]],
    private readonly final: boolean,
    private readonly step: bigint,
  ) {
    super();
  }

  override check(model: Readonly<Model>): boolean {
    const { record, states } = model.channel(this.channel);
    return record?.kind !== "final" && states.at(-1)?.version !== FINAL_VERSION;
  }

  protected act(model: Model): string {
    const { states } = model.channel(this.channel);
    const version = this.final ? FINAL_VERSION : (states.at(-1)?.version ?? 0n) + this.step;
    states.push({ version, shares: this.shares });
    const shown = this.shares.map((group) => group.map(({ to, amount }) => `${to} ${amount}`).join(", ")).join(" | ");
    return `agree on version ${version} of channel ${this.channel}: ${shown}`;
  }
}

export class Deposit extends Command {
  constructor(
    private readonly from: Owner,
    private readonly channel: number,
    private readonly asset: Asset,
    private readonly amount: bigint,
    private readonly expectedHeld: bigint,
  ) {
    super();
  }

  protected async act(model: Model, chain: Chain): Promise<string> {
    const { from, channel, asset, amount, expectedHeld } = this;
    const to = chain.destination(channelName(channel));
    const token = await chain.sluice.token.getAddress();
    const data =
      asset === 0
        ? chain.encode("depositNative", [to, expectedHeld])
        : chain.encode("deposit", [to, token, expectedHeld, amount]);
    await expectSame(model, chain, from, data, asset === 0 ? amount : 0n, (next) =>
      next.deposit(from, channel, asset, amount, expectedHeld),
    );
    return `${from} deposits ${amount} of asset ${asset} into channel ${channel} behind ${expectedHeld}`;
  }
}

export class Challenge extends Command {
  constructor(
    private readonly channel: number,
    private readonly age: number,
    private readonly right: boolean,
    private readonly wrongBond: boolean,
  ) {
    super();
  }

  override check(model: Readonly<Model>): boolean {
    return model.channel(this.channel).states.length > 0;
  }

  protected async act(model: Model, chain: Chain): Promise<string> {
    const at = pick(model, this.channel, this.age);
    const value = model.channel(this.channel).bond + (this.wrongBond ? 1n : 0n);
    await challenge(model, chain, "mallory", this.channel, at, value, this.right);
    return `mallory challenges in channel ${this.channel} with state ${at}, right record: ${this.right}, pays ${value}`;
  }
}

/** One call, or several at once: all of them happen or none. */
export class Calls extends Command {
  constructor(private readonly calls: readonly Call[]) {
    super();
  }

  override check(model: Readonly<Model>): boolean {
    return this.calls.every(({ channel }) => model.channel(channel).states.length > 0);
  }

  protected async act(model: Model, chain: Chain): Promise<string> {
    await callAll(model, chain, undefined, this.calls);
    return this.calls.map((call) => `${call.method} ${call.channel} age ${call.age} right ${call.right}`).join(" + ");
  }
}

/** A state with somebody else's signature, or one too few. */
export class Forge extends Command {
  constructor(
    private readonly channel: number,
    private readonly age: number,
    private readonly method: "checkpoint" | "conclude",
    private readonly missing: boolean,
  ) {
    super();
  }

  override check(model: Readonly<Model>): boolean {
    return model.channel(this.channel).states.length > 0;
  }

  protected async act(model: Model, chain: Chain): Promise<string> {
    const { terms } = chain.channels[this.channel]!;
    const agreed = model.channel(this.channel).states[pick(model, this.channel, this.age)]!;
    const state = chain.state(agreed);
    const signatures = chain.signatures(this.channel, state);
    const forged: CompactSignature[] = this.missing ? signatures.slice(1) : [...signatures].reverse();
    const dispute = chain.dispute(model, this.channel, true);
    const args = this.method === "conclude" ? [terms, state, forged] : [terms, dispute, state, forged];
    const notFinal = this.method === "conclude" && agreed.version !== FINAL_VERSION;
    const failure = notFinal ? "StateNotFinal" : "SignerWrong";
    await expectSame(model, chain, undefined, chain.encode(this.method, args), 0n, () => failure);
    return `${this.method} in channel ${this.channel} with forged signatures`;
  }
}

export class Withdraw extends Command {
  constructor(
    private readonly owner: Owner,
    private readonly asset: Asset,
    private readonly amount: bigint,
  ) {
    super();
  }

  protected async act(model: Model, chain: Chain): Promise<string> {
    await withdraw(model, chain, this.owner, this.asset, this.amount);
    return `${this.owner} withdraws ${this.amount} of asset ${this.asset}`;
  }
}

/** Time passes: to a second before the end of a clock, to its end, beyond, or just so. */
export class Wait extends Command {
  constructor(private readonly seconds: bigint) {
    super();
  }

  protected override pause(): bigint {
    return this.seconds;
  }

  protected act(model: Model): string {
    model.now += this.seconds;
    return `${this.seconds} seconds pass`;
  }
}

/** Answers with the newest state wherever an older one could be settled soon. */
async function guard(model: Model, chain: Chain, pause: bigint): Promise<void> {
  for (const [channel, { record, states }] of model.channels.entries()) {
    if (record?.kind !== "dispute" || record.finalizesAt === 0n || record.state === states.length - 1) continue;
    if (record.finalizesAt > model.now + pause + 5n) continue;
    await callAll(model, chain, "alice", [{ method: "checkpoint", channel, age: 0, right: true }]);
  }
}

export async function challenge(
  model: Model,
  chain: Chain,
  by: Owner,
  channel: number,
  at: number,
  value: bigint,
  right: boolean,
): Promise<void> {
  const test = chain.channels[channel]!;
  const state = chain.state(model.channel(channel).states[at]!);
  const signature = value === 0n ? NO_SIGNATURE : test.signChallenge(state, chain.actor(by));
  const dispute = chain.dispute(model, channel, right);
  const data = chain.encode("challenge", [test.terms, dispute, state, chain.signatures(channel, state), signature]);
  await expectSame(model, chain, by, data, value, (next) => next.challenge(channel, at, by, value, right));
}

export async function callAll(
  model: Model,
  chain: Chain,
  by: Owner | undefined,
  calls: readonly Call[],
): Promise<void> {
  const next = model.copy();
  next.now += 1n;
  const parts: string[] = [];
  let failure: Failure | undefined;
  for (const call of calls) {
    const at = pick(next, call.channel, call.age);
    parts.push(encodeCall(next, chain, call, at));
    failure ??= applyCall(next, call, at);
  }
  const data = parts.length === 1 ? parts[0]! : chain.encode("multicall", [parts]);
  await expectSame(model, chain, by, data, 0n, (then) => {
    if (failure !== undefined) return failure;
    for (const call of calls) applyCall(then, call, pick(then, call.channel, call.age));
    return undefined;
  });
}

export async function withdraw(model: Model, chain: Chain, owner: Owner, asset: Asset, amount: bigint): Promise<void> {
  const to = chain.actor(owner).account.address;
  const token = asset === 0 ? NATIVE : await chain.sluice.token.getAddress();
  const data = chain.encode("withdraw", [token, to, amount]);
  await expectSame(model, chain, owner, data, 0n, (next) => next.withdraw(owner, asset, amount));
}

/** Sends a call and expects what the model predicts: the same change, or the same error and no change. */
async function expectSame(
  model: Model,
  chain: Chain,
  from: Owner | undefined,
  data: string,
  value: bigint,
  predict: (next: Model) => Failure | undefined,
): Promise<void> {
  const next = model.copy();
  next.now += 1n;
  model.now += 1n;
  const failure = predict(next);
  expect(await chain.send(from, data, value, model.now)).to.equal(failure);
  if (failure === undefined) Object.assign(model, next);
}

function applyCall(model: Model, { method, channel, right }: Call, at: number): Failure | undefined {
  if (method === "conclude") return model.conclude(channel, at);
  if (method === "collect") return model.collect(channel, at);
  return method === "settle" ? model.settle(channel, at, right) : model.checkpoint(channel, at, right);
}

function encodeCall(model: Model, chain: Chain, { method, channel, right }: Call, at: number): string {
  const { id, terms } = chain.channels[channel]!;
  const agreed: Agreed = model.channel(channel).states[at]!;
  const state = chain.state(agreed);
  const dispute = chain.dispute(model, channel, right);
  const { record } = model.channel(channel);
  if (method === "conclude") return chain.encode(method, [terms, state, chain.signatures(channel, state)]);
  if (method === "checkpoint") return chain.encode(method, [terms, dispute, state, chain.signatures(channel, state)]);
  if (method === "settle") return chain.encode(method, [id, state, dispute]);
  return chain.encode(method, [id, state, record?.kind === "final" ? record.owed : owedBy(agreed)]);
}

function pick(model: Model, channel: number, age: number): number {
  const { length } = model.channel(channel).states;
  return length - 1 - (age % length);
}
