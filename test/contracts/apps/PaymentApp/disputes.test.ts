import { time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { epochOf, NO_TALLY, signerSet, type Dispute, type Hex, type SignedVoucher, type State } from "../../../../src";
import { settle } from "../../../support/disputes";
import { freshPayments, secretOf, TestPayments, type Payments } from "../../../support/payments";
import { ETHER, TestChannel, type Actor } from "../../../support/sluice";

/** Ten ether of Alice and ten of Bob, who is Mallory in disguise wherever that is said. */
describe("PaymentApp, in a dispute", () => {
  let payments: Payments;
  let channel: TestPayments;
  let alice: Actor;
  let bob: Actor;

  beforeEach(async () => {
    payments = await freshPayments();
    channel = new TestPayments(payments, [payments.alice, payments.bob]);
    await channel.fundNative(20n * ETHER);
    ({ alice, bob } = payments);
  });

  /** The vouchers of Alice and Bob in the order of the channel. */
  function both(ofAlice: SignedVoucher | undefined, ofBob?: SignedVoucher) {
    return [channel.inOrder([alice, ofAlice], [bob, ofBob])];
  }

  function pays(payer: Actor, nonce: bigint, ether: bigint, ack?: SignedVoucher): SignedVoucher {
    return channel.voucher(payer, { nonce, transferred: ether * ETHER }, ack);
  }

  async function expectPaid(state: State, dispute: Dispute, ofAlice: bigint, ofBob: bigint): Promise<void> {
    await expect(settle(channel, state, dispute)).to.changeEtherBalances(
      [alice.account, bob.account],
      [ofAlice * ETHER, ofBob * ETHER],
    );
  }

  it("pays a payee that has nothing but vouchers", async () => {
    const shown = channel.show(channel.base, both(pays(alice, 3n, 4n)), [bob]);
    const dispute = await channel.challengeWith(shown, bob);
    await expectPaid(shown.candidate.state, dispute, 6n, 14n);
  });

  it("pays a locked payment: challenge, settle, reveal, claim", async () => {
    const locks = channel.locksOf(alice);
    locks.add("a", 2n * ETHER);
    locks.add("b", ETHER);
    const tally = { transferred: ETHER, locked: locks.tree.sum, locksRoot: locks.tree.root };
    const shown = channel.show(channel.base, both(channel.voucher(alice, tally)), [bob]);
    const dispute = await channel.challengeWith(shown, bob);
    await expectPaid(shown.candidate.state, dispute, 6n, 11n);
    expect(await locks.held()).to.equal(3n * ETHER);
    await payments.preimages.reveal(secretOf("a").preimage);
    await expect(locks.claim(0)).to.changeEtherBalance(bob.account, 2n * ETHER);
    await time.increaseTo(locks.tree.get(1)!.expiry + 1n);
    await expect(locks.claim(1)).to.changeEtherBalance(alice.account, ETHER);
  });

  it("lets a watchtower show the newest join, which its client signed beforehand", async () => {
    const shown = channel.show(channel.base, both(pays(alice, 1n, 4n)), [bob]);
    const old = await channel.challenge(channel.base, alice);
    await payments.adjudicator
      .connect(payments.carol.account)
      .checkpointWithProof(channel.terms, old, shown.candidate, shown.proof, shown.signatures);
    expect(await payments.adjudicator.recordOf(channel.id)).to.not.equal(NO_TALLY.locksRoot);
  });

  describe("when somebody shows less than there is", () => {
    it("answers the bare agreement with the join of all vouchers", async () => {
      const dispute = await channel.challenge(channel.base, alice);
      const shown = channel.show(channel.base, both(pays(alice, 5n, 6n), pays(bob, 1n, 1n)), [bob, alice]);
      await expect(channel.checkpointWith(shown, dispute)).to.emit(payments.adjudicator, "Checkpointed");
    });

    it("answers an old join with a newer one, built on what is registered", async () => {
      const [old, newer] = [pays(alice, 1n, 2n), pays(alice, 7n, 5n)];
      // Alice shows what she may: the voucher that Bob acknowledged, with what he paid then.
      const acknowledged = pays(bob, 1n, 1n, old);
      const shown = channel.show(channel.base, both(old, acknowledged), [alice]);
      const dispute = await channel.challengeWith(shown, alice);
      const answer = channel.show(shown.candidate.state, both(newer), [bob], true);
      await channel.checkpointWith(answer, dispute);
      const last = channel.stopped(answer.candidate.state);
      const final = await channel.challengeWith(
        { ...answer, proof: [], signatures: [], candidate: { state: answer.candidate.state, signers: 0n } },
        bob,
        last,
      );
      await expectPaid(answer.candidate.state, final, 6n, 14n);
    });

    it("overrides a candidate that leaves out a direction", async () => {
      const [paid, returned] = [pays(alice, 1n, 5n), pays(bob, 1n, 4n)];
      const shown = channel.show(channel.base, both(paid), [bob]); // Bob forgets what he gave back
      const dispute = await channel.challengeWith(shown, bob);
      const answer = channel.show(shown.candidate.state, both(undefined, returned), [alice], true);
      const answered = await channel.challengeWith(answer, alice, dispute);
      await expectPaid(answer.candidate.state, answered, 9n, 11n);
    });

    it("needs no signature of the other one for what is registered: two joins of one version are joined", async () => {
      // Each holds a voucher of the other that crossed with its own: (1, 0) and (0, 1) have one version.
      const [paid, crossed] = [pays(alice, 1n, 5n), pays(bob, 1n, 1n)];
      const one = channel.show(channel.base, both(paid), [bob]);
      const other = channel.show(channel.base, both(undefined, crossed), [alice]);
      expect(one.candidate.state.version).to.equal(other.candidate.state.version);
      const dispute = await channel.challengeWith(one, bob);
      await expect(channel.checkpointWith(other, dispute)).to.be.revertedWithCustomError(
        payments.adjudicator,
        "VersionNotNewer",
      );
      const joined = channel.show(one.candidate.state, both(undefined, crossed), [alice], true);
      const answered = await channel.challengeWith(joined, alice, dispute);
      await expectPaid(joined.candidate.state, answered, 6n, 14n);
    });
  });

  describe("when a payer lies", () => {
    it("does not count a later voucher that takes money back (threat 41)", async () => {
      const paid = pays(alice, 3n, 4n);
      const backward = pays(alice, 4n, 0n);
      for (const signers of [[], [alice]]) {
        await expect(
          channel.checkpointWith(channel.show(channel.base, both(backward), signers)),
        ).to.be.revertedWithCustomError(payments.app, "PayeeNotBehind");
      }
      const shown = channel.show(channel.base, both(paid), [bob]);
      const dispute = await channel.challengeWith(shown, bob);
      await expectPaid(shown.candidate.state, dispute, 6n, 14n);
    });

    it("does not count a later voucher that drops a lock while its payee was silent (threat 41)", async () => {
      const locks = channel.locksOf(alice);
      locks.add("a", 2n * ETHER);
      const locked = channel.voucher(alice, { locked: locks.tree.sum, locksRoot: locks.tree.root });
      const seen = channel.voucher(bob, {}, locked);
      const dropped = channel.voucher(alice, { nonce: 2n }, seen);
      const forged = channel.show(channel.base, both(dropped, seen), [alice]);
      await expect(channel.checkpointWith(forged)).to.be.revertedWithCustomError(payments.app, "PayeeNotBehind");
      // What Bob acknowledged counts, by whomever it is shown; and then he adds nothing, for nothing else is his.
      const shown = channel.show(channel.base, both(locked, seen), [alice]);
      const dispute = await channel.challengeWith(shown, alice);
      await expectPaid(shown.candidate.state, dispute, 8n, 10n);
      await payments.preimages.reveal(secretOf("a").preimage);
      await expect(locks.claim(0)).to.changeEtherBalance(bob.account, 2n * ETHER);
    });

    it("counts a voucher without the lock once its payee acknowledged it", async () => {
      const locks = channel.locksOf(alice);
      locks.add("a", 2n * ETHER);
      const locked = channel.voucher(alice, { locked: locks.tree.sum, locksRoot: locks.tree.root });
      const dropped = channel.voucher(alice, { nonce: 2n });
      const failed = channel.voucher(bob, {}, dropped);
      // Mallory, in Bob's place, shows the voucher with the lock all the same.
      const old = channel.show(channel.base, both(locked), [bob]);
      const dispute = await channel.challengeWith(old, bob);
      const answer = channel.show(old.candidate.state, both(dropped, failed), [alice], true);
      const answered = await channel.challengeWith(answer, alice, dispute);
      await expectPaid(answer.candidate.state, answered, 10n, 10n);
    });

    it("holds to the voucher the payee took, of two with one number", async () => {
      const good = pays(alice, 1n, 5n);
      const bad = pays(alice, 1n, 1n);
      const ack = channel.voucher(bob, {}, good);
      const forged = channel.show(channel.base, both(bad, ack), [alice]);
      await expect(channel.checkpointWith(forged)).to.be.revertedWithCustomError(payments.app, "PayeeNotBehind");
      const shown = channel.show(channel.base, both(good), [bob]);
      const dispute = await channel.challengeWith(shown, bob);
      const replaced = {
        ...channel.join(channel.base, ...both(bad)).state,
        version: shown.candidate.state.version + 1n,
      };
      const endorsements = channel.join(channel.base, ...both(bad)).endorsements;
      const second = channel.present(shown.candidate.state, replaced, endorsements, [alice], true);
      await expect(channel.checkpointWith(second, dispute)).to.be.revertedWithCustomError(
        payments.app,
        "TallyNotNewer",
      );
    });

    it("cannot show more than it has, and not hide behind that what it paid", async () => {
      const paid = pays(alice, 1n, 10n);
      const shown = channel.show(channel.base, both(paid), [bob]);
      const dispute = await channel.challengeWith(shown, bob);
      await expectPaid(shown.candidate.state, dispute, 0n, 20n);
    });

    it("hurts only itself and its payee with a root that adds up to more than is locked", async () => {
      const locks = channel.locksOf(alice);
      locks.add("a", 2n * ETHER);
      locks.add("b", 2n * ETHER);
      const other = new TestChannel(payments, [payments.carol, payments.ingrid]);
      await other.fundNative(5n * ETHER);
      const tally = { locked: 3n * ETHER, locksRoot: locks.tree.root }; // a careful payee would refuse this
      const shown = channel.show(channel.base, both(channel.voucher(alice, tally)), [bob]);
      const dispute = await channel.challengeWith(shown, bob);
      await expectPaid(shown.candidate.state, dispute, 7n, 10n);
      await payments.preimages.revealSeveral(["a", "b"].map((name) => secretOf(name).preimage));
      await expect(locks.claim(1)).to.changeEtherBalance(bob.account, 2n * ETHER);
      await expect(locks.claim(0)).to.be.revertedWithCustomError(payments.adjudicator, "HeldTooLittle");
      expect(await other.held()).to.equal(5n * ETHER);
    });
  });

  describe("when a payee lies", () => {
    it("lets it show an older voucher, to its own loss", async () => {
      const old = channel.show(channel.base, both(pays(alice, 1n, 1n)), [bob]);
      const dispute = await channel.challengeWith(old, bob);
      await expectPaid(old.candidate.state, dispute, 9n, 11n);
    });

    it("leaves a payer whose vouchers nobody acknowledged its agreement, and what it received", async () => {
      const received = pays(bob, 1n, 3n);
      const shown = channel.show(channel.base, both(undefined, received), [alice]);
      const dispute = await channel.challengeWith(shown, alice);
      await expectPaid(shown.candidate.state, dispute, 13n, 7n);
    });

    it("lets it stretch a dispute by one round for each voucher it did not acknowledge, and no more", async () => {
      const paid = [1n, 2n, 3n].map((nonce) => pays(alice, nonce, nonce));
      let dispute = await channel.challenge(channel.base, alice);
      let state = channel.base;
      for (const voucher of paid) {
        const shown = channel.show(state, both(voucher), [bob], true);
        dispute = await channel.challengeWith(shown, bob, dispute);
        state = shown.candidate.state;
      }
      for (const voucher of paid) {
        const again = channel.show(channel.base, both(voucher), [bob]);
        await expect(channel.checkpointWith(again, dispute)).to.be.revertedWithCustomError(
          payments.adjudicator,
          "VersionNotNewer",
        );
      }
      await expectPaid(state, dispute, 7n, 13n);
    });

    it("takes no voucher of another channel, nor of one that was opened again", async () => {
      const again = new TestPayments(payments, [alice, bob]);
      const elsewhere = again.voucher(alice, { transferred: ETHER });
      const forged = { ...elsewhere, voucher: { ...elsewhere.voucher, channelId: channel.id } };
      await expect(
        channel.checkpointWith(channel.show(channel.base, both(forged), [bob])),
      ).to.be.revertedWithCustomError(payments.app, "VoucherNotSigned");
    });
  });

  describe("when there are several agreements", () => {
    /** What both sign to fold in vouchers and begin the next epoch. */
    function fold(...vouchers: ReturnType<typeof both>): State {
      const joined = channel.join(channel.base, ...vouchers).state;
      return { ...joined, version: channel.baseState(2n).version };
    }

    it("lets the newer one override every join of the older", async () => {
      const shown = channel.show(channel.base, both(pays(alice, 1_000_000n, 5n)), [bob]);
      const dispute = await channel.challengeWith(shown, bob);
      const next = fold(both(pays(alice, 1n, 1n))[0]!);
      expect(epochOf(next.version)).to.equal(epochOf(shown.candidate.state.version) + 1n);
      await channel.checkpoint(next, dispute);
      const late = channel.show(channel.base, both(pays(alice, 2_000_000n, 9n)), [bob]);
      await expect(channel.checkpointWith(late, channel.stopped(next))).to.be.revertedWithCustomError(
        payments.adjudicator,
        "VersionNotNewer",
      );
    });

    it("keeps vouchers good that were signed meanwhile, without paying twice what was folded in", async () => {
      const [folded, meanwhile] = [pays(alice, 1n, 4n), pays(alice, 2n, 5n)];
      const next = fold(both(folded)[0]!);
      const shown = channel.show(next, both(meanwhile), [bob]);
      const dispute = await channel.challengeWith(shown, bob);
      await expectPaid(shown.candidate.state, dispute, 5n, 15n);
    });

    it("does not pay a voucher again that was folded in", async () => {
      const folded = pays(alice, 1n, 4n);
      const next = fold(both(folded)[0]!);
      const { endorsements } = channel.join(channel.base, ...both(folded));
      const forged = channel.present(next, { ...next, version: next.version + 1n }, endorsements, [bob]);
      await expect(channel.checkpointWith(forged)).to.be.revertedWithCustomError(payments.app, "VersionWrong");
    });

    it("carries locks in flight over", async () => {
      const locks = channel.locksOf(alice);
      locks.add("a", 2n * ETHER);
      const locked = channel.voucher(alice, { locked: locks.tree.sum, locksRoot: locks.tree.root });
      const next = fold(both(locked)[0]!);
      const resolved = channel.voucher(alice, { nonce: 2n, transferred: 2n * ETHER });
      const shown = channel.show(next, both(resolved), [bob]);
      const dispute = await channel.challengeWith(shown, bob);
      await expectPaid(shown.candidate.state, dispute, 8n, 12n);
    });

    it("takes nothing that only one of them agreed to", async () => {
      const next = fold(both(pays(alice, 1n, 9n))[0]!);
      const shown = channel.present(next, next, encodeNoEndorsements(), [bob]);
      const alone = { ...shown, proof: [{ state: next, signers: signerSet(channel.indexOf(bob)) }, shown.proof[1]!] };
      const signatures = channel.signAll([alone.candidate, ...alone.proof]);
      await expect(channel.checkpointWith({ ...alone, signatures })).to.be.revertedWithCustomError(
        payments.app,
        "PreviousNotAgreed",
      );
    });

    function encodeNoEndorsements(): Hex {
      return `0x${"00".repeat(192)}`;
    }
  });

  describe("with a bond", () => {
    const bond = ETHER;

    beforeEach(async () => {
      channel = new TestPayments(payments, [alice, bob], undefined, { bond });
      await channel.fundNative(20n * ETHER);
    });

    it("returns it when vouchers answer: a signature of a voucher is none of the state", async () => {
      const [old, newer] = [pays(alice, 1n, 1n), pays(alice, 9n, 5n)];
      const shown = channel.show(channel.base, both(old, channel.voucher(bob, {}, old)), [alice]);
      const dispute = await channel.challengeWith(shown, alice);
      const answer = channel.show(shown.candidate.state, both(newer), [bob], true);
      await expect(channel.checkpointWith(answer, dispute))
        .to.emit(payments.adjudicator, "BondReturned")
        .withArgs(channel.id, alice.account.address, bond);
    });

    it("forfeits it when an agreement of a newer epoch answers", async () => {
      const dispute = await channel.challenge(channel.base, alice);
      const next = { ...channel.base, version: channel.baseState(2n).version };
      await expect(payments.adjudicator.checkpoint(channel.terms, dispute, next, channel.sign(next)))
        .to.emit(payments.adjudicator, "BondForfeited")
        .withArgs(channel.id, alice.participant, bond);
    });

    it("forfeits it when an answer carries the challenger's own signature of the join", async () => {
      const dispute = await channel.challenge(channel.base, alice);
      const joint = channel.show(channel.base, both(pays(alice, 5n, 1n)), [alice, bob]);
      await expect(channel.checkpointWith(joint, dispute)).to.emit(payments.adjudicator, "BondForfeited");
    });
  });

  it("closes by agreement on the join, locks included", async () => {
    const locks = channel.locksOf(alice);
    locks.add("a", 2n * ETHER);
    const tally = { transferred: ETHER, locked: locks.tree.sum, locksRoot: locks.tree.root };
    const { outcome, appData } = channel.join(channel.base, ...both(channel.voucher(alice, tally))).state;
    const final = { version: 2n ** 48n - 1n, outcome, appData };
    await expect(payments.adjudicator.conclude(channel.terms, final, channel.sign(final))).to.changeEtherBalances(
      [alice.account, bob.account],
      [7n * ETHER, 11n * ETHER],
    );
    expect(await locks.held()).to.equal(2n * ETHER);
  });
});
