import { formatUnits, parseUnits } from "ethers";
import { SluiceError } from "../errors";
import { NATIVE, toAddress, type Address } from "../protocol/types";

/** How people write an amount on the command line. */
export interface Unit {
  readonly asset: Address;
  /** Digits behind the point that the asset has; undefined if amounts are given in its smallest unit. */
  readonly decimals: number | undefined;
}

/** Digits behind the point of every chain's native coin. */
const NATIVE_DECIMALS = 18;
const MAX_DECIMALS = 77;
const NUMBER = /^\d+(\.\d+)?$/;
const MAX_AMOUNT = 2n ** 256n - 1n;

/**
 * Reads which asset is meant: `eth` for the native coin, or the address of a token.
 * @throws SluiceError `ADDRESS_INVALID`
 */
export function parseAsset(text: string): Address {
  return text.toLowerCase() === "eth" ? NATIVE : toAddress(text);
}

/**
 * Reads in what amounts are given.
 * @throws SluiceError `ARGUMENT_INVALID` for a token whose decimals are not given, `ADDRESS_INVALID`
 */
export function parseUnit(asset: string, options: { readonly decimals?: string; readonly raw?: boolean }): Unit {
  const address = parseAsset(asset);
  if (options.raw) return { asset: address, decimals: undefined };
  if (options.decimals !== undefined) return { asset: address, decimals: parseDecimals(options.decimals) };
  if (address === NATIVE) return { asset: address, decimals: NATIVE_DECIMALS };
  throw new SluiceError(
    "ARGUMENT_INVALID",
    "How many decimals does this token have?",
    "Nothing was done; give --decimals, or --raw and the amount in the smallest unit.",
  );
}

/**
 * Reads an amount; never rounds it.
 * @returns the amount in the smallest unit
 * @throws SluiceError `ARGUMENT_INVALID`
 */
export function parseAmount(text: string, { decimals = 0 }: Unit): bigint {
  const fraction = NUMBER.exec(text)?.[1] ?? "";
  if (!NUMBER.test(text)) throw invalid(`"${text}" is not an amount.`, "Write it like 1.5, without signs and commas.");
  if (fraction.length - 1 > decimals) {
    throw invalid(
      `"${text}" has more decimals than the ${decimals} that are possible.`,
      "It is not rounded; write less.",
    );
  }
  const amount = parseUnits(text, decimals);
  if (amount > MAX_AMOUNT) throw invalid(`"${text}" is more than there can be.`, "Write a smaller amount.");
  return amount;
}

/** An amount for people: exact, in whole coins if it is the native coin, else in the token's smallest unit. */
export function formatAmount(amount: bigint, asset: Address): string {
  return asset === NATIVE ? `${formatUnits(amount, NATIVE_DECIMALS).replace(/\.0$/, "")} eth` : `${amount} × ${asset}`;
}

function parseDecimals(text: string): number {
  const decimals = /^\d{1,2}$/.test(text) ? Number(text) : NaN;
  if (decimals <= MAX_DECIMALS) return decimals;
  throw invalid(`"${text}" is not a number of decimals.`, `Write a whole number up to ${MAX_DECIMALS}.`);
}

function invalid(what: string, remedy: string): SluiceError {
  return new SluiceError("ARGUMENT_INVALID", what, `Nothing was done. ${remedy}`);
}
