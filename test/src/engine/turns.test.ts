import { expect } from "chai";
import * as ticTacToe from "../../../src/apps/ticTacToe";
import { newestVersion } from "../../../src/engine/channel";
import { newestEvidence } from "../../../src/engine/turns";
import type { State } from "../../../src/protocol/types";
import type { SimulatedNode } from "./world/node";
import { endOf, errorOf, expectClosed, gains, openGame, openScene, outlast, play, type Scene } from "./world/scene";
import { payment } from "./world/terms";
import { GAME } from "./world/world";

function playAll(scene: Scene, from: State, fields: readonly number[]): State {
  return fields.reduce((state, field) => play(scene, state, field), from);
}

function moverOf({ nodes }: Scene, { version }: State): SimulatedNode {
  return nodes[Number(version % 2n)]!;
}

describe("turns", () => {
  it("are taken with one message each, and a move is answered at once", () => {
    const game = openGame();
    const { world, id } = game;
    const state = ticTacToe.play(game.start, 4);
    const mover = moverOf(game, state);
    const ticket = mover.move(id, state);
    expect(endOf(mover, ticket)).to.equal(state.version);
    expect(world.network.letters.map(({ message }) => message.type)).to.deep.equal(["move"]);
    world.deliverAll();
    for (const node of game.nodes) expect(newestVersion(node.record(id))).to.equal(state.version);
  });

  it("are nobody else's, and follow the rules", () => {
    const game = openGame();
    const { world, id, start } = game;
    const state = ticTacToe.play(start, 4);
    const mover = moverOf(game, state);
    const other = moverOf(game, start);
    expect(errorOf(other, other.move(id, state)).code).to.equal("MOVE_INVALID");
    const cheat = { ...state, outcome: start.outcome };
    expect(errorOf(mover, mover.move(id, cheat)).code).to.equal("MOVE_INVALID");
    const late = ticTacToe.play(state, 5);
    expect(errorOf(mover, mover.move(id, late)).code).to.equal("MOVE_INVALID");
    expect(world.network.letters).to.deep.equal([]);
  });

  it("are taken over only if they are signed, keep to the rules, and are the mover's", () => {
    const game = openGame();
    const { world, id, start } = game;
    const state = ticTacToe.play(start, 4);
    const mover = moverOf(game, state);
    const other = moverOf(game, start);
    mover.move(id, state);
    const { message } = world.network.letters.splice(0)[0]!;
    if (message.type !== "move") throw new Error("It moves.");
    const wrong = { r: `0x${"11".repeat(32)}`, vs: `0x${"22".repeat(32)}` } as const;
    for (const forged of [
      { ...message, signature: wrong },
      { ...message, state: ticTacToe.play(start, 3) },
      { ...message, state: { ...state, version: state.version + 2n } },
      { ...message, state: { ...state, version: 2n ** 60n } },
    ]) {
      other.receive(mover.address, forged);
      expect(newestVersion(other.record(id))).to.equal(start.version);
    }
    world.network.letters = [];
    other.receive(mover.address, message);
    other.receive(mover.address, message);
    expect(newestVersion(other.record(id))).to.equal(state.version);
    expect(world.network.letters.map((letter) => letter.message.type)).to.deep.equal(["sync", "sync"]);
  });

  it("begin when the money is there, in a channel whose rules are known", () => {
    const { alice, bob, id } = openScene();
    const state = ticTacToe.play(openGame().start, 0);
    for (const node of [alice, bob]) expect(errorOf(node, node.move(id, state)).code).to.equal("CHANNEL_NOT_OPEN");
  });

  it("are sent again until the other one has heard of them", () => {
    const game = openGame();
    const { world, id, start } = game;
    const state = ticTacToe.play(start, 4);
    moverOf(game, state).move(id, state);
    world.network.letters = [];
    world.pass(1_000);
    world.deliverAll();
    for (const node of game.nodes) expect(newestVersion(node.record(id))).to.equal(state.version);
    world.pass(1_000);
    expect(world.network.letters).to.deep.equal([]);
  });

  it("wait for a player that is not connected, unless they are taken on the chain", () => {
    const game = openGame();
    const { world, nodes, id, start } = game;
    world.disconnect(nodes[0]!, nodes[1]!);
    const state = ticTacToe.play(start, 4);
    const mover = moverOf(game, state);
    expect(errorOf(mover, mover.move(id, state)).code).to.equal("PEER_SILENT");
    moverOf(game, start).dispatch(id, { type: "leave" });
    world.run(1);
    endOf(mover, mover.move(id, state));
    outlast(world);
    expect(gains(world)[Number(state.version % 2n)], "who did not answer has lost").to.equal(100n);
  });

  it("are answered where the chain alone has shown them", () => {
    const game = openGame();
    const { world, id } = game;
    const before = play(game, game.start, 0);
    const mallory = moverOf(game, ticTacToe.play(before, 1));
    const honest = moverOf(game, before);
    world.censor = ({ from }) => from !== mallory.address;
    const hidden = ticTacToe.play(before, 1);
    mallory.move(id, hidden);
    mallory.dispatch(id, { type: "leave" });
    world.run(1);
    expect(newestVersion(honest.record(id)), "it knows the move from the chain").to.equal(hidden.version);
    const answer = ticTacToe.play(hidden, 2);
    endOf(honest, honest.move(id, answer));
    mallory.crash();
    outlast(world);
    expect(honest.record(id).closed).to.equal(true);
    expect(gains(world)[honest.record(id).self]).to.equal(100n);
  });

  it("have no signature for a change in their place", () => {
    const { world, alice, bob, id } = openScene({ app: GAME });
    bob.wish(id, payment(bob, alice, 1n));
    bob.receive(alice.address, { type: "reject", channelId: id, version: 1n, reason: "CHANGE_REFUSED", text: "" });
    world.network.letters = [];
    const state = { ...bob.record(id).opening, version: 1n };
    expect(errorOf(bob, bob.move(id, state)).message).to.contain("in the place of this move");
  });

  it("wait while a change is being agreed on, and a change is over when the other one has moved", () => {
    const game = openGame();
    const { world, nodes, id, start } = game;
    const [alice, bob] = nodes as [SimulatedNode, SimulatedNode];
    const first = ticTacToe.play(start, 0);
    const mover = moverOf(game, first);
    const change = payment(mover, mover === alice ? bob : alice, 1n);
    const ticket = mover.wish(id, change);
    expect(errorOf(mover, mover.move(id, first)).message).to.contain("being agreed on");
    world.deliverAll();
    endOf(mover, ticket);
  });

  it("stand in a row as long as a proof needs", () => {
    const game = openGame();
    const { id, start, nodes } = game;
    for (let length = 1; length <= 6; length++) {
      const fresh = openGame();
      const state = playAll(fresh, fresh.start, [0, 3, 1, 4, 8, 5].slice(0, length));
      for (const node of fresh.nodes) {
        const { state: proven, proven: proof } = newestEvidence(node.record(fresh.id));
        expect(proven.version).to.equal(state.version);
        expect(proof!.proof.length).to.equal(1);
        expect(node.record(fresh.id).moves.length).to.equal(Math.min(length, 4));
      }
    }
    expect(newestEvidence(nodes[0]!.record(id))).to.deep.equal({ state: start, proven: undefined });
  });

  it("that a player has forgotten are told by the other one, its own among them", () => {
    for (const played of [1, 2, 3, 5]) {
      const game = openGame();
      const { world, nodes, id, start } = game;
      const backups = nodes.map((node) => node.backup());
      const state = playAll(game, start, [0, 3, 1, 4, 8].slice(0, played));
      for (const [i, node] of nodes.entries()) {
        node.restore(backups[i]!);
        node.restart();
        for (let round = 0; round < 2; round++) {
          world.deliverAll();
          world.disconnect(nodes[0]!, nodes[1]!);
          world.connect(nodes[0]!, nodes[1]!);
        }
        world.deliverAll();
        expect(newestVersion(node.record(id)), `${node.name} after ${played}`).to.equal(state.version);
        const other = nodes[1 - i]!;
        expect(newestVersion(other.record(id))).to.equal(state.version);
      }
      const next = ticTacToe.play(state, 7);
      endOf(moverOf(game, next), moverOf(game, next).move(id, next));
    }
  });

  it("end with the last one: then the channel closes without asking anybody", () => {
    const game = openGame();
    const { world, id, start } = game;
    const last = playAll(game, start, [0, 3, 1, 4, 2]);
    const loser = nodes(game).find((node) => node !== moverOf(game, last))!;
    moverOf(game, last).wish(id, { transfers: [], final: true });
    world.run();
    expectClosed(game, id);
    expect(loser.notices.some(({ type }) => type === "asked")).to.equal(false);
    expect(gains(world)[Number(last.version % 2n)]).to.equal(100n);
  });
});

function nodes({ nodes: all }: Scene): readonly SimulatedNode[] {
  return all;
}
