import { bytesToHex, hexToBytes } from "@noble/curves/utils";
import type { Hex } from "../protocol/types";

export function bytesOf(hex: Hex): Uint8Array {
  return hexToBytes(hex.slice(2));
}

export function hexOf(bytes: Uint8Array): Hex {
  return `0x${bytesToHex(bytes)}`;
}

/** A scalar as a secret. */
export function scalarHex(scalar: bigint): Hex {
  return `0x${scalar.toString(16).padStart(64, "0")}`;
}
