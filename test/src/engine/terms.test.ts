import { expect } from "chai";
import type { Context } from "../../../src/engine/context";
import { openingState, requireValidTerms, type Terms } from "../../../src/engine/terms";
import { SluiceError } from "../../../src/errors";
import { encodeOutcome } from "../../../src/protocol/outcome";
import { NATIVE, toAddress } from "../../../src/protocol/types";
import { openInLedger, openScene } from "./world/scene";
import { successorOf, termsOf } from "./world/terms";
import { GAME, TOKEN, World } from "./world/world";

const world = new World(["alice", "bob", "carol"]);
const [alice, bob, carol] = world.nodes;

function refusal(terms: Terms, context: Context = alice!.context()): string {
  try {
    requireValidTerms(context, terms);
  } catch (error) {
    if (error instanceof SluiceError) return error.message;
    throw error;
  }
  return "";
}

function withOpening(terms: Terms, amounts: readonly (readonly [who: number, amount: bigint])[]): Terms {
  const allocations = amounts.map(([who, amount]) => ({ destination: terms.destinations[who]!, amount }));
  return { ...terms, opening: { ...terms.opening, outcome: encodeOutcome([{ asset: NATIVE, allocations }]) } };
}

describe("the terms of a channel", () => {
  const good = termsOf([alice!, bob!]);

  it("are fine if everybody is paid what it puts in, in order", () => {
    expect(refusal(good)).to.equal("");
    expect(
      refusal(
        withOpening(good, [
          [0, 5n],
          [1, 7n],
        ]),
      ),
    ).to.equal("");
    expect(refusal(withOpening(good, [[1, 7n]]))).to.equal("");
    expect(
      refusal(
        withOpening(good, [
          [0, 0n],
          [1, 7n],
        ]),
      ),
    ).to.equal("");
  });

  it("are refused if somebody would be paid before whoever deposits first: it could take what the other has put in", () => {
    expect(
      refusal(
        withOpening(good, [
          [1, 7n],
          [0, 5n],
        ]),
      ),
    ).to.contain("in their order");
    expect(
      refusal(
        withOpening(good, [
          [0, 5n],
          [1, 7n],
          [0, 1n],
        ]),
      ),
    ).to.contain("in their order");
    const stranger = { ...good, destinations: [good.destinations[0]!, termsOf([bob!, carol!]).destinations[1]!] };
    expect(refusal({ ...stranger, opening: good.opening })).to.contain("in their order");
  });

  it("are refused if they are not mine, or nobody could keep to them", () => {
    const { channel, destinations, opening } = good;
    expect(refusal(termsOf([bob!, carol!]))).to.contain("I am no participant");
    expect(refusal({ ...good, destinations: destinations.slice(1) })).to.contain("one destination for each");
    expect(refusal({ ...good, destinations: [destinations[0]!, destinations[0]!] })).to.contain("have one destination");
    expect(refusal({ ...good, opening: { ...opening, version: 1n } })).to.contain("version 0");
    expect(refusal({ ...good, channel: { ...channel, challengePeriod: 0n } })).to.contain("challenge period");
    expect(refusal({ ...good, opening: { ...opening, outcome: "0x12" } })).to.contain("no outcome");
  });

  it("are refused if I do not know the rules, or a game would begin before the money is there", () => {
    expect(refusal(termsOf([alice!, bob!], { app: toAddress(`0x${"77".repeat(20)}`) }))).to.contain(
      "rules of this app",
    );
    const game = termsOf([alice!, bob!], { app: GAME });
    expect(refusal(game)).to.equal("");
    expect(refusal({ ...game, opening: { ...game.opening, appData: "0x01" } })).to.contain("A game begins");
  });

  it("name as the one who pays only an open channel of the same people, whose own money is on the chain", () => {
    const scene = openScene();
    const inLedger = (ledger: typeof scene.id) => termsOf(scene.nodes, { funding: { kind: "ledger", ledger } });
    expect(refusal(inLedger(scene.id), scene.alice.context())).to.equal("");
    expect(refusal(inLedger(termsOf(scene.nodes).channel.nonce as never), scene.alice.context())).to.contain(
      "same participants",
    );
    const child = openInLedger(scene, [1n, 1n]);
    expect(refusal(inLedger(child), scene.alice.context())).to.contain("pays no other channel");
    const [one, two] = good.destinations;
    const elsewhere = { ...inLedger(scene.id), destinations: [two!, one!] };
    elsewhere.opening = openingState(elsewhere.destinations, [[], []]);
    expect(refusal(elsewhere, scene.alice.context())).to.contain("same participants");
    scene.alice.dispatch(scene.id, { type: "leave" });
    expect(refusal(inLedger(scene.id), scene.alice.context())).to.contain("closed");
  });

  it("of a splice pay what is carried over before what is added", () => {
    const { nodes, id, alice: one } = openScene();
    const terms = successorOf(nodes, id, { asset: NATIVE, amounts: [60n, 40n] }, [5n, 0n]);
    expect(refusal(terms, one.context())).to.equal("");
    const merged = withOpening(terms, [
      [0, 65n],
      [1, 40n],
    ]);
    expect(refusal(merged, one.context())).to.contain("in their order");
    const funding = { kind: "splice" as const, predecessor: id, carried: [{ asset: NATIVE, amounts: [60n, 50n] }] };
    expect(refusal({ ...terms, funding }, one.context())).to.contain("more than what the opening state pays");
    const twice = { ...funding, carried: [1, 2].map(() => ({ asset: NATIVE, amounts: [60n, 40n] })) };
    expect(refusal({ ...terms, funding: twice }, one.context())).to.contain("not what the opening state pays");
    const absent = { ...funding, carried: [{ asset: TOKEN, amounts: [1n, 0n] }] };
    expect(refusal({ ...good, funding: absent }, one.context())).to.contain("not what the opening state pays");
  });
});
