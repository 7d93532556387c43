import { expect } from "chai";
import { NATIVE, type Destination } from "../../../src";
import { ANYWHERE, ELSEWHERE } from "../../support/money";
import { freshSluice } from "../../support/sluice";

const ZERO_DESTINATION = `0x${"00".repeat(32)}` as Destination;

describe("AssetHolder", () => {
  describe("depositNative", () => {
    it("credits what is sent along to the destination and to no other", async () => {
      const { adjudicator } = await freshSluice();
      await expect(adjudicator.depositNative(ANYWHERE, 0n, { value: 7n }))
        .to.emit(adjudicator, "NativeDeposited")
        .withArgs(ANYWHERE, 7n);
      expect(await adjudicator.held(ANYWHERE, NATIVE)).to.equal(7n);
      expect(await adjudicator.held(ELSEWHERE, NATIVE)).to.equal(0n);
    });

    it("takes the coin from the caller and keeps it", async () => {
      const { adjudicator, mallory } = await freshSluice();
      await expect(
        adjudicator.connect(mallory.account).depositNative(ANYWHERE, 0n, { value: 7n }),
      ).to.changeEtherBalances([mallory.account, adjudicator], [-7n, 7n]);
    });

    it("adds to what is there", async () => {
      const { adjudicator } = await freshSluice();
      await adjudicator.depositNative(ANYWHERE, 0n, { value: 7n });
      await adjudicator.depositNative(ANYWHERE, 7n, { value: 5n });
      expect(await adjudicator.held(ANYWHERE, NATIVE)).to.equal(12n);
    });

    it("accepts a destination that holds more than expected", async () => {
      const { adjudicator } = await freshSluice();
      await adjudicator.depositNative(ANYWHERE, 0n, { value: 7n });
      await adjudicator.depositNative(ANYWHERE, 6n, { value: 5n });
      expect(await adjudicator.held(ANYWHERE, NATIVE)).to.equal(12n);
    });

    it("reverts when less is held than expected, as after a reorganisation (threat 21)", async () => {
      const { adjudicator } = await freshSluice();
      await adjudicator.depositNative(ANYWHERE, 0n, { value: 7n });
      await expect(adjudicator.depositNative(ANYWHERE, 8n, { value: 5n }))
        .to.be.revertedWithCustomError(adjudicator, "HeldTooLittle")
        .withArgs(ANYWHERE, NATIVE, 7n, 8n);
    });

    it("reverts for the zero destination", async () => {
      const { adjudicator } = await freshSluice();
      await expect(adjudicator.depositNative(ZERO_DESTINATION, 0n, { value: 1n })).to.be.revertedWithCustomError(
        adjudicator,
        "RecipientZero",
      );
    });
  });
});
