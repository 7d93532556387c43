import { expect } from "chai";
import { concat, dataSlice, toBeHex } from "ethers";
import { ethers } from "hardhat";
import {
  CURVE_ORDER,
  encodeOutcome,
  encodeTallies,
  FINAL_VERSION,
  NATIVE,
  NO_LOCKS,
  NO_TALLY,
  signDigest,
  signVoucher,
  stateDigest,
  tallyOf,
  versionOfEpoch,
  voucherHash,
  type Address,
  type ChannelId,
  type Destination,
  type Hex,
  type SignedVoucher,
  type State,
  type Tally,
} from "../../../../src";
import { freshPayments, TestPayments, type Payments, type Shown } from "../../../support/payments";
import { ETHER, type Actor } from "../../../support/sluice";

const ROOT = ethers.id("a root") as Hex;

describe("PaymentApp, with one change to what it supports", () => {
  let payments: Payments;
  let channel: TestPayments;
  let payer: Actor;
  let payee: Actor;

  beforeEach(async () => {
    payments = await freshPayments();
    channel = new TestPayments(payments, [payments.alice, payments.bob]);
    [payer, payee] = channel.actors as [Actor, Actor];
  });

  /** A payment of three ether and a lock of two, signed by the payee. */
  function valid(tally: Partial<Tally> = {}): Shown {
    const voucher = channel.voucher(payer, { transferred: 3n * ETHER, locked: 2n * ETHER, locksRoot: ROOT, ...tally });
    return channel.show(channel.base, [[voucher, undefined]], [payee]);
  }

  /** The same with another candidate. */
  function withCandidate(change: Partial<State>): Shown {
    const { candidate, ...rest } = valid();
    return { ...rest, candidate: { ...candidate, state: { ...candidate.state, ...change } } };
  }

  function withPrevious(change: Partial<State>): Shown {
    const { proof, ...rest } = valid();
    const [previous, carrier] = proof as [Shown["candidate"], Shown["candidate"]];
    return { ...rest, proof: [{ ...previous, state: { ...previous.state, ...change } }, carrier] };
  }

  function withEndorsements(appData: Hex): Shown {
    const { proof, ...rest } = valid();
    const carrier = proof[1]!;
    return { ...rest, proof: [proof[0]!, { ...carrier, state: { ...carrier.state, appData } }] };
  }

  function refused(shown: Shown, error: string, ...args: unknown[]) {
    const refusal = expect(channel.ask(shown)).to.be.revertedWithCustomError(payments.app, error);
    return args.length === 0 ? refusal : refusal.withArgs(...args);
  }

  it("supports it without a change", async () => {
    await channel.ask(valid());
  });

  describe("of the channel", () => {
    it("reverts with ParticipantsNotTwo: three participants", async () => {
      const participants = [...channel.terms.participants, payments.carol.participant];
      const { candidate, proof } = valid();
      await expect(
        payments.app.requireSupported(channel.id, { ...channel.terms, participants }, proof, candidate, false),
      )
        .to.be.revertedWithCustomError(payments.app, "ParticipantsNotTwo")
        .withArgs(3);
    });

    it("reverts with VoucherNotSigned: another channel", async () => {
      const { candidate, proof } = valid();
      const other = ethers.id("another channel") as ChannelId;
      await expect(
        payments.app.requireSupported(other, channel.terms, proof, candidate, false),
      ).to.be.revertedWithCustomError(payments.app, "VoucherNotSigned");
    });

    it("reverts with VoucherNotSigned: another adjudicator, or another chain", async () => {
      await expect(channel.askAs(payments.mallory.account.address, valid())).to.be.revertedWithCustomError(
        payments.app,
        "VoucherNotSigned",
      );
      const elsewhere = { ...channel.deployment, chainId: 1n };
      const { voucher } = channel.voucher(payer, {});
      const signed = signVoucher(payer.key, elsewhere, voucher);
      await refused(channel.show(channel.base, [[signed, undefined]], [payee]), "VoucherNotSigned");
    });
  });

  describe("of the proof", () => {
    it("reverts with ProofLengthWrong: anything but two states", async () => {
      const { proof, ...rest } = valid();
      for (const states of [[], proof.slice(0, 1), [...proof, proof[1]!]]) {
        await refused({ ...rest, proof: states }, "ProofLengthWrong", 2, states.length);
      }
    });

    it("reverts with PreviousNotAgreed: an earlier state that not both signed, nor is registered", async () => {
      const { proof, ...rest } = valid();
      for (const signers of [0n, 1n, 2n]) {
        await refused({ ...rest, proof: [{ ...proof[0]!, signers }, proof[1]!] }, "PreviousNotAgreed", signers);
      }
      await channel.ask({ ...rest, proof: [{ ...proof[0]!, signers: 0n }, proof[1]!] }, true);
    });

    it("reverts with PreviousMalformed: an outcome that ends within a group", async () => {
      await refused(withPrevious({ outcome: dataSlice(channel.base.outcome, 0, 100) as Hex }), "PreviousMalformed", 0);
    });

    it("reverts with PreviousMalformed: a group with one share", async () => {
      const outcome = encodeOutcome([
        { asset: NATIVE, allocations: [{ destination: payer.destination, amount: 20n * ETHER }] },
      ]);
      await refused(withPrevious({ outcome }), "PreviousMalformed", 85);
    });

    it("reverts with PreviousMalformed: a tally with locks that the outcome does not hold", async () => {
      const locked = { ...NO_TALLY, locked: 1n };
      await refused(withPrevious({ appData: encodeTallies([[locked, NO_TALLY]]) }), "PreviousMalformed", 85);
    });

    it("reverts with TooManyAssets: 17 of them", async () => {
      const allocations = channel.actors.map(({ destination }) => ({ destination, amount: 0n }));
      const outcome = Array.from({ length: 17 }, (_, i) => ({
        asset: ethers.getAddress(toBeHex(i, 20)) as Address,
        allocations,
      }));
      await refused(withPrevious({ outcome: encodeOutcome(outcome) }), "TooManyAssets", 16);
    });

    it("reverts with LengthWrong: tallies that are too few or too many", async () => {
      const { appData } = valid().candidate.state;
      for (const length of [0, 255, 128]) {
        await refused(withCandidate({ appData: dataSlice(appData, 0, length) as Hex }), "LengthWrong", 256, length);
      }
      await refused(withCandidate({ appData: concat([appData, appData]) as Hex }), "LengthWrong", 256, 512);
      await refused(withPrevious({ appData: "0x00" }), "LengthWrong", 256, 1);
    });

    it("reverts with LengthWrong: endorsements that are too few or too many", async () => {
      const { appData } = valid().proof[1]!.state;
      for (const length of [0, 96, 191]) {
        await refused(withEndorsements(dataSlice(appData, 0, length) as Hex), "LengthWrong", 192, length);
      }
      await refused(withEndorsements(concat([appData, "0x00"]) as Hex), "LengthWrong", 192, 193);
    });

    it("reverts: a number that is too large for its type", async () => {
      const { appData } = valid().candidate.state;
      const tooLarge = concat([toBeHex(2n ** 64n + 1n, 32), dataSlice(appData, 32)]) as Hex;
      await expect(channel.ask(withCandidate({ appData: tooLarge }))).to.be.reverted;
    });
  });

  describe("of a voucher", () => {
    let before: State;

    beforeEach(() => {
      const paid = { nonce: 5n, transferred: 3n * ETHER, locked: 0n, locksRoot: NO_LOCKS };
      before = { ...channel.baseState(2n), appData: encodeTallies([[paid, NO_TALLY]]) };
    });

    /** A candidate whose tally is this one, whatever the client thinks of it. */
    function advanceTo(tally: Partial<Tally>, version: bigint): Shown {
      const voucher = channel.voucher(payer, { nonce: 6n, transferred: 3n * ETHER, ...tally });
      const next = tallyOf(voucher.voucher);
      const state = { version, outcome: before.outcome, appData: encodeTallies([[next, NO_TALLY]]) };
      const { endorsements } = channel.join(channel.base, [voucher, undefined]);
      return channel.present(before, state, endorsements, [payee]);
    }

    it("supports one that is newer and takes nothing back", async () => {
      await channel.ask(advanceTo({}, before.version + 1n));
    });

    it("reverts with TallyNotNewer: two vouchers of one number", async () => {
      await refused(advanceTo({ nonce: 5n, transferred: 4n * ETHER }, before.version), "TallyNotNewer");
      await refused(advanceTo({ nonce: 5n, locked: 1n }, before.version), "TallyNotNewer");
      await refused(advanceTo({ nonce: 5n, locksRoot: ROOT }, before.version), "TallyNotNewer");
    });

    it("reverts with TallyNotNewer: an older voucher", async () => {
      await refused(advanceTo({ nonce: 4n }, before.version - 1n), "TallyNotNewer");
    });

    it("reverts with TallyNotNewer: a newer one that takes back, though the payee signed (threat 41)", async () => {
      await refused(advanceTo({ transferred: 3n * ETHER - 1n }, before.version + 1n), "TallyNotNewer");
    });

    it("reverts with VoucherNotSigned: signed by the payee, or by somebody else", async () => {
      for (const actor of [payee, payments.mallory]) {
        const voucher = channel.voucher(actor, {});
        await refused(
          channel.show(channel.base, [[voucher, undefined]], [payee]),
          "VoucherNotSigned",
          NATIVE,
          0,
          actor.participant,
        );
      }
    });

    for (const [what, change] of [
      ["number", { nonce: 2n }],
      ["payment", { transferred: 4n * ETHER }],
      ["lock", { locked: ETHER, locksRoot: ROOT }],
      ["asset", { asset: ethers.getAddress(toBeHex(1, 20)) as Address }],
      ["channel", { channelId: ethers.id("another") as ChannelId }],
      ["acknowledgement", { ack: ROOT }],
    ] as const) {
      it(`reverts with VoucherNotSigned: signed for another ${what}`, async () => {
        const honest = channel.voucher(payer, { transferred: 3n * ETHER });
        const signed = channel.voucher(payer, { transferred: 3n * ETHER });
        const other = { ...signed.voucher, ...change };
        const { signature } = resign(other);
        const forged: SignedVoucher = { voucher: honest.voucher, signature };
        await refused(channel.show(channel.base, [[forged, undefined]], [payee]), "VoucherNotSigned");
      });
    }

    function resign(voucher: SignedVoucher["voucher"]): SignedVoucher {
      const domain = { name: "Sluice", version: "1", ...domainRest() };
      const type = [
        ["channelId", "bytes32"],
        ["asset", "address"],
        ["nonce", "uint64"],
        ["transferred", "uint128"],
        ["locked", "uint128"],
        ["locksRoot", "bytes32"],
        ["ack", "bytes32"],
      ].map(([name, of]) => ({ name: name!, type: of! }));
      const digest = ethers.TypedDataEncoder.hash(domain, { Voucher: type }, voucher);
      return { voucher, signature: signDigest(payer.key, digest as Hex) };
    }

    function domainRest() {
      const { chainId, adjudicator } = channel.deployment;
      return { chainId, verifyingContract: adjudicator };
    }

    it("reverts with VoucherNotSigned: a signature of a state (threat 4)", async () => {
      const voucher = channel.voucher(payer, {});
      const { state } = channel.join(channel.base, [voucher, undefined]);
      const signature = signDigest(payer.key, stateDigest(channel.deployment, channel.id, state));
      const forged = { voucher: voucher.voucher, signature };
      await refused(channel.show(channel.base, [[forged, undefined]], [payee]), "VoucherNotSigned");
    });

    it("reverts with ECDSAInvalidSignature: a signature that recovers to zero", async () => {
      const { voucher } = channel.voucher(payer, {});
      const zero = { voucher, signature: { r: NO_LOCKS, vs: NO_LOCKS } };
      await refused(channel.show(channel.base, [[zero, undefined]], [payee]), "ECDSAInvalidSignature");
    });

    it("reverts with ECDSAInvalidSignatureS: a signature that has a twin (threat 5)", async () => {
      const { voucher, signature } = channel.voucher(payer, {});
      const vs = toBeHex(CURVE_ORDER / 2n + 1n, 32) as Hex;
      const high = { voucher, signature: { r: signature.r, vs } };
      await refused(channel.show(channel.base, [[high, undefined]], [payee]), "ECDSAInvalidSignatureS", vs);
    });
  });

  describe("of who stands behind it", () => {
    it("reverts with PayeeNotBehind: signed by nobody, or by the payer alone (threat 41)", async () => {
      const voucher = channel.voucher(payer, { transferred: ETHER });
      for (const signers of [[], [payer]]) {
        await refused(
          channel.show(channel.base, [[voucher, undefined]], signers),
          "PayeeNotBehind",
          NATIVE,
          0,
          voucherHash(voucher.voucher),
          NO_LOCKS,
        );
      }
    });

    it("reverts with PayeeNotBehind: the payee acknowledged another voucher (threat 41)", async () => {
      const voucher = channel.voucher(payer, { transferred: ETHER });
      for (const other of [
        channel.voucher(payer, { transferred: ETHER - 1n }),
        channel.voucher(payer, { transferred: ETHER, locked: 1n, locksRoot: ROOT }),
        channel.voucher(payer, { nonce: 2n, transferred: ETHER }),
      ]) {
        const answer = channel.voucher(payee, {}, other);
        await refused(channel.show(channel.base, [[voucher, answer]], [payer]), "PayeeNotBehind");
      }
    });

    it("reverts with VoucherNotSigned: an acknowledgement that the payer made up (threat 41)", async () => {
      const voucher = channel.voucher(payer, { transferred: ETHER });
      const forged = channel.voucher(payer, {}, voucher);
      await refused(
        channel.show(channel.base, [[voucher, forged]], [payer]),
        "VoucherNotSigned",
        NATIVE,
        1,
        payer.participant,
      );
    });

    it("needs the signature of an acknowledgement though its own tally is registered already", async () => {
      const voucher = channel.voucher(payer, { transferred: ETHER });
      const answer = channel.voucher(payee, { transferred: 2n * ETHER }, voucher);
      const registered = channel.show(channel.base, [[undefined, answer]], [payer]).candidate.state;
      await channel.ask(channel.show(registered, [[voucher, answer]], [], true), true);
      const forged = { voucher: answer.voucher, signature: voucher.signature };
      const shown = channel.show(registered, [[voucher, forged]], [], true);
      await expect(channel.ask(shown, true)).to.be.revertedWithCustomError(payments.app, "VoucherNotSigned");
    });
  });

  describe("of the outcome", () => {
    it("reverts with BalanceExceeded: more than the payer has", async () => {
      for (const tally of [
        { transferred: 10n * ETHER + 1n },
        { transferred: 0n, locked: 10n * ETHER + 1n, locksRoot: ROOT },
        { transferred: 6n * ETHER, locked: 4n * ETHER + 1n, locksRoot: ROOT },
      ]) {
        const voucher = channel.voucher(payer, tally);
        const next = tallyOf(voucher.voucher);
        const appData = encodeTallies([[next, NO_TALLY]]);
        const state = { version: channel.base.version + 1n, outcome: channel.base.outcome, appData };
        const { endorsements } = channel.join({ ...channel.base, outcome: richOutcome() }, [voucher, undefined]);
        await refused(
          channel.present(channel.base, state, endorsements, [payee]),
          "BalanceExceeded",
          NATIVE,
          0,
          10n * ETHER,
          10n * ETHER + 1n,
        );
      }
    });

    function richOutcome(): Hex {
      const allocations = channel.actors.map(({ destination }) => ({ destination, amount: 100n * ETHER }));
      return encodeOutcome([{ asset: NATIVE, allocations }]);
    }

    it("reverts with OutcomeWrong: any other outcome", async () => {
      const { outcome } = valid().candidate.state;
      const shares = (...amounts: bigint[]) =>
        [payer.destination, payee.destination, ethers.id("anywhere") as Destination].map((destination, i) => ({
          destination,
          amount: amounts[i]! * ETHER,
        }));
      for (const wrong of [
        channel.base.outcome,
        encodeOutcome([{ asset: NATIVE, allocations: shares(5n, 13n, 2n) }]),
        encodeOutcome([{ asset: NATIVE, allocations: shares(4n, 14n, 2n) }]),
        dataSlice(outcome, 0, 149) as Hex,
        concat([outcome, "0x00"]) as Hex,
        "0x" as const,
      ]) {
        await refused(withCandidate({ outcome: wrong }), "OutcomeWrong", outcome, wrong);
      }
    });

    it("reverts with OutcomeWrong: locks that are paid to the payee at once", async () => {
      const allocations = [5n, 15n].map((amount, i) => ({
        destination: channel.actors[i]!.destination,
        amount: amount * ETHER,
      }));
      await refused(withCandidate({ outcome: encodeOutcome([{ asset: NATIVE, allocations }]) }), "OutcomeWrong");
    });
  });

  describe("of the version", () => {
    it("reverts with VersionWrong: anything but the earlier one plus the vouchers", async () => {
      const { version } = valid().candidate.state;
      for (const wrong of [
        0n,
        version - 1n,
        version + 1n,
        versionOfEpoch(2n),
        versionOfEpoch(2n) + 1n,
        FINAL_VERSION,
      ]) {
        await refused(withCandidate({ version: wrong }), "VersionWrong", version, wrong);
      }
    });

    it("reverts with EpochFull: a voucher that would reach into the next epoch", async () => {
      const nonce = 2n ** 28n;
      const voucher = channel.voucher(payer, { nonce });
      const { endorsements } = channel.join(channel.base, [channel.voucher(payer, {}), undefined]);
      const tally = { ...NO_TALLY, nonce };
      const state = {
        version: versionOfEpoch(2n),
        outcome: channel.base.outcome,
        appData: encodeTallies([[tally, NO_TALLY]]),
      };
      const signed = concat([NO_LOCKS, voucher.signature.r, voucher.signature.vs, dataSlice(endorsements, 96)]) as Hex;
      await refused(channel.present(channel.base, state, signed, [payee]), "EpochFull", channel.base.version, nonce);
    });

    it("reverts with EpochFull: any voucher after a final state", async () => {
      const previous = { ...channel.base, version: FINAL_VERSION };
      const voucher = channel.voucher(payer, {});
      const { state, endorsements } = channel.join(channel.base, [voucher, undefined]);
      await refused(channel.present(previous, state, endorsements, [payee]), "EpochFull", FINAL_VERSION, 1);
    });
  });
});
