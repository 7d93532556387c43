/** Turn-taking apps: a move needs no signature but its mover's, and is answered by the next one. */
import { SluiceError } from "../errors";
import { everyone } from "../protocol/signing";
import { FINAL_VERSION, type Channel, type CompactSignature, type SignedState, type State } from "../protocol/types";
import type { Proven } from "./calls";
import { isFinal, newestState, others, type Agreed, type ChannelRecord, type Moved } from "./channel";
import type { AppRules } from "./context";
import type { Draft } from "./draft";
import type { Move } from "./messages";
import { withoutLapsed } from "./progress";
import { refuseWishes } from "./sealer";

/**
 * Makes a move of my own: signs it, once and for all for this turn.
 * @throws SluiceError `MOVE_INVALID` or `CHANNEL_NOT_OPEN`
 */
export function playMove(draft: Draft, state: State, ticket: number | undefined): void {
  const { record, session } = draft;
  const rules = requirePlayable(draft);
  if (record.promised !== undefined || session.proposal !== undefined) refuse("A change is being agreed on.");
  if (state.version <= record.signed) refuse("I have signed a change in the place of this move.");
  requireTurn(draft, rules, state, record.self);
  add(draft, { by: record.self, state, signature: draft.sign(state) });
  for (const to of others(record)) sendMoves(draft, to, state.version - 1n);
  draft.resolve([ticket], state);
}

/**
 * Takes a move, whoever brings it, if it keeps to the rules.
 * @returns whether I hold it now, or something newer
 */
export function onMove(draft: Draft, from: number, { state, signature }: Move): boolean {
  if (state.version <= draft.base) return true;
  try {
    const rules = requirePlayable(draft);
    const move = { by: rules.moverOf(state.version, draft.participants), state, signature };
    if (!draft.isSigned(state, move.by, signature)) return false;
    if (state.version > draft.base + 1n) return catchUp(draft, rules, move);
    requireTurn(draft, rules, state, move.by);
    add(draft, move);
    return true;
  } catch (error) {
    if (!(error instanceof SluiceError)) throw error;
    draft.reject(from, { version: state.version }, "NO_TURN", error.message.slice(0, 200));
    return false;
  }
}

/**
 * Takes over what the chain shows, if it is newer than what I hold: the other players may move there alone. The chain
 * vouches for it, as long as it is registered.
 */
export function takeRegistered(draft: Draft, state: State): void {
  const rules = draft.context.rulesOf(draft.record.terms.app);
  if (rules === undefined || state.version <= draft.base || state.version === FINAL_VERSION) return;
  add(draft, { by: rules.moverOf(state.version, draft.participants), state, signature: undefined });
}

/** Sends somebody the moves above a version that I hold. */
export function sendMoves(draft: Draft, to: number, above: bigint): void {
  for (const { state, signature } of draft.record.moves) {
    if (state.version > above && signature !== undefined)
      draft.send(to, { type: "move", channelId: draft.record.id, state, signature });
  }
}

/** A state that counts on the chain, and what proves it. */
export interface Evidence {
  readonly state: State;
  /** Undefined where all have signed the state itself. */
  readonly proven: Proven | undefined;
}

/** The newest state that I can prove. @param registered what the chain holds, and therefore believes */
export function newestEvidence({ agreed, moves, terms }: ChannelRecord, registered?: State): Evidence {
  for (let end = moves.length; end > 0; end--) {
    const proven = prove(terms, agreed!, moves.slice(0, end), registered);
    if (proven !== undefined) return { state: proven.candidate.state, proven };
  }
  return { state: agreed!.state, proven: undefined };
}

/** Proves the last of these moves by the shortest chain that ends with it. */
function prove(
  terms: Channel,
  agreed: Agreed,
  moves: readonly Moved[],
  registered: State | undefined,
): Proven | undefined {
  const chain: SignedState[] = [];
  const signatures: CompactSignature[] = [];
  const proof = (start: SignedState[], more: readonly CompactSignature[]): Proven | undefined => {
    const [candidate, ...before] = chain;
    if (candidate === undefined) return undefined;
    // The chain goes from old to new, the signatures begin with those of the newest.
    return {
      candidate,
      proof: [...start, ...before.reverse()],
      signatures: [signatures[0]!, ...more, ...signatures.slice(1).reverse()],
    };
  };
  for (const { by, state, signature } of [...moves].reverse()) {
    if (registered !== undefined && sameState(registered, state)) return proof([{ state, signers: 0n }], []);
    const next = chain.at(-1)?.state.version;
    if (signature === undefined || (next !== undefined && state.version + 1n !== next)) return undefined;
    chain.push({ state, signers: 1n << BigInt(by) });
    signatures.push(signature);
    if (chain.length === terms.participants.length) return proof([], []); // whoever signs a move accepts what it was played on
  }
  if (chain.at(-1)?.state.version !== agreed.state.version + 1n) return undefined;
  return proof([{ state: agreed.state, signers: everyone(terms) }], agreed.signatures);
}

/** Takes over a whole round of moves, one of them mine, that I have forgotten: whoever has signed a move stands by it. */
function catchUp(draft: Draft, rules: AppRules, move: Moved): boolean {
  const { participants } = draft;
  const known = draft.session.ahead.filter(({ state }) => state.version !== move.state.version);
  const ahead = [...known, move].sort((a, b) => (a.state.version < b.state.version ? -1 : 1)).slice(-2 * participants);
  draft.note({ ahead });
  const round = ahead.slice(-participants);
  if (round.length < participants) return false;
  for (let i = 1; i < round.length; i++) {
    if (round[i]!.state.version !== round[i - 1]!.state.version + 1n) return false;
    rules.requireMove(round[i - 1]!.state, round[i]!.state);
  }
  draft.note({ ahead: [] });
  for (const one of round) add(draft, one);
  return true;
}

function requirePlayable({ context, record }: Draft): AppRules {
  const rules = context.rulesOf(record.terms.app);
  if (rules === undefined) return refuse("This channel has no app whose rules I know.");
  if (!record.funded || record.closed || isFinal(record)) return refuse("This channel is not open.");
  return rules;
}

function requireTurn(draft: Draft, rules: AppRules, state: State, mover: number): void {
  const previous = newestState(draft.record)!;
  if (state.version !== previous.version + 1n || rules.moverOf(state.version, draft.participants) !== mover) {
    throw new SluiceError(
      "MOVE_INVALID",
      "It is not this participant's turn.",
      "Nothing changed; wait for the other's move.",
    );
  }
  rules.requireMove(previous, state);
}

/** Keeps a move. */
function add(draft: Draft, move: Moved): void {
  const { record } = draft;
  lapse(draft, move.state.version);
  draft.keep({ moves: [...record.moves, move].slice(-2 * draft.participants) });
  draft.notify({ type: "moved", channelId: record.id, state: move.state, by: move.by });
}

/** What was wanted, asked or agreed to in one position is not wanted in another. */
function lapse(draft: Draft, version: bigint): void {
  const { record, session } = draft;
  const { wishes, proposal, request, promised } = { ...session, promised: record.promised };
  const isOvertaken = promised !== undefined && promised.state.version <= version;
  const signed = isOvertaken ? session.promisedWishes : [];
  if (isOvertaken) draft.keep({ promised: undefined });
  draft.note({ wishes: [], proposal: undefined, ...withoutLapsed(session) });
  draft.note({ promisedWishes: isOvertaken ? [] : session.promisedWishes });
  const error = new SluiceError(
    "CHANGE_REFUSED",
    "A move was made meanwhile.",
    "Look at the position before you go on.",
  );
  refuseWishes(draft, [...(proposal?.wishes ?? []), ...wishes, ...signed], error);
  if (request === undefined || (!isOvertaken && session.promisedWishes.includes(request.wish))) return;
  if (!signed.includes(request.wish)) draft.fail([request.wish.ticket], error);
  draft.note({ request: undefined });
}

export function sameState(a: State, b: State): boolean {
  return a.version === b.version && a.outcome === b.outcome && a.appData === b.appData;
}

function refuse(what: string): never {
  throw new SluiceError("CHANNEL_NOT_OPEN", what, "Nothing was signed; the newest state still counts.");
}
