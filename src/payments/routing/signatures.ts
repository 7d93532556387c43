import { computeAddress, SigningKey } from "ethers";
import { type Signer, type VerifySignature } from "../../ports/crypto";
import { type Deployment } from "../../protocol/hashing";
import { type Address, type Hex } from "../../protocol/types";
import { addressWord, digitsOf, keccakOf, textHash, uintWord } from "../../protocol/words";
import { requireSound, type Announcement, type ChannelAnnouncement, type Terms } from "./announcements";
import { announcedDigits } from "./codec";
import { refuse } from "./errors";

/**
 * In front of what is signed. Everything else that keys of this product sign is EIP-712 typed data: 66 bytes that begin
 * with `1901`. These are 128 bytes that do not, so no announcement is a state, a challenge or a voucher.
 */
const TAG = textHash("Sluice announcement");

/**
 * The digest to sign. It holds chain and adjudicator, so that an announcement of one deployment is nothing in another.
 * @throws SluiceError `ANNOUNCEMENT_INVALID`
 */
export function announcementDigest({ chainId, adjudicator }: Deployment, terms: Terms): Hex {
  requireSound(terms);
  return keccakOf(TAG + uintWord(chainId) + addressWord(adjudicator) + digitsOf(keccakOf(announcedDigits(terms))));
}

/**
 * Signs terms: with one signer, or for a channel with both, in the order of the participants.
 * @throws SluiceError `ANNOUNCEMENT_INVALID`
 */
export function announce<T extends Terms>(
  deployment: Deployment,
  terms: T,
  ...signers: readonly Signer[]
): Announcement<T> {
  const digest = announcementDigest(deployment, terms);
  return { ...terms, signatures: signers.map((signer) => signer.sign(digest)) };
}

/**
 * Checks that exactly these signed.
 * @throws SluiceError `ANNOUNCEMENT_INVALID`
 */
export function requireAuthentic(
  deployment: Deployment,
  verify: VerifySignature,
  announcement: Announcement,
  signers: readonly Address[],
): void {
  const { signatures } = announcement;
  const digest = announcementDigest(deployment, announcement);
  const authentic = signatures.length === signers.length && signers.every((s, i) => verify(s, digest, signatures[i]!));
  if (!authentic) refuse(`The announcement of this ${announcement.kind} is not signed by ${signers.join(" and ")}.`);
}

/**
 * The id of the node with this public key.
 * @throws SluiceError `ANNOUNCEMENT_INVALID` if it is no point of the curve
 */
export function nodeIdOf(publicKey: Hex): Address {
  const known = ids.get(publicKey);
  if (known !== undefined) return known;
  try {
    const id = computeAddress(publicKey) as Address;
    if (ids.size === MAX_IDS) ids.clear();
    ids.set(publicKey, id);
    return id;
  } catch {
    return refuse("A public key is no point of the curve.");
  }
}

/** To work an id out takes half a millisecond, and a node meets the same few keys all day. */
const ids = new Map<Hex, Address>();
const MAX_IDS = 4_096;

/**
 * The public keys of both participants, which their signatures give away: 33 bytes each. Ask for authentic announcements
 * only.
 */
export function publicKeysOf(deployment: Deployment, announcement: ChannelAnnouncement): readonly Hex[] {
  const known = recovered.get(announcement);
  if (known !== undefined) return known;
  const digest = announcementDigest(deployment, announcement);
  const keys = announcement.signatures.map(({ r, vs }) => {
    const key = SigningKey.recoverPublicKey(digest, { r, yParityAndS: vs });
    return SigningKey.computePublicKey(key, true) as Hex;
  });
  recovered.set(announcement, keys);
  return keys;
}

/** A channel is announced for one deployment. */
const recovered = new WeakMap<ChannelAnnouncement, readonly Hex[]>();
