import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { id, TypedDataEncoder } from "ethers";
import fc from "fast-check";
import { ethers } from "hardhat";
import {
  accountDestination,
  authorizationNonce,
  channelIdOf,
  depositDigest,
  destinationAccount,
  disputeHashOf,
  domainOf,
  escrowDestination,
  finalHashOf,
  NATIVE,
  stateDigest,
  stateHashOf,
  type ChannelId,
  type Deployment,
  type StateHash,
} from "../../src";
import type { ReferenceHarness } from "../../typechain-types";
import { addressOf, deploySluice, split, TestChannel, type Sluice } from "../support/sluice";
import { address, amount, channel as anyChannel, destination, dispute, state, word } from "./arbitraries";
import { runs, USUAL_RUNS } from "./runs";

describe("hashing, in assembly, in plain Solidity and in TypeScript", () => {
  let harness: ReferenceHarness;
  let deployment: Deployment;
  let sluice: Sluice;

  before(async () => {
    sluice = await deploySluice();
    harness = await ethers.deployContract("ReferenceHarness");
    deployment = { chainId: sluice.deployment.chainId, adjudicator: await addressOf(harness) };
  });

  it("has every type hash literal equal to the hash of its type string", () => {
    const literals = solidityFiles("contracts").flatMap(typeHashLiterals);
    expect(literals.length).to.be.at.least(8);
    for (const { type, literal } of literals) expect(literal, type).to.equal(id(type));
  });

  it("gives one domain separator", async () => {
    const [actual, expected] = await harness.domainSeparator();
    expect(actual).to.equal(expected);
    expect(actual).to.equal(TypedDataEncoder.hashDomain(domainOf(deployment)));
  });

  it("gives one channel id", async () => {
    await fc.assert(
      fc.asyncProperty(anyChannel, async (terms) => {
        const [actual, expected] = await harness.channelStructHash(terms);
        expect(actual).to.equal(expected);
        const domain = TypedDataEncoder.hashDomain(domainOf(deployment));
        expect(channelIdOf(deployment, terms)).to.equal(ethers.keccak256(ethers.concat(["0x1901", domain, actual])));
      }),
      runs(USUAL_RUNS),
    );
  });

  it("gives one state hash and one digest to sign", async () => {
    await fc.assert(
      fc.asyncProperty(word, state, async (channelId, value) => {
        const [actual, expected] = await harness.stateStructHash(channelId, value);
        expect(actual).to.equal(expected);
        expect(stateHashOf(channelId as ChannelId, value)).to.equal(actual);
        const domain = TypedDataEncoder.hashDomain(domainOf(deployment));
        const digest = ethers.keccak256(ethers.concat(["0x1901", domain, actual]));
        expect(stateDigest(deployment, channelId as ChannelId, value)).to.equal(digest);
      }),
      runs(USUAL_RUNS),
    );
  });

  it("gives one dispute hash, from calldata as from words", async () => {
    await fc.assert(
      fc.asyncProperty(dispute, async (value) => {
        const [actual, fromWords, expected] = await harness.disputeHash(value);
        expect([actual, fromWords]).to.deep.equal([expected, expected]);
        expect(disputeHashOf(value)).to.equal(expected);
      }),
      runs(USUAL_RUNS),
    );
  });

  it("gives one hash of a final record", async () => {
    await fc.assert(
      fc.asyncProperty(word, fc.array(amount, { maxLength: 64 }), async (stateHash, owed) => {
        const [actual, expected] = await harness.finalHash(stateHash, owed);
        expect(actual).to.equal(expected);
        expect(finalHashOf(stateHash as StateHash, owed)).to.equal(actual);
      }),
      runs(USUAL_RUNS),
    );
  });

  it("gives one destination to accounts and escrows", async () => {
    await fc.assert(
      fc.asyncProperty(address, word, async (account, terms) => {
        expect(escrowDestination(account, terms)).to.equal(await harness.escrowDestination(account, terms));
        expect(accountDestination(account)).to.equal(await harness.accountDestination(account));
      }),
      runs(USUAL_RUNS),
    );
  });

  it("agrees on which destinations are accounts", async () => {
    await fc.assert(
      fc.asyncProperty(destination, async (value) => {
        const [isAccount, account] = await harness.destinationAccount(value);
        expect(destinationAccount(value)).to.equal(isAccount ? account : undefined);
      }),
      runs(USUAL_RUNS),
    );
  });

  it("binds an ERC-3009 nonce to destination, balance and salt", () => {
    fc.assert(
      fc.property(destination, amount, amount, (to, expectedHeld, salt) => {
        const types = ["bytes32", "uint256", "uint256"];
        const nonce = ethers.solidityPackedKeccak256(types, [to, expectedHeld, salt]);
        expect(authorizationNonce(to, expectedHeld, salt)).to.equal(nonce);
      }),
      runs(USUAL_RUNS),
    );
  });

  it("names a deposit order by the digest the asset holder remembers", async () => {
    const { adjudicator, token, alice, relayer } = sluice;
    await token.mint(alice.participant, 1_000n);
    await fc.assert(
      fc.asyncProperty(destination, fc.bigInt(0n, 4n), amount, async (to, value, salt) => {
        const terms = {
          from: alice.participant,
          destination: to,
          token: await addressOf(token),
          expectedHeld: 0n,
          amount: value,
          salt,
          deadline: 2n ** 64n,
        };
        const digest = depositDigest(sluice.deployment, terms);
        const { serialized: signature } = alice.key.sign(digest);
        await approveAsKey(value);
        await adjudicator.connect(relayer).fund(to, 0n, [], [{ ...terms, signature, permit: NO_PERMIT }]);
        expect(await adjudicator.orderExecuted(digest)).to.equal(true);
      }),
      runs(20),
    );

    async function approveAsKey(value: bigint): Promise<void> {
      await ethers.provider.send("hardhat_impersonateAccount", [alice.participant]);
      await ethers.provider.send("hardhat_setBalance", [alice.participant, "0xde0b6b3a7640000"]);
      const key = await ethers.getSigner(alice.participant);
      await token.connect(key).approve(adjudicator, value);
    }
  });

  it("has one digest for a bonded challenge", async () => {
    const { alice, bob } = sluice;
    const channel = new TestChannel(sluice, [alice, bob], { bond: 1n });
    const dispute = await channel.challenge(channel.state(1n, [split(NATIVE, [alice, 1n])]), alice);
    expect(await sluice.adjudicator.recordOf(channel.id)).to.equal(disputeHashOf(dispute));
  });
});

const NO_PERMIT = { deadline: 0n, v: 0, r: ethers.ZeroHash, s: ethers.ZeroHash };

function solidityFiles(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".sol") && !name.startsWith("test"))
    .map((name) => join(folder, name));
}

/** Constants announced by a comment `keccak256("…")`. */
function typeHashLiterals(file: string): { type: string; literal: string }[] {
  const pattern = /@dev keccak256\("([^"]+)"\)\s+bytes32 [\w ]+ = (0x[0-9a-f]{64});/g;
  return [...readFileSync(file, "utf8").matchAll(pattern)].map(([, type, literal]) => ({
    type: type!,
    literal: literal!,
  }));
}
