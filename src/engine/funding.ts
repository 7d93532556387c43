/** How the money comes in, each participant after those before it, and when it is all there. */
import { channelDestination } from "../protocol/destination";
import { NATIVE, type Address, type State } from "../protocol/types";
import type { Authorization } from "./calls";
import { outcomeOf, shareOf } from "./change";
import { isSealer, newestState, SEALER, UNKNOWN_VIEW, type ChannelRecord } from "./channel";
import type { Draft } from "./draft";
import type { Deposit } from "./effects";
import type { Authorize } from "./messages";
import { isEnding } from "./progress";

/** Looks whether everything is there; if not, and it is my turn, puts in what is mine. */
export function fund(draft: Draft): void {
  const { record, session } = draft;
  if (record.funded || record.closed || record.agreed === undefined) return;
  if (isFunded(draft)) {
    draft.keep({ funded: true, depositing: [], authorizations: record.authorizations.map(() => []) });
    draft.notify({ type: "funded", channelId: record.id });
  } else if (session.latest === UNKNOWN_VIEW || record.funding.kind === "ledger") return;
  else if (record.leaving || isEnding(draft)) recall(draft);
  else if (record.funding.kind === "authorizations") authorize(draft);
  else deposit(draft);
}

/** Deposits what is mine once what comes before is certainly there, unless my part may be there already. */
function deposit(draft: Draft): void {
  const { record, session } = draft;
  for (const due of depositsOf(record, record.self)) {
    const certain = session.confirmed.held[due.asset] ?? 0n;
    const there = session.latest.held[due.asset] ?? 0n;
    if (certain < due.expectedHeld || there >= due.expectedHeld + due.amount) continue;
    const { depositing } = draft.record;
    if (!depositing.includes(due.asset)) draft.keep({ depositing: [...depositing, due.asset] });
    submitDeposit(draft, due);
  }
}

/** Asks the chain again for what it was given before: so I hear, also after a restart, what became of it. */
function recall(draft: Draft): void {
  const { record } = draft;
  for (const due of depositsOf(record, record.self)) {
    if (record.depositing.includes(due.asset)) submitDeposit(draft, due);
  }
}

function submitDeposit(draft: Draft, { asset, amount, expectedHeld }: Deposit): void {
  const destination = channelDestination(draft.record.id);
  if (asset === NATIVE) draft.submit(DEPOSIT + asset, { kind: "depositNative", destination, expectedHeld, amount });
  else draft.submit(DEPOSIT + asset, { kind: "deposit", destination, token: asset, expectedHeld, amount });
}

const DEPOSIT = "deposit:";

/** What became of a call is known, and to be seen in what the channel holds. */
export function onDone(draft: Draft, id: string): void {
  const name = id.slice(draft.record.id.length + 1);
  draft.note({ submitted: draft.session.submitted.filter((other) => other !== id) });
  if (!name.startsWith(DEPOSIT)) return;
  draft.keep({ depositing: draft.record.depositing.filter((asset) => name !== DEPOSIT + asset) });
}

/** What decides who puts in what. */
type Planned = Pick<ChannelRecord, "opening" | "destinations" | "funding">;

/** What a participant has to put in, by asset, and what must be there before it does. */
export function depositsOf({ opening, destinations, funding }: Planned, participant: number): Deposit[] {
  return outcomeOf(opening).flatMap(({ asset }) => {
    const carried = funding.kind === "splice" ? funding.carried.find((c) => c.asset === asset)?.amounts : undefined;
    const due = destinations.map((destination, i) => shareOf(opening, asset, destination) - (carried?.[i] ?? 0n));
    const amount = due[participant]!;
    const before = [...(carried ?? []), ...due.slice(0, participant)];
    return amount > 0n ? [{ asset, amount, expectedHeld: before.reduce((sum, part) => sum + part, 0n) }] : [];
  });
}

/** Takes the signed transfers of another participant; the sealer sends all of them once it has them. */
export function onAuthorize(draft: Draft, from: number, { authorizations }: Authorize): void {
  const { record } = draft;
  if (record.funding.kind !== "authorizations" || record.funded || !isSealer(record)) return;
  const due = depositsOf(record, from);
  const right = due.length === authorizations.length && due.every((deposit, i) => pays(authorizations[i]!, deposit));
  if (!right) return draft.reject(from, {}, "TERMS_REFUSED", "These transfers are not what the opening state says.");
  keepAuthorizations(draft, from, authorizations);
}

/** Takes my own signed transfers, made by the shell on my behalf. */
export function onAuthorized(draft: Draft, authorizations: readonly Authorization[]): void {
  draft.note({ authorizing: false });
  if (draft.record.closed || draft.record.funded || isLive(draft, draft.record.self)) return; // two transfers could both be used
  keepAuthorizations(draft, draft.record.self, authorizations);
  sendAuthorizations(draft);
}

/** Sends my signed transfers to the sealer, again if need be. */
export function sendAuthorizations(draft: Draft): void {
  const { record } = draft;
  const authorizations = record.authorizations[record.self]!;
  if (record.funding.kind !== "authorizations" || isSealer(record) || authorizations.length === 0) return;
  draft.send(SEALER, { type: "authorize", channelId: record.id, authorizations });
}

/** What a state shares out, by asset. */
export function totalsOf(state: State): { readonly asset: Address; readonly amount: bigint }[] {
  return outcomeOf(state).map(({ asset, allocations }) => ({
    asset,
    amount: allocations.reduce((sum, { amount }) => sum + amount, 0n),
  }));
}

function isFunded({ record, session, context }: Draft): boolean {
  const totals = totalsOf(record.opening);
  if (totals.every(({ asset, amount }) => (session.confirmed.held[asset] ?? 0n) >= amount)) return true;
  if (record.funding.kind !== "ledger") return false;
  const ledger = context.recordOf(record.funding.ledger);
  const state = ledger === undefined ? undefined : newestState(ledger);
  const mine = channelDestination(record.id);
  return state !== undefined && totals.every(({ asset, amount }) => shareOf(state, asset, mine) >= amount);
}

/** Has my transfers signed; as the sealer, sends everybody's once they are complete. */
function authorize(draft: Draft): void {
  const { record, session } = draft;
  const due = depositsOf(record, record.self);
  if (due.length > 0 && !isLive(draft, record.self)) {
    if (session.authorizing) return;
    draft.note({ authorizing: true });
    draft.effects.push({ type: "authorize", items: due });
    return;
  }
  const complete = record.destinations.every((_, i) => depositsOf(record, i).length === 0 || isLive(draft, i));
  if (!isSealer(record) || !complete) return;
  const destination = channelDestination(record.id);
  const authorizations = record.authorizations.flat();
  draft.submit("fund", { kind: "fund", destination, expectedHeld: 0n, authorizations, amount: 0n });
}

/** Whether there are signed transfers of a participant that can still be used. */
function isLive({ record, context }: Draft, participant: number): boolean {
  const list = record.authorizations[participant]!;
  return list.length > 0 && list.every(({ validBefore }) => validBefore > context.chainTime);
}

function keepAuthorizations(draft: Draft, of: number, authorizations: readonly Authorization[]): void {
  const all = draft.record.authorizations.map((list, i) => (i === of ? authorizations : list));
  draft.keep({ authorizations: all });
}

function pays(authorization: Authorization, { asset, amount, expectedHeld }: Deposit): boolean {
  return (
    authorization.token === asset && authorization.amount === amount && authorization.expectedHeld === expectedHeld
  );
}
