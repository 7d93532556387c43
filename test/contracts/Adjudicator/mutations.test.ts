import { expect } from "chai";
import { NATIVE } from "../../../src";
import { permissiveChannel } from "../../support/disputes";
import { REGISTERING, send, validDraft, type Draft, type RegisteringMethod } from "../../support/draft";
import { BOND, MUTATIONS } from "../../support/mutations";
import { freshSluice, split, type Sluice, type TestChannel } from "../../support/sluice";

/** A bonded channel between Alice and Bob, and a call to it that succeeds. */
async function prepare(method: RegisteringMethod): Promise<[Sluice, TestChannel, Draft]> {
  const sluice = await freshSluice();
  const channel = await permissiveChannel(sluice, { bond: BOND });
  await channel.fundNative(10n);
  const state = channel.state(7n, [split(NATIVE, [sluice.alice, 6n], [sluice.bob, 4n])]);
  return [sluice, channel, validDraft(channel, method, state)];
}

describe("Adjudicator", () => {
  for (const method of REGISTERING) {
    describe(`${method}, with one change to a valid call`, () => {
      it("succeeds without a change", async () => {
        const [sluice, , draft] = await prepare(method);
        await expect(send(sluice, method, draft)).not.to.be.reverted;
      });

      for (const { error, what, methods, mutate } of MUTATIONS) {
        if (methods?.includes(method) === false) continue;
        it(`reverts with ${error}: ${what}`, async () => {
          const [sluice, channel, draft] = await prepare(method);
          const args = await mutate(draft, channel);
          const call = expect(send(sluice, method, draft)).to.be.revertedWithCustomError(sluice.adjudicator, error);
          await (args.length === 0 ? call : call.withArgs(...args));
        });
      }
    });
  }
});
