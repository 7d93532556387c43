import { expect } from "chai";
import fc from "fast-check";
import { NATIVE } from "../../../../src/protocol/types";
import { runs } from "../../../properties/runs";
import { FORTUNE, TOKEN } from "../world/world";
import { perform, storyOf, type Action } from "./actions";
import { expectAgreement, expectJustice, finish, heal, type Finale } from "./ending";
import { Stage, type Kind, type Plan } from "./stage";

const PEOPLE = ["alice", "bob", "ingrid"];

const kind = fc.constantFrom<Kind>("payments", "payments", "bonded", "tokens", "authorized", "game", "game", "three");

function planOf(liar: fc.Arbitrary<string | undefined>): fc.Arbitrary<Plan> {
  return fc.record({
    order: fc.shuffledSubarray(PEOPLE, { minLength: 3, maxLength: 3 }),
    channels: fc.array(fc.record({ kind, with: fc.nat(2), opener: fc.nat(2) }), { minLength: 1, maxLength: 3 }),
    liar,
    smooth: fc.nat(3).map((n) => n > 0),
  });
}

const finale = fc.constantFrom<Finale>("closing", "leaving", "mixed");
const pick = fc.nat(999);

function play(plan: Plan, actions: readonly Action[]): Stage {
  const stage = new Stage(plan);
  for (const action of actions) {
    perform(stage, action);
    expectConservation(stage);
  }
  return stage;
}

function expectConservation({ world }: Stage): void {
  for (const asset of [NATIVE, TOKEN]) expect(world.chain.head.total(asset)).to.equal(FORTUNE * BigInt(PEOPLE.length));
}

describe("simulation", () => {
  it("agrees after whatever happens to the network, the disks and the chain, and pays everybody", () => {
    fc.assert(
      fc.property(planOf(fc.constant(undefined)), storyOf(0), finale, pick, (plan, actions, how, n) => {
        const stage = play(plan, actions);
        heal(stage);
        expectConservation(stage);
        expectAgreement(stage);
        finish(stage, how, n);
        expectConservation(stage);
        expectJustice(stage);
      }),
      runs(300),
    );
  }).timeout(0);

  it("pays everybody honest by the newest state, whatever one of three does", () => {
    fc.assert(
      fc.property(
        planOf(fc.constantFrom(...PEOPLE)),
        storyOf(2),
        finale,
        pick,
        fc.constantFrom("willing", "silent", "lying"),
        (plan, actions, how, n, temper) => {
          const stage = play(plan, actions);
          if (temper === "willing") heal(stage);
          else stage.wake();
          if (temper === "silent") stage.mallory!.node.crash();
          if (temper === "lying")
            for (let i = 0; i < 6; i++) stage.mallory!.register(n + 7 * i, i % 2 === 0 ? "challenge" : "checkpoint");
          finish(stage, how, n);
          expectConservation(stage);
          expectJustice(stage);
        },
      ),
      runs(300),
    );
  }).timeout(0);
});
