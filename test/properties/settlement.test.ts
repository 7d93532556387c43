import { takeSnapshot, time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import fc from "fast-check";
import { ethers } from "hardhat";
import {
  accountDestination,
  escrowDestination,
  finalHashOf,
  NATIVE,
  payOut,
  stateHashOf,
  toAddress,
  type Address,
  type AssetOutcome,
  type Destination,
  type Hex,
  type State,
} from "../../src";
import type { ReferenceHarness, TestToken } from "../../typechain-types";
import { addressOf, deploySluice, TestChannel, type Sluice } from "../support/sluice";
import { MAX_UINT256 } from "./arbitraries";
import { runs } from "./runs";

/** Who is paid, by position: two people, a contract that refuses the coin, an escrow, a channel, the channel itself. */
const RECIPIENTS = 6;
const ACCOUNTS = 3;

const owed = fc.oneof(
  { weight: 6, arbitrary: fc.bigInt(0n, 12n) },
  { weight: 1, arbitrary: fc.bigInt(MAX_UINT256 - 3n, MAX_UINT256) },
);
const shares = fc.array(fc.record({ to: fc.nat(RECIPIENTS - 1), amount: owed }), { minLength: 1, maxLength: 6 });
const divided = fc.array(fc.option(shares, { freq: 3 }), { minLength: 4, maxLength: 4 });
const arrival = fc.record({ asset: fc.nat(3), amount: fc.oneof(fc.bigInt(0n, 30n), fc.bigInt(2n ** 60n, 2n ** 62n)) });
const later = fc.array(fc.option(arrival, { freq: 1 }), { maxLength: 4 });

type Shares = readonly { readonly to: number; readonly amount: bigint }[];

describe("settlement by the adjudicator, and in TypeScript", () => {
  let sluice: Sluice;
  let harness: ReferenceHarness;
  let tokens: TestToken[];
  let assets: Address[];

  before(async () => {
    sluice = await deploySluice();
    harness = await ethers.deployContract("ReferenceHarness");
    tokens = await Promise.all([1, 2, 3].map(() => ethers.deployContract("TestToken")));
    const addresses = await Promise.all(tokens.map(addressOf));
    assets = [NATIVE, ...addresses].sort((a, b) => (BigInt(a) < BigInt(b) ? -1 : 1));
    for (const token of tokens) {
      await token.mint(sluice.relayer, 2n ** 80n);
      await token.approve(sluice.adjudicator, 2n ** 80n);
    }
  });

  it("pays the same, however much is there, whenever it comes and however often it is collected", async () => {
    const snapshot = await takeSnapshot();
    await fc.assert(
      fc.asyncProperty(divided, fc.array(arrival, { maxLength: 4 }), fc.boolean(), later, async (...args) => {
        const [groups, early, agreed, then] = args;
        await snapshot.restore();
        const book = new Book(new TestChannel(sluice, [sluice.alice, sluice.bob]), groups);
        for (const { asset, amount } of early) await book.deposit(asset, amount);
        await book.close(agreed);
        for (const step of then) await (step === null ? book.collect() : book.deposit(step.asset, step.amount));
        await book.collect();
      }),
      runs(60),
    );
    await snapshot.restore();
  }).timeout(0);

  /** What everybody should have by now, compared with the chain after every step. */
  class Book {
    private readonly held = assets.map(() => Array<bigint>(RECIPIENTS).fill(0n));
    private readonly owned = assets.map(() => Array<bigint>(ACCOUNTS).fill(0n));
    private readonly outcome: AssetOutcome[];
    private readonly recipients: readonly Destination[];
    private readonly accounts: readonly Address[];
    private owed: bigint[] = [];
    private state: State | undefined;

    constructor(
      private readonly channel: TestChannel,
      groups: readonly (Shares | null)[],
    ) {
      const people = ["one person", "another person"].map((name) => toAddress(ethers.id(name).slice(0, 42)));
      this.accounts = [...people, assets[1]!];
      const escrow = escrowDestination(assets[2]!, ethers.id("terms") as Hex);
      const others = [escrow, ethers.id("another channel") as Destination, channel.id as Hex as Destination];
      this.recipients = [...this.accounts.map(accountDestination), ...others];
      this.outcome = groups.flatMap((group, i) => {
        if (group === null) return [];
        const allocations = group.map(({ to, amount }) => ({ destination: this.recipients[to]!, amount }));
        return [{ asset: assets[i]!, allocations }];
      });
    }

    async deposit(index: number, amount: bigint): Promise<void> {
      const { adjudicator } = sluice;
      const asset = assets[index]!;
      if (asset === NATIVE) await adjudicator.depositNative(this.channel.id, 0n, { value: amount });
      else await adjudicator.deposit(this.channel.id, asset, 0n, amount);
      this.held[index]![RECIPIENTS - 1]! += amount;
      await this.check();
    }

    async close(agreed: boolean): Promise<void> {
      const { channel, outcome } = this;
      const { adjudicator } = sluice;
      const state = agreed ? channel.finalState(outcome) : channel.state(1n, outcome);
      if (agreed) {
        await adjudicator.conclude(channel.terms, state, channel.sign(state));
      } else {
        const dispute = await channel.challenge(state);
        await time.increaseTo(dispute.finalizesAt);
        await adjudicator.settle(channel.id, state, dispute);
      }
      const { payments, owed } = this.pay();
      const inFull = owed.every((due) => due === 0n);
      const forgotten = agreed && inFull && payments.some((payment) => payment > 0n);
      if (!forgotten) this.state = state;
      await this.check();
    }

    async collect(): Promise<void> {
      if (this.state === undefined) return;
      const { adjudicator } = sluice;
      const collecting = adjudicator.collect(this.channel.id, this.state, this.owed);
      if (this.owed.length === 0) {
        await expect(collecting).to.be.revertedWithCustomError(adjudicator, "NothingOwed").withArgs(this.channel.id);
      } else {
        await collecting;
        this.pay(this.owed);
      }
      await this.check();
    }

    /** Moves what the TypeScript payout says. */
    private pay(due?: readonly bigint[]): { payments: bigint[]; owed: bigint[] } {
      const heldOf = (asset: Address): bigint => this.held[assets.indexOf(asset)]![RECIPIENTS - 1]!;
      const paid = payOut(this.outcome, heldOf, due);
      let i = 0;
      for (const { asset, allocations } of this.outcome) {
        const index = assets.indexOf(asset);
        for (const { destination } of allocations) this.move(index, destination, paid.payments[i++]!);
      }
      this.owed = paid.owed.some((left) => left > 0n) ? paid.owed : [];
      return paid;
    }

    private move(asset: number, destination: Destination, payment: bigint): void {
      const to = this.recipients.indexOf(destination);
      const refused = to === ACCOUNTS - 1 && assets[asset] === NATIVE;
      this.held[asset]![RECIPIENTS - 1]! -= payment;
      const purse = to < ACCOUNTS && !refused ? this.owned : this.held;
      purse[asset]![to]! += payment;
    }

    private async check(): Promise<void> {
      const { adjudicator } = sluice;
      const people = [...this.accounts, sluice.deployment.adjudicator];
      for (const token of assets.slice(1)) {
        const heldNow = await harness.heldBy(adjudicator, token, [...this.recipients]);
        const ownedNow = await harness.ownedBy(token, people);
        for (const [offset, asset] of [0, assets.indexOf(token)].entries()) {
          const held = this.held[asset]!;
          expect(column(heldNow, offset), "held").to.deep.equal(held);
          const total = held.reduce((sum, amount) => sum + amount, 0n);
          expect(column(ownedNow, offset), "owned").to.deep.equal([...this.owned[asset]!, total]);
        }
      }
      const { id } = this.channel;
      const record = this.state === undefined ? ethers.ZeroHash : finalHashOf(stateHashOf(id, this.state), this.owed);
      expect(await adjudicator.recordOf(id), "record").to.equal(record);
    }
  }
});

/** Every second amount: those of the native coin, or those of the token. */
function column(amounts: readonly bigint[], offset: number): bigint[] {
  return amounts.filter((_, i) => i % 2 === offset);
}
