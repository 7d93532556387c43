import fc from "fast-check";
import * as ticTacToe from "../../../../src/apps/ticTacToe";
import { ENDING, shareOf, type Change } from "../../../../src/engine/change";
import { isFinal } from "../../../../src/engine/channel";
import type { RejectReason } from "../../../../src/engine/messages";
import { accountDestination } from "../../../../src/protocol/destination";
import { NATIVE, type ChannelId } from "../../../../src/protocol/types";
import { BLOCK_TIME, CONFIRMATIONS } from "../world/chain";
import type { Cut, SimulatedNode } from "../world/node";
import { boardOf } from "../world/scene";
import { installing, payment, successorOf, termsOf } from "../world/terms";
import { GAME } from "../world/world";
import { endLock, isPaying, offer, payByVoucher } from "./paying";
import { PERIOD, type Stage } from "./stage";

/** Something that happens in a run. Numbers are taken modulo what there is. */
export type Action = readonly [name: keyof typeof ACTIONS, a: number, b: number, c: number];

type Act = (stage: Stage, a: number, b: number, c: number) => void;

/* WHAT PEOPLE WANT */

/** Somebody pays somebody. */
const pay: Act = (stage, a, b, c) => {
  const { id, node, other } = meet(stage, a, b);
  if (id === undefined || !node?.up || !node.states.has(id) || other === undefined) return;
  const amount = BigInt(1 + (c % 60));
  if (isPaying(node, id) && c % 5 > 0) return payByVoucher(stage, id, node, amount);
  const asset = stage.assets.get(id)!;
  const ticket = node.wish(id, payment(node, other, amount, asset));
  stage.payments.push({ payer: node, payee: other, id, amount, ticket, life: node.life });
  stage.allow(node, asset, amount);
};

/** Somebody pays somebody against a secret, where that can be done. */
const lock: Act = (stage, a, b, c) => {
  const { id, node } = meet(stage, a, b);
  if (id === undefined || !node?.up || !isPaying(node, id)) return;
  offer(stage, id, node, BigInt(1 + (c % 60)), BigInt(130 + 40 * (c % 500)));
};

/** Somebody shows a secret, or says that it will never know it. */
const unlock: Act = (stage, a, b, c) => {
  const { id, node } = meet(stage, a, b);
  if (id !== undefined && node?.up) endLock(stage, id, node, c, c % 3 === 0 ? "giveUp" : "claim");
};

/** Two people pay each other before either hears of it. */
const payBoth: Act = (stage, a, b, c) => {
  pay(stage, a, b, c);
  pay(stage, a, b + 1, c >> 3);
};

/** Some payments to and fro, while everything is well. */
const exchange: Act = (stage, a, b, c) => {
  for (let i = 0; i <= c % 5; i++) {
    pay(stage, a, b + i, c + 7 * i);
    if ((c >> i) % 2 === 0) stage.world.deliverAll();
  }
};

const close: Act = (stage, a, b) => {
  const { id, node } = meet(stage, a, b);
  if (id !== undefined && node?.states.has(id)) node.wish(id, ENDING);
};

const leave: Act = (stage, a, b) => {
  const { id, node } = meet(stage, a, b);
  if (id !== undefined && node?.states.has(id)) node.dispatch(id, { type: "leave" });
};

/** Somebody answers what it was asked: what costs it something, it refuses more often. */
const answer: Act = (stage, a, b, c) => {
  const { id, node } = meet(stage, a, b);
  const question = id === undefined ? undefined : node?.states.get(id)?.session.questions[0];
  if (id === undefined || node === undefined || question === undefined) return;
  const accept = c % 3 === 0;
  const mine = accountDestination(node.address);
  if (accept)
    for (const { from, asset, amount } of question.change.transfers)
      if (from === mine) stage.allow(node, asset, amount);
  if (accept) stage.accepted.push({ id, change: question.change });
  node.dispatch(id, { type: "answer", change: question.change, accept });
};

/** A channel in a channel: its opening first, then its money. */
const openChild: Act = (stage, a, b, c) => {
  const { id, node } = meet(stage, a, b);
  if (id === undefined || !node?.up || stage.ids.length > 5) return;
  const record = node.states.get(id)?.record;
  if (
    record?.agreed === undefined ||
    record.funding.kind === "ledger" ||
    record.closed ||
    record.leaving ||
    isFinal(record) ||
    record.terms.app !== NATIVE
  )
    return;
  const members = stage.members(id);
  const asset = stage.assets.get(id)!;
  const app = c % 2 === 0 && members.length === 2 && asset === NATIVE ? GAME : NATIVE;
  const amounts = members.map(() => BigInt(5 + (c % 20)));
  const terms = termsOf(members, {
    app,
    asset,
    amounts,
    challengePeriod: PERIOD,
    funding: { kind: "ledger", ledger: id },
  });
  const child = node.open(terms);
  stage.add(child, members, asset);
  stage.world.deliverAll();
  if (node.states.get(id) !== undefined) node.wish(id, installing(child, terms, asset));
};

/** A channel goes on under other terms, with more money. */
const splice: Act = (stage, a, b, c) => {
  const { id, node } = meet(stage, a, b);
  if (id === undefined || !node?.up || stage.ids.length > 5) return;
  const state = stage.stateOf(node, id);
  const record = node.states.get(id)?.record;
  if (state === undefined || record?.funded !== true || record.closed || record.leaving || isFinal(record)) return;
  if (record.funding.kind === "ledger" || record.terms.app !== NATIVE) return;
  const members = stage.members(id);
  const asset = stage.assets.get(id)!;
  const amounts = members.map(({ address }) => shareOf(state, asset, accountDestination(address)));
  const added = members.map((_, i) => BigInt((c >> i) % 3));
  const terms = successorOf(members, id, { asset, amounts }, added);
  const wanted = { ...terms, channel: { ...terms.channel, challengePeriod: PERIOD } };
  const next = node.open(wanted);
  stage.add(next, members, asset);
  stage.world.deliverAll();
  if (node.states.has(id)) node.wish(id, installing(next, wanted, asset));
};

/** Somebody wants to begin a game. */
const begin: Act = (stage, a, b) => {
  const { id, node } = meet(stage, a, b);
  const record = id === undefined ? undefined : node?.states.get(id)?.record;
  if (id === undefined || node === undefined || record?.terms.app !== GAME || record.agreed?.state.appData !== "0x")
    return;
  node.wish(id, boardOf(node, id));
};

/** Somebody plays, though it may not be its turn. */
const move: Act = (stage, a, b, c) => {
  const { id, node } = meet(stage, a, b);
  const record = id === undefined ? undefined : node?.states.get(id)?.record;
  if (id === undefined || node === undefined || record?.terms.app !== GAME) return;
  playOn(stage, node, id, c);
};

/** Some moves to and fro, while everything is well. */
const rally: Act = (stage, a, b, c) => {
  const games = stage.ids.filter((id) => stage.members(id)[0]!.states.get(id)?.record.terms.app === GAME);
  const id = games[a % Math.max(1, games.length)];
  if (id === undefined) return;
  const members = stage.members(id);
  const record = members[b % 2]!.states.get(id)?.record;
  if (record?.agreed?.state.appData === "0x") members[b % 2]!.wish(id, boardOf(members[b % 2]!, id));
  for (let i = 0; i <= c % 5; i++) {
    stage.world.deliverAll();
    for (const node of members) playOn(stage, node, id, b + i * c);
  }
};

/** Plays any move that there is. Returns whether there was one. */
export function playOn(stage: Stage, node: SimulatedNode, id: ChannelId, pick: number): boolean {
  const state = stage.stateOf(node, id);
  if (state === undefined || state.appData === "0x" || !state.appData.startsWith("0x0")) return false;
  for (let i = 0; i < 9; i++) {
    try {
      node.move(id, ticTacToe.play(state, (pick + i) % 9));
      return true;
    } catch {
      continue;
    }
  }
  return false;
}

/* WHAT HAPPENS TO THEM */

const arrive: Act = ({ world }, a) => {
  if (world.network.letters.length > 0) world.deliver(a % world.network.letters.length);
};

const arriveInOrder: Act = ({ world }, a) => {
  for (let i = 0; i <= a % 8 && world.network.letters.length > 0; i++) world.deliver(0);
};

const arriveAll: Act = ({ world }) => world.deliverAll();

const lose: Act = ({ world: { network } }, a) => {
  if (network.letters.length > 0) network.take(a % network.letters.length);
};

const double: Act = ({ world: { network } }, a) => {
  const letter = network.letters[a % Math.max(1, network.letters.length)];
  if (letter !== undefined) network.letters.push(letter);
};

const cutOff: Act = ({ world }, a) => {
  const [one, other] = pairOf(world.nodes, a);
  world.disconnect(one, other);
};

const connect: Act = ({ world }, a) => {
  const [one, other] = pairOf(world.nodes, a);
  world.connect(one, other);
};

const tick: Act = ({ world }, a) => world.pass([100, 300, 1_100, 1_100, 1_100, 5_000, 12_000][a % 7]!);

/** A machine crashes now, or in the middle of what it does next. */
const crash: Act = ({ nodes }, a, b) => {
  const node = nodes[a % 3]!;
  const cuts: (Cut | "now")[] = ["now", "before", 0, 1, 2, 3];
  const cut = cuts[b % cuts.length]!;
  if (cut === "now") node.crash();
  else node.cut = cut;
};

/** A machine dies while it pays; what it has sent may get lost, and it starts again. */
const dieSigning: Act = (stage, a, b, c) => {
  const { node } = meet(stage, a, b);
  if (node?.up !== true) return;
  const { network } = stage.world;
  node.cut = (["before", 0, 1, 2] as const)[c % 4]!;
  if (c % 3 === 0) rally(stage, a, b, 1);
  else pay(stage, a, b, c);
  if ((c >> 4) % 2 === 0) network.letters = network.letters.filter(({ from }) => from !== node.address);
  node.cut = undefined;
  node.restart();
};

const restart: Act = ({ nodes }, a) => nodes[a % 3]!.restart();

/** A disk is slow: nothing becomes durable, and nothing leaves, until it is again. */
const stall: Act = ({ nodes }, a) => {
  const node = nodes[a % 3]!;
  if (node.up) node.held = true;
};

const resumeDisk: Act = ({ nodes }, a) => {
  const node = nodes[a % 3]!;
  node.held = false;
  node.flush();
};

const backUp: Act = (stage, a) => {
  const node = stage.nodes[a % 3]!;
  stage.backups.set(node.name, node.backup());
};

/** Somebody starts again with an old backup. */
const restore: Act = (stage, a) => {
  const node = stage.nodes[a % 3]!;
  const backup = stage.backups.get(node.name);
  if (backup === undefined || node.name === stage.plan.liar) return;
  stage.witness.restored.add(node.name);
  stage.witness.forget(node);
  const { network } = stage.world;
  network.letters = network.letters.filter(({ from, to }) => from !== node.address && to !== node.address);
  node.restore(backup);
  node.restart();
};

const mine: Act = ({ world }, a) => world.mine(BLOCK_TIME * BigInt(1 + (a % 5)));

const reorganise: Act = ({ world }, a) => world.reorganise(1 + (a % (CONFIRMATIONS - 1)));

const spike: Act = ({ world }, a) => world.chain.spike(1 + (a % 12));

/** So much time passes that clocks run out. Everybody is there: that much is expected of them. */
const outlast: Act = (stage) => {
  stage.wake();
  for (let i = 0; i < 20; i++) stage.world.mine();
  for (let i = 0; i < 5; i++) {
    stage.world.mine(PERIOD / 4n);
    stage.world.run(2);
  }
};

/* WHAT A LIAR DOES */

const forge: Act = ({ mallory }, a, b, c) => mallory?.forge(a, b, c);

const proposeLie: Act = (stage, a, b, c) => {
  const { mallory } = stage;
  const id = stage.channel(a);
  if (mallory === undefined || id === undefined || !mallory.node.states.has(id)) return;
  const other = stage.members(id).find((member) => member !== mallory.node)!;
  const asset = stage.assets.get(id)!;
  const amount = BigInt(1 + (b % 40));
  const wanted: Change[] = [
    payment(other, mallory.node, amount, asset),
    payment(mallory.node, other, amount, asset),
    ENDING,
    { ...payment(other, mallory.node, amount, asset), final: true },
    { transfers: [], final: false, appData: "0xabcd" },
    { transfers: [], final: false },
  ];
  const ways = ["propose", "sign", "request"] as const;
  mallory.propose(id, wanted[c % wanted.length]!, BigInt(b % 4), c % 5 === 0 ? 1 : 0, ways[a % 3]!);
};

const refuseLie: Act = ({ mallory, ids }, a, b, c) => {
  const reasons: RejectReason[] = ["CHANGE_REFUSED", "VERSION_USED", "NOT_OPEN", "UNKNOWN_CHANNEL", "TERMS_REFUSED"];
  const id = ids[a % Math.max(1, ids.length)];
  if (id !== undefined) mallory?.refuse(id, reasons[b % reasons.length]!, c % 3);
};

const syncLie: Act = ({ mallory, ids }, a, b, c) => {
  const id = ids[a % Math.max(1, ids.length)];
  if (id !== undefined) mallory?.misplace(id, BigInt(b % 12), BigInt(c % 12));
};

const sealLie: Act = ({ mallory }, a) => mallory?.seal(a);

/** She signs vouchers that do not go with those that she has sent. */
const payLie: Act = ({ mallory }, a, b, c) => mallory?.pay(a, BigInt(b % 120), c);

/** She registers vouchers of her choice, on an agreement of her choice. */
const joinLie: Act = ({ mallory }, a, b, c) => mallory?.join(a, b, c % 2 === 0 ? "challenge" : "checkpoint");

const registerLie: Act = ({ mallory }, a, b) =>
  mallory?.register(a, (["challenge", "checkpoint", "conclude"] as const)[b % 3]!);

const moveLie: Act = ({ mallory, ids }, a, b, c) => {
  const id = ids[a % Math.max(1, ids.length)];
  if (id !== undefined) mallory?.moveThere(id, b % 9, c % 2 === 0 ? "challenge" : "checkpoint");
};

/** She gets ahead of what was mined already: blocks are undone, and her old state comes first. */
const rewriteLie: Act = ({ mallory, world }, a, b, c) => {
  if (mallory === undefined) return;
  world.chain.reorganise(1 + (b % (CONFIRMATIONS - 1)));
  mallory.register(a, c % 3 === 0 ? "checkpoint" : "challenge", true);
  for (let i = 0; i < CONFIRMATIONS; i++) world.mine();
};

/** She wants to end a game that is in a good way for the other one, and then plays on. */
const trickLie: Act = (stage, a, b, c) => {
  const { mallory } = stage;
  const games = stage.ids.filter((id) => mallory?.node.states.get(id)?.record.terms.app === GAME);
  const id = games[a % Math.max(1, games.length)];
  if (mallory === undefined || id === undefined) return;
  mallory.propose(id, ENDING, 1n, 0, c % 3 === 0 ? "sign" : "request");
  const { letters } = stage.world.network;
  if (b % 2 === 0 && letters.length > 0) stage.world.deliver(letters.length - 1);
  playOn(stage, mallory.node, id, b);
};

/** She stops to send some kinds of messages, or all. */
const muteLie: Act = ({ mallory }, a) => {
  const all = ["commit", "sign", "propose", "move", "sync", "reject", "request", "voucher"] as const;
  const sets = [[], ["commit"], ["sign"], ["move"], ["reject"], all, ["sync"], ["propose"], ["voucher"]] as const;
  if (mallory !== undefined) mallory.mute = new Set(sets[a % sets.length]);
};

const ACTIONS = {
  pay,
  lock,
  unlock,
  payBoth,
  exchange,
  close,
  leave,
  answer,
  openChild,
  splice,
  begin,
  move,
  rally,
  arrive,
  arriveInOrder,
  arriveAll,
  lose,
  double,
  cutOff,
  connect,
  tick,
  crash,
  dieSigning,
  restart,
  stall,
  resumeDisk,
  backUp,
  restore,
  mine,
  reorganise,
  spike,
  outlast,
  forge,
  proposeLie,
  refuseLie,
  syncLie,
  sealLie,
  registerLie,
  payLie,
  joinLie,
  moveLie,
  rewriteLie,
  trickLie,
  muteLie,
} satisfies Record<string, Act>;

/** How often things happen, compared with each other: what people do, and what happens to them. */
const WANTED: Partial<Record<keyof typeof ACTIONS, number>> = {
  pay: 16,
  payBoth: 8,
  lock: 6,
  unlock: 8,
  exchange: 14,
  close: 1,
  leave: 1,
  answer: 3,
  openChild: 3,
  splice: 1,
  begin: 3,
  move: 8,
  rally: 14,
  arrive: 14,
  arriveInOrder: 16,
  arriveAll: 12,
  tick: 8,
  mine: 6,
};

const FAULTS: Partial<Record<keyof typeof ACTIONS, number>> = {
  lose: 5,
  double: 5,
  cutOff: 3,
  connect: 6,
  crash: 4,
  dieSigning: 6,
  restart: 10,
  stall: 2,
  resumeDisk: 5,
  backUp: 2,
  restore: 1,
  reorganise: 3,
  spike: 1,
  outlast: 1,
};

const LIES: Partial<Record<keyof typeof ACTIONS, number>> = {
  forge: 6,
  proposeLie: 6,
  refuseLie: 3,
  syncLie: 1,
  sealLie: 5,
  registerLie: 4,
  payLie: 3,
  joinLie: 4,
  moveLie: 4,
  rewriteLie: 2,
  trickLie: 3,
  muteLie: 3,
};

/** Does something. */
export function perform(stage: Stage, [name, a, b, c]: Action): void {
  ACTIONS[name](stage, a, b, c);
}

/**
 * What happens in a run, one thing after the other.
 * @param lies how often somebody lies: 0 for never
 */
export function storyOf(lies: number): fc.Arbitrary<Action[]> {
  const story = (faults: number, maxLength: number) =>
    fc.array(anyOf([WANTED, 8], [FAULTS, faults], [LIES, 2 * lies]), { maxLength, size: "max" });
  return fc.oneof(story(2, 120), story(4, 60), story(8, 80), story(1, 60));
}

function anyOf(...groups: readonly [Partial<Record<keyof typeof ACTIONS, number>>, number][]): fc.Arbitrary<Action> {
  const number = fc.nat(999);
  const choices = groups.flatMap(([weights, times]) =>
    (Object.entries(weights) as [keyof typeof ACTIONS, number][]).map(([name, weight]) => ({
      weight: weight * times,
      arbitrary: fc.constant(name),
    })),
  );
  return fc.tuple(fc.oneof(...choices.filter(({ weight }) => weight > 0)), number, number, number);
}

/** One of the channels, one of the people in it, and another one. */
function meet(
  stage: Stage,
  channel: number,
  person: number,
): { id?: ChannelId; node?: SimulatedNode; other?: SimulatedNode } {
  const id = stage.channel(channel);
  if (id === undefined) return {};
  const members = stage.members(id);
  const node = members[person % members.length]!;
  const other = members[(person + 1 + ((channel >> 4) % (members.length - 1))) % members.length]!;
  return { id, node, other };
}

function pairOf(nodes: readonly SimulatedNode[], pick: number): [SimulatedNode, SimulatedNode] {
  return [nodes[pick % 3]!, nodes[(pick + 1) % 3]!];
}
