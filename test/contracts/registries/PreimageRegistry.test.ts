import { expect } from "chai";
import { concat, keccak256, sha256 } from "ethers";
import { deployReenterer } from "../../support/money";
import { delegate, freshPayments, now, secretOf, type Payments } from "../../support/payments";

describe("PreimageRegistry", () => {
  const { preimage, key } = secretOf("a secret");
  let payments: Payments;

  beforeEach(async () => {
    payments = await freshPayments();
  });

  describe("knownSince", () => {
    it("is 0 for a preimage that nobody has revealed", async () => {
      expect(await payments.preimages.knownSince(key)).to.equal(0n);
    });

    it("knows a preimage under its keccak-256 alone: one hash to a registry (threat 33)", async () => {
      await payments.preimages.reveal(preimage);
      expect(await payments.preimages.knownSince(key)).to.not.equal(0n);
      expect(await payments.preimages.knownSince(sha256(preimage))).to.equal(0n);
      expect(await payments.preimages.knownSince(preimage)).to.equal(0n);
    });
  });

  describe("reveal", () => {
    it("records the time of the block", async () => {
      await payments.preimages.reveal(preimage);
      expect(await payments.preimages.knownSince(key)).to.equal(await now());
    });

    it("keeps the first time", async () => {
      await payments.preimages.reveal(preimage);
      const first = await now();
      await payments.preimages.connect(payments.mallory.account).reveal(preimage);
      expect(await now()).to.be.above(first);
      expect(await payments.preimages.knownSince(key)).to.equal(first);
    });

    it("takes no preimage that is shorter than 32 bytes (threat 33)", async () => {
      const { data, to } = await payments.preimages.reveal.populateTransaction(preimage);
      await expect(payments.relayer.sendTransaction({ to, data: data.slice(0, -2) })).to.be.reverted;
    });

    it("knows nothing by the hash of more than 32 bytes (threat 33)", async () => {
      const { data, to } = await payments.preimages.reveal.populateTransaction(preimage);
      await payments.relayer.sendTransaction({ to, data: concat([data, "0x00"]) });
      expect(await payments.preimages.knownSince(key)).to.not.equal(0n);
      expect(await payments.preimages.knownSince(keccak256(concat([preimage, "0x00"])))).to.equal(0n);
    });

    it("logs nothing for an account: the preimage is in the block, word for word", async () => {
      const transaction = await payments.preimages.reveal(preimage);
      expect((await transaction.wait())!.logs).to.deep.equal([]);
      expect(transaction.data).to.equal(payments.preimages.interface.encodeFunctionData("reveal", [preimage]));
    });

    it("logs what a contract passes on, so that it cannot be hidden", async () => {
      const contract = await deployReenterer(payments);
      const call = payments.preimages.interface.encodeFunctionData("reveal", [preimage]);
      const sent = contract.execute(payments.preimages, call);
      await expect(sent).to.emit(payments.preimages, "Revealed").withArgs(key, preimage);
    });

    it("logs what an account with code passes on, which may call itself with anything", async () => {
      await delegate(payments.mallory, payments.addresses.lockSet);
      const sent = payments.preimages.connect(payments.mallory.account).reveal(preimage);
      await expect(sent).to.emit(payments.preimages, "Revealed").withArgs(key, preimage);
    });

    it("logs nothing that was known", async () => {
      await payments.preimages.reveal(preimage);
      const contract = await deployReenterer(payments);
      const call = payments.preimages.interface.encodeFunctionData("reveal", [preimage]);
      await expect(contract.execute(payments.preimages, call)).not.to.emit(payments.preimages, "Revealed");
    });
  });

  describe("revealSeveral", () => {
    it("records and logs each", async () => {
      const secrets = ["one", "two", "three"].map(secretOf);
      const sent = payments.preimages.revealSeveral(secrets.map((secret) => secret.preimage));
      for (const secret of secrets) {
        await expect(sent).to.emit(payments.preimages, "Revealed").withArgs(secret.key, secret.preimage);
        expect(await payments.preimages.knownSince(secret.key)).to.equal(await now());
      }
    });

    it("passes over those that are known, within the call too", async () => {
      await payments.preimages.reveal(preimage);
      const first = await now();
      const other = secretOf("another");
      const sent = await payments.preimages.revealSeveral([preimage, other.preimage, other.preimage]);
      expect((await sent.wait())!.logs).to.have.length(1);
      expect(await payments.preimages.knownSince(key)).to.equal(first);
    });

    it("does nothing with nothing", async () => {
      await expect(payments.preimages.revealSeveral([])).not.to.be.reverted;
    });
  });
});
