import { hexlify } from "ethers";
import { type Channel, type CompactSignature, type Hex } from "../../protocol/types";
import { bytesOf, digitsOf } from "../../protocol/words";
import { requireSound, type Announcement, type AssetCapacity, type Direction, type Terms } from "./announcements";
import { refuse } from "./errors";
import { address, amount, bytes, Cursor, list, oneOf, record, row, text, uint, type Field } from "./fields";

/** The first byte of every announcement. */
export const ANNOUNCEMENT_VERSION = 1;
/** No announcement has more bytes. */
export const MAX_ANNOUNCEMENT_SIZE = 1_024;
/** Two weeks: the most that a hop may add to an expiry. */
export const MAX_EXPIRY_DELTA = 14n * 24n * 60n * 60n;

const token = amount(16); // as in vouchers: 128 bits
const word = bytes<Hex>(32);
const timestamp = uint(5);
const signature = record<CompactSignature>({ r: word, vs: word });
const channel = record<Channel>({
  participants: row(address, 2),
  nonce: word,
  app: address,
  challengePeriod: amount(32),
  bond: amount(32),
});

type Body<T> = Omit<T, "kind">;

/** All kinds of announcements: fields, order and limits. The place of a kind is its second byte. */
const BODIES: { readonly [K in Terms["kind"]]: Field<Body<Extract<Terms, { kind: K }>>> } = {
  node: record({ publicKey: bytes(33), alias: text(32), urls: list(text(200), 4), timestamp }),
  channel: record({
    channel,
    assets: list(record<AssetCapacity>({ asset: address, capacity: token }), 16),
    timestamp,
  }),
  policy: record({
    channelId: bytes(32),
    direction: oneOf<Direction>(0, 1),
    asset: address,
    enabled: oneOf(false, true),
    feeBase: token,
    feeMillionths: uint(3, 1_000_000n),
    minimum: token,
    maximum: token,
    expiryDelta: uint(3, MAX_EXPIRY_DELTA),
    timestamp,
  }),
};

const KINDS = Object.keys(BODIES) as readonly Terms["kind"][];
const SIGNATURES = { node: row(signature, 1), channel: row(signature, 2), policy: row(signature, 1) } as const;

const VERSION = uint(1).write(BigInt(ANNOUNCEMENT_VERSION));
const kind = oneOf(...KINDS);

/**
 * What is signed: `version (1 byte) | kind (1) | fields`, as digits.
 * @throws SluiceError `ANNOUNCEMENT_INVALID`
 */
export function announcedDigits(terms: Terms): string {
  const body: Field<Body<Terms>> = BODIES[terms.kind];
  return VERSION + kind.write(terms.kind) + body.write(terms);
}

/**
 * What is sent: what is signed, and the signatures. There is one encoding of each announcement.
 * @throws SluiceError `ANNOUNCEMENT_INVALID` for what {@link decodeAnnouncement} would refuse
 */
export function encodeAnnouncement(announcement: Announcement): Uint8Array {
  requireSound(announcement);
  return bytesOf(announcedDigits(announcement) + SIGNATURES[announcement.kind].write([...announcement.signatures]));
}

/**
 * The announcement in these bytes. Checks form and sense; who signed is for `Network` to check.
 * @throws SluiceError `ANNOUNCEMENT_INVALID`, and nothing else, whatever the bytes
 */
export function decodeAnnouncement(encoded: Uint8Array): Announcement {
  if (encoded.length > MAX_ANNOUNCEMENT_SIZE) refuse(`The announcement has more than ${MAX_ANNOUNCEMENT_SIZE} bytes.`);
  const from = new Cursor(digitsOf(hexlify(encoded) as Hex));
  if (from.take(1) !== VERSION) refuse(`The version of the announcement is not ${ANNOUNCEMENT_VERSION}.`);
  const read = kind.read(from);
  const body: Field<Body<Terms>> = BODIES[read];
  const terms = { kind: read, ...body.read(from) } as Terms;
  const signatures = SIGNATURES[read].read(from);
  if (!from.done) refuse("The announcement has bytes after its end.");
  requireSound(terms);
  return { ...terms, signatures };
}
