import { expect } from "chai";
import * as ticTacToe from "../../../src/apps/ticTacToe";
import { ENDING, type Change } from "../../../src/engine/change";
import type { SimulatedNode } from "./world/node";
import { boardOf, endOf, errorOf, openGame, openScene, play, sharesIn } from "./world/scene";
import { payment } from "./world/terms";
import { GAME } from "./world/world";

function asked(node: SimulatedNode): Change[] {
  return node.notices.flatMap((notice) => (notice.type === "asked" ? [notice.change] : []));
}

describe("consent", () => {
  for (const [asker, owner] of [
    ["alice", "bob"],
    ["bob", "alice"],
  ] as const) {
    it(`of ${owner}'s application is asked when ${asker} wants what is ${owner}'s`, () => {
      for (const accept of [true, false]) {
        const { world, id } = openScene();
        const [from, to] = [world.node(owner), world.node(asker)];
        const ticket = to.wish(id, payment(from, to, 30n));
        world.deliverAll();
        expect(asked(from)).to.deep.equal([payment(from, to, 30n)]);
        for (let i = 0; i < 3; i++) {
          world.pass(1_000);
          world.deliverAll();
        }
        expect(asked(from), "it is asked once").to.have.length(1);
        expect(sharesIn(from, id)).to.deep.equal([100n, 100n]);
        from.dispatch(id, { type: "answer", change: payment(from, to, 30n), accept });
        world.pass(1_000);
        world.deliverAll();
        if (accept) expect(endOf(to, ticket)).to.equal(1n);
        else expect(errorOf(to, ticket).code).to.equal("CHANGE_REFUSED");
        expect(from.states.get(id)!.session.questions).to.deep.equal([]);
      }
    });
  }

  it("is used up by one change", () => {
    const { world, alice, bob, id } = openScene();
    for (let i = 0; i < 2; i++) {
      bob.wish(id, payment(alice, bob, 30n));
      world.deliverAll();
      if (i === 0) alice.dispatch(id, { type: "answer", change: payment(alice, bob, 30n), accept: true });
      world.deliverAll();
    }
    expect(asked(alice)).to.have.length(2);
    expect(sharesIn(alice, id)).to.deep.equal([70n, 130n]);
  });

  it("does not keep the own wishes of whoever is asked waiting", () => {
    const { world, alice, bob, id } = openScene();
    alice.wish(id, payment(bob, alice, 30n));
    world.deliverAll();
    const tickets = [1n, 2n].map((amount) => bob.wish(id, payment(bob, alice, amount)));
    world.deliverAll();
    for (const ticket of tickets) endOf(bob, ticket);
    bob.dispatch(id, { type: "answer", change: payment(bob, alice, 30n), accept: true });
    world.deliverAll();
    expect(sharesIn(alice, id)).to.deep.equal([133n, 67n]);
  });

  it("is asked for money to somebody unknown, and for data that mean something", () => {
    const { world, alice, bob, id } = openScene();
    const stranger = `0x${"00".repeat(12)}${"99".repeat(20)}` as const;
    const [transfer] = payment(bob, alice, 5n).transfers;
    for (const change of [
      { transfers: [{ ...transfer!, to: stranger as never }], final: false },
      { transfers: [], final: false, appData: "0x1234" as const },
      { ...payment(bob, alice, 5n), final: true },
    ]) {
      alice.wish(id, change);
      world.deliverAll();
      expect(asked(bob).at(-1)).to.deep.equal(change);
      bob.dispatch(id, { type: "answer", change, accept: false });
      world.deliverAll();
    }
  });

  it("is not needed to begin a game for what both have put in", () => {
    const { bob, alice, start } = openGame();
    expect(ticTacToe.decodeGame(start.appData).marks).to.deep.equal([0, 0]);
    expect([...asked(alice), ...asked(bob)]).to.deep.equal([]);
  });

  it("is needed to begin a game for anything else", () => {
    const { world, alice, bob, id } = openScene({ app: GAME });
    const board = ticTacToe.decodeGame(boardOf(alice, id).appData);
    alice.wish(id, { transfers: [], final: false, appData: ticTacToe.encodeGame({ ...board, stakes: [1n, 199n] }) });
    world.deliverAll();
    expect(asked(bob)).to.have.length(1);
  });

  it("is needed to end a game that the other one is about to win, and to resign it is not", () => {
    for (const resigner of [0, 1]) {
      const game = openGame();
      const { world, nodes, id } = game;
      const state = play(game, game.start, 0);
      if (Number(state.version % 2n) === resigner) play(game, state, 4);
      const winner = nodes[1 - resigner]!;
      const loser = nodes[resigner]!;
      winner.wish(id, ENDING);
      world.deliverAll();
      expect(asked(loser), "who has not moved yet is asked").to.have.length(1);
      loser.dispatch(id, { type: "answer", change: ENDING, accept: false });
      world.deliverAll();
      expect(loser.record(id).agreed!.state.version).to.equal(game.start.version);
      const ticket = loser.wish(id, ENDING);
      world.deliverAll();
      endOf(loser, ticket);
      expect(asked(winner)).to.deep.equal([]);
      expect(sharesIn(winner, id)[1 - resigner]).to.equal(200n);
    }
  });

  it("lapses with the position that it was given for", () => {
    const game = openGame();
    const { world, nodes, id } = game;
    const first = play(game, game.start, 0);
    const winner = nodes[Number(first.version % 2n)]!;
    const other = nodes[Number((first.version + 1n) % 2n)]!;
    winner.wish(id, ENDING);
    world.deliverAll();
    expect(asked(other)).to.have.length(1);
    const second = ticTacToe.play(first, 1);
    world.network.letters = [];
    other.move(id, second);
    world.deliverAll();
    const third = ticTacToe.play(second, 2);
    winner.move(id, third);
    world.deliverAll();
    other.dispatch(id, { type: "answer", change: ENDING, accept: true });
    world.pass(1_000);
    world.deliverAll();
    expect(other.record(id).promised, "the old question is gone").to.equal(undefined);
    expect(other.record(id).moves.at(-1)!.state.version).to.equal(third.version);
  });

  it("is not what somebody asked for before the other one moved", () => {
    for (const closer of [0, 1]) {
      const game = openGame();
      const { world, nodes, id } = game;
      let state = play(game, game.start, 0);
      if (Number(state.version % 2n) !== closer) state = play(game, state, 1);
      const [hopeful, other] = [nodes[closer]!, nodes[1 - closer]!];
      world.censor = ({ from, message }) => from === hopeful.address && message.type === "move";
      const ticket = hopeful.wish(id, ENDING); // the last move is its own: the end would be good for it
      world.censor = undefined;
      other.move(id, ticTacToe.play(state, 8));
      world.deliverAll();
      for (let i = 0; i < 3; i++) {
        world.pass(1_000);
        world.deliverAll();
      }
      expect(errorOf(hopeful, ticket).message).to.contain("A move was made meanwhile");
      for (const node of nodes) expect(node.record(id).moves.at(-1)!.by).to.equal(1 - closer);
    }
  });
});
