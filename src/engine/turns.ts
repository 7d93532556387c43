/** Turn-taking apps: a move needs no signature but its mover's, and is answered by the next one. */
import { SluiceError } from "../errors";
import { everyone } from "../protocol/signing";
import type { SignedState, State } from "../protocol/types";
import type { Proven } from "./calls";
import { isFinal, newestState, type ChannelRecord, type Moved } from "./channel";
import type { AppRules } from "./context";
import type { Draft } from "./draft";
import type { Move } from "./messages";

/**
 * Makes a move of my own: signs it, once and for all for this turn.
 * @throws SluiceError `MOVE_INVALID` or `CHANNEL_NOT_OPEN`
 */
export function playMove(draft: Draft, state: State, ticket: number | undefined): void {
  requirePlayable(draft, state, draft.record.self);
  const signature = draft.sign(state);
  add(draft, { by: draft.record.self, state, signature });
  sendMoves(draft, state.version - 1n);
  draft.resolve([ticket], state);
}

/** Takes the move of the participant whose turn it is, if it keeps to the rules. Returns whether I hold it now. */
export function onMove(draft: Draft, from: number, { state, signature }: Move): boolean {
  if (state.version > draft.base) {
    try {
      requirePlayable(draft, state, from);
    } catch (error) {
      if (!(error instanceof SluiceError)) throw error;
      draft.reject(from, { version: state.version }, "NO_TURN", error.message.slice(0, 200));
      return false;
    }
    if (!draft.isSigned(state, from, signature)) return false;
    add(draft, { by: from, state, signature });
  }
  return true;
}

/** Sends the moves above a version that I hold. */
export function sendMoves(draft: Draft, above: bigint): void {
  for (const move of draft.record.moves) {
    if (move.state.version > above)
      draft.sendAll({ type: "move", channelId: draft.record.id, state: move.state, signature: move.signature });
  }
}

/** The newest state with what proves that it counts. */
export function provenNewest({ agreed, moves, terms }: ChannelRecord): Proven {
  const participants = terms.participants.length;
  const last = moves.at(-1)!;
  const whole = moves.length >= participants; // whoever signs a move accepts what it was played on
  const chain: readonly Moved[] = whole ? moves.slice(-participants) : moves;
  const before = chain.slice(0, -1).map(signedByMover);
  const start: SignedState[] = whole ? [] : [{ state: agreed!.state, signers: everyone(terms) }];
  return {
    candidate: signedByMover(last),
    proof: [...start, ...before],
    signatures: [
      last.signature,
      ...(whole ? [] : agreed!.signatures),
      ...chain.slice(0, -1).map(({ signature }) => signature),
    ],
  };
}

function signedByMover({ state, by }: Moved): SignedState {
  return { state, signers: 1n << BigInt(by) };
}

function requirePlayable(draft: Draft, state: State, mover: number): AppRules {
  const { record, context, session } = draft;
  const rules = context.rulesOf(record.terms.app);
  const refuse = (what: string): never => {
    throw new SluiceError("CHANNEL_NOT_OPEN", what, "Nothing was signed; the newest state still counts.");
  };
  if (rules === undefined) return refuse("This channel has no app whose rules I know.");
  if (!record.funded || record.closed || isFinal(record)) return refuse("This channel is not open.");
  if (record.promised !== undefined || session.proposal !== undefined) return refuse("A change is being agreed on.");
  const previous = newestState(record)!;
  if (state.version !== previous.version + 1n || rules.moverOf(state.version, draft.participants) !== mover) {
    throw new SluiceError(
      "MOVE_INVALID",
      "It is not this participant's turn.",
      "Nothing changed; wait for the other's move.",
    );
  }
  rules.requireMove(previous, state);
  return rules;
}

/** Keeps a move, and of the moves before it as many as a proof needs. */
function add(draft: Draft, move: Moved): void {
  const { record } = draft;
  draft.keep({ moves: [...record.moves, move].slice(-draft.participants) });
  draft.notify({ type: "moved", channelId: record.id, state: move.state, by: move.by });
}
