import { keccak256 } from "ethers";
import createKeccak, { type Keccak } from "keccak";

/**
 * Makes every keccak256 of this process several times faster: what ethers hashes, and so what the protocol hashes, goes
 * through native code from now on. For the start of a Node process; a library must not decide this for its user.
 */
export function useNativeKeccak(): void {
  keccak256.register(hash);
}

/** One hasher for all hashes: to make one, which is a stream too, takes twice as long as to hash. */
const hasher = createKeccak("keccak256") as Keccak & { _finalized: boolean };

function hash(data: Uint8Array): Uint8Array {
  hasher._finalized = false; // its state is that of a new one; if a version were to keep this elsewhere, update would throw
  return hasher.update(Buffer.from(data.buffer, data.byteOffset, data.byteLength)).digest();
}
