import { expect } from "chai";
import { hexlify, id, keccak256, MaxUint256, TypedDataEncoder, zeroPadValue } from "ethers";
import { ethers } from "hardhat";
import {
  accountDestination,
  channelIdOf,
  destinationAccount,
  disputeHashOf,
  domainOf,
  escrowDestination,
  finalHashOf,
  MAX_CHALLENGE_PERIOD,
  NO_DISPUTE,
  stateHashOf,
  toAddress,
  type Channel,
  type ChannelId,
  type Destination,
  type Dispute,
  type Hex,
  type StateHash,
} from "../../../src";
import type { LibraryHarness } from "../../../typechain-types";
import { crowd } from "../../support/disputes";
import { addressOf, DAY, freshSluice, TestChannel } from "../../support/sluice";

const SIZES = [0, 1, 31, 32, 33, 64, 200, 1_000];
const WORD = id("some word") as Hex;
const ACCOUNT = toAddress(zeroPadValue("0xa11ce0", 20));

const DISPUTE: Dispute = {
  version: 2n ** 48n - 1n,
  finalizesAt: MaxUint256,
  stateHash: WORD as StateHash,
  challenger: ACCOUNT,
  payer: toAddress(zeroPadValue("0xb0b0", 20)),
  bond: MaxUint256 - 1n,
};

function bytes(size: number, seed: number): Hex {
  return hexlify(Uint8Array.from({ length: size }, (_, i) => (i * 7 + seed) % 256)) as Hex;
}

async function harness(): Promise<LibraryHarness> {
  await freshSluice();
  return ethers.deployContract("LibraryHarness");
}

async function channelOf(participants: number): Promise<Channel> {
  const sluice = await freshSluice();
  return new TestChannel(sluice, crowd(sluice, participants), { app: ACCOUNT, bond: 5n }).terms;
}

describe("StateLib", () => {
  describe("structHash", () => {
    for (const size of SIZES) {
      it(`is that of EIP-712 for ${size} bytes of outcome beside any app data`, async () => {
        const library = await harness();
        for (const other of SIZES) {
          const state = { version: 12_345n, outcome: bytes(size, 1), appData: bytes(other, 2) };
          expect(await library.stateStructHash(WORD, state)).to.equal(stateHashOf(WORD as ChannelId, state));
        }
      });
    }

    it("differs when outcome and app data swap places", async () => {
      const library = await harness();
      const [a, b] = [bytes(40, 1), bytes(40, 2)];
      const hash = await library.stateStructHash(WORD, { version: 1n, outcome: a, appData: b });
      expect(await library.stateStructHash(WORD, { version: 1n, outcome: b, appData: a })).not.to.equal(hash);
    });
  });
});

describe("ChannelLib", () => {
  for (const count of [0, 1, 2, 3, 32, 33]) {
    it(`structHash is that of EIP-712 for ${count} participants`, async () => {
      const terms = await channelOf(count);
      const library = await harness();
      const deployment = { chainId: 31337n, adjudicator: await addressOf(library) };
      const digest = keccak256(
        ethers.concat(["0x1901", await library.domainSeparator(), await library.channelStructHash(terms)]),
      );
      expect(digest).to.equal(channelIdOf(deployment, terms));
    });
  }

  for (const challengePeriod of [1n, DAY, MAX_CHALLENGE_PERIOD]) {
    it(`accepts a challenge period of ${challengePeriod} seconds (threat 15)`, async () => {
      const terms = await channelOf(2);
      await expect((await harness()).requireValidChallengePeriod({ ...terms, challengePeriod })).not.to.be.reverted;
    });
  }

  for (const challengePeriod of [0n, MAX_CHALLENGE_PERIOD + 1n, MaxUint256]) {
    it(`refuses a challenge period of ${challengePeriod} seconds (threat 15)`, async () => {
      const terms = await channelOf(2);
      const library = await harness();
      await expect(library.requireValidChallengePeriod({ ...terms, challengePeriod }))
        .to.be.revertedWithCustomError(library, "ChallengePeriodOutOfRange")
        .withArgs(challengePeriod, MAX_CHALLENGE_PERIOD);
    });
  }
});

describe("RecordLib", () => {
  const disputes = { "no dispute": NO_DISPUTE, "the largest values": DISPUTE };
  for (const [name, dispute] of Object.entries(disputes)) {
    it(`hashes a dispute from calldata and from its fields to the full keccak-256: ${name} (threat 53)`, async () => {
      const library = await harness();
      expect(await library.disputeHash(dispute)).to.equal(disputeHashOf(dispute));
      expect(await library.disputeHashOfFields(dispute)).to.equal(disputeHashOf(dispute));
    });
  }

  it("binds every field of a dispute (threat 53)", async () => {
    const library = await harness();
    const others: Dispute[] = [
      { ...DISPUTE, version: 1n },
      { ...DISPUTE, finalizesAt: 1n },
      { ...DISPUTE, stateHash: NO_DISPUTE.stateHash },
      { ...DISPUTE, challenger: DISPUTE.payer },
      { ...DISPUTE, payer: DISPUTE.challenger },
      { ...DISPUTE, bond: 1n },
    ];
    const hashes = await Promise.all([DISPUTE, ...others].map((dispute) => library.disputeHash(dispute)));
    expect(new Set(hashes).size).to.equal(7);
  });

  it("hashes a dispute with unclean upper bits to another word", async () => {
    const library = await harness();
    const data = library.interface.encodeFunctionData("disputeHash", [{ ...DISPUTE, version: 1n }]);
    const dirty = `${data.slice(0, 10)}01${data.slice(12)}`;
    const answer = await ethers.provider.call({ to: library, data: dirty });
    expect(answer).not.to.equal(disputeHashOf({ ...DISPUTE, version: 1n }));
  });

  for (const owed of [[], [0n], [1n, 2n, 3n], new Array<bigint>(64).fill(MaxUint256)]) {
    it(`hashes a final state that owes ${owed.length} amounts to the full keccak-256 (threat 53)`, async () => {
      expect(await (await harness()).finalHash(WORD, owed)).to.equal(finalHashOf(WORD as StateHash, owed));
    });
  }

  it("tells a final state that owes nothing from one that owes zeros", async () => {
    const library = await harness();
    expect(await library.finalHash(WORD, [])).not.to.equal(await library.finalHash(WORD, [0n]));
  });
});

describe("DomainLib", () => {
  it("is the EIP-712 domain of this chain and this contract (threat 3)", async () => {
    const library = await harness();
    const { chainId } = await ethers.provider.getNetwork();
    const expected = TypedDataEncoder.hashDomain(domainOf({ chainId, adjudicator: await addressOf(library) }));
    expect(await library.domainSeparator()).to.equal(expected);
  });
});

describe("DestinationLib", () => {
  const accounts = [`0x${"00".repeat(20)}`, ACCOUNT, `0x${"ff".repeat(20)}`];
  for (const account of accounts) {
    it(`gives ${account} a destination, and finds it again`, async () => {
      const library = await harness();
      const destination = await library.destinationOfAccount(account);
      expect(destination).to.equal(accountDestination(toAddress(account)));
      expect(await library.isAccount(destination)).to.equal(true);
      expect(await library.toAccount(destination)).to.equal(destinationAccount(destination as Destination));
    });
  }

  for (const destination of [`0x${"00".repeat(11)}01${"00".repeat(20)}`, `0x${"ff".repeat(32)}`, WORD]) {
    it(`takes ${destination} for no account`, async () => {
      expect(await (await harness()).isAccount(destination)).to.equal(false);
    });
  }

  it("derives an escrow from its contract and terms", async () => {
    const library = await harness();
    expect(await library.destinationOfEscrow(ACCOUNT, WORD)).to.equal(escrowDestination(ACCOUNT, WORD));
  });
});
