import { expect } from "chai";
import { computeAddress, id, SigningKey, toBeHex } from "ethers";
import {
  accountDestination,
  CURVE_ORDER,
  encodeOutcome,
  encodeTallies,
  epochOf,
  evenScalar,
  joinVouchers,
  NATIVE,
  NO_LOCKS,
  NO_TALLY,
  NO_VOUCHER,
  signVoucher,
  SluiceError,
  toAddress,
  versionOfEpoch,
  type ChannelId,
  type Hex,
  type SignedVoucher,
  type State,
  type Voucher,
} from "../../../src";

const KEY = new SigningKey(id("a key"));
const DEPLOYMENT = { chainId: 1n, adjudicator: toAddress(computeAddress(KEY)) };
const CHANNEL = id("a channel") as ChannelId;
const BASE: State = {
  version: versionOfEpoch(3n),
  outcome: encodeOutcome([
    {
      asset: NATIVE,
      allocations: [1n, 2n].map((i) => ({
        destination: accountDestination(toAddress(`0x${i.toString().padStart(40, "0")}`)),
        amount: 10n,
      })),
    },
  ]),
  appData: "0x",
};

function voucher(change: Partial<Voucher>): SignedVoucher {
  const plain = { channelId: CHANNEL, asset: NATIVE, ...NO_TALLY, nonce: 1n, ack: NO_VOUCHER };
  return signVoucher(KEY, DEPLOYMENT, { ...plain, ...change });
}

function join(signed: SignedVoucher | undefined, previous: State = BASE) {
  return joinVouchers(CHANNEL, NATIVE, previous, [[signed, undefined]]);
}

function refusal(call: () => unknown): string {
  try {
    call();
  } catch (error) {
    if (error instanceof SluiceError) return error.code;
    throw error;
  }
  return "none";
}

describe("vouchers", () => {
  it("raise the version by one each, within their epoch", () => {
    expect(join(voucher({ nonce: 7n })).state.version).to.equal(BASE.version + 7n);
    expect(epochOf(join(voucher({ nonce: 2n ** 28n - 1n })).state.version)).to.equal(3n);
    expect(refusal(() => join(voucher({ nonce: 2n ** 28n })))).to.equal("VOUCHER_INVALID");
  });

  it("change nothing but the endorsements if they are not newer", () => {
    const tallies = encodeTallies([[{ ...NO_TALLY, nonce: 5n, transferred: 1n }, NO_TALLY]]);
    const previous = { ...BASE, appData: tallies };
    for (const nonce of [4n, 5n]) expect(join(voucher({ nonce }), previous).state).to.deep.equal(previous);
  });

  for (const [what, change] of [
    ["of another channel", { channelId: id("another") as ChannelId }],
    ["of another asset", { asset: DEPLOYMENT.adjudicator }],
    ["that pay more than there is", { transferred: 11n }],
    ["that lock more than there is", { locked: 11n, locksRoot: id("a root") as Hex }],
  ] as const) {
    it(`are refused: ${what}`, () => {
      expect(refusal(() => join(voucher(change)))).to.equal("VOUCHER_INVALID");
    });
  }

  it("are refused if they take back", () => {
    const tallies = encodeTallies([[{ ...NO_TALLY, nonce: 5n, transferred: 3n }, NO_TALLY]]);
    const less = voucher({ nonce: 6n, transferred: 2n });
    expect(refusal(() => join(less, { ...BASE, appData: tallies }))).to.equal("VOUCHER_INVALID");
  });

  it("are not signed with numbers that are too large", () => {
    for (const change of [{ nonce: 2n ** 64n }, { transferred: 2n ** 128n }, { locked: 2n ** 128n }]) {
      expect(refusal(() => voucher(change))).to.equal("VOUCHER_INVALID");
    }
  });

  it("need a state of their kind", () => {
    const allocations = [{ destination: accountDestination(DEPLOYMENT.adjudicator), amount: 1n }];
    const oneShare = { ...BASE, outcome: encodeOutcome([{ asset: NATIVE, allocations }]) };
    expect(refusal(() => join(voucher({}), oneShare))).to.equal("VOUCHER_INVALID");
    expect(refusal(() => join(voucher({}), { ...BASE, appData: NO_LOCKS }))).to.equal("VOUCHER_INVALID");
  });
});

function privateKey(scalar: bigint): Hex {
  return toBeHex(scalar, 32) as Hex;
}

describe("evenScalar", () => {
  for (const scalar of [1n, 2n, 3n, 5n, 6n, 7n, 9n, 10n]) {
    it(`finds the point of ${scalar} or of its negative, whichever has an even y`, () => {
      const even = evenScalar(privateKey(scalar));
      expect([scalar, CURVE_ORDER - scalar]).to.include(even.scalar);
      expect(SigningKey.computePublicKey(privateKey(even.scalar), true)).to.equal(`0x02${even.key.slice(2)}`);
      expect(evenScalar(privateKey(CURVE_ORDER - scalar))).to.deep.equal(even);
    });
  }

  it("refuses what is no private key", () => {
    for (const scalar of [0n, CURVE_ORDER, 2n ** 256n - 1n]) {
      expect(refusal(() => evenScalar(privateKey(scalar)))).to.equal("KEY_INVALID");
    }
  });
});
