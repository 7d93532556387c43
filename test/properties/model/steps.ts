import fc from "fast-check";
import { CHANNELS } from "./chain";
import * as commands from "./commands";
import { ASSETS, channelName, Model, PERIOD, type Asset, type Share } from "./model";

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

/** What anybody may do next. */
export const step: fc.Arbitrary<commands.Step>[] = [
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

/** A model in which nothing has happened. */
export function freshModel(): Model {
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
