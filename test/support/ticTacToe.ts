import type { ContractTransactionResponse } from "ethers";
import {
  NATIVE,
  NO_DISPUTE,
  ticTacToe,
  type Address,
  type Channel,
  type CompactSignature,
  type Dispute,
  type SignedState,
  type State,
} from "../../src";
import { addressOf, ETHER, TestChannel, type Actor, type Sluice } from "./sluice";

/** Fields, in the order in which the players mark them. Whoever starts wins with the first of these. */
export const FIRST_WINS = [0, 3, 1, 4, 2];
export const DRAW = [0, 1, 2, 4, 3, 5, 7, 6, 8];

/** A move and what it was played on, as an adjudicator takes them. */
export interface Chain {
  readonly candidate: SignedState;
  readonly proof: SignedState[];
  readonly signatures: CompactSignature[];
}

/** What two players play for; stakes in the order in which the players are named. */
export interface Pot {
  readonly asset: Address;
  readonly stakes: readonly [bigint, bigint];
}

/**
 * A game of TicTacToe in a channel of its own, between two players that sign only their own moves. The first one that is
 * named starts.
 */
export class TestGame extends TestChannel {
  readonly playedFor: ticTacToe.Terms;
  readonly funding: State;
  readonly opening: State;

  private constructor(sluice: Sluice, players: readonly [Actor, Actor], channel: Partial<Channel>, pot: Pot) {
    super(sluice, players, channel);
    const inOrder = this.actors[0] === players[0];
    const [first, second] = pot.stakes;
    this.playedFor = {
      asset: pot.asset,
      destinations: [this.actors[0]!.destination, this.actors[1]!.destination],
      stakes: inOrder ? [first, second] : [second, first],
    };
    this.funding = ticTacToe.fundingState(this.playedFor);
    this.opening = ticTacToe.openingState(this.playedFor, inOrder ? 1n : 2n);
  }

  /** A channel whose app is TicTacToe. */
  static async create(
    sluice: Sluice,
    players: readonly [Actor, Actor],
    channel: Partial<Channel> = {},
    pot: Partial<Pot> = {},
  ): Promise<TestGame> {
    const app = await addressOf(sluice.ticTacToe);
    return new TestGame(sluice, players, { app, ...channel }, { asset: NATIVE, stakes: [ETHER, ETHER], ...pot });
  }

  /** Likewise, with both stakes deposited. */
  static async funded(
    sluice: Sluice,
    players: readonly [Actor, Actor],
    channel: Partial<Channel> = {},
    pot: Partial<Pot> = {},
  ): Promise<TestGame> {
    const game = await TestGame.create(sluice, players, channel, pot);
    await (game.playedFor.asset === NATIVE ? game.fundNative(game.total) : game.fundToken(game.total));
    return game;
  }

  /** Both stakes together. */
  get total(): bigint {
    return this.playedFor.stakes[0] + this.playedFor.stakes[1];
  }

  /** Who makes the move of a state. */
  moverOf({ version }: State): Actor {
    return this.actors[Number(version % 2n)]!;
  }

  /** All states of a game, from the opening on. */
  plays(fields: readonly number[], from: State = this.opening): State[] {
    const states = [from];
    for (const field of fields) states.push(ticTacToe.play(states[states.length - 1]!, field));
    return states;
  }

  /** The last of these states, played on the others, each signed by its mover; the opening by both. */
  chain(states: readonly State[]): Chain {
    const signed = states.map((state) =>
      state === this.opening ? this.signed(state) : this.signed(state, this.moverOf(state)),
    );
    const candidate = signed[signed.length - 1]!;
    const proof = signed.slice(0, -1);
    return { candidate, proof, signatures: this.signAll([candidate, ...proof]) };
  }

  /** A move played on the registered state, which needs no signature any more. */
  answer(registered: State, move: State): Chain {
    const candidate = this.signed(move, this.moverOf(move));
    return { candidate, proof: [{ state: registered, signers: 0n }], signatures: this.signAll([candidate]) };
  }

  checkpointChain(chain: Chain, dispute: Dispute = NO_DISPUTE): Promise<ContractTransactionResponse> {
    const { adjudicator } = this.sluice;
    return adjudicator.checkpointWithProof(this.terms, dispute, chain.candidate, chain.proof, chain.signatures);
  }

  /** Challenges with a chain of moves and returns the dispute that is then registered. */
  async challengeChain(chain: Chain, challenger: Actor, dispute: Dispute = NO_DISPUTE): Promise<Dispute> {
    const { candidate, proof, signatures } = chain;
    const signature = this.signChallenge(candidate.state, challenger);
    await this.sluice.adjudicator
      .connect(challenger.account)
      .challengeWithProof(this.terms, dispute, candidate, proof, signatures, signature, { value: this.terms.bond });
    return this.running(candidate.state, challenger);
  }

  /** What the app says about a chain, asked as the adjudicator asks. */
  async requireSupported({ candidate, proof }: Pick<Chain, "candidate" | "proof">, registered = false): Promise<void> {
    await this.sluice.ticTacToe.requireSupported(this.id, this.terms, proof, candidate, registered);
  }
}
