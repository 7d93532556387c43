import fc from "fast-check";
import { toBeHex } from "ethers";
import {
  FINAL_VERSION,
  toAddress,
  type Address,
  type Allocation,
  type AssetOutcome,
  type Channel,
  type Destination,
  type Dispute,
  type Hex,
  type State,
  type StateHash,
} from "../../src";

export const MAX_UINT256 = 2n ** 256n - 1n;

export const hex = (length: number): fc.Arbitrary<Hex> =>
  fc.uint8Array({ minLength: length, maxLength: length }).map(toHexString);
export const bytes = (maxLength: number): fc.Arbitrary<Hex> => fc.uint8Array({ maxLength }).map(toHexString);
export const word = hex(32);
export const address: fc.Arbitrary<Address> = hex(20).map(toAddress);

/** Any amount; the smallest and the largest ones often. */
export const amount: fc.Arbitrary<bigint> = fc.oneof(
  fc.bigInt(0n, 20n),
  fc.bigInt(0n, MAX_UINT256),
  fc.bigInt(MAX_UINT256 - 20n, MAX_UINT256),
);

export const version: fc.Arbitrary<bigint> = fc.oneof(
  fc.bigInt(0n, 4n),
  fc.bigInt(0n, FINAL_VERSION),
  fc.bigInt(FINAL_VERSION - 2n, FINAL_VERSION),
);

export const destination: fc.Arbitrary<Destination> = fc
  .oneof(
    word,
    address.map((account) => `0x${"00".repeat(12)}${account.slice(2).toLowerCase()}` as Hex),
  )
  .filter((value) => BigInt(value) !== 0n)
  .map((value) => value as Destination);

export const allocation: fc.Arbitrary<Allocation> = fc.record({ destination, amount });

/** Valid outcomes: up to four assets, the native coin often among them. */
export const outcome: fc.Arbitrary<AssetOutcome[]> = fc
  .uniqueArray(fc.oneof(address, fc.constant(toAddress(toBeHex(0, 20)))), { maxLength: 4 })
  .chain((assets) =>
    fc.tuple(
      ...assets.map((asset) =>
        fc.array(allocation, { minLength: 1, maxLength: 16 }).map((allocations) => ({ asset, allocations })),
      ),
    ),
  )
  .map((groups) => groups.sort((a, b) => (BigInt(a.asset) < BigInt(b.asset) ? -1 : 1)));

export const channel: fc.Arbitrary<Channel> = fc.record({
  participants: fc.array(address, { maxLength: 33 }),
  nonce: word,
  app: address,
  challengePeriod: amount,
  bond: amount,
});

export const state: fc.Arbitrary<State> = fc.record({ version, outcome: bytes(300), appData: bytes(300) });

export const dispute: fc.Arbitrary<Dispute> = fc.record({
  version,
  finalizesAt: amount,
  stateHash: word.map((hash) => hash as StateHash),
  challenger: address,
  payer: address,
  bond: amount,
});

function toHexString(value: Uint8Array): Hex {
  return `0x${Buffer.from(value).toString("hex")}`;
}
