import { expect } from "chai";
import { useNativeKeccak } from "../../../src/adapters/crypto/nativeKeccak";
import { NATIVE } from "../../../src";
import { pairOf } from "../../../src/router/context";
import { TOKEN } from "../engine/world/world";
import { Town } from "./world";

/** Ingrid gives three tokens for two coins. */
const RATE = { give: 2n, get: 3n };

describe("swaps over a hub", () => {
  before(useNativeKeccak);

  /** Alice has coins in a channel with Ingrid, who has tokens in it. */
  function hub() {
    const town = new Town(["alice", "ingrid"], { rates: new Map([[pairOf(NATIVE, TOKEN), RATE]]) });
    const id = town.connect("alice", "ingrid", [10_000n, 0n], [0n, 10_000n]);
    const ingrid = town.world.node("ingrid").address;
    const swap = (give: bigint, get: bigint) =>
      town
        .clerk("alice")
        .swap({ hub: ingrid, give: { asset: NATIVE, amount: give }, get: { asset: TOKEN, amount: get } });
    return { town, id, swap };
  }

  it("exchange both assets or none, at the rate of the hub", () => {
    const { town, id, swap } = hub();
    const payment = swap(1_000n, 1_500n);
    town.world.deliverAll();
    expect(town.clerk("alice").payment(payment.id).status).to.equal("paid");
    expect([town.balance("alice", id), town.balance("alice", id, TOKEN)]).to.deep.equal([-1_000n, 1_500n]);
    expect([town.balance("ingrid", id), town.balance("ingrid", id, TOKEN)]).to.deep.equal([1_000n, -1_500n]);
  });

  it("fail, and give everything back, for a better rate than the hub's", () => {
    const { town, id, swap } = hub();
    const payment = swap(1_000n, 1_501n);
    town.world.deliverAll();
    expect(town.clerk("alice").payment(payment.id))
      .to.include({ status: "failed" })
      .and.property("failure")
      .include("FEE_TOO_LOW");
    expect([town.balance("alice", id), town.balance("alice", id, TOKEN)]).to.deep.equal([0n, 0n]);
  });

  it("go by the rate that was quoted, for as long as it was said to hold", () => {
    const { town, id, swap } = hub();
    const ingrid = town.clerk("ingrid");
    const { address } = town.world.node("alice");
    expect(ingrid.router.quotes.quote(ingrid.context(), address, NATIVE, TOKEN)).to.deep.equal(RATE);
    ingrid.settings = { ...ingrid.settings, rates: new Map([[pairOf(NATIVE, TOKEN), { give: 1n, get: 1n }]]) };
    swap(1_000n, 1_500n);
    town.world.deliverAll();
    expect(town.balance("alice", id, TOKEN)).to.equal(1_500n);
    town.world.pass(ingrid.settings.quoteFor);
    const { id: late } = swap(1_000n, 1_500n);
    town.world.deliverAll();
    expect(town.clerk("alice").payment(late).status).to.equal("failed");
  });

  it("are not begun without a channel that has the money", () => {
    const { swap } = hub();
    expect(() => swap(10_001n, 1n))
      .to.throw()
      .with.property("code", "ROUTE_NOT_FOUND");
  });
});
