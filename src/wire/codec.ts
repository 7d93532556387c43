import { Packr } from "msgpackr";
import { FORMATS, KINDS, type Format, type WireMessage } from "./formats";
import { MAX_MESSAGE_SIZE, WIRE_VERSION } from "./limits";
import { refuse, unsendable } from "./malformed";
import { requirePlain } from "./plain";

/** `version (1 byte) | kind (1) | MessagePack array of the fields` */
const HEADER_SIZE = 2;

const messagePack = new Packr({ useRecords: false });

/**
 * The bytes of a message; there is one encoding of each.
 * @throws SluiceError `MESSAGE_MALFORMED` for what {@link decodeMessage} would refuse; above all for more than
 * {@link MAX_MESSAGE_SIZE} bytes
 */
export function encodeMessage(message: WireMessage): Uint8Array {
  const format: Format<WireMessage> = FORMATS[message.type];
  const fields = format.write(message);
  const { error } = format.schema.safeParse(fields);
  if (error !== undefined) unsendable(describe(error.issues));
  const body = messagePack.pack(fields);
  if (HEADER_SIZE + body.length > MAX_MESSAGE_SIZE) unsendable(`It has more than ${MAX_MESSAGE_SIZE} bytes.`);
  const encoded = new Uint8Array(HEADER_SIZE + body.length);
  encoded[0] = WIRE_VERSION;
  encoded[1] = KINDS.indexOf(message.type);
  encoded.set(body, HEADER_SIZE);
  return encoded;
}

/**
 * The message in bytes from a peer. Checks form and size alone: whether its terms, states and signatures make sense is
 * for the reader to judge. Addresses come out checksummed, other hex in lower case.
 * @throws SluiceError `MESSAGE_MALFORMED`, and nothing else, whatever the bytes
 */
export function decodeMessage(encoded: Uint8Array): WireMessage {
  if (encoded.length > MAX_MESSAGE_SIZE) refuse(`It has more than ${MAX_MESSAGE_SIZE} bytes.`);
  if (encoded[0] !== WIRE_VERSION) refuse(`Its version is not ${WIRE_VERSION}.`);
  const kind = KINDS[encoded[1] ?? KINDS.length];
  if (kind === undefined) refuse("Its kind is unknown.");
  const body = Buffer.from(encoded.buffer, encoded.byteOffset + HEADER_SIZE, encoded.length - HEADER_SIZE);
  requirePlain(body);
  const format = FORMATS[kind];
  const { error, data } = format.schema.safeParse(messagePack.unpack(body));
  return error === undefined ? format.read(data) : refuse(describe(error.issues));
}

function describe(issues: readonly { readonly path: readonly PropertyKey[]; readonly message: string }[]): string {
  const { path, message } = issues[0]!;
  return `Field ${path.join(".")}: ${message}.`;
}
