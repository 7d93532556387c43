import { expect } from "chai";
import * as ticTacToe from "../../../../src/apps/ticTacToe";
import { shareOf } from "../../../../src/engine/change";
import { newestState } from "../../../../src/engine/channel";
import type { SluiceError } from "../../../../src/errors";
import { accountDestination } from "../../../../src/protocol/destination";
import { NATIVE, type Address, type ChannelId, type Hex, type State } from "../../../../src/protocol/types";
import type { SimulatedNode } from "./node";
import { installing, PERIOD, termsOf, type Wanted } from "./terms";
import { FORTUNE, GAME, World } from "./world";

/** Everybody in a world, in the order of their addresses, and one channel that all of them have opened and funded. */
export interface Scene {
  readonly world: World;
  readonly nodes: readonly SimulatedNode[];
  readonly alice: SimulatedNode;
  readonly bob: SimulatedNode;
  readonly id: ChannelId;
}

/** A world of Alice, who seals, Bob, and whoever is named besides, with a channel among all of them. */
export function openScene(wanted: Wanted = {}, ...more: readonly string[]): Scene {
  const world = new World(["alice", "bob", ...more]);
  const [alice, bob] = world.nodes as [SimulatedNode, SimulatedNode];
  const id = alice.open(termsOf(world.nodes, wanted));
  world.run(4 * world.nodes.length);
  for (const node of world.nodes) expect(node.record(id).funded, `${node.name} sees the money`).to.equal(true);
  return { world, nodes: world.nodes, alice, bob, id };
}

/** A channel between the same people whose money is in the channel of a scene. */
export function openInLedger({ world, nodes, alice, id }: Scene, amounts: readonly bigint[], app?: Address): ChannelId {
  const terms = termsOf(nodes, {
    amounts,
    funding: { kind: "ledger", ledger: id },
    ...(app === undefined ? {} : { app }),
  });
  const child = alice.open(terms);
  world.deliverAll();
  alice.wish(id, installing(child, terms));
  world.deliverAll();
  for (const node of nodes) expect(node.record(child).funded, `${node.name} sees the money`).to.equal(true);
  return child;
}

/** A channel of tic-tac-toe with an empty board. */
export function openGame(wanted: Wanted = {}): Scene & { readonly start: State } {
  const scene = openScene({ app: GAME, ...wanted });
  scene.alice.wish(scene.id, boardOf(scene.alice, scene.id));
  scene.world.deliverAll();
  return { ...scene, start: scene.alice.record(scene.id).agreed!.state };
}

/** The change that opens a game for everything that a channel's opening state gives. */
export function boardOf(node: SimulatedNode, id: ChannelId): { transfers: []; appData: Hex; final: false } {
  const { destinations, opening } = node.record(id);
  const stake = BigInt(`0x${opening.outcome.slice(-64)}`);
  const terms = { asset: NATIVE, destinations: [destinations[0]!, destinations[1]!], stakes: [stake, stake] } as const;
  return { transfers: [], appData: ticTacToe.openingState(terms).appData, final: false };
}

/** Plays a move for whoever's turn it is, and lets it arrive. Returns the state that it leads to. */
export function play({ world, nodes, id }: Scene, from: State, field: number): State {
  const state = ticTacToe.play(from, field);
  const mover = nodes[Number(state.version % 2n)]!;
  const ticket = mover.move(id, state);
  world.deliverAll();
  expect(mover.ends.get(ticket)).to.have.property("state");
  return state;
}

/** Lets the clock of a challenge run out, and what follows happen. */
export function outlast(world: World): void {
  world.run(6);
  world.mine(PERIOD);
  world.run(8);
}

/** What everybody has won or lost since the beginning. */
export function gains(world: World, asset: Address = NATIVE): bigint[] {
  return world.nodes.map(({ address }) => world.chain.head.owned.of(accountDestination(address), asset) - FORTUNE);
}

/** Checks that everybody has finished with a channel. */
export function expectClosed({ nodes }: Pick<Scene, "nodes">, id: ChannelId): void {
  for (const node of nodes) expect(node.record(id).closed, `${node.name} is done`).to.equal(true);
}

/** The version with which a wait ended well. */
export function endOf(node: SimulatedNode, ticket: number): bigint {
  const end = node.ends.get(ticket);
  if (end === undefined || "error" in end) throw new Error(`${node.name} waits, or it failed: ${end?.error.message}`);
  return end.state.version;
}

/** The error with which a wait ended. */
export function errorOf(node: SimulatedNode, ticket: number): SluiceError {
  const end = node.ends.get(ticket);
  if (end === undefined || "state" in end) throw new Error(`${node.name} waits, or it went well.`);
  return end.error;
}

/** What everybody would be paid of the native coin by the newest state that somebody holds. */
export function sharesIn(node: SimulatedNode, id: ChannelId): bigint[] {
  const record = node.record(id);
  return record.destinations.map((destination) => shareOf(newestState(record)!, NATIVE, destination));
}
