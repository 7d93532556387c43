import fc from "fast-check";
import { useNativeKeccak } from "../../../src/adapters/crypto/nativeKeccak";
import { runs } from "../../properties/runs";
import { perform, storyOf, type Action } from "./simulation/actions";
import { expectQuiet, expectJustice, expectPayments, finish, heal } from "./simulation/ending";
import { planOf, Stage, type Plan } from "./simulation/stage";

describe("simulation of payments over several hops", () => {
  before(useNativeKeccak);

  function play(plan: Plan, actions: readonly Action[]): void {
    const stage = new Stage(plan);
    for (const action of actions) perform(stage, action);
    heal(stage);
    expectQuiet(stage);
    expectPayments(stage);
    finish(stage);
    expectJustice(stage);
  }

  it("pays all of an invoice or nothing, and every hop its fee, whatever happens to network, disks and time", () => {
    fc.assert(fc.property(planOf(false), storyOf(false), play), runs(150));
  }).timeout(0);

  it("costs nobody honest more than it wanted to pay, whatever one hop does", () => {
    fc.assert(fc.property(planOf(true), storyOf(true), play), runs(150));
  }).timeout(0);
});
