import type { SimulatedNode } from "../../engine/world/node";
import { hashOf } from "../../engine/world/keyring";
import { PREIMAGES } from "../../engine/world/world";
import { NATIVE, type ChannelId } from "../../../../src";
import type { HeldLock } from "../../../../src/engine/payments/operations";
import { forge } from "../forger";
import type { Act } from "./actions";
import type { Stage } from "./stage";

/** What Mallory does against the rules: with the locks that she is paid, with instructions, and with failures. */

export type Lie = "claimWrongly" | "claimPart" | "giveUpAll" | "garble" | "sendGarbage" | "instructBadly" | "payAround";

/** She claims a lock with a secret that does not open it. */
const claimWrongly: Act = (stage, a, b) => {
  const { mallory, world } = stage;
  const [id, lock] = mallory === undefined ? [] : (locksOf(mallory)[a % 5] ?? []);
  if (mallory === undefined || id === undefined || lock === undefined) return;
  const to = mallory.record(id).terms.participants[1 - mallory.record(id).self]!;
  const { position, serial } = lock;
  const claims = [{ position: position + (b % 3 === 0 ? 1 : 0), serial, secret: hashOf(`guess ${b}`) }];
  world.network.send({ from: mallory.address, to, message: { type: "claim", channelId: id, lane: 0, claims } });
};

/** She takes some parts of a payment to her, and shows the secret. */
const claimPart: Act = ({ mallory, town }, a) => {
  if (mallory?.up !== true) return;
  const { held, receivables } = town.clerk("mallory").router.memory;
  const parts = [...held.values()];
  const part = parts[a % Math.max(1, parts.length)];
  if (part === undefined || part.tweak !== undefined) return;
  const { channelId, name } = part.place;
  mallory.dispatch(channelId, { type: "claim", name, secret: receivables.get(part.invoice)!.secret });
};

/** She gives up what she could be paid for, though she may have to pay. */
const giveUpAll: Act = ({ mallory }, _, b) => {
  for (const [id, { position, serial }] of mallory === undefined ? [] : locksOf(mallory)) {
    const failure = b % 2 === 0 ? "0x" : (`0x${"5a".repeat(292)}` as const);
    mallory?.dispatch(id, { type: "giveUp", name: { lane: 0, position, serial }, failure });
  }
};

/** From now on she changes the failures that she passes on. */
const garble: Act = ({ mallory, town }) => {
  if (mallory === undefined) return;
  const { router } = town.clerk("mallory");
  const handle = router.handle.bind(router);
  router.handle = (context, event) =>
    handle(context, event.type === "failed" ? { ...event, failure: `0x${"5a".repeat(292)}` } : event);
};

/** She locks money with instructions that nobody can read. */
const sendGarbage: Act = (stage, a, b, c) => {
  const channel = channelOf(stage, a);
  if (channel === undefined) return;
  const expiry = stage.world.chain.timestamp + [3n, 130n, 900n, 9_999_999n][c % 4]!;
  const lock = { registry: PREIMAGES, key: hashOf(`garbage ${b}`), amount: BigInt(1 + (b % 90)), expiry };
  const packet = `0x${"12".repeat(b % 2 === 0 ? 2_482 : 7)}` as const;
  stage.mallory?.dispatch(channel, { type: "lock", asset: NATIVE, lock, packet, origin: `garbage ${a} ${b} ${c}` });
};

/** She has a payment to somebody or nobody passed on, with instructions that may be bad for whoever obeys them. */
const instructBadly: Act = (stage, a, b, c) => {
  const first = channelOf(stage, a);
  if (first === undefined) return;
  const [, via] = stage.nodes.filter(({ states }) => states.has(first)).sort((x) => (x === stage.mallory ? -1 : 1));
  if (via === undefined) return;
  const second = [...via.states.keys()][b % via.states.size]!;
  const end = stage.nodes.find((node) => node !== via && node.states.has(second));
  if (end === undefined) return;
  const amount = BigInt(10 + (c % 500));
  const kind = c % 2 === 0 ? ("hash" as const) : ("point" as const);
  const known = c % 3 > 0 && end.up ? { invoice: stage.clerk(end).invoice({ amount, kind }) } : { kind };
  forge(stage.town, ["mallory", via.name, end.name], [first, second], {
    ...known,
    amounts: [amount + BigInt(b % 12), amount],
    expiries: [[900n, 700n, 100_000n, 620n][b % 4]!, [900n, 800n, 600n, 1_200n][c % 4]!],
  });
};

/** She pays an invoice of somebody else with whatever amount she likes. */
const payAround: Act = (stage, a, b) => {
  const channel = channelOf(stage, a);
  if (channel === undefined) return;
  const payee = stage.honest.find(({ states }) => states.has(channel));
  const demand = stage.demands.find((one) => one.payee === payee?.name);
  if (payee === undefined || demand === undefined) return;
  const amount = demand.amount / BigInt(1 + (b % 3)) + BigInt(b % 2);
  const wanted = { invoice: demand.invoice, amounts: [amount], final: { total: demand.amount } };
  forge(stage.town, ["mallory", payee.name], [channel], wanted);
};

export const LIES: Readonly<Record<Lie, Act>> = {
  ...{ claimWrongly, claimPart, giveUpAll, garble, sendGarbage, instructBadly, payAround },
};

/** The locks that she would be paid. */
function locksOf({ states }: SimulatedNode): [ChannelId, HeldLock][] {
  return [...states].flatMap(([id, { lanes }]) =>
    [...(lanes[0]?.theirs.locks.locks() ?? [])].map((lock): [ChannelId, HeldLock] => [id, lock]),
  );
}

function channelOf({ mallory }: Stage, pick: number): ChannelId | undefined {
  if (mallory?.up !== true) return undefined;
  return [...mallory.states.keys()][pick % Math.max(1, mallory.states.size)];
}
