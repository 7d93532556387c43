import { expect } from "chai";
import fc from "fast-check";
import { useNativeKeccak } from "../../../src/adapters/crypto/nativeKeccak";
import { tweakRoute, scalarKey } from "../../../src/payments/points";
import { digitsOf, keccakOf } from "../../../src/protocol/words";
import { boundTo, kindOf, nextKey, registryOf, secretBefore } from "../../../src/router/keys";
import { scalarHex } from "../../../src/payments/bytes";
import { opensLock } from "../../../src/engine/payments/secrets";
import { evenScalar } from "../../../src/protocol/scalars";
import type { Hex } from "../../../src";
import { runs } from "../../properties/runs";
import { hashOf } from "../engine/world/keyring";
import { GAME, LOCK_SET, PREIMAGES, SCALARS } from "../engine/world/world";

const CONTRACTS = { lockSet: LOCK_SET, preimages: PREIMAGES, scalars: SCALARS };
const word = fc.uint8Array({ minLength: 32, maxLength: 32 }).filter((bytes) => bytes[0]! > 0 && bytes[0]! < 255);

describe("keys of locks", () => {
  before(useNativeKeccak);

  it("are those of known registries alone", () => {
    for (const kind of ["hash", "point"] as const)
      expect(kindOf(CONTRACTS, registryOf(CONTRACTS, kind))).to.equal(kind);
    expect(kindOf(CONTRACTS, GAME)).to.equal(undefined);
  });

  it("on a hash are the same all along, and so are their secrets; packets are bound to them", () => {
    const secret = hashOf("secret");
    const key = keccakOf(digitsOf(secret));
    expect(nextKey(key, undefined)).to.equal(key);
    expect(secretBefore(key, undefined, secret)).to.equal(secret);
    expect(boundTo("hash", key)).to.have.length(32);
    expect(boundTo("point", key)).to.have.length(0);
  });

  it("on points are opened hop by hop from the end, each by its own secret and by no other", () => {
    fc.assert(
      fc.property(word, fc.array(word, { minLength: 1, maxLength: 6 }), (random, randoms) => {
        const { key: point, scalar } = evenScalar(scalarHex(BigInt(`0x${Buffer.from(random).toString("hex")}`)));
        const locks = tweakRoute(point, randoms);
        const secrets: Hex[] = [];
        locks.reduceRight((secret, { key, tweak }) => {
          const before = secretBefore(key, tweak, secret);
          secrets.unshift(before);
          return before;
        }, scalarHex(scalar));
        for (const [i, { key, tweak }] of locks.entries()) {
          expect(nextKey(key, tweak)).to.equal(locks[i + 1]?.key ?? point);
          for (const [j, secret] of secrets.entries())
            expect(opensLock(CONTRACTS, { registry: SCALARS, key }, secret)).to.equal(i === j);
        }
      }),
      runs(30),
    );
  });

  it("are opened by no secret of another lock", () => {
    const tweak = 5n;
    expect(() => secretBefore(scalarKey(7n), tweak, scalarHex(3n))).to.throw("This scalar opens another lock.");
    expect(secretBefore(scalarKey(8n), tweak, scalarHex(3n))).to.equal(scalarHex(evenScalar(scalarHex(8n)).scalar));
  });
});
