import { equal } from "node:assert/strict"; // asked after every action: matchers for numbers of contracts cost too much
import fc from "fast-check";
import { NATIVE } from "../../../../src/protocol/types";
import type { Keys } from "../world/keyring";
import { FORTUNE, TOKEN } from "../world/world";
import { perform, type Action } from "./actions";
import type { Finale } from "./ending";
import { Stage, type Kind, type Plan } from "./stage";

/** Who takes part. */
export const PEOPLE = ["alice", "bob", "ingrid"];

const KINDS: readonly Kind[] = [
  "payments",
  "payments",
  "bonded",
  "tokens",
  "authorized",
  "game",
  "game",
  "three",
  "paying",
  "paying",
  "paying",
  "paying tokens",
];

/** Some channels among some people, one of whom may lie. */
export function planOf(liar: fc.Arbitrary<string | undefined>, kinds = KINDS): fc.Arbitrary<Plan> {
  const kind = fc.constantFrom(...kinds);
  return fc.record({
    order: fc.shuffledSubarray(PEOPLE, { minLength: 3, maxLength: 3 }),
    channels: fc.array(fc.record({ kind, with: fc.nat(2), opener: fc.nat(2) }), { minLength: 1, maxLength: 2 }),
    liar,
    smooth: fc.nat(5).map((n) => n > 0),
  });
}

/** How it ends. */
export const finale = fc.constantFrom<Finale>("closing", "leaving", "mixed");

/** Lets things happen, one after the other; no money is made or lost. */
export function play(plan: Plan, actions: readonly Action[], keys?: Keys): Stage {
  const stage = new Stage(plan, keys);
  for (const action of actions) {
    perform(stage, action);
    expectConservation(stage);
  }
  return stage;
}

/** Checks that there is as much money as in the beginning. */
export function expectConservation({ world }: Stage): void {
  for (const asset of [NATIVE, TOKEN]) equal(world.chain.head.total(asset), FORTUNE * BigInt(PEOPLE.length));
}
