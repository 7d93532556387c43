/**
 * Finding the newest common state after a silence: each side says where it stands, and whoever is ahead sends what the other
 * lacks. Until all the others have said so, nothing new is signed: that is how a participant that was set back to an old
 * backup notices, before it does harm.
 */
import { others } from "./channel";
import type { Draft } from "./draft";
import type { Sync } from "./messages";
import { sendOpening } from "./opening";
import { sendClaims } from "./payments/claims";
import { sendVouchersAfter } from "./payments/pay";
import { sendProposal, sendSealed } from "./sealer";
import { sendPromise, sendRequest } from "./signers";
import { sendMoves } from "./turns";

/** Says where I stand. */
export function sendStanding(draft: Draft, to: number, ask: boolean): void {
  const { agreed, id } = draft.record;
  draft.send(to, {
    type: "sync",
    channelId: id,
    ...(agreed === undefined ? {} : { agreed: agreed.state.version, newest: draft.base }),
    ...(draft.lanes.length > 0 && { taken: draft.lanes.map(({ theirs }) => theirs.tally.nonce) }),
    ask,
  });
}

/** Hears where another participant stands. */
export function onStanding(draft: Draft, from: number, { agreed = -1n, newest = -1n, taken, ask }: Sync): void {
  const { record, session, base } = draft;
  const mine = record.agreed?.state.version ?? -1n;
  if (agreed < mine) sendSealed(draft, from);
  if (mine < 0n && agreed < 0n && session.openingTicket !== undefined) sendOpening(draft);
  if (newest < base) sendMoves(draft, from, newest);
  // Somebody who has vouchers that I do not remember has to put me right: what I would sign now could be worse for me.
  const remembers = draft.lanes.every((lane, i) => (taken?.[i] ?? 0n) <= lane.mine.tally.nonce);
  const level = agreed <= mine && newest <= base && remembers;
  const isNews = level && !((session.synced >> from) & 1);
  if (level) draft.note({ synced: session.synced | (1 << from) });
  draft.note({ heard: record.terms.participants.map((_, i) => (i === from ? newest : (session.heard[i] ?? -1n))) });
  const behind = agreed < mine || newest < base;
  if (ask || behind) sendStanding(draft, from, false); // after what it lacks, so that it is level when it hears this
  if (isNews) sendUnanswered(draft);
  if (isNews || ask) for (const index of draft.lanes.keys()) sendVouchersAfter(draft, index, taken?.[index] ?? 0n);
  if (isNews) for (const index of draft.lanes.keys()) sendClaims(draft, index);
}

/** Says again which payments were not acknowledged, and which locks I want to be paid for or rid of. */
export function sendPayments(draft: Draft): void {
  for (const [index, { mine }] of draft.lanes.entries()) {
    sendVouchersAfter(draft, index, mine.acknowledged?.voucher.nonce ?? 0n);
    sendClaims(draft, index);
  }
}

/** Says again what was not answered. */
export function sendUnanswered(draft: Draft): void {
  sendPromise(draft);
  sendRequest(draft);
  sendProposal(draft);
}

/** The newest version that another participant said it holds. */
export function heardFrom({ session }: Draft, peer: number): bigint {
  return session.heard[peer] ?? -1n;
}

/** The newest version that all the others said they hold. */
export function acknowledged(draft: Draft): bigint {
  const versions = others(draft.record).map((peer) => heardFrom(draft, peer));
  return versions.reduce((least, version) => (version < least ? version : least));
}
