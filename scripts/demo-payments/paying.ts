import type { Hex } from "../../src";
import type { HopSummary, PaymentSummary } from "../../src/node/api";
import type { KeyKind } from "../../src/router/keys";
import { money } from "../demo/narrator";
import { gasSince } from "./evidence";
import type { Name, Unit } from "./network";
import type { Person } from "./person";
import { until, type Stage } from "./stage";

/** What Alice wants to pay to Bob. */
export interface Wish {
  /** What happens meanwhile, in a few words. */
  readonly title: string;
  readonly unit: Unit;
  readonly amount: bigint;
  readonly kind: KeyKind;
}

/** What was promised on one hop of a payment that arrived. */
export interface Step {
  readonly from: Name;
  readonly to: Name;
  readonly amount: bigint;
  /** Of the lock. */
  readonly key: Hex;
}

/** A payment that arrived. */
export interface Paid extends Wish {
  readonly fee: bigint;
  /** From the call to its answer. */
  readonly milliseconds: number;
  /** Of transactions on the chain meanwhile. */
  readonly gas: bigint;
  /** Ways that were tried and given up. */
  readonly triedInVain: readonly (readonly Name[])[];
  readonly steps: readonly Step[];
}

/** What happens to others around a payment. */
export interface Accident {
  /** Once the invoice is made. */
  readonly before?: () => void;
  /** While the payment is under way. */
  readonly meanwhile?: () => Promise<void>;
}

/** Bob makes an invoice; Alice pays it. */
export async function pay(stage: Stage, wish: Wish, { before, meanwhile }: Accident = {}): Promise<Paid> {
  const { Alice } = stage.people;
  const invoice = await invoiceOf(stage, wish);
  const block = await stage.provider.getBlockNumber();
  before?.();
  const start = performance.now();
  const paying = Alice.node.payInvoice({ invoice, maxFee: feeLimit(wish) });
  const [payment] = await Promise.all([paying, meanwhile?.()]);
  const milliseconds = performance.now() - start;
  const { gas } = await gasSince(stage.provider, block);
  const settled = payment.parts.find(({ status }) => status === "settled")!;
  const triedInVain = payment.parts.filter(({ status }) => status === "failed").map(({ hops }) => wayOf(stage, hops));
  const steps = await stepsOf(stage, settled.hops);
  return { ...wish, fee: payment.fee!, milliseconds, gas, triedInVain, steps };
}

/** Asks Bob for an invoice. */
export async function invoiceOf({ people, assets }: Stage, { unit, amount, kind }: Wish): Promise<string> {
  const request = { asset: assets[unit], amount, kind, validFor: 600n };
  return (await people.Bob.node.createInvoice(request)).text;
}

/** One percent. */
export function feeLimit({ amount }: Wish): bigint {
  return amount / 100n;
}

/** Whom the money comes past, Alice and Bob included. */
export function wayOf(stage: Stage, hops: readonly HopSummary[]): Name[] {
  return ["Alice", ...hops.map(({ to }) => personAt(stage, to).name)];
}

/** The way of a payment that arrived. */
export function wayOfSteps(steps: readonly Step[]): Name[] {
  return ["Alice", ...steps.map(({ to }) => to)];
}

export function tellPaid({ narrator }: Stage, { unit, amount, fee, milliseconds, steps }: Paid): void {
  narrator.figure(wayOfSteps(steps).join(" → "), money(amount, unit));
  narrator.figure("Fees of both in between", money(fee, unit));
  narrator.figure("From the call to the proof of payment", `${milliseconds.toFixed(0)} ms`);
}

async function stepsOf(stage: Stage, hops: PaymentSummary["parts"][number]["hops"]): Promise<Step[]> {
  const steps: Step[] = [];
  let from: Person = stage.people.Alice;
  for (const { channelId, to, amount } of hops) {
    const payer = from;
    const promised = () => [...payer.promises].reverse().find((promise) => promise.channelId === channelId);
    await until(`${payer.name} tells what it promised`, () => promised() !== undefined);
    from = personAt(stage, to);
    steps.push({ from: payer.name, to: from.name, amount, key: promised()!.key });
  }
  return steps;
}

function personAt({ people }: Stage, address: string): Person {
  return Object.values(people as Readonly<Record<Name, Person>>).find((person) => person.address === address)!;
}
