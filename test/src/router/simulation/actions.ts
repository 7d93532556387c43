import fc from "fast-check";
import { BLOCK_TIME } from "../../engine/world/chain";
import type { Cut, SimulatedNode } from "../../engine/world/node";
import { LIES, type Lie } from "./mallory";
import type { Stage } from "./stage";

/** Something that happens in a run. Numbers are taken modulo what there is. */
export type Action = readonly [name: string, a: number, b: number, c: number];

export type Act = (stage: Stage, a: number, b: number, c: number) => void;

/* WHAT PEOPLE WANT */

const pay: Act = (stage, a, b, c) => {
  const [payer, payee] = [stage.node(a), stage.node(a + 1 + (b % (stage.nodes.length - 1)))];
  const amount = BigInt([7, 90, 250, 600, 900, 1_500][b % 6]! + (c % 50));
  stage.demand(payer, payee, amount, c % 2 === 0 ? "hash" : "point", BigInt([40, 40, 40, 3][c % 4]!));
};

/** Some pay before any of them hears of the others. */
const payMany: Act = (stage, a, b, c) => {
  for (let i = 0; i <= c % 4; i++) pay(stage, a + (i % 2), b + 5 * i, c + 3 * i);
};

/** Somebody pays, and all goes well. */
const payThrough: Act = (stage, a, b, c) => {
  pay(stage, a, b, c);
  stage.world.deliverAll();
};

/** Somebody pays an invoice that it has paid already, or could not pay. */
const payAgain: Act = (stage, a) => {
  const demand = stage.demands[a % Math.max(1, stage.demands.length)];
  if (demand !== undefined) stage.pay(demand);
};

/** Somebody ends a channel by the chain, whatever is under way in it. */
const leave: Act = (stage, a, b) => {
  const { id, members } = stage.channel(a);
  members[b % Math.max(1, members.length)]?.dispatch(id, { type: "leave" });
};

/* WHAT HAPPENS TO THEM */

const arrive: Act = ({ world }, a) => {
  if (world.network.letters.length > 0) world.deliver(a % world.network.letters.length);
};

const arriveInOrder: Act = ({ world }, a) => {
  for (let i = 0; i <= a % 12 && world.network.letters.length > 0; i++) world.deliver(0);
};

const arriveAll: Act = ({ world }) => world.deliverAll();

const lose: Act = ({ world: { network } }, a) => {
  if (network.letters.length > 0) network.take(a % network.letters.length);
};

const double: Act = ({ world: { network } }, a) => {
  const letter = network.letters[a % Math.max(1, network.letters.length)];
  if (letter !== undefined) network.letters.push(letter);
};

const cutOff: Act = (stage, a) => {
  const { members } = stage.channel(a);
  if (members.length === 2) stage.world.disconnect(members[0]!, members[1]!);
};

const connect: Act = (stage, a) => {
  const { members } = stage.channel(a);
  if (members.length === 2) stage.world.connect(members[0]!, members[1]!);
};

const tick: Act = ({ world }, a) => world.pass([100, 1_100, 1_100, 5_000, 61_000][a % 5]!);

/** A machine crashes now, or in the middle of what it does next. */
const crash: Act = (stage, a, b) => {
  const node = stage.node(a);
  const cuts: (Cut | "now")[] = ["now", "before", 0, 1, 2, 3];
  const cut = cuts[b % cuts.length]!;
  if (cut === "now") node.crash();
  else node.cut = cut;
};

/** A machine dies while it passes payments on, and starts again. */
const die: Act = (stage, a, b, c) => {
  const node = stage.node(a);
  if (!node.up) return;
  node.cut = (["before", 0, 1, 2] as const)[c % 4]!;
  arriveInOrder(stage, b, 0, 0);
  stage.wake(node);
};

const restart: Act = (stage, a) => stage.node(a).restart();

/** A disk is slow: nothing becomes durable, and nothing leaves, until it is again. */
const stall: Act = (stage, a) => {
  const node = stage.node(a);
  if (node.up) node.held = true;
};

const resumeDisk: Act = (stage, a) => {
  const node = stage.node(a);
  node.held = false;
  node.flush();
};

/** Somebody answers nothing, or answers again. */
const hush: Act = (stage, a) => toggle(stage.silent, stage.node(a));

const mine: Act = (stage, a) => stage.mine(BLOCK_TIME * BigInt(1 + (a % 2)));

/** So much time passes that locks come near their ends, or expire, while everybody is there; not all are heard. */
const outlast: Act = (stage, a, b) => {
  for (const node of stage.nodes) stage.wake(node);
  for (let i = 0; i < 20 + (a % 60); i++) {
    stage.mine(30n);
    if ((b >> (i % 8)) % 2 === 0) stage.world.deliverAll();
  }
};

function toggle(set: Set<string>, { name }: SimulatedNode): void {
  if (!set.delete(name)) set.add(name);
}

const ACTIONS: Readonly<Record<string, Act>> = {
  ...{ pay, payMany, payThrough, payAgain, leave, arrive, arriveInOrder, arriveAll, lose, double, cutOff, connect },
  ...{ tick, crash, die, restart, stall, resumeDisk, hush, mine, outlast },
};

/** How often things happen, compared with each other. */
const WANTED = { pay: 12, payMany: 8, payThrough: 6, payAgain: 2, arrive: 8, arriveInOrder: 16, arriveAll: 6, tick: 6 };
const FAULTS = { lose: 4, double: 4, cutOff: 3, connect: 6, crash: 4, die: 6, restart: 10, stall: 2, resumeDisk: 4 };
const TIMES = { mine: 8, hush: 4, outlast: 1, leave: 1 };
const LYING: Readonly<Record<Lie, number>> = {
  ...{ claimWrongly: 4, claimPart: 2, giveUpAll: 2, garble: 1, sendGarbage: 4, instructBadly: 4, payAround: 3 },
};

/** Does something. */
export function perform(stage: Stage, [name, a, b, c]: Action): void {
  (ACTIONS[name] ?? LIES[name as Lie])(stage, a, b, c);
}

/** What happens in a run, one thing after the other. */
export function storyOf(lies: boolean): fc.Arbitrary<Action[]> {
  const number = fc.nat(999);
  const weights = Object.entries({ ...WANTED, ...FAULTS, ...TIMES, ...(lies ? LYING : {}) });
  const name = fc.oneof(...weights.map(([what, weight]) => ({ weight, arbitrary: fc.constant(what) })));
  return fc.array(fc.tuple(name, number, number, number), { maxLength: 60, size: "max" });
}
