import { expect } from "chai";
import { keccak256, TypedDataEncoder } from "ethers";
import fc from "fast-check";
import { ethers } from "hardhat";
import {
  decodeTallies,
  domainOf,
  encodeTallies,
  NO_LOCKS,
  NO_TALLY,
  NO_VOUCHER,
  recoverSigner,
  SluiceError,
  tallyOf,
  voucherDigest,
  voucherHash,
  type ChannelId,
  type Hex,
  type SignedVoucher,
  type State,
  type Tally,
  type Voucher,
} from "../../src";
import { deployPayments, TestPayments, type Payments, type Shown } from "../support/payments";
import type { Actor } from "../support/sluice";
import { address, word } from "./arbitraries";
import { runs, USUAL_RUNS } from "./runs";

const tally: fc.Arbitrary<Tally> = fc.record({
  nonce: fc.bigInt(0n, 2n ** 64n - 1n),
  transferred: fc.bigInt(0n, 2n ** 128n - 1n),
  locked: fc.bigInt(0n, 2n ** 128n - 1n),
  locksRoot: word,
});

const VOUCHER_TYPE = {
  Voucher: [
    { name: "channelId", type: "bytes32" },
    { name: "asset", type: "address" },
    { name: "nonce", type: "uint64" },
    { name: "transferred", type: "uint128" },
    { name: "locked", type: "uint128" },
    { name: "locksRoot", type: "bytes32" },
    { name: "ack", type: "bytes32" },
  ],
};

/** What somebody does off-chain: a payment or a lock of up to so much, or whatever a liar would sign. */
interface Act {
  readonly byLiar: boolean;
  readonly amount: bigint;
  readonly lock: boolean;
  readonly nonceStep: bigint;
  readonly back: boolean;
  readonly ack: number;
}

/** What a liar shows to the chain: some voucher of either side, on top of the agreement or of what is registered. */
interface Attack {
  readonly honest: number;
  readonly lying: number;
  readonly onRegistered: boolean;
  readonly signed: boolean;
}

const act: fc.Arbitrary<Act> = fc.record({
  byLiar: fc.boolean(),
  amount: fc.bigInt(0n, 60n),
  lock: fc.boolean(),
  nonceStep: fc.constantFrom(1n, 1n, 1n, 1n, 0n, 2n),
  back: fc.integer({ min: 0, max: 5 }).map((i) => i === 0),
  ack: fc.nat(),
});
const attack: fc.Arbitrary<Attack> = fc.record({
  honest: fc.nat(),
  lying: fc.nat(),
  onRegistered: fc.boolean(),
  signed: fc.boolean(),
});

/** An honest participant and a liar: what each has signed, and what the honest one took. */
class Play {
  readonly honestly: SignedVoucher[] = [];
  readonly lies: SignedVoucher[] = [];
  /** The newest voucher of the liar that the honest one took. */
  taken: SignedVoucher | undefined;

  constructor(
    readonly channel: TestPayments,
    readonly honest: Actor,
    readonly liar: Actor,
  ) {}

  /** The newest own voucher that the liar has acknowledged in what was taken. */
  get acknowledged(): SignedVoucher | undefined {
    return this.#find(this.taken?.voucher.ack ?? NO_VOUCHER);
  }

  perform(step: Act): void {
    if (step.byLiar) this.#lie(step);
    else this.#pay(step);
  }

  /** The honest one pays no more than it has, given what it took. */
  #pay({ amount, lock, back }: Act): void {
    const last = this.honestly[this.honestly.length - 1]?.voucher;
    const locked = lock ? amount : back ? 0n : (last?.locked ?? 0n);
    const transferred = (last?.transferred ?? 0n) + (lock ? 0n : amount);
    const has = this.#balanceOf(this.honest) + (this.taken?.voucher.transferred ?? 0n);
    if (transferred + locked > has) return;
    const nonce = (last?.nonce ?? 0n) + 1n;
    this.honestly.push(this.channel.voucher(this.honest, { nonce, transferred, ...inFlight(locked) }, this.taken));
  }

  /** The liar signs anything; the honest one looks at it and takes it or leaves it. */
  #lie({ amount, lock, nonceStep, back, ack }: Act): void {
    const last = this.lies[this.lies.length - 1]?.voucher;
    const nonce = (last?.nonce ?? 0n) + nonceStep;
    const before = last?.transferred ?? 0n;
    const transferred = back ? (before > amount ? before - amount : 0n) : before + (lock ? 0n : amount);
    const seen = ack % (this.honestly.length + 1);
    const tallied = { nonce, transferred, ...inFlight(lock ? amount : 0n) };
    const lie = this.channel.voucher(this.liar, tallied, seen === 0 ? undefined : this.honestly[seen - 1]);
    this.lies.push(lie);
    if (this.#isAcceptable(lie.voucher)) this.taken = lie;
  }

  /** The rules of `docs/payments.md` for a payee. */
  #isAcceptable({ nonce, transferred, locked, ack }: Voucher): boolean {
    const last = this.taken?.voucher;
    const known = this.#find(ack);
    const forgets = (known?.voucher.nonce ?? 0n) < (this.acknowledged?.voucher.nonce ?? 0n);
    if (nonce !== (last?.nonce ?? 0n) + 1n || transferred < (last?.transferred ?? 0n) || forgets) return false;
    return transferred + locked <= this.#balanceOf(this.liar) + (known?.voucher.transferred ?? 0n);
  }

  #find(hash: Hex): SignedVoucher | undefined {
    return this.honestly.find(({ voucher }) => voucherHash(voucher) === hash);
  }

  #balanceOf(actor: Actor): bigint {
    return this.channel.balances[this.channel.indexOf(actor)]!;
  }

  /** What the honest one shows on top of a state: all that it took, and all of its own that was acknowledged. */
  answer(previous: State, registered: boolean): Shown {
    const { honest, liar, acknowledged, taken } = this;
    const vouchers = this.channel.inOrder([honest, acknowledged], [liar, taken]);
    return this.channel.show(previous, [vouchers], [honest], registered);
  }

  attack({ honest, lying, onRegistered, signed }: Attack, registered: State | undefined): Shown | undefined {
    const own = [undefined, ...this.lies][lying % (this.lies.length + 1)];
    const other = [undefined, ...this.honestly][honest % (this.honestly.length + 1)];
    const vouchers = this.channel.inOrder([this.liar, own], [this.honest, other]);
    const onTop = onRegistered && registered !== undefined;
    try {
      return this.channel.show(onTop ? registered : this.channel.base, [vouchers], signed ? [this.liar] : [], onTop);
    } catch (error) {
      if (error instanceof SluiceError) return undefined; // the client finds no state for it; nor does the app
      throw error;
    }
  }

  tallyOf(actor: Actor, state: State): Tally {
    return decodeTallies(state.appData, 1)[0]![this.channel.indexOf(actor)]!;
  }
}

function inFlight(locked: bigint): Pick<Tally, "locked" | "locksRoot"> {
  return { locked, locksRoot: locked === 0n ? NO_LOCKS : (keccak256(ethers.toBeHex(locked, 32)) as Hex) };
}

describe("payments", () => {
  let payments: Payments;

  before(async () => {
    payments = await deployPayments();
  });

  it("have one hash and one digest for a voucher, as EIP-712 defines them", () => {
    fc.assert(
      fc.property(tally, word, address, word, (fields, channelId, asset, ack) => {
        const voucher: Voucher = { ...fields, channelId: channelId as ChannelId, asset, ack };
        const domain = domainOf(payments.deployment);
        expect(voucherHash(voucher)).to.equal(TypedDataEncoder.hashStruct("Voucher", VOUCHER_TYPE, voucher));
        expect(voucherDigest(payments.deployment, voucher)).to.equal(
          TypedDataEncoder.hash(domain, VOUCHER_TYPE, voucher),
        );
      }),
      runs(USUAL_RUNS),
    );
  });

  it("encode tallies and decode them again", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(tally, tally), { minLength: 1, maxLength: 16 }), (tallies) => {
        expect(decodeTallies(encodeTallies(tallies), tallies.length)).to.deep.equal(tallies);
      }),
      runs(USUAL_RUNS),
    );
  });

  it("support what the client joins, for any vouchers that can be paid", async () => {
    const balance = 2n ** 128n;
    const channel = new TestPayments(payments, [payments.alice, payments.bob], [balance, balance]);
    const some = fc.option(fc.tuple(fc.bigInt(1n, 1_000n), fc.bigInt(0n, 2n ** 127n), fc.bigInt(0n, 2n ** 127n)));
    await fc.assert(
      fc.asyncProperty(some, some, async (...ways) => {
        const vouchers = ways.map((fields, i) => {
          if (fields === null) return undefined;
          const [nonce, transferred, locked] = fields;
          return channel.voucher(channel.actors[i]!, { nonce, transferred, ...inFlight(locked) });
        });
        const shown = channel.show(channel.base, [[vouchers[0], vouchers[1]]], channel.actors);
        await channel.ask(shown);
        vouchers.forEach((signed, i) => {
          if (signed === undefined) return;
          const digest = voucherDigest(channel.deployment, signed.voucher);
          expect(recoverSigner(digest, signed.signature)).to.equal(channel.actors[i]!.participant);
        });
      }),
      runs(60),
    );
  }).timeout(0);

  it("never cost an honest participant what it took, nor more than it gave, whatever the other one shows", async () => {
    const channel = new TestPayments(payments, [payments.alice, payments.bob], [100n, 100n]);
    const acts = fc.array(act, { maxLength: 14 });
    const attacks = fc.array(attack, { minLength: 1, maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(fc.nat(1), acts, attacks, async (who, steps, shows) => {
        const play = new Play(channel, channel.actors[who]!, channel.actors[1 - who]!);
        for (const step of steps) play.perform(step);
        await channel.ask(play.answer(channel.base, false)); // it needs nobody to start a dispute
        let registered: State | undefined;
        for (const show of shows) {
          const shown = play.attack(show, registered);
          if (shown === undefined || shown.candidate.state.version <= (registered?.version ?? -1n)) continue;
          const counts = await channel.ask(shown, shown.proof[0]!.signers === 0n).then(
            () => true,
            () => false,
          );
          if (!counts) continue;
          registered = shown.candidate.state;
          const answer = play.answer(registered, true);
          if (answer.candidate.state.version <= registered.version) continue;
          await channel.ask(answer, true);
          registered = answer.candidate.state;
        }
        if (registered === undefined) return;
        expectHonestOutcome(play, registered);
      }),
      runs(USUAL_RUNS),
    );
  }).timeout(0);

  function expectHonestOutcome(play: Play, registered: State): void {
    const received = play.taken === undefined ? NO_TALLY : tallyOf(play.taken.voucher);
    expect(play.tallyOf(play.liar, registered)).to.deep.equal(received);
    const given = play.tallyOf(play.honest, registered);
    expect(given.nonce >= (play.acknowledged?.voucher.nonce ?? 0n)).to.equal(true);
    const own = play.honestly[Number(given.nonce) - 1];
    expect(given).to.deep.equal(own === undefined ? NO_TALLY : tallyOf(own.voucher));
  }
});
