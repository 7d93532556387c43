import { expect } from "chai";
import { useNativeKeccak } from "../../../src/adapters/crypto/nativeKeccak";
import { failWith, passFailure, reasonIn, REASONS } from "../../../src/router/failures";
import { readFailure } from "../../../src/payments/onion/failure";
import { bytesOf } from "../../../src/payments/bytes";
import type { Hex } from "../../../src";
import { hashOf } from "../engine/world/keyring";
import { Town, type Clerk } from "./world";

const SECRETS = ["first", "second", "third"].map(hashOf) as [Hex, Hex, Hex];

describe("a failure", () => {
  before(useNativeKeccak);

  function read(failure: Hex): { hop: number | undefined; reason: string | undefined } {
    const found = readFailure(SECRETS.map(bytesOf), bytesOf(failure));
    return { hop: found?.hop, reason: reasonIn(found?.failure) };
  }

  /** As it comes back to the payer over the hops before. */
  function back(failure: Hex, hop: number): Hex {
    return SECRETS.slice(0, hop).reduceRight((sealed, secret) => passFailure(secret, sealed), failure);
  }

  it("tells the payer which hop it was, and why, for every hop and reason", () => {
    for (const [hop, secret] of SECRETS.entries())
      for (const reason of REASONS) expect(read(back(failWith(secret, reason), hop))).to.deep.equal({ hop, reason });
  });

  it("looks like noise of one size to every hop on its way, whatever it says", () => {
    const sizes = new Set<number>();
    const seen = new Set<Hex>();
    for (const reason of REASONS) {
      let sealed = failWith(SECRETS[2], reason);
      for (const secret of [SECRETS[1], SECRETS[0]]) {
        sealed = passFailure(secret, sealed);
        sizes.add(sealed.length);
        seen.add(sealed);
      }
    }
    expect(sizes.size).to.equal(1);
    expect(seen.size).to.equal(2 * REASONS.length);
  });

  it("is nobody's when it was changed on its way", () => {
    const sealed = failWith(SECRETS[2], "CHANNEL_BUSY");
    const changed: Hex = `0x${sealed[2] === "0" ? "1" : "0"}${sealed.slice(3)}`;
    expect(read(back(changed, 2))).to.deep.equal({ hop: undefined, reason: undefined });
  });

  it("is that of the hop that got none, or one of another size, from the next one", () => {
    expect(read(back(passFailure(SECRETS[1], undefined), 1))).to.deep.equal({ hop: 1, reason: "EXPIRED" });
    for (const odd of ["0x", "0x12", `0x${"00".repeat(293)}`] as const)
      expect(read(back(passFailure(SECRETS[1], odd), 1))).to.deep.equal({ hop: 1, reason: "CHANNEL_BUSY" });
  });

  it("says nothing that is no reason", () => {
    expect(reasonIn(undefined)).to.equal(undefined);
    expect(reasonIn(Uint8Array.of())).to.equal(undefined);
    expect(reasonIn(Uint8Array.of(REASONS.length))).to.equal(undefined);
    expect(reasonIn(Uint8Array.of(0, 0))).to.equal(undefined);
  });

  it("that was changed on its way blames no channel for good, and teaches nothing of the hops' money", () => {
    const town = new Town(["alice", "bob", "ingrid", "mallory"]);
    town.line(["alice", "mallory", "ingrid", "bob"]);
    const invoice = town.clerk("bob").invoice({ amount: 1_000n });
    town.clerk("bob").forget();
    spoil(town.clerk("mallory"));
    const { id } = town.clerk("alice").pay({ invoice, maxFee: 10n });
    town.world.deliverAll();
    const { status, failure } = town.clerk("alice").payment(id);
    expect(status).to.equal("failed");
    expect(failure).to.include("nobody can tell where");
    const [, edge] = town.edges.filter(({ from }) => from === town.world.node("mallory").address);
    const now = BigInt(Math.floor(town.world.now / 1_000));
    expect(town.clerk("alice").liquidity.bounds(edge!, now)).to.deep.equal({ passes: 0n, fails: edge!.capacity + 1n });
    town.expectQuiet();
  });
});

/** Lets somebody change every failure that it passes on. */
function spoil({ router }: Clerk): void {
  const handle = router.handle.bind(router);
  router.handle = (context, event) =>
    handle(context, event.type === "failed" ? { ...event, failure: `0x${"5a".repeat(292)}` } : event);
}
