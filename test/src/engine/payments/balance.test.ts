import { expect } from "chai";
import { NATIVE, type Hex } from "../../../../src/protocol/types";
import { hasShares, requireCovered, requireLimit, spendable } from "../../../../src/engine/payments/balance";
import { emptyLane, type Lane } from "../../../../src/engine/payments/lane";
import { openingState } from "../../../../src/engine/terms";
import { accountDestination } from "../../../../src/protocol/destination";
import { NO_TALLY } from "../../../../src/protocol/vouchers";
import { GAME, PREIMAGES, SCALARS } from "../world/world";

const destinations = [PREIMAGES, SCALARS].map(accountDestination);
const key: Hex = `0x${"01".repeat(32)}`;

function footing(first: bigint, second: bigint) {
  const puts = [first, second].map((amount) => [{ asset: NATIVE, amount }]);
  return openingState(destinations, puts, [], true);
}

function laneAfter(paid: bigint, received: bigint): Lane {
  const lane = emptyLane(NATIVE);
  return {
    ...lane,
    mine: { ...lane.mine, tally: { ...NO_TALLY, nonce: 1n, transferred: paid } },
    theirs: { ...lane.theirs, tally: { ...NO_TALLY, nonce: 1n, transferred: received } },
  };
}

describe("what can be paid", () => {
  it("is the share, less what was paid, plus what was received", () => {
    expect(spendable(laneAfter(30n, 5n), 0, [footing(100n, 50n)])).to.equal(75n);
    expect(spendable(laneAfter(30n, 5n), 1, [footing(100n, 50n)])).to.equal(25n);
  });

  it("is what every state that may count leaves", () => {
    expect(spendable(laneAfter(30n, 5n), 0, [footing(100n, 50n), footing(60n, 90n), footing(80n, 70n)])).to.equal(35n);
  });

  it("is never less than nothing", () => {
    expect(spendable(laneAfter(30n, 0n), 0, [footing(10n, 50n)])).to.equal(0n);
  });

  it("is without what waits to be locked", () => {
    const lane = laneAfter(0n, 0n);
    const lock = { registry: PREIMAGES, key, amount: 40n, expiry: 1n, position: 0 };
    const queue = [{ operation: { kind: "lock", lock, packet: "0x" } as const, origin: "x" }];
    expect(spendable({ ...lane, mine: { ...lane.mine, queue } }, 0, [footing(100n, 0n)])).to.equal(60n);
    expect(() => requireCovered(footing(39n, 0n), [{ ...lane, mine: { ...lane.mine, queue } }], 0)).to.throw("lacks 1");
  });

  it("fits into a voucher, whatever there is", () => {
    expect(spendable(laneAfter(3n, 0n), 0, [footing(2n ** 130n, 0n)])).to.equal(2n ** 128n - 4n);
  });

  it("is nothing of an asset that the channel does not have", () => {
    expect(() => requireLimit(footing(5n, 5n), GAME, 0, { transferred: 1n, locked: 0n }, 0n)).to.throw("lacks 1");
  });

  it("needs the shares of both in front", () => {
    expect(hasShares(footing(5n, 0n), destinations)).to.equal(true);
    expect(hasShares(footing(5n, 0n), [...destinations].reverse())).to.equal(false);
  });
});
