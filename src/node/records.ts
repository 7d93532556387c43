import { Packr } from "msgpackr";
import { SluiceError } from "../errors";
import type { ChannelRecord } from "../engine/channel";
import type { Channel, ChannelId } from "../protocol/types";

/** What a stored record starts with; another number is another format. */
const FORMAT = 1;

const PREFIX = "channel/";
const packr = new Packr({ useRecords: false, useBigIntExtension: true, moreTypes: false });

/** Where the record of a channel is stored. */
export function recordKey(id: ChannelId): string {
  return PREFIX + id;
}

/** Where all records are stored. */
export const RECORDS = PREFIX;

/** `format | what never changes, as bytes | what does`: fields go without their names, in this order. */
type Stored = readonly [
  format: number,
  fixed: Uint8Array,
  agreed: ChannelRecord["agreed"],
  moves: ChannelRecord["moves"],
  signed: bigint,
  promised: ChannelRecord["promised"],
  answered: ChannelRecord["answered"],
  requested: number,
  authorizations: ChannelRecord["authorizations"],
  depositing: ChannelRecord["depositing"],
  funded: boolean,
  leaving: boolean,
  closed: boolean,
  settled: ChannelRecord["settled"],
  unsealed: ChannelRecord["unsealed"],
];

/** What is decided before anybody signs. */
type Fixed = readonly [
  terms: Channel,
  self: number,
  destinations: ChannelRecord["destinations"],
  funding: ChannelRecord["funding"],
  opening: ChannelRecord["opening"],
];

/** Encodes a record for the store. */
export function encodeRecord(record: ChannelRecord): Uint8Array {
  const stored: Stored = [
    FORMAT,
    fixedOf(record),
    record.agreed,
    record.moves,
    record.signed,
    record.promised,
    record.answered,
    record.requested,
    record.authorizations,
    record.depositing,
    record.funded,
    record.leaving,
    record.closed,
    record.settled,
    record.unsealed,
  ];
  return packr.pack(stored);
}

function fixedOf({ terms, self, destinations, funding, opening }: ChannelRecord): Uint8Array {
  const fixed: Fixed = [terms, self, destinations, funding, opening];
  const known = encoded.get(terms);
  if (known !== undefined && fixed.every((part, i) => part === known.fixed[i])) return known.bytes;
  const bytes = new Uint8Array(packr.pack(fixed)); // of its own: what the library returns is part of something larger
  encoded.set(terms, { fixed, bytes });
  return bytes;
}

/** A channel in use is written several times for each payment, but what never changes is encoded once. */
const encoded = new WeakMap<Channel, { readonly fixed: Fixed; readonly bytes: Uint8Array }>();

/**
 * Reads the record of a channel from the store; the inverse of {@link encodeRecord}.
 * @throws SluiceError `STORE_VERSION` when a newer program has written it
 */
export function decodeRecord(id: ChannelId, bytes: Uint8Array): ChannelRecord {
  const stored = packr.unpack(bytes) as Stored;
  if (stored[0] !== FORMAT) {
    throw new SluiceError(
      "STORE_VERSION",
      `The data were written in format ${stored[0]}; this program knows ${FORMAT}.`,
      "Nothing was changed; use the program that wrote them, or a newer one.",
    );
  }
  const [, fixed, agreed, moves, signed, promised, answered, requested, authorizations, depositing, ...rest] = stored;
  const [funded, leaving, closed, settled, unsealed] = rest;
  const [terms, self, destinations, funding, opening] = packr.unpack(fixed) as Fixed;
  return {
    id,
    terms,
    self,
    destinations,
    funding,
    opening,
    agreed,
    moves,
    signed,
    promised,
    unsealed,
    answered,
    requested,
    authorizations,
    depositing,
    funded,
    leaving,
    closed,
    settled,
  };
}
