import { time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { authorizationNonce, NATIVE, type Destination } from "../../../src";
import { ANYWHERE, authorize, cancelAuthorization, ELSEWHERE } from "../../support/money";
import { addressOf, freshSluice, TestChannel } from "../../support/sluice";

const ZERO_DESTINATION = `0x${"00".repeat(32)}` as Destination;

describe("AssetHolder", () => {
  describe("fund with ERC-3009 authorisations", () => {
    it("funds a channel for two parties in one transaction that a stranger sends", async () => {
      const sluice = await freshSluice();
      const { adjudicator, token, alice, bob, mallory } = sluice;
      const { id } = new TestChannel(sluice, [alice, bob]);
      const authorizations = [
        await authorize(sluice, alice, id as string as Destination, 6n),
        await authorize(sluice, bob, id as string as Destination, 4n, { expectedHeld: 6n }),
      ];
      await expect(adjudicator.connect(mallory.account).fund(id, 0n, authorizations, [])).to.changeTokenBalances(
        token,
        [alice.account, bob.account, mallory.account, adjudicator],
        [-6n, -4n, 0n, 10n],
      );
      expect(await adjudicator.held(id, token)).to.equal(10n);
    });

    it("announces each deposit", async () => {
      const sluice = await freshSluice();
      const { adjudicator, token, alice } = sluice;
      await expect(adjudicator.fund(ANYWHERE, 0n, [await authorize(sluice, alice, ANYWHERE, 6n)], []))
        .to.emit(adjudicator, "TokenDeposited")
        .withArgs(ANYWHERE, await addressOf(token), 6n);
    });

    it("takes the caller's native coin alongside", async () => {
      const sluice = await freshSluice();
      const { adjudicator, token, alice } = sluice;
      const authorization = await authorize(sluice, alice, ANYWHERE, 6n);
      await adjudicator.fund(ANYWHERE, 0n, [authorization], [], { value: 3n });
      expect(await adjudicator.held(ANYWHERE, NATIVE)).to.equal(3n);
      expect(await adjudicator.held(ANYWHERE, token)).to.equal(6n);
    });

    it("applies the expectation of the call to native coin (threat 21)", async () => {
      const { adjudicator } = await freshSluice();
      await expect(adjudicator.fund(ANYWHERE, 1n, [], [], { value: 3n }))
        .to.be.revertedWithCustomError(adjudicator, "HeldTooLittle")
        .withArgs(ANYWHERE, NATIVE, 0n, 1n);
    });

    it("ignores the expectation of the call when no native coin is sent", async () => {
      const sluice = await freshSluice();
      const { adjudicator, token, alice } = sluice;
      await adjudicator.fund(ANYWHERE, 1n, [await authorize(sluice, alice, ANYWHERE, 6n)], []);
      expect(await adjudicator.held(ANYWHERE, token)).to.equal(6n);
    });

    it("does nothing when there is nothing to do", async () => {
      const { adjudicator } = await freshSluice();
      await expect(adjudicator.fund(ANYWHERE, 0n, [], [])).not.to.emit(adjudicator, "NativeDeposited");
    });

    it("skips an authorisation that somebody submitted before, and changes nothing (threat 51)", async () => {
      const sluice = await freshSluice();
      const { adjudicator, token, alice, bob, mallory } = sluice;
      const first = await authorize(sluice, alice, ANYWHERE, 6n);
      const second = await authorize(sluice, bob, ANYWHERE, 4n, { expectedHeld: 6n });
      await adjudicator.connect(mallory.account).fund(ANYWHERE, 0n, [first], []);
      await adjudicator.fund(ANYWHERE, 0n, [first, second], []);
      expect(await adjudicator.held(ANYWHERE, token)).to.equal(10n);
    });

    it("uses an authorisation once, even twice in one call (threat 51)", async () => {
      const sluice = await freshSluice();
      const { adjudicator, token, alice } = sluice;
      const authorization = await authorize(sluice, alice, ANYWHERE, 6n);
      await adjudicator.fund(ANYWHERE, 0n, [authorization, authorization], []);
      expect(await adjudicator.held(ANYWHERE, token)).to.equal(6n);
    });

    it("takes equal amounts of one payer under different salts", async () => {
      const sluice = await freshSluice();
      const { adjudicator, token, alice } = sluice;
      const authorizations = [
        await authorize(sluice, alice, ANYWHERE, 6n, { salt: 1n }),
        await authorize(sluice, alice, ANYWHERE, 6n, { salt: 2n }),
      ];
      await adjudicator.fund(ANYWHERE, 0n, authorizations, []);
      expect(await adjudicator.held(ANYWHERE, token)).to.equal(12n);
    });

    it("skips a cancelled authorisation and credits nothing", async () => {
      const sluice = await freshSluice();
      const { adjudicator, token, alice } = sluice;
      const authorization = await authorize(sluice, alice, ANYWHERE, 6n);
      await cancelAuthorization(sluice, alice, authorizationNonce(ANYWHERE, 0n, 1n));
      await expect(adjudicator.fund(ANYWHERE, 0n, [authorization], [])).to.changeTokenBalance(token, adjudicator, 0n);
      expect(await adjudicator.held(ANYWHERE, token)).to.equal(0n);
    });

    it("protects whoever pays second when the first cancels (threat 21)", async () => {
      const sluice = await freshSluice();
      const { adjudicator, token, alice, bob } = sluice;
      const first = await authorize(sluice, alice, ANYWHERE, 6n);
      const second = await authorize(sluice, bob, ANYWHERE, 4n, { expectedHeld: 6n });
      await cancelAuthorization(sluice, alice, authorizationNonce(ANYWHERE, 0n, 1n));
      await expect(adjudicator.fund(ANYWHERE, 0n, [first, second], []))
        .to.be.revertedWithCustomError(adjudicator, "HeldTooLittle")
        .withArgs(ANYWHERE, await addressOf(token), 0n, 6n);
    });

    it("is refused by the token for another destination (threat 51)", async () => {
      const sluice = await freshSluice();
      const { adjudicator, token, alice, mallory } = sluice;
      const authorization = await authorize(sluice, alice, ANYWHERE, 6n);
      await expect(
        adjudicator.connect(mallory.account).fund(ELSEWHERE, 0n, [authorization], []),
      ).to.be.revertedWithCustomError(token, "ERC3009InvalidSignature");
    });

    it("stays used for another destination after it was used for its own (threat 51)", async () => {
      const sluice = await freshSluice();
      const { adjudicator, token, alice } = sluice;
      const authorization = await authorize(sluice, alice, ANYWHERE, 6n);
      await adjudicator.fund(ANYWHERE, 0n, [authorization], []);
      await expect(adjudicator.fund(ELSEWHERE, 0n, [authorization], [])).to.be.revertedWithCustomError(
        token,
        "ERC3009InvalidSignature",
      );
    });

    for (const [field, value] of [
      ["expectedHeld", 0n],
      ["salt", 2n],
      ["amount", 7n],
      ["validAfter", 1n],
      ["validBefore", 2n ** 41n],
    ] as const) {
      it(`is refused by the token with another ${field} (threat 51)`, async () => {
        const sluice = await freshSluice();
        const { adjudicator, token, alice } = sluice;
        await adjudicator.connect(alice.account).deposit(ANYWHERE, token, 0n, 1n);
        const signed = await authorize(sluice, alice, ANYWHERE, 6n, { expectedHeld: 1n });
        await expect(adjudicator.fund(ANYWHERE, 0n, [{ ...signed, [field]: value }], [])).to.be.revertedWithCustomError(
          token,
          "ERC3009InvalidSignature",
        );
      });
    }

    it("is refused by the token when somebody else signed", async () => {
      const sluice = await freshSluice();
      const { adjudicator, token, alice, mallory } = sluice;
      const forged = await authorize(sluice, alice, ANYWHERE, 6n, { signer: mallory });
      await expect(adjudicator.fund(ANYWHERE, 0n, [forged], [])).to.be.revertedWithCustomError(
        token,
        "ERC3009InvalidSignature",
      );
    });

    it("is refused when it goes straight to the token past the adjudicator (threat 51)", async () => {
      const sluice = await freshSluice();
      const { token, deployment, alice, mallory } = sluice;
      const a = await authorize(sluice, alice, ANYWHERE, 6n);
      const nonce = authorizationNonce(ANYWHERE, 0n, 1n);
      await expect(
        token
          .connect(mallory.account)
          .receiveWithAuthorization(a.from, deployment.adjudicator, 6n, 0n, a.validBefore, nonce, a.v, a.r, a.s),
      )
        .to.be.revertedWithCustomError(token, "ERC20InvalidReceiver")
        .withArgs(deployment.adjudicator);
    });

    it("is refused by the token at the end of its validity, not before (threat 16)", async () => {
      const sluice = await freshSluice();
      const { adjudicator, token, alice } = sluice;
      const validBefore = BigInt(await time.latest()) + 100n;
      const early = await authorize(sluice, alice, ANYWHERE, 6n, { validBefore, salt: 1n });
      const late = await authorize(sluice, alice, ANYWHERE, 6n, { validBefore, salt: 2n });
      await time.setNextBlockTimestamp(validBefore - 1n);
      await adjudicator.fund(ANYWHERE, 0n, [early], []);
      await time.setNextBlockTimestamp(validBefore);
      await expect(adjudicator.fund(ANYWHERE, 0n, [late], []))
        .to.be.revertedWithCustomError(token, "ERC3009InvalidAuthorizationTime")
        .withArgs(0n, validBefore);
    });

    it("is all or nothing", async () => {
      const sluice = await freshSluice();
      const { adjudicator, token, alice, bob, mallory } = sluice;
      const good = await authorize(sluice, alice, ANYWHERE, 6n);
      const forged = await authorize(sluice, bob, ANYWHERE, 4n, { signer: mallory });
      await expect(adjudicator.fund(ANYWHERE, 0n, [good, forged], [], { value: 1n })).to.be.revertedWithCustomError(
        token,
        "ERC3009InvalidSignature",
      );
      expect(await adjudicator.held(ANYWHERE, token)).to.equal(0n);
      expect(await adjudicator.held(ANYWHERE, NATIVE)).to.equal(0n);
    });

    it("reverts for the zero destination", async () => {
      const sluice = await freshSluice();
      const { adjudicator, alice } = sluice;
      const authorization = await authorize(sluice, alice, ZERO_DESTINATION, 6n);
      await expect(adjudicator.fund(ZERO_DESTINATION, 0n, [authorization], [])).to.be.revertedWithCustomError(
        adjudicator,
        "RecipientZero",
      );
    });

    it("reverts for a token that tells no balance", async () => {
      const sluice = await freshSluice();
      const { adjudicator, ticTacToe, alice } = sluice;
      const authorization = { ...(await authorize(sluice, alice, ANYWHERE, 6n)), token: await addressOf(ticTacToe) };
      await expect(adjudicator.fund(ANYWHERE, 0n, [authorization], []))
        .to.be.revertedWithCustomError(adjudicator, "TokenUnreadable")
        .withArgs(await addressOf(ticTacToe));
    });
  });
});
