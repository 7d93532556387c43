/** The smallest values in JSON; see `values.ts`. */
import { z } from "zod";
import { toDestination } from "../protocol/destination";
import { toAddress, toHex, type ChannelId } from "../protocol/types";

const MAX_UINT256 = 2n ** 256n - 1n;

/** A string that is checked and turned into what the program works with. */
function text<T>(id: string, description: string, read: (text: string) => T) {
  return z
    .string({ error: `expected ${description}` })
    .meta({ id, description })
    .transform((value, context) => {
      try {
        return read(value);
      } catch {
        context.addIssue({ code: "custom", message: `expected ${description}` });
        return z.NEVER;
      }
    });
}

function readUint(value: string): bigint {
  const number = /^(0|[1-9]\d{0,77})$/.test(value) ? BigInt(value) : -1n;
  if (number < 0n || number > MAX_UINT256) throw new RangeError(value);
  return number;
}

export const uint = text("Uint", 'a whole number as a decimal string, such as "1500000"', readUint);
export const address = text("Address", 'an address: "0x" and 40 hexadecimal digits', toAddress);
export const hex = text("Hex", 'bytes: "0x" and an even number of hexadecimal digits', (value) => toHex(value));
export const bytes32 = text("Bytes32", '32 bytes: "0x" and 64 hexadecimal digits', (value) => toHex(value, 32));
export const channelId = text(
  "ChannelId",
  'a channel\'s id: "0x" and 64 hexadecimal digits',
  (value) => toHex(value, 32) as ChannelId,
);
export const destination = text(
  "Destination",
  'a destination: "0x" and 64 hexadecimal digits, not all zero',
  toDestination,
);
export const position = z.int().min(0).max(31).meta({
  id: "Position",
  description: "a position among the channel's participants, from 0",
});
export const url = z
  .string()
  .min(1)
  .max(2048)
  .meta({ id: "Url", description: "where a peer listens: `ws://host:port`" });
