import { expect } from "chai";
import fc from "fast-check";
import { FINAL_VERSION } from "../../src";
import { Chain, CHANNELS } from "./model/chain";
import * as commands from "./model/commands";
import { expectSoundHistory } from "./model/history";
import { ASSETS, PERIOD, shareOf, type Model, type Owner } from "./model/model";
import { freshModel, step } from "./model/steps";
import { runs } from "./runs";

const replayPath = process.env["SLUICE_REPLAY"];
const replay = replayPath === undefined ? {} : { replayPath };

describe("the suite, used by honest and malicious people in any order", () => {
  it("does what sums and maxima predict, and lets every honest party leave alone with what is its own", async () => {
    const chain = await Chain.create();
    await fc.assert(
      fc.asyncProperty(
        fc.commands(step, { maxCommands: 40, size: "max", ...replay }),
        fc.constantFrom("alice", "carol"),
        async (steps, closer) => {
          const model = freshModel();
          model.now = await chain.reset();
          await fc.asyncModelRun(() => ({ model, real: chain }), steps);
          for (const index of CHANNELS.keys()) await leave(model, chain, index, index === 2 ? closer : "alice");
          for (const owner of ["alice", "carol"]) await expectItsOwn(model, chain, owner);
          await expectSoundHistory(chain.sluice.adjudicator);
        },
      ),
      runs(30),
    );
  }).timeout(0);
});

/** What one member does, alone, to end a channel by the newest state. The number of steps has a bound. */
async function leave(model: Model, chain: Chain, index: number, by: Owner): Promise<void> {
  const newest = model.channel(index).states.length - 1;
  if (newest < 0) return;
  const one = { channel: index, age: 0, right: true };
  const final = model.channel(index).states[newest]!.version === FINAL_VERSION;
  const { record } = model.channel(index);
  if (record === undefined && final) {
    await commands.callAll(model, chain, by, [{ ...one, method: "conclude" }]);
  } else if (record?.kind !== "final") {
    const registered = record?.state === newest;
    const running = record !== undefined && record.finalizesAt !== 0n;
    if (final && !registered) await commands.callAll(model, chain, by, [{ ...one, method: "checkpoint" }]);
    const bond = model.channel(index).bond;
    if (!final && !(registered && running)) await commands.challenge(model, chain, by, index, newest, bond, true);
    if (!final) model.now += PERIOD;
    await commands.callAll(model, chain, by, [{ ...one, method: "settle" }]);
  }
  const last = model.channel(index).record;
  if (last?.kind === "final" && last.owed.length > 0) {
    const age = newest - last.state;
    await commands.callAll(model, chain, by, [{ ...one, age, method: "collect" }]);
  }
  await chain.check(model);
}

/** In its wallet, everything that its newest states give it out of what the channels received. */
async function expectItsOwn(model: Model, chain: Chain, owner: Owner): Promise<void> {
  for (const asset of ASSETS) {
    const before = model.owned.get(owner)?.[asset] ?? 0n;
    const inside = model.of(owner)[asset];
    await commands.withdraw(model, chain, owner, asset, inside);
    expect(model.owned.get(owner)?.[asset] ?? 0n).to.equal(before + inside);
    const due = model.channels.reduce((sum, { states, received }) => {
      const newest = states.at(-1);
      return sum + (newest === undefined ? 0n : shareOf(owner, newest, asset, received[asset]));
    }, 0n);
    expect(model.gainedFromChannels(owner, asset) >= due, `${owner} got what is due of asset ${asset}`).to.equal(true);
  }
  await chain.check(model);
}
