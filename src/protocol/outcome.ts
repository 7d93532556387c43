import { SluiceError } from "../errors";
import { toDestination } from "./destination";
import {
  MAX_ALLOCATIONS,
  toAddress,
  toHex,
  type Allocation,
  type AssetOutcome,
  type Destination,
  type Hex,
} from "./types";
import { addressDigits, digitsOf, uintWord } from "./words";

// In digits, of which a byte has two.
const ASSET = 40;
const HEADER = ASSET + 2;
const WORD = 64;
const ALLOCATION = 2 * WORD;

/**
 * Packs an outcome as the contracts read it (`OutcomeLib`): per asset, in ascending order,
 * `asset (20 bytes) | count (1) | count * (destination (32) | amount (32))`.
 * @throws SluiceError `OUTCOME_MALFORMED`, `ADDRESS_INVALID`, `DESTINATION_INVALID` or `AMOUNT_OUT_OF_RANGE` for what
 * the contracts would refuse
 */
export function encodeOutcome(outcome: readonly AssetOutcome[]): Hex {
  const count = outcome.reduce((sum, { allocations }) => sum + allocations.length, 0);
  if (count > MAX_ALLOCATIONS) malformed(`It has ${count} allocations; ${MAX_ALLOCATIONS} can be settled.`);
  let encoded: Hex = "0x";
  let previous = "";
  for (const { asset, allocations } of outcome) {
    const digits = addressDigits(asset);
    if (digits <= previous) malformed(`Asset ${asset} is not in ascending order.`);
    if (allocations.length === 0) malformed(`Asset ${asset} has no allocations.`);
    encoded += digits + allocations.length.toString(16).padStart(2, "0");
    for (const allocation of allocations) encoded += encodeAllocation(allocation);
    previous = digits;
  }
  return encoded;
}

/**
 * Reads a packed outcome; the inverse of {@link encodeOutcome}.
 * @throws SluiceError `HEX_INVALID`, `OUTCOME_MALFORMED` or `DESTINATION_INVALID` for what the contracts would refuse
 */
export function decodeOutcome(encoded: Hex): AssetOutcome[] {
  const digits = digitsOf(toHex(encoded));
  const outcome: AssetOutcome[] = [];
  for (let position = 0; position < digits.length;) {
    const start = position + HEADER;
    if (start > digits.length) malformed(`It ends in the middle of a group, at byte ${digits.length / 2}.`);
    const asset = toAddress(`0x${digits.slice(position, position + ASSET)}`);
    const end = start + ALLOCATION * parseInt(digits.slice(position + ASSET, start), 16);
    if (end > digits.length) malformed(`The allocations of ${asset} are cut off.`);
    const allocations: Allocation[] = [];
    for (let at = start; at < end; at += ALLOCATION) allocations.push(decodeAllocation(digits, at));
    outcome.push({ asset, allocations });
    position = end;
  }
  encodeOutcome(outcome); // the one encoding there is, or an error
  return outcome;
}

function encodeAllocation({ destination, amount }: Allocation): string {
  return digitsOf(toDestination(destination)) + uintWord(amount);
}

function decodeAllocation(digits: string, at: number): Allocation {
  return {
    destination: `0x${digits.slice(at, at + WORD)}` as Destination,
    amount: BigInt(`0x${digits.slice(at + WORD, at + ALLOCATION)}`),
  };
}

function malformed(what: string): never {
  throw new SluiceError(
    "OUTCOME_MALFORMED",
    `This is no outcome. ${what}`,
    "Do not sign it: the chain would refuse it.",
  );
}
