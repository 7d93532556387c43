import { HardhatEthersProvider } from "@nomicfoundation/hardhat-ethers/internal/hardhat-ethers-provider";
import { time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { concat, toBeHex, ZeroHash } from "ethers";
import { config, ethers } from "hardhat";
import { createProvider } from "hardhat/internal/core/providers/construction";
import {
  channelIdOf,
  depositDigest,
  NATIVE,
  NO_DISPUTE,
  NO_SIGNATURE,
  signDigest,
  signState,
  toAddress,
  type CompactSignature,
  type Hex,
} from "../../../src";
import { Adjudicator__factory, type Adjudicator } from "../../../typechain-types";
import { addressOf, freshSluice, split, TestChannel, type Sluice } from "../../support/sluice";

const FORK_ID = 31338;

/** The same code at the same address on a chain with another id: what a chain split leaves on the other side. */
async function splitOff(adjudicator: Adjudicator): Promise<Adjudicator> {
  const hardhat = { ...config.networks.hardhat, chainId: FORK_ID };
  const network = await createProvider({ ...config, networks: { ...config.networks, hardhat } }, "hardhat");
  const provider = new HardhatEthersProvider(network, "hardhat");
  const address = await adjudicator.getAddress();
  await provider.send("hardhat_setCode", [address, await ethers.provider.getCode(address)]);
  return Adjudicator__factory.connect(address, await provider.getSigner(0));
}

async function funded(): Promise<[Sluice, TestChannel]> {
  const sluice = await freshSluice();
  const channel = new TestChannel(sluice, [sluice.alice, sluice.bob], { app: await addressOf(sluice.ticTacToe) });
  await channel.fundNative(10n);
  return [sluice, channel];
}

describe("Adjudicator", () => {
  describe("signatures after a chain split", () => {
    it("a closing signed on one side is worthless on the other (threat 3)", async () => {
      const [{ adjudicator, alice, bob }, channel] = await funded();
      const fork = await splitOff(adjudicator);
      await fork.depositNative(channel.id, 0n, { value: 10n });
      const final = channel.finalState([split(NATIVE, [alice, 6n], [bob, 4n])]);
      await expect(fork.conclude(channel.terms, final, channel.sign(final))).to.be.revertedWithCustomError(
        adjudicator,
        "SignerWrong",
      );
      await expect(adjudicator.conclude(channel.terms, final, channel.sign(final))).to.changeEtherBalances(
        [alice.account, bob.account],
        [6n, 4n],
      );
    });

    it("a state signed on one side can neither challenge nor answer on the other (threat 3)", async () => {
      const [{ adjudicator, alice }, channel] = await funded();
      const fork = await splitOff(adjudicator);
      const state = channel.state(1n, [split(NATIVE, [alice, 10n])]);
      const signatures = channel.sign(state);
      await expect(
        fork.challenge(channel.terms, NO_DISPUTE, state, signatures, NO_SIGNATURE),
      ).to.be.revertedWithCustomError(adjudicator, "SignerWrong");
      await expect(fork.checkpoint(channel.terms, NO_DISPUTE, state, signatures)).to.be.revertedWithCustomError(
        adjudicator,
        "SignerWrong",
      );
    });

    it("the other side accepts what is signed for its own chain id (threat 3)", async () => {
      const [{ adjudicator, deployment, alice, bob }, channel] = await funded();
      const fork = await splitOff(adjudicator);
      const there = { ...deployment, chainId: BigInt(FORK_ID) };
      const channelId = channelIdOf(there, channel.terms);
      await fork.depositNative(channelId, 0n, { value: 10n });
      const final = channel.finalState([split(NATIVE, [alice, 6n], [bob, 4n])]);
      const signatures = channel.actors.map(({ key }) => signState(key, there, channelId, final));
      await fork.conclude(channel.terms, final, signatures);
      expect(await fork.held(channelId, NATIVE)).to.equal(0n);
    });
  });

  describe("signatures on another deployment", () => {
    it("a closing signed for one is worthless on the other (threat 3)", async () => {
      const [{ adjudicator, alice }, channel] = await funded();
      const other = await ethers.deployContract("Adjudicator");
      const final = channel.finalState([split(NATIVE, [alice, 10n])]);
      await expect(other.conclude(channel.terms, final, channel.sign(final))).to.be.revertedWithCustomError(
        adjudicator,
        "SignerWrong",
      );
    });
  });

  describe("signatures in another role", () => {
    it("a signed state is no deposit order (threat 4)", async () => {
      const [{ adjudicator, token, alice, bob }, channel] = await funded();
      const final = channel.finalState([split(NATIVE, [bob, 10n])]);
      const { r, vs } = channel.sign(final, alice)[0]!;
      const order = {
        ...(await orderTerms(await addressOf(token), alice.participant)),
        signature: ethers.Signature.from({ r, yParityAndS: vs }).serialized,
      };
      await expect(adjudicator.fund(channel.id, 0n, [], [order]))
        .to.be.revertedWithCustomError(adjudicator, "DepositOrderNotSigned")
        .withArgs(alice.participant);
    });

    it("a signed deposit order is no state (threat 4)", async () => {
      const [{ adjudicator, deployment, token, alice }, channel] = await funded();
      const final = channel.finalState([split(NATIVE, [alice, 10n])]);
      const terms = await orderTerms(await addressOf(token), alice.participant);
      const digest = depositDigest(deployment, {
        ...terms,
        destination: channel.id as Hex as typeof alice.destination,
      });
      const signatures = channel.actors.map(({ key }) => signDigest(key, digest));
      await expect(adjudicator.conclude(channel.terms, final, signatures)).to.be.revertedWithCustomError(
        adjudicator,
        "SignerWrong",
      );
    });

    it("no state is taken from a channel of the same people under other terms (threat 2)", async () => {
      const [{ adjudicator, alice }, channel] = await funded();
      const final = channel.finalState([split(NATIVE, [alice, 10n])]);
      const { participants, nonce, app, challengePeriod, bond } = channel.terms;
      const others = [
        { participants, nonce: toBeHex(2n ** 200n, 32), app, challengePeriod, bond },
        { participants, nonce, app: NATIVE, challengePeriod, bond },
        { participants, nonce, app, challengePeriod: challengePeriod + 1n, bond },
        { participants, nonce, app, challengePeriod, bond: bond + 1n },
      ];
      for (const terms of others) {
        await expect(adjudicator.conclude(terms, final, channel.sign(final))).to.be.revertedWithCustomError(
          adjudicator,
          "SignerWrong",
        );
      }
    });
  });

  describe("signatures as raw calldata", () => {
    it("signatures beyond the declared length do not count", async () => {
      const [{ adjudicator, relayer, alice }, channel] = await funded();
      const final = channel.finalState([split(NATIVE, [alice, 10n])]);
      const data = encodeConclude(adjudicator, channel, final, channel.sign(final));
      const [first, second] = channel.sign(final);
      const words = concat([first!.r, first!.vs, second!.r, second!.vs]).slice(2);
      const shortened = data.replace(toBeHex(2, 32).slice(2) + words, toBeHex(1, 32).slice(2) + words);
      expect(shortened).not.to.equal(data);
      await expect(relayer.sendTransaction({ to: adjudicator, data: shortened }))
        .to.be.revertedWithCustomError(adjudicator, "SignatureCountWrong")
        .withArgs(2n, 1n);
    });

    it("a participant with unclean upper bits is nobody (threat 7)", async () => {
      const [{ adjudicator, relayer, alice }, channel] = await funded();
      const final = channel.finalState([split(NATIVE, [alice, 10n])]);
      const data = encodeConclude(adjudicator, channel, final, channel.sign(final));
      const last = channel.terms.participants[1]!.slice(2).toLowerCase();
      const dirty = data.replace(`${"00".repeat(12)}${last}`, `01${"00".repeat(11)}${last}`);
      expect(dirty).not.to.equal(data);
      await expect(relayer.sendTransaction({ to: adjudicator, data: dirty })).to.be.revertedWithCustomError(
        adjudicator,
        "SignerWrong",
      );
    });

    it("a version of more than 48 bits reverts", async () => {
      const [{ adjudicator, relayer, alice }, channel] = await funded();
      const final = channel.finalState([split(NATIVE, [alice, 10n])]);
      const data = encodeConclude(adjudicator, channel, final, channel.sign(final));
      const clean = toBeHex(final.version, 32).slice(2);
      const dirty = data.replace(clean, `01${clean.slice(2)}`);
      expect(dirty).not.to.equal(data);
      await expect(relayer.sendTransaction({ to: adjudicator, data: dirty })).to.be.revertedWithoutReason();
    });

    it("calldata that is cut off reverts", async () => {
      const [{ adjudicator, relayer, alice }, channel] = await funded();
      const final = channel.finalState([split(NATIVE, [alice, 10n])]);
      const data = encodeConclude(adjudicator, channel, final, channel.sign(final));
      await expect(
        relayer.sendTransaction({ to: adjudicator, data: data.slice(0, -64) }),
      ).to.be.revertedWithoutReason();
    });
  });
});

async function orderTerms(
  token: Hex,
  from: Hex,
): Promise<{
  token: ReturnType<typeof toAddress>;
  from: ReturnType<typeof toAddress>;
  amount: bigint;
  expectedHeld: bigint;
  salt: bigint;
  deadline: bigint;
  permit: { deadline: bigint; v: bigint; r: string; s: string };
}> {
  return {
    token: toAddress(token),
    from: toAddress(from),
    amount: 1n,
    expectedHeld: 0n,
    salt: 0n,
    deadline: BigInt(await time.latest()) + 1_000n,
    permit: { deadline: 0n, v: 0n, r: ZeroHash, s: ZeroHash },
  };
}

function encodeConclude(
  adjudicator: Adjudicator,
  { terms }: TestChannel,
  state: ReturnType<TestChannel["state"]>,
  signatures: CompactSignature[],
): string {
  return adjudicator.interface.encodeFunctionData("conclude", [terms, state, signatures]);
}
