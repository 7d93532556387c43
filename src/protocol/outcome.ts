import { concat, dataLength, dataSlice, getAddress, toBeHex } from "ethers";
import { SluiceError } from "../errors";
import { toDestination } from "./destination";
import {
  MAX_ALLOCATIONS,
  toAddress,
  toHex,
  type Address,
  type Allocation,
  type AssetOutcome,
  type Destination,
  type Hex,
} from "./types";

const HEADER_SIZE = 21;
const ALLOCATION_SIZE = 64;
const MAX_AMOUNT = 2n ** 256n - 1n;

/**
 * Packs an outcome as the contracts read it (`OutcomeLib`): per asset, in ascending order,
 * `asset (20 bytes) | count (1) | count * (destination (32) | amount (32))`.
 * @throws SluiceError `OUTCOME_MALFORMED`, `ADDRESS_INVALID`, `DESTINATION_INVALID` or `AMOUNT_OUT_OF_RANGE` for what
 * the contracts would refuse
 */
export function encodeOutcome(outcome: readonly AssetOutcome[]): Hex {
  const count = outcome.reduce((sum, { allocations }) => sum + allocations.length, 0);
  if (count > MAX_ALLOCATIONS) malformed(`It has ${count} allocations; ${MAX_ALLOCATIONS} can be settled.`);
  const parts = outcome.flatMap(({ asset, allocations }, i) => {
    if (i > 0 && BigInt(asset) <= BigInt(outcome[i - 1]!.asset)) malformed(`Asset ${asset} is not in ascending order.`);
    if (allocations.length === 0) malformed(`Asset ${asset} has no allocations.`);
    return [toAddress(asset), toBeHex(allocations.length, 1), ...allocations.flatMap(encodeAllocation)];
  });
  return concat(parts) as Hex;
}

/**
 * Reads a packed outcome; the inverse of {@link encodeOutcome}.
 * @throws SluiceError `HEX_INVALID`, `OUTCOME_MALFORMED` or `DESTINATION_INVALID` for what the contracts would refuse
 */
export function decodeOutcome(encoded: Hex): AssetOutcome[] {
  const length = dataLength(toHex(encoded));
  const outcome: AssetOutcome[] = [];
  for (let position = 0; position < length;) {
    if (position + HEADER_SIZE > length) malformed(`It ends in the middle of a group, at byte ${length}.`);
    const asset = getAddress(dataSlice(encoded, position, position + 20)) as Address;
    const count = Number(dataSlice(encoded, position + 20, position + HEADER_SIZE));
    position += HEADER_SIZE;
    if (position + count * ALLOCATION_SIZE > length) malformed(`The allocations of ${asset} are cut off.`);
    const allocations: Allocation[] = [];
    for (let i = 0; i < count; i++, position += ALLOCATION_SIZE) {
      allocations.push({
        destination: dataSlice(encoded, position, position + 32) as Destination,
        amount: BigInt(dataSlice(encoded, position + 32, position + ALLOCATION_SIZE)),
      });
    }
    outcome.push({ asset, allocations });
  }
  encodeOutcome(outcome); // the one encoding there is, or an error
  return outcome;
}

function encodeAllocation({ destination, amount }: Allocation): Hex[] {
  if (amount < 0n || amount > MAX_AMOUNT) {
    throw new SluiceError("AMOUNT_OUT_OF_RANGE", `${amount} is not an amount.`, "Amounts are 0 to 2^256 - 1.");
  }
  return [toDestination(destination), toBeHex(amount, 32) as Hex];
}

function malformed(what: string): never {
  throw new SluiceError(
    "OUTCOME_MALFORMED",
    `This is no outcome. ${what}`,
    "Do not sign it: the chain would refuse it.",
  );
}
