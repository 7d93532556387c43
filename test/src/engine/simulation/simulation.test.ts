import fc from "fast-check";
import { useNativeKeccak } from "../../../../src/adapters/crypto/nativeKeccak";
import { runs } from "../../../properties/runs";
import { storyOf } from "./actions";
import { expectAgreement, expectJustice, finish, heal } from "./ending";
import { expectConservation, finale, PEOPLE, planOf, play } from "./story";

const pick = fc.nat(999);

describe("simulation", () => {
  before(useNativeKeccak); // hashing takes most of the time

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
      runs(1_500),
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
      runs(1_500),
    );
  }).timeout(0);
});
