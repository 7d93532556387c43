/** How arguments are written on the command line. */
import { isUtf8 } from "node:buffer";
import { SluiceError } from "../errors";
import { toAddress, type Address, type ChannelId, type Hex } from "../protocol/types";

const UNITS = { s: 1n, m: 60n, h: 3600n, d: 86_400n };
const SHORTEST_PREFIX = 6;

/** Says that an argument is wrong, before anything was done. */
export function argumentInvalid(what: string, remedy: string): SluiceError {
  return new SluiceError("ARGUMENT_INVALID", what, `Nothing was done. ${remedy}`);
}

/** Reads a time span, such as `90`, `90s`, `15m`, `12h` or `1d`; in seconds. */
export function parseDuration(text: string): bigint {
  const match = /^(\d{1,9})([smhd]?)$/.exec(text);
  if (match === null) throw argumentInvalid(`"${text}" is not a time span.`, "Write it like 90s, 15m, 12h or 1d.");
  return BigInt(match[1]!) * UNITS[(match[2] === "" ? "s" : match[2]) as keyof typeof UNITS];
}

/** A time span for people: in the largest unit that leaves nothing over. */
export function formatDuration(seconds: bigint): string {
  const [unit, size] = Object.entries(UNITS)
    .reverse()
    .find(([, length]) => seconds % length === 0n)!;
  return seconds === 0n ? "0s" : `${seconds / size}${unit}`;
}

/** Reads a peer: its address and, behind an `@`, where it listens. */
export function parsePeer(text: string): { readonly address: Address; readonly url?: string } {
  const at = text.indexOf("@");
  if (at < 0) return { address: toAddress(text) };
  return { address: toAddress(text.slice(0, at)), url: parsePeerUrl(text.slice(at + 1)) };
}

function parsePeerUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === "ws:" || url?.protocol === "wss:") return text;
  throw argumentInvalid(`"${text}" is not where a peer listens.`, "Write it like ws://bob.example:9646.");
}

/** Reads a note for a payee: hex as it is, anything else as text; 32 bytes at most. */
export function parseNote(text: string): Hex {
  const bytes = /^0x([0-9a-fA-F]{2})*$/.test(text) ? Buffer.from(text.slice(2), "hex") : Buffer.from(text);
  if (bytes.length > 32) throw argumentInvalid(`The note has ${bytes.length} bytes.`, "Write 32 at most.");
  return `0x${bytes.toString("hex")}`;
}

/** A note for people: as text if it is such, else as hex. */
export function formatNote(note: Hex): string {
  const bytes = Buffer.from(note.slice(2), "hex");
  const text = bytes.toString();
  return isUtf8(bytes) && !/\p{C}/u.test(text) ? JSON.stringify(text) : note;
}

/** Reads a whole number in a range. */
export function parseInteger(text: string, name: string, least: number, most: number): number {
  const value = /^\d{1,15}$/.test(text) ? Number(text) : NaN;
  if (value >= least && value <= most) return value;
  throw argumentInvalid(`"${text}" is not ${name}.`, `Write a whole number from ${least} to ${most}.`);
}

/**
 * Finds the one id that begins like this.
 * @throws SluiceError `ARGUMENT_INVALID` if it is no beginning of an id or several begin like this, `CHANNEL_UNKNOWN`
 */
export function findId(ids: readonly ChannelId[], text: string): ChannelId {
  const prefix = text.toLowerCase().replace(/^(0x)?/, "0x");
  if (!/^0x[0-9a-f]{0,64}$/.test(prefix) || prefix.length < 2 + SHORTEST_PREFIX) {
    throw argumentInvalid(
      `"${text}" is not the id of a channel.`,
      `Give at least its first ${SHORTEST_PREFIX} digits; \`sluice channels\` lists them.`,
    );
  }
  const matching = ids.filter((id) => id.startsWith(prefix));
  if (matching.length === 1) return matching[0]!;
  if (matching.length > 1)
    throw argumentInvalid(`${matching.length} channels begin with ${prefix}.`, "Give more digits.");
  throw new SluiceError(
    "CHANNEL_UNKNOWN",
    `No channel begins with ${prefix}.`,
    "Nothing was done; `sluice channels` lists them all.",
  );
}
