import { expect } from "chai";
import { id, SigningKey, computeAddress } from "ethers";
import * as sluice from "../../../src";
import { NATIVE, SluiceError, toAddress, type Address, type Channel, type Destination, type Hex } from "../../../src";

const KEYS = ["one", "two", "three"].map((name) => new SigningKey(id(name)));
const [ONE, TWO, THREE] = sluice.sortParticipants(KEYS.map((key) => toAddress(computeAddress(key)))) as [
  Address,
  Address,
  Address,
];
const keyOf = (address: Address): SigningKey => KEYS.find((key) => computeAddress(key) === address)!;
const DEPLOYMENT = { chainId: 1n, adjudicator: toAddress(`0x${"11".repeat(20)}`) };
const CHANNEL: Channel = {
  participants: [ONE, TWO],
  nonce: `0x${"00".repeat(31)}01`,
  app: NATIVE,
  challengePeriod: 86_400n,
  bond: 0n,
};
const ID = sluice.channelIdOf(DEPLOYMENT, CHANNEL);
const TO_ONE = sluice.accountDestination(ONE);
const OUTCOME = [{ asset: NATIVE, allocations: [{ destination: TO_ONE, amount: 5n }] }];
const STATE = { version: 3n, outcome: sluice.encodeOutcome(OUTCOME), appData: "0x" as Hex };

/** Runs what must be refused, and returns code and remedy. */
function refusal(act: () => unknown): { code: string; remedy: string } {
  try {
    act();
  } catch (error) {
    if (error instanceof SluiceError) return { code: error.code, remedy: error.remedy };
    throw error;
  }
  throw new Error("It was not refused.");
}

describe("errors", () => {
  const CHECK_IT = "Nothing was signed or sent; check it.";
  const NO_CHANNEL = "The chain would refuse this channel; do not fund it.";
  const NO_OUTCOME = "Do not sign it: the chain would refuse it.";
  const huge = { asset: NATIVE, allocations: [{ destination: TO_ONE, amount: 2n ** 256n }] };
  const zero = `0x${"00".repeat(32)}` as Destination;
  const REFUSALS: [string, string, string, () => unknown][] = [
    ["an address that is none", "ADDRESS_INVALID", CHECK_IT, () => toAddress("0x12")],
    ["half a byte", "HEX_INVALID", CHECK_IT, () => sluice.toHex("0x123")],
    ["bytes of another length", "HEX_INVALID", CHECK_IT, () => sluice.toHex("0x1234", 3)],
    ["a lone participant", "CHANNEL_INVALID", NO_CHANNEL, () => withTerms({ participants: [ONE] })],
    ["33 participants", "CHANNEL_INVALID", NO_CHANNEL, () => withTerms({ participants: Array<Address>(33).fill(ONE) })],
    ["participants out of order", "CHANNEL_INVALID", NO_CHANNEL, () => withTerms({ participants: [TWO, ONE] })],
    ["no time to answer", "CHANNEL_INVALID", NO_CHANNEL, () => withTerms({ challengePeriod: 0n })],
    ["more than a year to answer", "CHANNEL_INVALID", NO_CHANNEL, () => withTerms({ challengePeriod: 31_536_001n })],
    [
      "an empty group",
      "OUTCOME_MALFORMED",
      NO_OUTCOME,
      () => sluice.encodeOutcome([{ asset: NATIVE, allocations: [] }]),
    ],
    ["assets out of order", "OUTCOME_MALFORMED", NO_OUTCOME, () => sluice.encodeOutcome([...OUTCOME, ...OUTCOME])],
    ["an outcome cut off", "OUTCOME_MALFORMED", NO_OUTCOME, () => sluice.decodeOutcome("0x00")],
    [
      "allocations cut off",
      "OUTCOME_MALFORMED",
      NO_OUTCOME,
      () => sluice.decodeOutcome(STATE.outcome.slice(0, -2) as Hex),
    ],
    [
      "an amount beyond 256 bits",
      "AMOUNT_OUT_OF_RANGE",
      "Amounts are 0 to 2^256 - 1.",
      () => sluice.encodeOutcome([huge]),
    ],
    [
      "the zero destination",
      "DESTINATION_INVALID",
      "Nothing was signed or sent; a destination is 32 bytes, and not zero.",
      () => sluice.toDestination(zero),
    ],
    [
      "a version beyond 48 bits",
      "VERSION_OUT_OF_RANGE",
      "Nothing was signed; versions are 0 to 2^48 - 1.",
      () => sluice.stateHashOf(ID, { ...STATE, version: 2n ** 48n }),
    ],
    [
      "a signature that is none",
      "SIGNATURE_WRONG",
      "Ask its maker for another one.",
      () => sluice.recoverSigner(id("") as Hex, sluice.NO_SIGNATURE),
    ],
    [
      "a missing signature",
      "SIGNATURE_WRONG",
      "The state counts for nothing; ask for the missing ones.",
      () => sluice.requireSigned(DEPLOYMENT, CHANNEL, ID, { state: STATE, signers: 3n }, []),
    ],
    [
      "somebody else's signature",
      "SIGNATURE_WRONG",
      "The state counts for nothing; ask for the right one.",
      () => sluice.requireSigned(DEPLOYMENT, CHANNEL, ID, { state: STATE, signers: 1n }, [signedBy(THREE)]),
    ],
  ];

  for (const [what, code, remedy, act] of REFUSALS) {
    it(`refuses ${what} with ${code}, and says what to do`, () => {
      expect(refusal(act)).to.deep.equal({ code, remedy });
    });
  }

  function withTerms(terms: Partial<Channel>): void {
    sluice.requireValidChannel({ ...CHANNEL, ...terms });
  }
});

describe("signing", () => {
  it("recovers who signed a state", () => {
    expect(sluice.recoverSigner(sluice.stateDigest(DEPLOYMENT, ID, STATE), signedBy(ONE))).to.equal(ONE);
  });

  it("accepts a state that everybody signed", () => {
    const signed = { state: STATE, signers: sluice.everyone(CHANNEL) };
    sluice.requireSigned(DEPLOYMENT, CHANNEL, ID, signed, [signedBy(ONE), signedBy(TWO)]);
  });

  it("puts a bond behind one state", () => {
    const stateHash = sluice.stateHashOf(ID, STATE);
    const signature = sluice.signChallenge(keyOf(ONE), DEPLOYMENT, stateHash);
    expect(sluice.recoverSigner(sluice.challengeDigest(DEPLOYMENT, stateHash), signature)).to.equal(ONE);
  });

  it("names signers by bits", () => {
    expect(sluice.signerSet(0, 2)).to.equal(5n);
    expect(sluice.everyone(CHANNEL)).to.equal(3n);
  });
});

describe("destinations", () => {
  it("tell accounts from everything else", () => {
    expect(sluice.destinationAccount(TO_ONE)).to.equal(ONE);
    expect(sluice.destinationAccount(sluice.channelDestination(ID))).to.equal(undefined);
  });
});

describe("golden vectors", () => {
  it("keep an outcome packed as it is", () => {
    const amount = "5".padStart(64, "0");
    expect(STATE.outcome).to.equal(`0x${"00".repeat(20)}01${TO_ONE.slice(2)}${amount}`);
    expect(sluice.decodeOutcome(STATE.outcome)).to.deep.equal(OUTCOME);
  });

  it("keep the EIP-712 type of a deposit", () => {
    const members = sluice.DEPOSIT_TYPE.Deposit.map(({ type, name }) => `${type} ${name}`);
    expect(`Deposit(${members.join()})`).to.equal(
      "Deposit(address from,bytes32 destination,address token,uint256 expectedHeld,uint256 amount,uint256 salt,uint256 deadline)",
    );
  });

  it("keep every hash", () => {
    const stateHash = sluice.stateHashOf(ID, STATE);
    expect({
      channelId: ID,
      stateHash,
      digest: sluice.stateDigest(DEPLOYMENT, ID, STATE),
      dispute: sluice.disputeHashOf({ ...sluice.NO_DISPUTE, version: 3n, stateHash }),
      final: sluice.finalHashOf(stateHash, [1n]),
    }).to.deep.equal(GOLDEN);
  });
});

describe("payOut", () => {
  const shared = [{ asset: NATIVE, allocations: [5n, 4n].map((amount) => ({ destination: TO_ONE, amount })) }];

  it("pays in order until the money is used up", () => {
    expect(sluice.payOut(shared, () => 7n)).to.deep.equal({ payments: [5n, 2n], owed: [0n, 2n] });
  });

  it("goes on where it stopped", () => {
    expect(sluice.payOut(shared, () => 9n, [0n, 2n])).to.deep.equal({ payments: [0n, 2n], owed: [0n, 0n] });
  });
});

function signedBy(signer: Address): sluice.CompactSignature {
  return sluice.signState(keyOf(signer), DEPLOYMENT, ID, STATE);
}

const GOLDEN = {
  channelId: "0x9444853cd8c97bc37acbc1db2d4fccaee5d19ee15befd24dde92e3563191c640",
  stateHash: "0xfc201468ac1f360c6adb7973a6e688f667f33bb09a4d64a7ff4bf540bb46acc1",
  digest: "0x4dc21296b1189a0908164dd523e47f3c1935dafaaec087ffebc3a49b30eb362a",
  dispute: "0x623a3e0171065244515e2d7f465dcd01d076a6bfdfa475cd86b06d8e71e70881",
  final: "0x21b76565eda7fcda953e5639996ca9e02e464ead5b4399b6b780cdbfdbff0f38",
};
