import { time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { ethers } from "hardhat";
import {
  channelIdOf,
  disputeHashOf,
  NATIVE,
  NO_DISPUTE,
  NO_SIGNATURE,
  signState,
  stateHashOf,
  toAddress,
  type Address,
  type State,
} from "../../../src";
import type { ConfigurableApp } from "../../../typechain-types";
import { BEHAVIOUR, deployApp, settle, supported } from "../../support/disputes";
import { addressOf, DAY, freshSluice, split, TestChannel, type Sluice } from "../../support/sluice";

interface Scene {
  readonly sluice: Sluice;
  readonly app: ConfigurableApp;
  readonly channel: TestChannel;
  readonly state: (version: bigint) => State;
}

async function scene(behaviour = BEHAVIOUR.accept): Promise<Scene> {
  const sluice = await freshSluice();
  const app = await deployApp(behaviour);
  const channel = new TestChannel(sluice, [sluice.alice, sluice.bob], { app: await addressOf(app) });
  await channel.fundNative(10n);
  const outcome = [split(NATIVE, [sluice.alice, 6n], [sluice.bob, 4n])];
  return { sluice, app, channel, state: (version) => channel.state(version, outcome, "0xabcd") };
}

describe("Adjudicator", () => {
  describe("challengeWithProof", () => {
    it("registers what the app supports, whoever signed it", async () => {
      const { sluice, channel, state } = await scene();
      const { adjudicator, alice } = sluice;
      const now = BigInt(await time.latest()) + 100n;
      await time.setNextBlockTimestamp(now);
      const args = supported(channel, [state(1n), alice]);
      await expect(adjudicator.challengeWithProof(channel.terms, NO_DISPUTE, ...args, NO_SIGNATURE))
        .to.emit(adjudicator, "Challenged")
        .withArgs(channel.id, now + DAY, 1n, state(1n).outcome, "0xabcd");
      const dispute = {
        ...NO_DISPUTE,
        version: 1n,
        finalizesAt: now + DAY,
        stateHash: stateHashOf(channel.id, state(1n)),
      };
      expect(await adjudicator.recordOf(channel.id)).to.equal(disputeHashOf(dispute));
    });

    it("passes everything on to the app, proof in order", async () => {
      const { sluice, app, channel, state } = await scene(BEHAVIOUR.echo);
      const { adjudicator, alice, bob } = sluice;
      const args = supported(channel, [state(3n), channel.actors[1]!], [state(1n), alice, bob], [state(2n), alice]);
      await expect(adjudicator.challengeWithProof(channel.terms, NO_DISPUTE, ...args, NO_SIGNATURE))
        .to.be.revertedWithCustomError(app, "Asked")
        .withArgs(channel.id, channel.terms.app, [1n, 2n], 3n, 2n, false);
    });

    it("accepts a candidate that nobody signed, when the app does", async () => {
      const { sluice, channel, state } = await scene();
      const { adjudicator } = sluice;
      await expect(
        adjudicator.challengeWithProof(channel.terms, NO_DISPUTE, ...supported(channel, [state(1n)]), NO_SIGNATURE),
      ).to.emit(adjudicator, "Challenged");
    });

    it("checks the signatures of the proof too", async () => {
      const { sluice, channel, state } = await scene();
      const { adjudicator, alice, mallory, deployment } = sluice;
      const [candidate, proof, signatures] = supported(channel, [state(2n), alice], [state(1n), alice]);
      signatures[1] = signState(mallory.key, deployment, channel.id, state(1n));
      await expect(
        adjudicator.challengeWithProof(channel.terms, NO_DISPUTE, candidate, proof, signatures, NO_SIGNATURE),
      )
        .to.be.revertedWithCustomError(adjudicator, "SignerWrong")
        .withArgs(channel.indexOf(alice), alice.participant, mallory.participant);
    });

    it("wants a signature for each declared signer of the proof", async () => {
      const { sluice, channel, state } = await scene();
      const { adjudicator, alice } = sluice;
      const [candidate, proof, signatures] = supported(channel, [state(2n), alice], [state(1n), alice]);
      const short = signatures.slice(0, 1);
      await expect(adjudicator.challengeWithProof(channel.terms, NO_DISPUTE, candidate, proof, short, NO_SIGNATURE))
        .to.be.revertedWithCustomError(adjudicator, "SignatureCountWrong")
        .withArgs(2n, 1n);
    });
  });

  describe("checkpointWithProof", () => {
    it("stops the clock and emits the newer state", async () => {
      const { sluice, channel, state } = await scene();
      const { adjudicator, bob } = sluice;
      const dispute = await channel.challenge(state(1n));
      const args = supported(channel, [state(2n), bob], [state(1n)]);
      await expect(adjudicator.checkpointWithProof(channel.terms, dispute, ...args))
        .to.emit(adjudicator, "Checkpointed")
        .withArgs(channel.id, 2n, state(2n).outcome, "0xabcd");
      expect(await adjudicator.recordOf(channel.id)).to.equal(disputeHashOf(channel.stopped(state(2n))));
    });

    it("tells the app that the proof starts with the registered state", async () => {
      const { sluice, app, channel, state } = await scene(BEHAVIOUR.echo);
      const { adjudicator, bob } = sluice;
      const dispute = await channel.challenge(state(1n));
      const args = supported(channel, [state(2n), bob], [state(1n)]);
      await expect(adjudicator.checkpointWithProof(channel.terms, dispute, ...args))
        .to.be.revertedWithCustomError(app, "Asked")
        .withArgs(channel.id, channel.terms.app, [1n], 2n, 1n << BigInt(channel.indexOf(bob)), true);
    });

    it("tells the app so only of the first state of the proof", async () => {
      const { sluice, app, channel, state } = await scene(BEHAVIOUR.echo);
      const { adjudicator, bob } = sluice;
      const dispute = await channel.challenge(state(1n));
      const args = supported(channel, [state(2n), bob], [state(0n)], [state(1n)]);
      await expect(adjudicator.checkpointWithProof(channel.terms, dispute, ...args))
        .to.be.revertedWithCustomError(app, "Asked")
        .withArgs(channel.id, channel.terms.app, [0n, 1n], 2n, 1n << BigInt(channel.indexOf(bob)), false);
    });

    it("cannot be made to call a state registered by an invented dispute", async () => {
      const { sluice, app, channel, state } = await scene(BEHAVIOUR.echo);
      const { adjudicator, bob } = sluice;
      const invented = channel.stopped(state(1n));
      const args = supported(channel, [state(2n), bob], [state(1n)]);
      await expect(adjudicator.checkpointWithProof(channel.terms, invented, ...args))
        .to.be.revertedWithCustomError(app, "Asked")
        .withArgs(channel.id, channel.terms.app, [1n], 2n, 1n << BigInt(channel.indexOf(bob)), false);
    });

    it("refuses an invented dispute beside a registered one, whatever the app was told", async () => {
      const { sluice, channel, state } = await scene();
      const { adjudicator, bob } = sluice;
      const dispute = await channel.challenge(state(1n));
      const invented = { ...dispute, stateHash: stateHashOf(channel.id, state(0n)) };
      const args = supported(channel, [state(2n), bob], [state(0n)]);
      await expect(adjudicator.checkpointWithProof(channel.terms, invented, ...args))
        .to.be.revertedWithCustomError(adjudicator, "RecordMismatch")
        .withArgs(channel.id, disputeHashOf(dispute), disputeHashOf(invented));
    });
  });

  describe("a misbehaving app", () => {
    for (const method of ["challengeWithProof", "checkpointWithProof"] as const) {
      it(`${method} fails with the app's own error when it refuses (threat 24)`, async () => {
        const { sluice, app, channel, state } = await scene(BEHAVIOUR.refuse);
        await expect(ask(sluice, method, channel, state(3n)))
          .to.be.revertedWithCustomError(app, "CandidateRefused")
          .withArgs(3n);
      });

      it(`${method} fails when it burns all gas, and nothing is registered (threat 24)`, async () => {
        const { sluice, channel, state } = await scene(BEHAVIOUR.burnGas);
        await expect(ask(sluice, method, channel, state(3n))).to.be.revertedWithoutReason();
        expect(await sluice.adjudicator.recordOf(channel.id)).to.equal(ethers.ZeroHash);
      });

      it(`${method} takes an app that returns, be it garbage, at its word (threat 24)`, async () => {
        const { sluice, channel, state } = await scene(BEHAVIOUR.returnGarbage);
        await ask(sluice, method, channel, state(3n));
        expect(await sluice.adjudicator.recordOf(channel.id)).not.to.equal(ethers.ZeroHash);
      });
    }

    it("is never asked about what all have signed (threat 24)", async () => {
      const { sluice, channel, state } = await scene(BEHAVIOUR.burnGas);
      const dispute = await channel.challenge(state(1n));
      const stopped = await channel.checkpoint(state(2n), dispute);
      const again = await channel.challenge(state(2n), sluice.bob, stopped);
      await expect(settle(channel, state(2n), again)).to.changeEtherBalances(
        [sluice.alice.account, sluice.bob.account],
        [6n, 4n],
      );
    });

    it("cannot take back what it has supported (threat 24)", async () => {
      const { sluice, app, channel, state } = await scene();
      const { adjudicator, alice, bob } = sluice;
      await adjudicator.challengeWithProof(
        channel.terms,
        NO_DISPUTE,
        ...supported(channel, [state(1n), alice]),
        NO_SIGNATURE,
      );
      const finalizesAt = BigInt(await time.latest()) + DAY;
      await app.configure(BEHAVIOUR.refuse);
      const dispute = { ...NO_DISPUTE, version: 1n, finalizesAt, stateHash: stateHashOf(channel.id, state(1n)) };
      await expect(settle(channel, state(1n), dispute)).to.changeEtherBalances([alice.account, bob.account], [6n, 4n]);
    });

    it("harms no channel that did not choose it (threat 24)", async () => {
      const { sluice } = await scene(BEHAVIOUR.burnGas);
      const { adjudicator, alice, bob } = sluice;
      const other = new TestChannel(sluice, [alice, bob], { app: await addressOf(await deployApp()) });
      await expect(ask(sluice, "challengeWithProof", other, other.state(1n, []))).to.emit(adjudicator, "Challenged");
    });

    it("of an outsider gives another channel id, where no signature counts (threat 25)", async () => {
      const { sluice, channel, state } = await scene(BEHAVIOUR.refuse);
      const { adjudicator, deployment, alice } = sluice;
      const evil = { ...channel.terms, app: await addressOf(await deployApp()) };
      expect(channelIdOf(deployment, evil)).not.to.equal(channel.id);
      const args = supported(channel, [state(9n), alice]);
      await expect(
        adjudicator.challengeWithProof(evil, NO_DISPUTE, ...args, NO_SIGNATURE),
      ).to.be.revertedWithCustomError(adjudicator, "SignerWrong");
    });

    it("of an outsider reaches no money of the channel, even without signatures (threat 25)", async () => {
      const { sluice, channel, state } = await scene(BEHAVIOUR.refuse);
      const evil = { ...channel.terms, app: await addressOf(await deployApp()) };
      const args = supported(channel, [state(9n)]);
      await sluice.adjudicator.challengeWithProof(evil, NO_DISPUTE, ...args, NO_SIGNATURE);
      expect(await sluice.adjudicator.recordOf(channel.id)).to.equal(ethers.ZeroHash);
    });
  });

  describe("a contract as participant", () => {
    it("never counts, though its ERC-1271 says yes to everything (threat 8)", async () => {
      const sluice = await freshSluice();
      const { adjudicator, bob, mallory, deployment } = sluice;
      const wallet = await addressOf(await ethers.deployContract("AgreeableWallet"));
      const participants = [wallet, bob.participant].sort(byNumber);
      const channel = new TestChannel(sluice, [bob], { participants });
      const final = channel.finalState([split(NATIVE, [mallory, 1n])]);
      const signatures = participants.map((participant) =>
        signState((participant === wallet ? mallory : bob).key, deployment, channel.id, final),
      );
      await expect(adjudicator.conclude(channel.terms, final, signatures))
        .to.be.revertedWithCustomError(adjudicator, "SignerWrong")
        .withArgs(participants.indexOf(wallet), wallet, mallory.participant);
    });
  });
});

function byNumber(a: Address, b: Address): number {
  return BigInt(toAddress(a)) < BigInt(toAddress(b)) ? -1 : 1;
}

function ask(
  { adjudicator, alice }: Sluice,
  method: "challengeWithProof" | "checkpointWithProof",
  channel: TestChannel,
  state: State,
): ReturnType<typeof adjudicator.checkpointWithProof> {
  const args = supported(channel, [state, alice]);
  if (method === "checkpointWithProof") return adjudicator.checkpointWithProof(channel.terms, NO_DISPUTE, ...args);
  return adjudicator.challengeWithProof(channel.terms, NO_DISPUTE, ...args, NO_SIGNATURE);
}
