import { expect } from "chai";
import fc from "fast-check";
import { FINAL_VERSION } from "../../src";
import { Chain, CHANNELS } from "./model/chain";
import * as commands from "./model/commands";
import { expectSoundHistory } from "./model/history";
import { ASSETS, channelName, Model, PERIOD, shareOf, type Asset, type Owner, type Share } from "./model/model";
import { runs } from "./runs";

const channel = fc.nat(CHANNELS.length - 1);
const small = fc.bigInt(0n, 12n);
const asset: fc.Arbitrary<Asset> = fc.constantFrom(...ASSETS);
const person = fc.constantFrom("alice", "carol", "mallory");
const mostly = fc.nat(9).map((n) => n > 0);
const seldom = fc.nat(9).map((n) => n === 0);
const age = fc.oneof({ weight: 2, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(5) });

/** Who can be paid out of a channel: people, a contract that rejects the coin, and channels that come later. */
const sharesOf = (index: number): fc.Arbitrary<Share[]> => {
  const later = CHANNELS.map((_, i) => channelName(i)).slice(index + 1);
  return fc.array(fc.record({ to: fc.constantFrom("alice", "carol", "mallory", "wall", ...later), amount: small }), {
    maxLength: 4,
  });
};

const agree = channel.chain((index) =>
  fc
    .tuple(fc.tuple(sharesOf(index), sharesOf(index)), seldom, fc.bigInt(1n, 3n))
    .map(([shares, final, step]) => new commands.Agree(index, shares, final, step)),
);

const call: fc.Arbitrary<commands.Call> = fc.record({
  method: fc.constantFrom("conclude", "checkpoint", "settle", "collect"),
  channel,
  age,
  right: mostly,
});

const pause = fc.oneof(fc.constantFrom(PERIOD - 7n, PERIOD - 1n, PERIOD, PERIOD + 1n), fc.bigInt(0n, PERIOD));

const step: fc.Arbitrary<commands.Step>[] = [
  agree,
  agree,
  fc
    .tuple(person, channel, asset, small, fc.oneof(fc.constant(0n), small))
    .map((args) => new commands.Deposit(...args)),
  fc.tuple(channel, age, mostly, seldom).map((args) => new commands.Challenge(...args)),
  call.map((one) => new commands.Calls([one])),
  call.map((one) => new commands.Calls([one])),
  fc.array(call, { minLength: 2, maxLength: 3 }).map((calls) => new commands.Calls(calls)),
  fc
    .tuple(channel, age, fc.constantFrom("checkpoint" as const, "conclude" as const), fc.boolean())
    .map((args) => new commands.Forge(...args)),
  fc.tuple(person, asset, small).map((args) => new commands.Withdraw(...args)),
  pause.map((seconds) => new commands.Wait(seconds)),
];

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

function freshModel(): Model {
  return new Model(
    CHANNELS.map(({ members, bond }) => ({
      members,
      bond,
      states: [],
      record: undefined,
      received: [0n, 0n],
      paid: [0n, 0n],
    })),
  );
}

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
