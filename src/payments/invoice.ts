/**
 * An invoice as a text: Bech32m, `sluice1…`, which may be written in capitals to make a smaller QR code. Behind the content
 * comes the payee's signature, `r (32) | s (32)`.
 */
import { bytesToHex, concatBytes, equalBytes, hexToBytes, numberToBytesBE } from "@noble/curves/utils";
import { bech32m } from "@scure/base";
import { SluiceError } from "../errors";
import { typedDigest, type Deployment } from "../protocol/hashing";
import { toHex, type CompactSignature, type Hex } from "../protocol/types";
import { ByteReader } from "./bytes";
import { digitsOf, keccakOf, textHash } from "../protocol/words";
import { encodeContent, readContent, type Invoice } from "./invoiceContent";
import { pureCurve, type OnionCurve } from "./onion/curve";

const PREFIX = "sluice";
const SIGNATURE_SIZE = 64;
const INVOICE_TYPE = textHash("Invoice(bytes content)");

/** The most characters an invoice has. In capitals they fit a QR code that can be read with a quarter of it damaged. */
export const MAX_INVOICE_LENGTH = 2_301;

/**
 * What a payee signs: EIP-712, so it is no state, voucher, or invoice of another deployment.
 * @param content all bytes of the invoice before the signature
 */
export function invoiceDigest(deployment: Deployment, content: Uint8Array): Hex {
  return typedDigest(deployment, keccakOf(INVOICE_TYPE + digitsOf(keccakOf(bytesToHex(content)))));
}

/**
 * Writes an invoice.
 * @param sign signs as `invoice.payee`
 * @returns text in small letters; its capitals mean the same
 * @throws SluiceError `INVOICE_INVALID` for what cannot be written, or when somebody else signed; `ADDRESS_INVALID` or
 * `HEX_INVALID`
 */
export function createInvoice(
  invoice: Invoice,
  sign: (digest: Hex) => CompactSignature,
  curve: OnionCurve = pureCurve,
): string {
  const content = encodeContent(invoice, unwritable);
  const { r, vs } = sign(invoiceDigest(invoice.deployment, content));
  const s = numberToBytesBE(BigInt.asUintN(255, BigInt(vs)), 32); // without the parity, which would be a second way to write it
  const signature = concatBytes(hexToBytes(toHex(r, 32).slice(2)), s);
  if (!isSigned(invoice, content, signature, curve)) unwritable("It was not signed by its payee.");
  return bech32m.encode(PREFIX, bech32m.toWords(concatBytes(content, signature)), false);
}

/**
 * Reads an invoice, and checks its signature. Nobody but the payee can write it in another way, except in capitals.
 * Whether it can be paid is for {@link requirePayable} to say.
 * @throws SluiceError `INVOICE_INVALID`, and nothing else, whatever the text
 */
export function parseInvoice(text: string, curve: OnionCurve = pureCurve): Invoice {
  const bytes = bytesIn(text);
  const content = bytes.subarray(0, -SIGNATURE_SIZE);
  const invoice = readContent(new ByteReader(content, unreadable));
  if (!equalBytes(encodeContent(invoice, unreadable), content))
    unreadable("It is not written in the one way there is.");
  if (!isSigned(invoice, content, bytes.subarray(-SIGNATURE_SIZE), curve))
    unreadable("Its signature is not the payee's.");
  return invoice;
}

/**
 * Refuses an invoice that must not be paid from here or now.
 * @param now Unix time in seconds
 * @throws SluiceError `INVOICE_FOREIGN` or `INVOICE_EXPIRED`
 */
export function requirePayable({ deployment, expiry }: Invoice, here: Deployment, now: bigint): void {
  if (deployment.chainId !== here.chainId || deployment.adjudicator !== here.adjudicator) {
    throw new SluiceError(
      "INVOICE_FOREIGN",
      `This invoice is for ${deployment.adjudicator} on chain ${deployment.chainId}.`,
      "Nothing was paid; pay it from a node there, or ask the payee for an invoice for here.",
    );
  }
  if (now > expiry) {
    throw new SluiceError(
      "INVOICE_EXPIRED",
      `This invoice expired ${now - expiry} seconds ago.`,
      "Nothing was paid; ask the payee for a new one.",
    );
  }
}

function bytesIn(text: string): Uint8Array {
  if (text.length > MAX_INVOICE_LENGTH) unreadable("It is too long.");
  // there are letters beyond ASCII whose small or capital ones are in it
  if (!/^(sluice1[0-9a-z]*|SLUICE1[0-9A-Z]*)$/.test(text))
    unreadable(`It does not start with ${PREFIX}1, or goes on wrongly.`);
  const decoded =
    bech32m.decodeUnsafe(text, false) ?? unreadable("Its checksum is wrong: a character is missing or wrong.");
  if (decoded.prefix !== PREFIX) unreadable(`It does not start with ${PREFIX}1.`);
  return bech32m.fromWordsUnsafe(decoded.words) ?? unreadable("It ends within a byte.");
}

function isSigned(
  { deployment, payee }: Invoice,
  content: Uint8Array,
  signature: Uint8Array,
  curve: OnionCurve,
): boolean {
  const digest = hexToBytes(invoiceDigest(deployment, content).slice(2));
  try {
    return curve.verify(signature, digest, hexToBytes(payee.slice(2)));
  } catch {
    return false; // r or s is zero or beyond the order
  }
}

function unwritable(what: string): never {
  throw new SluiceError(
    "INVOICE_INVALID",
    `This invoice cannot be written. ${what}`,
    "Nobody was asked to pay; correct it.",
  );
}

function unreadable(what: string): never {
  throw new SluiceError(
    "INVOICE_INVALID",
    `This is no invoice. ${what}`,
    "Nothing was paid; copy it again, or ask the payee for a new one.",
  );
}
